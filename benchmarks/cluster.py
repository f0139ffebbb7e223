"""Jets per second and core of clustering histories: Tagwerk's kernel against FastJet, on the same jets.

Run: python benchmarks/cluster.py [--jets 2000] [--constituents 65] [--repeats 5]

All jets have the same number of constituents, of falling exponential pT about an axis. FastJet clusters them with
R = 1000, its largest, in two ways: all at once through its Awkward interface, of which nothing but the root is read
back, and jet by jet from PseudoJets made beforehand, of which the clustering alone is timed. Neither of the two reads
the history, as Tagwerk does. Seconds are of CPU time; all take turns, and rates are medians over the repeats.
"""

import argparse
import statistics
from collections.abc import Callable
from time import process_time
from typing import Any

import awkward as ak
import fastjet
import numpy as np

from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import merges, momenta

ALGORITHMS = {
    "kt": fastjet.kt_algorithm,
    "cambridge_aachen": fastjet.cambridge_algorithm,
    "anti_kt": fastjet.antikt_algorithm,
}
CHAINS = ("ascending_pt", "descending_pt", "random")

Work = Callable[[], object]


def random_jets(number: int, constituents: int) -> Ragged:
    """Return jets of so many massless constituents."""
    rng = np.random.default_rng(1)
    shape = number, constituents
    pt = -np.sort(-rng.exponential(8, shape) - 0.3, axis=1)
    eta, phi = rng.normal(0, 0.3, shape), rng.normal(1, 0.3, shape)
    values = {"pt": pt, "eta": eta, "phi": phi, "energy": pt * np.cosh(eta)}
    counts = np.full(number, constituents)
    return Ragged({name: each.ravel().astype(np.float32) for name, each in values.items()}, counts)


def awkwards(momenta: ak.Array, algorithm: int) -> ak.Array:
    """Cluster all jets at once; return the roots."""
    return fastjet.ClusterSequence(momenta, fastjet.JetDefinition(algorithm, 1000.0)).inclusive_jets()


def loop(jets: list[list[Any]], algorithm: int) -> None:
    """Cluster jet by jet."""
    definition = fastjet.JetDefinition(algorithm, 1000.0)
    for leaves in jets:
        fastjet._swig.ClusterSequence(leaves, definition)


def rates(works: dict[str, Work], jets: int, repeats: int) -> dict[str, float]:
    """Return jets per second of each work, the median of several turns after a first one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            start = process_time()
            work()
            if turn:
                seconds[name].append(process_time() - start)
    return {name: jets / statistics.median(each) for name, each in seconds.items()}


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
        works: dict[str, Work] = {
            "tagwerk": lambda topology=topology: merges(jets, topology, identity),
            "awkward": lambda algorithm=algorithm: awkwards(records, algorithm),
            "loop": lambda algorithm=algorithm: loop(leaves, algorithm),
        }
        found = rates(works, options.jets, options.repeats)
        ratio = found["tagwerk"] / max(found["awkward"], found["loop"])
        print(f"{topology:18s}" + "".join(f"{rate:10,.0f}" for rate in found.values()) + f"{ratio:8.1f}", flush=True)
    chains: dict[str, Work] = {name: lambda name=name: merges(jets, name, identity) for name in CHAINS}
    tree = merges(jets, "kt", identity)
    for name, rate in rates(chains | {"momenta": lambda: momenta(jets, tree)}, options.jets, options.repeats).items():
        print(f"{name:18s}{rate:10,.0f}", flush=True)


if __name__ == "__main__":
    main()
