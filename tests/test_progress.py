import io
import sys
import time

import pytest

from tagwerk.progress import progress, track, without_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def written(monkeypatch):
    """A function that runs some work and returns what it wrote to a stream that replaces standard error."""

    def run(stream, work):
        monkeypatch.setattr(sys, "stderr", stream)
        work()
        return stream.getvalue()

    return run


def count_to_three():
    with progress("count", 3, "jets") as bar:
        for _ in range(3):
            bar.update(1)


def test_a_log_gets_plain_lines_from_start_to_end(written):
    text = written(io.StringIO(), count_to_three)
    assert "\r" not in text
    assert "\x1b" not in text
    assert text.endswith("\n")
    first, *_, last = text.splitlines()
    assert first.startswith("count: 0.00/3.00 jets")
    assert last.startswith("count: 3.00/3.00 jets")
    assert all(line.strip() for line in text.splitlines())


def test_several_works_at_a_time_have_plain_lines_too(written):
    def count():
        with progress("count", 3, "jets") as first, progress("draw", 5, "jets") as second:
            first.update(3)
            second.update(5)

    lines = written(io.StringIO(), count).splitlines()
    assert {line.split(":")[0] for line in lines} == {"count", "draw"}
    assert not [line for line in lines if "\x1b" in line]


def test_work_of_unknown_length_has_no_time_left(written):
    def count():
        with progress("count", None, "jets") as bar:
            bar.update(3)

    last = written(io.StringIO(), count).splitlines()[-1]
    assert last.startswith("count: 3.00 jets, ")
    assert last.endswith("00:00 elapsed")


def test_a_log_gets_no_line_for_each_step(written):
    def count_to_ten_thousand():
        for _ in track(range(10_000), "count", "jets"):
            pass

    assert len(written(io.StringIO(), count_to_ten_thousand).splitlines()) <= 3


def test_a_log_shows_a_postfix_such_as_the_loss(written):
    def work():
        with progress("train", 3, "jets") as bar:
            bar.set_postfix_str("validation loss 0.25")
            bar.update(3)

    assert "validation loss 0.25" in written(io.StringIO(), work)


def test_a_terminal_gets_a_bar_that_redraws_itself(written):
    text = written(Terminal(), count_to_three)
    assert "\r" in text
    assert "100%" in text


def test_the_last_state_is_written_after_a_failure(written):
    def count_and_fail():
        with progress("count", 3, "jets") as bar:
            bar.update(2)
            raise KeyboardInterrupt

    def fail():
        with pytest.raises(KeyboardInterrupt):
            count_and_fail()

    assert written(io.StringIO(), fail).splitlines()[-1].startswith("count: 2.00/3.00 jets")


def test_tracking_keeps_the_order_of_the_items(written):
    seen = []
    written(io.StringIO(), lambda: seen.extend(track(["b", "a"], "letters", "letters")))
    assert seen == ["b", "a"]


def test_a_jump_of_the_clock_changes_neither_times_nor_rates(written, monkeypatch):
    """tqdm's own clock is the machine's."""
    clock = [time.time()]
    monkeypatch.setattr("tqdm.std.time", lambda: clock[0])

    def jump_and_count():
        with progress("count", 3, "jets") as bar:
            clock[0] -= 1e6
            bar.update(3)
            assert 0 < bar.format_dict["elapsed"] < 60

    last = written(io.StringIO(), jump_and_count).splitlines()[-1]
    assert ", 00:00 elapsed, 00:00 left" in last


def test_work_within_hidden_work_shows_nothing(written):
    def hidden():
        with without_progress():
            count_to_three()

    assert written(io.StringIO(), hidden) == ""
    assert written(io.StringIO(), count_to_three)
