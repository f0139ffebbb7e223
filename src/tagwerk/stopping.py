"""The orderly end of a process that a signal asks to stop, such as a scheduler's before the time limit."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(SystemExit):
    """A signal has asked this process to stop.

    Attributes:
        note: what remains to say about it, such as where the work is saved.
    """

    note = ""


class _Request:
    """The first signal, and whether the main thread is in a block that must not be interrupted."""

    received: signal.Signals | None = None
    postponed = False


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `Stopped` in the block at the first SIGTERM, SIGINT or SIGHUP, and ignore those that follow.

    The block ends with one line on standard error and the exit status of a process that the signal ended, 128 and its
    number. A signal that the process ignores from its start, as SIGHUP after `nohup`, remains so.
    """
    in_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in _SIGNALS if in_main}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _receive)
    try:
        yield
    except (Stopped, Exception) as error:
        # A library may have wrapped the exception that was raised in its callback.
        if _Request.received is None:
            raise
        note = error.note if isinstance(error, Stopped) else ""
        if isinstance(error, OSError):  # such as no space left for the checkpoint
            note = f"; {error.filename or 'writing'}: {error.strerror or error}"
        with suppress(OSError):  # the terminal is gone
            print(f"tagwerk: stopped by {_Request.received.name}{note}", file=sys.stderr, flush=True)
        sys.exit(128 + _Request.received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _Request.received = None


@contextmanager
def postponed() -> Iterator[None]:
    """Stop within the block only where it calls `stop_if_asked`, and at its end."""
    _Request.postponed = True
    try:
        yield
        stop_if_asked()
    finally:
        _Request.postponed = False


def stop_if_asked() -> None:
    """Raise `Stopped` if a signal has asked for it."""
    if _Request.received is not None:
        raise Stopped(128 + _Request.received)


def _receive(number: int, frame: FrameType | None) -> None:
    if _Request.received is None:
        _Request.received = signal.Signals(number)
        if not _Request.postponed:
            stop_if_asked()
