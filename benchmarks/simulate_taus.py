"""Kept tau candidates per second of CPU time on one core, and the share of it that Pythia alone takes.

Run: python benchmarks/simulate_taus.py [--candidates 500] [--card config/datasets/tau.yaml]
"""

import argparse
import cProfile
import pstats
import time
from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.chain import simulate


def measure(generator: TauGenerator, process: str) -> tuple[float, float]:
    """Return kept candidates per second of CPU time, and the share of it that Pythia takes for its events."""
    profile = cProfile.Profile(time.process_time, builtins=False)
    begin = time.process_time()
    kept = sum(len(candidates) for candidates in profile.runcall(list, simulate(generator, f"{process}_0000")))
    seconds = time.process_time() - begin
    calls = pstats.Stats(profile).get_stats_profile().func_profiles
    return kept / seconds, calls["generate"].cumtime / seconds


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
