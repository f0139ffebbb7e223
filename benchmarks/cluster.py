"""Clustering histories in jets per second and core: Tagwerk's kernel against FastJet, on the same jets.

Run: python benchmarks/cluster.py [--jets 2000] [--constituents 65] [--repeats 5]

All jets have the same number of constituents, with exponential pT in descending order, around an axis. FastJet
clusters them with R = 1000, its largest, in two ways: all at once through its Awkward interface, reading back only the
root, and jet by jet from prepared PseudoJets, timing only the clustering. Neither reads the history, as Tagwerk does.
Times are CPU time; the methods alternate, and rates are medians over the repeats.
"""

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import awkward as ak
import fastjet
import numpy as np

from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import build_trees, merge_momenta

ALGORITHMS = {
    "kt": fastjet.kt_algorithm,
    "cambridge_aachen": fastjet.cambridge_algorithm,
    "anti_kt": fastjet.antikt_algorithm,
}
CHAINS = ("ascending_pt", "descending_pt", "random")

Task = Callable[[], object]


def random_jets(count: int, constituents: int) -> Ragged:
    """Return `count` jets of massless constituents, the same number in each."""
    rng = np.random.default_rng(1)
    shape = count, constituents
    pt = -np.sort(-rng.exponential(8, shape) - 0.3, axis=1)
    eta, phi = rng.normal(0, 0.3, shape), rng.normal(1, 0.3, shape)
    values = {"pt": pt, "eta": eta, "phi": phi, "energy": pt * np.cosh(eta)}
    counts = np.full(count, constituents)
    return Ragged({name: column.ravel().astype(np.float32) for name, column in values.items()}, counts)


def cluster_awkward(momenta: ak.Array, algorithm: int) -> ak.Array:
    """Cluster all jets at once; return the roots."""
    return fastjet.ClusterSequence(momenta, fastjet.JetDefinition(algorithm, 1000.0)).inclusive_jets()


def cluster_loop(jets: list[list[Any]], algorithm: int) -> None:
    """Cluster jet by jet."""
    definition = fastjet.JetDefinition(algorithm, 1000.0)
    for leaves in jets:
        fastjet._swig.ClusterSequence(leaves, definition)


def rates(tasks: dict[str, Task], jets: int, repeats: int) -> dict[str, float]:
    """Return the median jets per second of each task, which alternate; the first round is a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for repeat in range(repeats + 1):
        for name, task in tasks.items():
            start = process_time()
            task()
            if repeat:
                seconds[name].append(process_time() - start)
    return {name: jets / statistics.median(times) for name, times in seconds.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=int, default=2000)
    parser.add_argument("--constituents", type=int, default=65)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    jets = random_jets(options.jets, options.constituents)
    identity = np.arange(options.jets).astype(np.uint64)
    vectors = four_vectors(jets)
    records = ak.unflatten(ak.zip(dict(zip(("px", "py", "pz", "E"), vectors.T, strict=True))), jets.counts)
    leaves = [[fastjet.PseudoJet(*vector) for vector in jet.tolist()] for jet in np.split(vectors, jets.starts[1:])]
    print(f"{'jets/s and core':18s}{'tagwerk':>10s}{'FastJet':>10s}{'in a loop':>10s}{'ratio':>8s}")
    for topology, algorithm in ALGORITHMS.items():
        tasks: dict[str, Task] = {
            "tagwerk": partial(build_trees, jets, topology, identity),
            "awkward": partial(cluster_awkward, records, algorithm),
            "loop": partial(cluster_loop, leaves, algorithm),
        }
        measured = rates(tasks, options.jets, options.repeats)
        ratio = measured["tagwerk"] / max(measured["awkward"], measured["loop"])
        print(f"{topology:18s}" + "".join(f"{rate:10,.0f}" for rate in measured.values()) + f"{ratio:8.1f}", flush=True)
    chains: dict[str, Task] = {name: partial(build_trees, jets, name, identity) for name in CHAINS}
    tree = build_trees(jets, "kt", identity)
    tasks = chains | {"momenta": partial(merge_momenta, jets, tree)}
    for name, rate in rates(tasks, options.jets, options.repeats).items():
        print(f"{name:18s}{rate:10,.0f}", flush=True)


if __name__ == "__main__":
    main()
