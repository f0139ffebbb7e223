"""The memory that a process may take, and what it has taken so far."""

import re
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from tagwerk.errors import UserError

DEFAULT_MB = 4000
MEM_MB_HELP = "limit on the peak memory of the process in MB; jets that do not fit are read again in each epoch"

_RESERVE = 0.1  # of the limit, for what later batches and epochs take beyond the earlier ones
_STEP = 100  # MB, to which messages round up


@dataclass
class MemoryLimit:
    """A limit on the peak memory of this process. What is computed does not depend on it.

    Attributes:
        megabytes: the limit, as Snakemake's resource mem_mb.
    """

    megabytes: int
    _told: bool = False

    def check(self, needed: float, reason: str) -> None:
        """Raise UserError if the limit is below what is needed at least, in bytes, for this reason."""
        if needed > self.megabytes * 1e6:
            raise UserError(f"--mem-mb {self.megabytes}: {reason}; give at least {_rounded(needed)}")

    def room(self) -> float:
        """Return how many bytes may be kept beyond what the process has taken at its peak."""
        return self.megabytes * 1e6 * (1 - _RESERVE) - peak_bytes()

    def is_exceeded(self) -> bool:
        """Return whether the process has taken more, and tell the user about it the first time."""
        peak = peak_bytes()
        if peak <= self.megabytes * 1e6:
            return False
        if not self._told:
            self._told = True
            took = f"this process takes {peak / 1e6:.0f} MB; give {_rounded(peak)}, or it may be killed"
            print(f"tagwerk: --mem-mb {self.megabytes}: {took}", file=sys.stderr, flush=True)
        return True


def peak_bytes() -> int:
    """Return the peak of the memory of this process."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])
    except (OSError, IndexError):  # not Linux; there, a process would start with the peak of its parent
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _rounded(size: float) -> int:
    """Return bytes in MB, with the reserve and rounded up."""
    return -int(-size * (1 + _RESERVE) / 1e6 // _STEP) * _STEP
