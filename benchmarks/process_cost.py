"""Time and peak memory of another process."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

# Linux counts the memory of a process before it becomes another program: this one, between the two, is small.
_METER = """
import resource, subprocess, sys, time
start = time.perf_counter()
status = subprocess.call(sys.argv[1:])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"\\n{seconds} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1e6}")
sys.exit(status)
"""


class Cost(NamedTuple):
    """What a process took, with all that it started, and what it printed."""

    seconds: float
    cpu_seconds: float
    gigabytes: float
    output: str


def measured(*command: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end; the last lines of what it printed are the message if it fails."""
    between = [sys.executable, "-S", "-c", _METER]
    done = subprocess.run(
        [*between, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    *lines, used = done.stdout.splitlines()
    output = "\n".join(lines)
    if done.returncode:
        raise SystemExit(output[-3000:])
    seconds, cpu_seconds, gigabytes = map(float, used.split())
    return Cost(seconds, cpu_seconds, gigabytes, output)
