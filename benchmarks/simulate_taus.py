"""Kept tau candidates per second of CPU time on one core, and the share of it that Pythia alone takes.

Run: python benchmarks/simulate_taus.py [--candidates 1000] [--card config/datasets/tau.yaml]
"""

import argparse
import cProfile
import pstats
import time
from pathlib import Path
from typing import NamedTuple

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.chain import simulate


class Rate(NamedTuple):
    """What one part costs, in CPU time on one core."""

    start: float  # seconds to the first candidates: start of Pythia, and the pool of interactions
    per_second: float  # kept candidates, after the start
    pythia: float  # share of the time after the start that Pythia takes for its events


def measure(generator: TauGenerator, process: str) -> Rate:
    """Return the rate of one process."""
    begin = time.process_time()
    batches = simulate(generator, f"{process}_0000")
    next(batches)
    start = time.process_time() - begin
    profile = cProfile.Profile(time.process_time, builtins=False)
    kept = sum(len(candidates) for candidates in profile.runcall(list, batches))
    seconds = time.process_time() - begin - start
    calls = pstats.Stats(profile).get_stats_profile().func_profiles
    return Rate(start, kept / seconds, calls["generate"].cumtime / seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=1000, help="kept candidates for each row of the table")
    parser.add_argument("--card", type=Path, default=Path("config/datasets/tau.yaml"), help="dataset card")
    arguments = parser.parse_args()
    generator = Dataset.load(arguments.card).generator
    assert isinstance(generator, TauGenerator), "the card has no generator of tau candidates"
    print(f"{'process':>12}{'interactions':>14}{'pile-up':>9}{'start':>9}{'candidates/s':>14}{'Pythia':>8}")
    for interactions, pileup in ((True, 0.0), ("overlaid", 0.0), ("overlaid", generator.pileup)):
        changes = {"multiparton_interactions": interactions, "pileup": pileup, "jets_per_file": arguments.candidates}
        for process in generator.processes:
            rate = measure(generator.model_copy(update=changes), process)
            row = f"{rate.start:>7.1f} s{rate.per_second:>14.1f}{rate.pythia:>8.0%}"
            print(f"{process:>12}{interactions!s:>14}{pileup:>9g}{row}", flush=True)
    print("candidates per second of CPU time on one core after the start; 'interactions': multiparton ones")


if __name__ == "__main__":
    main()
