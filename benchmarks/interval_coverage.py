"""Coverage of the 68 % intervals of a comparison, in pseudo-experiments whose truth is known in closed form.

Run: python benchmarks/interval_coverage.py [--experiments 500] [--replicas 1000] [--seed 1]

Two taggers score 600 signal and 2,000 background jets. Scores are Gaussian with unit width, shifted by d = 1.9 and 2.1
for signal; the two taggers have a correlation of 0.8. So AUC = Φ(d / √2), and at a signal efficiency of 0.5, where tens
of background jets pass, ε_B = Φ(−d). In a second variant jets have weights between 0.5 and 1.5 and come in pairs: the
two jets of an event are of the same class and have correlated scores. The table has, for each quantity, the fraction
of pseudo-experiments whose interval contains the truth, with its binomial uncertainty.
"""

import argparse

import numpy as np
from scipy.stats import norm

from tagwerk.arrays import Floats64
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.intervals import CONFIDENCE
from tagwerk.evaluation.measured import Performance, measure, quantity, rejections
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_pairs import log_rejection_difference

SIGNAL, BACKGROUND, SEPARATIONS, CORRELATION, POINT = 600, 2000, np.array([1.9, 2.1]), 0.8, 0.5


def correlated(random: np.random.Generator, count: int) -> Floats64:
    """Return scores of both taggers without any signal, (2, count)."""
    common, own = random.normal(size=count), random.normal(size=(2, count))
    return np.sqrt(CORRELATION) * common + np.sqrt(1 - CORRELATION) * own


def experiment(random: np.random.Generator, paired: bool) -> tuple[ComparedJets, Floats64]:
    """Return the jets of one pseudo-experiment and their scores, (2, B)."""
    jets = SIGNAL + BACKGROUND
    signal = np.arange(jets) < SIGNAL
    scores = correlated(random, jets)
    event, weight = np.arange(jets), np.ones(jets)
    if paired:
        event, weight = event // 2, random.uniform(0.5, 1.5, jets)
        scores = np.sqrt(0.5) * (scores + correlated(random, jets // 2)[:, event])
    return ComparedJets(signal, weight, event), scores + SEPARATIONS[:, None] * signal


def intervals(first: Performance, second: Performance) -> dict[str, tuple[float, float]]:
    """Return the ends of all intervals by name of the quantity."""
    found = {}
    for name, tagger in (("first", first), ("second", second)):
        auc = quantity(tagger.auc, tagger.replicas.auc)
        found[f"AUC, {name}"] = auc.value - auc.uncertainty, auc.value + auc.uncertainty
        (rejection,) = rejections(tagger, np.array([POINT]))
        found[f"rejection, {name}"] = rejection.low, rejection.high or np.inf
    delta = difference(second, first, [POINT])
    found["difference in AUC"] = delta.auc - delta.uncertainty, delta.auc + delta.uncertainty
    found["ratio of rejections"] = delta.ratios[0].low, delta.ratios[0].high or np.inf
    log = log_rejection_difference(second, first, 0)
    if log is not None:
        found["ln ratio of rejections"] = log["value"] - log["uncertainty"], log["value"] + log["uncertainty"]
    return found


def truths() -> dict[str, float]:
    """Return the true values by name of the quantity."""
    auc, background = norm.cdf(SEPARATIONS / np.sqrt(2)), norm.sf(norm.isf(POINT) + SEPARATIONS)
    values = {f"AUC, {name}": auc[row] for row, name in enumerate(("first", "second"))}
    values |= {f"rejection, {name}": 1 / background[row] for row, name in enumerate(("first", "second"))}
    ratio = background[0] / background[1]
    return values | {
        "difference in AUC": auc[1] - auc[0],
        "ratio of rejections": ratio,
        "ln ratio of rejections": np.log(ratio),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=500)
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    covered: dict[str, list[list[bool]]] = {name: [[], []] for name in truths()}
    random = np.random.default_rng(arguments.seed)
    points = np.array([POINT])
    for paired in (False, True):
        for _ in range(arguments.experiments):
            sample, scores = experiment(random, paired)
            resampled = replicas(sample, scores, points, arguments.replicas, random)
            taggers = [measure(sample, scores[[row]], points, resampled.of_runs([row])) for row in (0, 1)]
            for name, (low, high) in intervals(*taggers).items():
                covered[name][paired].append(low <= truths()[name] <= high)
    print(f"Nominal {100 * CONFIDENCE:.1f} %; {arguments.experiments} experiments, {arguments.replicas} replicas\n")
    print("| 68 % interval of | single jets | weighted jets, two per event |\n|---|---:|---:|")
    for name, variants in covered.items():
        cells = [f"{100 * np.mean(each):.1f} ± {100 * np.std(each) / len(each) ** 0.5:.1f} %" for each in variants]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
