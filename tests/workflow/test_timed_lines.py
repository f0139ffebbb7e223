"""Lines for a terminal or a file."""

import io
import re

from tagwerk.workflow.timed_lines import TimedLines


def test_the_date_is_written_once_and_the_time_if_asked():
    stream = io.StringIO()
    lines = TimedLines(stream)
    lines.write("first", timed=True)
    lines.write("second", timed=True)
    lines.write("third")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d first\n\d\d:\d\d:\d\d second\nthird\n", stream.getvalue())


def test_what_the_encoding_lacks_is_escaped():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    TimedLines(stream).write("größe")
    stream.seek(0)
    assert stream.read() == r"gr\xf6\xdfe" + "\n"


def test_a_closed_stream_is_no_error():
    stream = io.StringIO()
    lines = TimedLines(stream)
    stream.close()
    lines.write("unread")
    lines.write("unread")
