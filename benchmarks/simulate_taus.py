"""Kept tau candidates per second of CPU time on one core, and the share of it that Pythia alone takes.

Run: python benchmarks/simulate_taus.py [--candidates 500] [--card config/datasets/tau.yaml]
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.chain import simulate
from tagwerk.simulate.pythia import EventSource


class Clock:
    """The CPU time spent in calls of a function."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., object]) -> Callable[..., object]:
        """Return the function with its calls timed."""

        def wrapper(*arguments: object) -> object:
            begin = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.process_time() - begin

        return wrapper


def measure(generator: TauGenerator, process: str) -> tuple[float, float]:
    """Return kept candidates per second of CPU time, and the share of it in `EventSource.generate`."""
    clock, generate = Clock(), EventSource.generate
    EventSource.generate = clock.timed(generate)  # type: ignore[method-assign, assignment]
    try:
        begin = time.process_time()
        kept = sum(len(candidates) for candidates in simulate(generator, f"{process}_0000"))
        seconds = time.process_time() - begin
    finally:
        EventSource.generate = generate  # type: ignore[method-assign]
    return kept / seconds, clock.seconds / seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=500, help="kept candidates for each row of the table")
    parser.add_argument("--card", type=Path, default=Path("config/datasets/tau.yaml"), help="dataset card")
    arguments = parser.parse_args()
    generator = Dataset.load(arguments.card).generator
    assert isinstance(generator, TauGenerator), "the card has no generator of tau candidates"
    print(f"{'process':>12}{'interactions':>14}{'pile-up':>9}{'candidates/s':>14}{'Pythia':>8}")
    for interactions, pileup in ((False, 0.0), (True, 0.0), (True, generator.pileup)):
        changes = {"multiparton_interactions": interactions, "pileup": pileup, "jets_per_file": arguments.candidates}
        for process in generator.processes:
            rate, share = measure(generator.model_copy(update=changes), process)
            print(f"{process:>12}{interactions!s:>14}{pileup:>9g}{rate:>14.1f}{share:>8.0%}", flush=True)
    print("candidates per second of CPU time on one core, start of Pythia included; 'interactions': multiparton ones")


if __name__ == "__main__":
    main()
