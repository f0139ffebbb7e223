import itertools

import awkward as ak
import fastjet
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.momenta import CONSTITUENT
from tagwerk.jets.clustering import cluster
from tagwerk.jets.fourvectors import four_vectors
from tagwerk.jets.ragged import Ragged
from tagwerk.simulate.chain import simulate
from tests.conftest import jets
from tests.jets.tree_jets import EVENTS, check_trees, columns, events, pairs, random_jets
from tests.simulate.conftest import make_generator

ALGORITHMS = {1: fastjet.kt_algorithm, 0: fastjet.cambridge_algorithm, -1: fastjet.antikt_algorithm}
POWERS = pytest.mark.parametrize("power", ALGORITHMS)


def offsets_of(constituents):
    return np.concatenate([[0], np.cumsum(constituents.counts)])


def clustered(constituents, power):
    return cluster(offsets_of(constituents), four_vectors(constituents), power)


def as_columns(constituents, history):
    children = {"harder": history.harder, "softer": history.softer}
    return Ragged(children, np.maximum(constituents.counts - 1, 0))


def fastjet_merges(vectors, power):
    """FastJet's merges, (n - 1, 6): the indices of both parents, and the four-vector."""
    definition = fastjet.JetDefinition(ALGORITHMS[power], 1000.0, fastjet.Best, fastjet.E_scheme)
    leaves = [fastjet.PseudoJet(*vector) for vector in vectors.tolist()]
    sequence = fastjet._swig.ClusterSequence(leaves, definition)
    rows = []
    for merged in sequence.jets()[len(leaves) :]:
        first, second = fastjet.PseudoJet(), fastjet.PseudoJet()
        assert merged.has_parents(first, second)
        parents = sorted([first.cluster_hist_index(), second.cluster_hist_index()])
        rows.append([*parents, merged.px(), merged.py(), merged.pz(), merged.E()])
    return np.array(rows).reshape(-1, 6)


def compare(vectors, counts, power):
    """Compare every merge of jets with FastJet's; return the number of merges."""
    offsets = np.concatenate([[0], np.cumsum(counts)])
    history = cluster(offsets, vectors, power)
    ours = np.column_stack([np.sort(np.stack([history.harder, history.softer]), axis=0).T, history.vectors])
    expected = np.concatenate([fastjet_merges(vectors[a:b], power) for a, b in itertools.pairwise(offsets)])
    assert ours.shape == expected.shape
    np.testing.assert_array_equal(ours[:, :2], expected[:, :2])
    np.testing.assert_allclose(ours[:, 2:], expected[:, 2:], rtol=1e-9)
    return len(ours)


def brute_force_merges(vectors, power):
    """Pairs of nodes, found by comparing all distances before every merge."""
    nodes = dict(enumerate(vectors))
    merges = []
    while len(nodes) > 1:
        pair = min(itertools.combinations(nodes, 2), key=lambda pair: distance(*(nodes[node] for node in pair), power))
        nodes[len(vectors) + len(merges)] = sum(nodes.pop(node) for node in pair)
        merges.append(sorted(pair))
    return merges


def distance(first, second, power):
    rapidity = [0.5 * np.log((energy + pz) / (energy - pz)) for *_, pz, energy in (first, second)]
    delta_phi = np.angle(complex(*first[:2]) * complex(*second[:2]).conjugate())
    return min(np.hypot(*first[:2]) ** (2 * power), np.hypot(*second[:2]) ** (2 * power)) * (
        (rapidity[0] - rapidity[1]) ** 2 + delta_phi**2
    )


@pytest.mark.skipif(not EVENTS.exists(), reason="the file of real events is missing")
@POWERS
def test_every_merge_of_a_hundred_real_events_agrees_with_fastjet(power):
    vectors = events()
    assert compare(np.concatenate(vectors), [len(event) for event in vectors], power) == 43_018


@pytest.fixture(scope="module")
def simulated():
    """A thousand jets with detector simulation, whose cells are at equal distances."""
    generator = make_generator(jets_per_file=500)
    parts = [part for process in generator.processes for part in simulate(generator, f"{process}_0000")]
    lists = {name: ak.concatenate([part["constituents", name] for part in parts]) for name in CONSTITUENT[:4]}
    values = {name: ak.to_numpy(ak.flatten(column)) for name, column in lists.items()}
    return Ragged(values, ak.to_numpy(ak.num(lists["pt"])))


@pytest.mark.slow
@POWERS
def test_every_merge_of_a_thousand_simulated_jets_agrees_with_fastjet(simulated, power):
    assert len(simulated.counts) == 1000
    assert compare(four_vectors(simulated), simulated.counts, power) == simulated.counts.sum() - 1000


@POWERS
def test_every_merge_of_a_thousand_random_jets_agrees_with_fastjet(power):
    constituents = random_jets(3, 1000)
    assert compare(four_vectors(constituents), constituents.counts, power) > 18_000


@POWERS
def test_every_merge_has_the_smallest_distance_of_all(power):
    constituents = random_jets(8, 12, max_length=12)
    vectors = four_vectors(constituents)
    trees = pairs(as_columns(constituents, clustered(constituents, power)))
    for start, n, tree in zip(constituents.starts, constituents.counts, trees, strict=True):
        assert list(map(sorted, tree)) == brute_force_merges(vectors[start : start + n], power)


# The first two are hard and 0.4 apart, the third is soft, 0.5 from the first and farther from the second.
THREE = [(100, 0, 0), (90, 0.4, 0), (1, 0, 0.5)]


@pytest.mark.parametrize(("power", "tree"), [(1, [[0, 2], [3, 1]]), (0, [[0, 1], [3, 2]]), (-1, [[0, 1], [3, 2]])])
def test_three_constituents_by_hand(power, tree):
    """The smallest distance is 1² 0.5² for kt, 0.4² for Cambridge/Aachen, 0.4² / 100² for anti-kt."""
    constituents = columns(THREE)
    assert pairs(as_columns(constituents, clustered(constituents, power))) == [tree]


def test_anti_kt_merges_the_hardest_pair_first_and_cambridge_aachen_the_closest():
    jet = columns([(100, 0, 0), (50, 0.3, 0), (1, 1.0, 0), (1, 1.1, 0)])
    assert pairs(as_columns(jet, clustered(jet, -1))) == [[[0, 1], [4, 2], [5, 3]]]
    assert pairs(as_columns(jet, clustered(jet, 0))) == [[[2, 3], [0, 1], [5, 4]]]


def test_distances_wrap_around_in_azimuth():
    jet = columns([(9, 0, 3.1), (8, 0, -3.1), (7, 0, 2.9)])
    assert pairs(as_columns(jet, clustered(jet, 0))) == [[[0, 1], [3, 2]]]


def test_four_vectors_of_merges_are_sums():
    jet = columns([(3, 0, 0), (4, 0, np.pi / 2)])
    harder, softer, vectors = clustered(jet, 1)
    assert (harder.tolist(), softer.tolist()) == ([1], [0])
    np.testing.assert_allclose(vectors, [[3, 4, 0, 7]], atol=1e-6)


@POWERS
def test_jets_of_one_constituent_or_none_have_no_merges(power):
    jets = columns([], [(5, 0, 0)], [], [(5, 0, 0), (4, 1, 1)], [(1, 0, 0)], [])
    assert clustered(jets, power).vectors.shape == (1, 4)
    assert clustered(columns([], []), power).harder.tolist() == []


@POWERS
@given(jets())
def test_any_detector_output_gives_a_tree(power, jets):
    lists = jets.constituents
    constituents = Ragged(
        {name: ak.to_numpy(ak.flatten(lists[name])) for name in lists.fields}, ak.to_numpy(ak.num(lists))
    )
    check_trees(constituents, as_columns(constituents, clustered(constituents, power)))


@POWERS
@pytest.mark.parametrize(
    "jet",
    [
        [(5, 0.1, 0.2)] * 6,
        [(5, 0.1, 0.2), (3, 0.1, 0.2), (2, 0.1, 0.2), (1, 0.1, 0.2)],
        [(0, 0, 0, 0)] * 4,
        [(0, 30, 0, 7), (0, -30, 0, 7), (0, 30, 0, 9), (5, 0, 0)],
        [(5, 0, 0), (5, 0, np.pi), (5, 0, np.pi / 2), (5, 0, -np.pi / 2)],
    ],
    ids=["identical", "collinear", "nothing", "along the beam", "back to back"],
)
def test_ties_give_a_tree(power, jet):
    constituents = columns(jet)
    check_trees(constituents, as_columns(constituents, clustered(constituents, power)))


@POWERS
@pytest.mark.parametrize(
    "vectors",
    [
        [[0, 0, 3, 3], [0, 0, 5, 5], [0, 0, -3, 3], [1, 0, 0, 1]],
        [[0, 0, 3, 2], [0, 0, 3, 2], [1, 0, 9, 1], [0, 0, 0, 0]],
        [[np.nan] * 4, [1, 0, 0, 1], [np.inf, 0, 0, 1], [1, 0, 0, -1]],
    ],
    ids=["infinite rapidities", "less energy than momentum", "not finite"],
)
def test_vectors_without_a_direction_give_a_tree(power, vectors):
    harder, softer, _ = cluster(np.array([0, 4]), np.array(vectors, np.float64), power)
    assert sorted([*harder, *softer]) == list(range(6))
    assert all(max(pair) < 4 + merge for merge, pair in enumerate(zip(harder, softer, strict=True)))


def test_constituents_along_the_beam_merge_last_where_fastjet_leaves_them():
    vectors = np.array([[0, 0, 7, 7], [3, 0, 0, 3], [0, 3, 1, 4], [1, 2, 0, 3]], np.float64)
    harder, softer, _ = cluster(np.array([0, 4]), vectors, 0)
    assert (harder[-1], softer[-1]) == (5, 0)
    others = fastjet_merges(vectors[1:], 0)
    assert np.stack([harder, softer])[:, :2].max() == 1 + others[:, :2].max()


@POWERS
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_constituents_does_not_matter(power, seed):
    jet = random_jets(seed, 1)
    shuffled = np.random.default_rng(seed).permutation(len(jet.jet_index))
    other = Ragged({name: values[shuffled] for name, values in jet.values.items()}, jet.counts)
    history, shuffled_history = clustered(jet, power), clustered(other, power)
    node = np.concatenate([shuffled, np.arange(len(shuffled), 2 * len(shuffled))])
    for side in ("harder", "softer"):
        np.testing.assert_array_equal(node[getattr(shuffled_history, side)], getattr(history, side))
    np.testing.assert_allclose(shuffled_history.vectors, history.vectors, rtol=1e-9, atol=1e-9)


@POWERS
def test_a_jet_does_not_depend_on_the_others(power):
    constituents = random_jets(5, 30)
    alone = [pairs(as_columns(jet, clustered(jet, power)))[0] for jet in map(constituents.take, np.arange(30)[:, None])]
    assert pairs(as_columns(constituents, clustered(constituents, power))) == alone


def test_other_powers_are_refused():
    with pytest.raises(ValueError, match="1, 0 or -1, got 2"):
        clustered(columns(THREE), 2)
