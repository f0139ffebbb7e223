"""A large comparison: 7 taggers, 404,000 jets, 1,000 bootstrap replicas, against scikit-learn in the same bootstrap.

Run: python benchmarks/compare.py [--taggers 7] [--jets 404000] [--replicas 1000] [--peer-replicas 2]

`tagwerk.compare` of runs in memory is timed as a whole: AUC, accuracy and the background efficiencies at 203 signal
efficiencies in every replica, curves, all pairs, DeLong's test. The peer is `sklearn.metrics.roc_auc_score` with the
replica's weights: the AUC only, and as many processes as there are cores would share its work. It is run for a few
replicas of one tagger and extrapolated. Scores are double precision with the overlap of good top taggers, AUC 0.98,
and a correlation of 0.8 between taggers.
"""

import argparse
import os
import resource
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.compare import compare
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.tagger_run import Run

STUDY = "zoo"  # which has enough taggers


def random_runs(cards: Cards, taggers: list[str], jets: int) -> list[Run]:
    """Return one run per tagger with scores of the same jets, half of them signal."""
    random = np.random.default_rng(1)
    label, common = random.integers(0, 2, jets), random.normal(size=jets)
    identity = {"event": np.arange(jets, dtype=np.uint64), "source": pd.array(["toy"] * jets, "string[pyarrow]")}
    runs = []
    for index, name in enumerate(taggers):
        separation = 2.9 + 0.02 * index
        noise = np.sqrt(0.8) * common + np.sqrt(0.2) * random.normal(size=jets)
        score = expit(separation * (noise + separation * (label - 0.5)))
        table = {**identity, "label": label, "weight": np.ones(jets), "p_qcd": 1 - score, "p_top": score}
        about = ScoreMetadata(
            tagger=name, seed=1, engine="keras", parameters=1, training_jets=1, training_seconds=1, epochs=1,
            jets=jets, seconds=1, jets_per_second=jets, threads=1, versions={},
        )  # fmt: skip
        runs.append(Run(Path(f"{name}, in memory"), about, pd.DataFrame(table), None))
    return runs


def peer_seconds(run: Run, replicas: int) -> float:
    """Return the CPU seconds of scikit-learn's AUC per replica of one tagger."""
    random = np.random.default_rng(1)
    label, score = run.scores["label"].to_numpy(), run.scores["p_top"].to_numpy()
    weights = random.poisson(1.0, (replicas, len(label)))
    start = process_time()
    for weight in weights:
        roc_auc_score(label, score, sample_weight=weight)
    return (process_time() - start) / replicas


def main() -> None:
    """Print seconds, peak memory, and the ratio per replica."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--taggers", type=int, default=7)
    parser.add_argument("--jets", type=int, default=404_000)
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--peer-replicas", type=int, default=2)
    arguments = parser.parse_args()
    cards = load_cards(STUDY)
    runs = random_runs(cards, cards.study.taggers[: arguments.taggers], arguments.jets)
    compare(cards, [*random_runs(cards, cards.study.taggers[:2], 2000)], count=2)  # compiles
    start, used = perf_counter(), process_time()
    comparison = compare(cards, runs, count=arguments.replicas)
    wall, cpu = perf_counter() - start, process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    auc = [tagger.auc.value for tagger in comparison.taggers]
    print(f"{len(runs)} taggers x {arguments.jets:,} jets x {arguments.replicas:,} replicas, {os.cpu_count()} cores")
    print(f"AUC {min(auc):.4f} to {max(auc):.4f}")
    print(f"tagwerk.compare: {wall:.1f} s, {cpu:.1f} s of CPU time, peak memory {memory:.2f} GB")
    own, peer = cpu / len(runs) / arguments.replicas, peer_seconds(runs[0], arguments.peer_replicas)
    total = peer * len(runs) * arguments.replicas
    print(f"scikit-learn: {1000 * peer:.0f} ms of CPU time per replica and tagger, extrapolated to {total:,.0f} s")
    print(f"Tagwerk: {1000 * own:.1f} ms; ratio {peer / own:.0f}")


if __name__ == "__main__":
    main()
