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


def fastjets(vectors, power):
    """FastJet's merges: its two parents, by position, and its four-vector, (n - 1, 6)."""
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
    """Compare every merge of jets with FastJet's; return how many there are."""
    offsets = np.concatenate([[0], np.cumsum(counts)])
    history = cluster(offsets, vectors, power)
    found = np.column_stack([np.sort(np.stack([history.harder, history.softer]), axis=0).T, history.vectors])
    expected = np.concatenate([fastjets(vectors[a:b], power) for a, b in itertools.pairwise(offsets)])
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found[:, :2], expected[:, :2])
    np.testing.assert_allclose(found[:, 2:], expected[:, 2:], rtol=1e-9)
    return len(found)


def slow_history(vectors, power):
    """Every distance looked at before every merge; pairs of nodes."""
    left = dict(enumerate(vectors))
    merges = []
    while len(left) > 1:
        pair = min(itertools.combinations(left, 2), key=lambda pair: distance(*(left[node] for node in pair), power))
        left[len(vectors) + len(merges)] = sum(left.pop(node) for node in pair)
        merges.append(sorted(pair))
    return merges


def distance(one, other, power):
    rapidity = [0.5 * np.log((energy + pz) / (energy - pz)) for *_, pz, energy in (one, other)]
    turn = np.angle(complex(*one[:2]) * complex(*other[:2]).conjugate())
    return min(np.hypot(*one[:2]) ** (2 * power), np.hypot(*other[:2]) ** (2 * power)) * (
        (rapidity[0] - rapidity[1]) ** 2 + turn**2
    )


@pytest.mark.skipif(not EVENTS.exists(), reason="the real events are not there")
@POWERS
def test_every_merge_of_a_hundred_real_events_is_fastjets(power):
    found = events()
    assert compare(np.concatenate(found), [len(event) for event in found], power) == 43_018


@pytest.fixture(scope="module")
def simulated():
    """A thousand jets as the detector has them, whose cells lie at equal distances."""
    generator = make_generator(jets_per_file=500)
    parts = [part for process in generator.processes for part in simulate(generator, f"{process}_0000")]
    lists = {name: ak.concatenate([part["constituents", name] for part in parts]) for name in CONSTITUENT[:4]}
    values = {name: ak.to_numpy(ak.flatten(each)) for name, each in lists.items()}
    return Ragged(values, ak.to_numpy(ak.num(lists["pt"])))


@pytest.mark.slow
@POWERS
def test_every_merge_of_a_thousand_simulated_jets_is_fastjets(simulated, power):
    assert len(simulated.counts) == 1000
    assert compare(four_vectors(simulated), simulated.counts, power) == simulated.counts.sum() - 1000


@POWERS
def test_every_merge_of_a_thousand_random_jets_is_fastjets(power):
    constituents = random_jets(3, 1000)
    assert compare(four_vectors(constituents), constituents.counts, power) > 18_000


@POWERS
def test_every_merge_is_that_of_the_smallest_distance_of_all(power):
    constituents = random_jets(8, 12, most=12)
    vectors = four_vectors(constituents)
    found = pairs(as_columns(constituents, clustered(constituents, power)))
    for start, n, tree in zip(constituents.starts, constituents.counts, found, strict=True):
        assert list(map(sorted, tree)) == slow_history(vectors[start : start + n], power)


# The first two are hard and 0.4 apart, the third is soft, 0.5 from the first and farther from the second.
THREE = [(100, 0, 0), (90, 0.4, 0), (1, 0, 0.5)]


@pytest.mark.parametrize(("power", "tree"), [(1, [[0, 2], [3, 1]]), (0, [[0, 1], [3, 2]]), (-1, [[0, 1], [3, 2]])])
def test_three_constituents_by_hand(power, tree):
    """Smallest for kt is 1² 0.5², for Cambridge/Aachen 0.4², for anti-kt 0.4² / 100²."""
    constituents = columns(THREE)
    assert pairs(as_columns(constituents, clustered(constituents, power))) == [tree]


def test_anti_kt_takes_the_hardest_pair_and_cambridge_aachen_the_closest():
    jet = columns([(100, 0, 0), (50, 0.3, 0), (1, 1.0, 0), (1, 1.1, 0)])
    assert pairs(as_columns(jet, clustered(jet, -1))) == [[[0, 1], [4, 2], [5, 3]]]
    assert pairs(as_columns(jet, clustered(jet, 0))) == [[[2, 3], [0, 1], [5, 4]]]


def test_azimuths_are_nearest_across_the_turn():
    jet = columns([(9, 0, 3.1), (8, 0, -3.1), (7, 0, 2.9)])
    assert pairs(as_columns(jet, clustered(jet, 0))) == [[[0, 1], [3, 2]]]


def test_four_vectors_of_merges_are_sums():
    jet = columns([(3, 0, 0), (4, 0, np.pi / 2)])
    harder, softer, vectors = clustered(jet, 1)
    assert (harder.tolist(), softer.tolist()) == ([1], [0])
    np.testing.assert_allclose(vectors, [[3, 4, 0, 7]], atol=1e-6)


@POWERS
def test_jets_of_no_constituent_and_of_one_have_no_merges(power):
    jets = columns([], [(5, 0, 0)], [], [(5, 0, 0), (4, 1, 1)], [(1, 0, 0)], [])
    assert clustered(jets, power).vectors.shape == (1, 4)
    assert clustered(columns([], []), power).harder.tolist() == []


@POWERS
@given(jets())
def test_whatever_a_detector_writes_gives_a_tree(power, jets):
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
    ids=["infinite rapidities", "less energy than momentum", "no numbers"],
)
def test_vectors_that_have_no_direction_give_a_tree(power, vectors):
    harder, softer, _ = cluster(np.array([0, 4]), np.array(vectors, np.float64), power)
    assert sorted([*harder, *softer]) == list(range(6))
    assert all(max(pair) < 4 + merge for merge, pair in enumerate(zip(harder, softer, strict=True)))


def test_constituents_along_the_beam_merge_last_where_fastjet_leaves_them():
    vectors = np.array([[0, 0, 7, 7], [3, 0, 0, 3], [0, 3, 1, 4], [1, 2, 0, 3]], np.float64)
    harder, softer, _ = cluster(np.array([0, 4]), vectors, 0)
    assert (harder[-1], softer[-1]) == (5, 0)
    kept = fastjets(vectors[1:], 0)
    assert np.stack([harder, softer])[:, :2].max() == 1 + kept[:, :2].max()


@POWERS
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_constituents_does_not_matter(power, seed):
    jet = random_jets(seed, 1)
    shuffled = np.random.default_rng(seed).permutation(len(jet.owner))
    other = Ragged({name: values[shuffled] for name, values in jet.values.items()}, jet.counts)
    found, again = clustered(jet, power), clustered(other, power)
    node = np.concatenate([shuffled, np.arange(len(shuffled), 2 * len(shuffled))])
    for side in ("harder", "softer"):
        np.testing.assert_array_equal(node[getattr(again, side)], getattr(found, side))
    np.testing.assert_allclose(again.vectors, found.vectors, rtol=1e-9, atol=1e-9)


@POWERS
def test_a_jet_does_not_see_the_others(power):
    constituents = random_jets(5, 30)
    alone = [pairs(as_columns(one, clustered(one, power)))[0] for one in map(constituents.take, np.arange(30)[:, None])]
    assert pairs(as_columns(constituents, clustered(constituents, power))) == alone


def test_other_powers_are_refused():
    with pytest.raises(ValueError, match="1, 0 or -1, got 2"):
        clustered(columns(THREE), 2)
