"""The memory, time and disk that jobs ask for, from measured rates, the size of their input and the attempt.

The rates are those in `results/benchmarks` of the studies `demo` and `tau`, and of `benchmarks/jetclass.py`, on one
core. Jobs ask for more, about twice the memory and three times the time: another site's cores are slower, and its file
system is shared.
"""

from dataclasses import dataclass
from typing import Protocol

LONGEST = 24 * 60  # minutes, the limit of many queues; what takes longer resumes in its next attempt
SNAKEMAKE = 500  # MB of the two processes of Snakemake next to the command of a job of a cluster


@dataclass(frozen=True)
class Need:
    """What the jobs of a stage need.

    Attributes:
        memory: MB, without any input.
        memory_per_mb: MB for each MB of input.
        largest: MB that are enough for any input, since the stage reads it in pieces.
        minutes: without any input.
        seconds: for each unit of work, which is a MB of input that is read once, or a simulated jet.
        disk_per_mb: MB of output and temporary files for each MB of input, besides 1 GB.
    """

    memory: int
    memory_per_mb: float = 0
    largest: int = 16_000
    minutes: int = 20
    seconds: float = 0
    disk_per_mb: float = 0


# Measured: 0.9 GB for `simulate`, 0.4 GB for `ingest`, `summarise` and `report`, 1.0 to 1.5 GB for networks, nearly all
# of it TensorFlow, 0.8 GB for `compare` with ten taggers; 0.04 s for a jet with overlaid collisions, 1 s for a MB in
# `ingest`, 1 to 4 s for a MB and an epoch of the slowest network, a transformer. JetClass: 0.3 GB for `survey`, 2 MB
# for a MB of scores in `join`.
NEEDS = {
    "simulate": Need(memory=1800, seconds=0.15),
    "ingest": Need(memory=1500, memory_per_mb=1, largest=4000, seconds=3, disk_per_mb=2),
    "summarise": Need(memory=1000, memory_per_mb=1, largest=4000, seconds=1),
    "survey": Need(memory=1000, seconds=0.05, disk_per_mb=0.05),
    "train": Need(memory=2000, memory_per_mb=6, largest=8000, minutes=30, seconds=12),
    "score": Need(memory=2000, memory_per_mb=0.5, seconds=5),
    "join": Need(memory=1000, memory_per_mb=5, largest=64_000, seconds=1, disk_per_mb=2),
    "export": Need(memory=2500),
    "probe": Need(memory=2000, memory_per_mb=2, largest=4000, minutes=30, seconds=60),
    "compare": Need(memory=2000, memory_per_mb=8, largest=64_000, minutes=30, seconds=3),
    "report": Need(memory=1000, minutes=15),
    "modelcard": Need(memory=1000, minutes=15),
    "gallery": Need(memory=2500, minutes=60),
}


class Input(Protocol):
    """The input files of a job, as Snakemake knows them.

    Their size is asked for where it counts alone: those that a job in the same group makes have none yet.
    """

    size_mb: float


def memory(stage: str, files: Input, attempt: int = 1) -> int:
    """Return MB of memory for a job; the second attempt has twice as much as the first, later ones four times."""
    need = NEEDS[stage]
    own = need.memory + (need.memory_per_mb * files.size_mb if need.memory_per_mb else 0)
    return round(min(own, need.largest) + SNAKEMAKE) * _growth(attempt)


def minutes(stage: str, files: Input, passes: float = 1, attempt: int = 1) -> int:
    """Return minutes for a job that reads its input in some number of passes; they grow with the attempt as well."""
    need = NEEDS[stage]
    return _minutes(need, need.seconds * passes * files.size_mb if need.seconds else 0, attempt)


def minutes_to_simulate(jets: int, attempt: int = 1) -> int:
    """Return minutes for the simulation of this number of jets."""
    need = NEEDS["simulate"]
    return _minutes(need, need.seconds * jets, attempt)


def disk(stage: str, files: Input) -> int:
    """Return MB of disk for a job."""
    need = NEEDS[stage]
    return round(1000 + (need.disk_per_mb * files.size_mb if need.disk_per_mb else 0))


def _minutes(need: Need, seconds: float, attempt: int) -> int:
    return min(round(need.minutes + seconds / 60) * _growth(attempt), LONGEST)


def _growth(attempt: int) -> int:
    """Return 1, 2, 4, 4, ...: more attempts may be due to walltime or nodes, and no node has 500 times the memory."""
    return 1 << min(attempt - 1, 2)
