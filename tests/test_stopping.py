"""A process that a signal asks to stop cleans up, says so in one line, and ends as the signal demands."""

import os
import signal
import subprocess
import sys

import pytest

from tagwerk.stopping import Stopped, postponed, stop_if_asked, stop_on_signals

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
WRITING = """
import signal, sys, time
from pathlib import Path
from tagwerk.files import atomic_write
from tagwerk.stopping import stop_on_signals
for name in sys.argv[2:]:
    signal.signal(signal.Signals[name], signal.SIG_IGN)
with stop_on_signals(), atomic_write(Path(sys.argv[1])) as draft:
    try:
        draft.mkdir()
        (draft / "inside").write_text("half")
        print("writing", flush=True)
        time.sleep(60)
    finally:
        print("stopping", flush=True)
        time.sleep(0.5)
"""


@pytest.fixture
def writing(tmp_path):
    """A function that starts a process which writes a directory and ignores some signals."""
    processes = []

    def start(*ignored):
        command = [sys.executable, "-c", WRITING, str(tmp_path / "out"), *ignored]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@SIGNALS
def test_a_process_that_is_asked_to_stop_leaves_no_draft(writing, tmp_path, number):
    process = writing()
    process.send_signal(number)
    assert process.communicate()[1] == f"tagwerk: stopped by {number.name}\n"
    assert process.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_further_signals_do_not_disturb_the_cleaning_up(writing, tmp_path):
    process = writing()
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "stopping\n"
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        process.send_signal(number)
    assert process.communicate()[1] == "tagwerk: stopped by SIGTERM\n"
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_is_ignored_from_the_start_remains_so(writing):
    """As SIGHUP after nohup."""
    process = writing("SIGHUP")
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143


def stopped(block):
    """Run a block in this process as `tagwerk` does; return its exit status and what it did."""
    done = []
    with pytest.raises(SystemExit) as end, stop_on_signals():
        block(done)
    return end.value.code, done


def send(number=signal.SIGTERM):
    os.kill(os.getpid(), number)


def test_a_postponed_stop_comes_at_the_next_call_that_allows_it():
    def block(done):
        with postponed():
            send()
            done.append("step")
            stop_if_asked()
            done.append("never")

    assert stopped(block) == (143, ["step"])


def test_a_postponed_stop_comes_at_the_end_of_the_block():
    def block(done):
        with postponed():
            send(signal.SIGINT)
            done.append("step")
        done.append("never")

    assert stopped(block) == (130, ["step"])


def test_nothing_stops_without_a_signal():
    with stop_on_signals(), postponed():
        stop_if_asked()
    stop_if_asked()


def test_a_library_that_wraps_the_exception_does_not_hide_the_stop(capsys):
    """As TensorFlow does in its callbacks."""

    def block(done):
        try:
            send()
        except Stopped:
            raise RuntimeError("in a callback") from None

    assert stopped(block)[0] == 143
    assert capsys.readouterr().err == "tagwerk: stopped by SIGTERM\n"


def test_the_note_of_a_stop_is_told(capsys):
    def block(done):
        try:
            send()
        except Stopped as stop:
            stop.note = "; all is saved"
            raise

    stopped(block)
    assert capsys.readouterr().err == "tagwerk: stopped by SIGTERM; all is saved\n"


def test_what_could_not_be_saved_is_told(capsys):
    """As without space left for a checkpoint."""

    def block(done):
        try:
            send()
        except Stopped:
            raise OSError(28, "No space left on device", "checkpoint.npz") from None

    assert stopped(block)[0] == 143
    assert capsys.readouterr().err == "tagwerk: stopped by SIGTERM; checkpoint.npz: No space left on device\n"


def test_afterwards_signals_act_as_before():
    before = signal.getsignal(signal.SIGINT)
    stopped(lambda done: send())
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)
