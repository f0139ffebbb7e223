"""Lines with the time of day, for a terminal or a file that a user watches."""

import time
from typing import TextIO


class TimedLines:
    """Writes plain lines to a stream, none redrawn; what its encoding lacks is escaped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self._date = ""

    def write(self, text: str, timed: bool = False) -> None:
        """Write a line, with the time if `timed`, and with the date if it is another than before.

        Once nobody reads the stream, as after `| head`, nothing is written any more and the run goes on.
        """
        if self._stream is None:
            return
        if timed:
            date, now = time.strftime("%Y-%m-%d"), time.strftime("%H:%M:%S")
            text = f"{now} {text}" if date == self._date else f"{date} {now} {text}"
            self._date = date
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
