import io
import sys

import pytest

from tagwerk.progress import progress, track


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def written(monkeypatch):
    """A function that runs some work and returns what it wrote on a stream in place of standard error."""

    def run(stream, work):
        monkeypatch.setattr(sys, "stderr", stream)
        work()
        return stream.getvalue()

    return run


def count_to_three():
    with progress("count", 3, "jets") as bar:
        for _ in range(3):
            bar.update(1)


def test_a_log_gets_plain_lines_from_none_to_all(written):
    text = written(io.StringIO(), count_to_three)
    assert "\r" not in text
    assert "\x1b" not in text
    assert text.endswith("\n")
    first, *_, last = text.splitlines()
    assert first.startswith("count: 0.00/3.00 jets")
    assert last.startswith("count: 3.00/3.00 jets")
    assert all(line.strip() for line in text.splitlines())


def test_a_log_gets_no_line_for_each_step(written):
    def count_far():
        for _ in track(range(10_000), "count", "jets"):
            pass

    assert len(written(io.StringIO(), count_far).splitlines()) <= 3


def test_a_log_tells_what_the_work_adds_such_as_the_loss(written):
    def work():
        with progress("train", 3, "jets") as bar:
            bar.set_postfix_str("validation loss 0.25")
            bar.update(3)

    assert "validation loss 0.25" in written(io.StringIO(), work)


def test_a_terminal_gets_a_bar_that_redraws_itself(written):
    text = written(Terminal(), count_to_three)
    assert "\r" in text
    assert "100%" in text


def test_a_failure_still_writes_how_far_it_came(written):
    def count_and_fail():
        with progress("count", 3, "jets") as bar:
            bar.update(2)
            raise KeyboardInterrupt

    def fail():
        with pytest.raises(KeyboardInterrupt):
            count_and_fail()

    assert written(io.StringIO(), fail).splitlines()[-1].startswith("count: 2.00/3.00 jets")


def test_tracked_things_come_in_their_order(written):
    seen = []
    written(io.StringIO(), lambda: seen.extend(track(["b", "a"], "letters", "letters")))
    assert seen == ["b", "a"]
