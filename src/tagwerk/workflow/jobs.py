"""Jobs of a run of Snakemake, and what their files tell about them."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tagwerk.rounding import duration, plain
from tagwerk.surroundings import TENSORFLOW_MESSAGE

_FIRST_REPORT, _SECOND_REPORT, _LONGEST_INTERVAL = 30.0, 120.0, 1800.0  # seconds
_MEBIBYTE = 2**20  # Snakemake's unit of memory
_TAIL = 64_000  # bytes at the end of a log in which its last lines are looked for
_LOADING_LINES = 50  # at most, that TensorFlow's libraries write
_WIDTH = 300  # characters of a line


@dataclass
class Job:
    """A job that has been started, or submitted to a batch system.

    Attributes:
        title: rule and wildcards, such as `train demo/lstm/seed1`.
        logs: its log files.
        benchmark: file that Snakemake writes the job's time and memory to.
        external: batch system and identifier there, such as `SLURM 1234`.
        report_at: age in seconds at which its progress is shown next.
    """

    title: str
    logs: Sequence[Path]
    benchmark: Path | None = None
    external: str = ""
    report_at: float = _FIRST_REPORT
    started: float = field(default_factory=time.time)
    _states: dict[Path, tuple[int, int] | None] = field(init=False)

    def __post_init__(self) -> None:
        self._states = {path: _state(path) for path in self.files}

    def __str__(self) -> str:
        return f"{self.title} ({self.external})" if self.external else self.title

    @property
    def files(self) -> list[Path]:
        """The files that it writes about itself."""
        return [*self.logs, *filter(None, [self.benchmark])]

    @property
    def age(self) -> float:
        """Seconds since it was started or submitted."""
        return time.time() - self.started

    @property
    def is_due(self) -> bool:
        """Whether its progress should be shown."""
        return self.age >= self.report_at

    @property
    def is_shown(self) -> bool:
        """Whether its progress has been shown before."""
        return self.report_at > _FIRST_REPORT

    def postpone(self) -> None:
        """Let its progress be due later, after an interval that grows."""
        interval = min(self.report_at, _LONGEST_INTERVAL)
        self.report_at = self.report_at + interval if self.is_shown else _SECOND_REPORT

    def progress(self) -> str:
        """Return the last line that the job wrote to its logs, except what it removes once TensorFlow is loaded."""
        lines = [line for log in self.logs if self._is_written(log) for line in last_lines(log, _LOADING_LINES)]
        return next((line for line in reversed(lines) if not TENSORFLOW_MESSAGE.match(line)), "no output yet")

    def cost(self) -> str:
        """Return how long it took and its peak memory, as far as known: `72 s, 1.1 GB`."""
        measured = _measured(self.benchmark) if self.benchmark and self._is_written(self.benchmark) else {}
        time_taken, memory = duration(measured.get("s") or self.age), measured.get("max_rss", 0) * _MEBIBYTE
        if not memory:
            return time_taken
        # From 995 MB, two digits are those of a gigabyte.
        shown = f"{plain(memory / 1e9, 2)} GB" if memory >= 995e6 else f"{plain(memory / 1e6, 2)} MB"
        return f"{time_taken}, {shown}"

    def _is_written(self, path: Path) -> bool:
        """Return whether a file is new since the start: a run before this one may have left one."""
        return _state(path) not in (None, self._states.get(path))


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last lines of a text file that are not empty, as they can be shown on a terminal."""
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, 2) - _TAIL, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [shortened(line) for line in lines if line.strip()][-count:]


def shortened(line: str) -> str:
    """Return a line of limited length without control characters, which a terminal could obey."""
    line = "".join(each if each.isprintable() else " " if each == "\t" else "?" for each in line)
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}..."


def _state(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_mtime_ns, status.st_size
    return None


def _measured(benchmark: Path) -> dict[str, float]:
    """Return Snakemake's measurements; none if the file is not as expected."""
    with suppress(OSError, ValueError, IndexError):
        values = json.loads(benchmark.read_text(encoding="utf-8").splitlines()[-1])
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if isinstance(value, int | float)}
    return {}
