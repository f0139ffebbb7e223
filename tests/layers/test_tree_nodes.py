"""The nodes of jets' trees: features equal to those without padding, indices of children, the primary branch."""

import keras
import numpy as np
import pytest
from keras import ops

from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES, node_feature
from tagwerk.jets.nodes import CHILDREN, MERGE_FIELDS, flat_nodes
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import merge_momenta
from tagwerk.layers.tree_nodes import Children, NodeFeatures, PrimaryBranch

COUNTS = np.array([4, 1, 0, 7])
SCALARS = ["pt", "eta", "phi", "mass"]


@pytest.fixture
def random():
    return np.random.default_rng(3)


def random_tree(leaves, random):
    """Children of the merges of a random tree, (leaves - 1, 2)."""
    unmerged, merges = list(range(leaves)), []
    while len(unmerged) > 1:
        pair = [unmerged.pop(random.integers(len(unmerged))) for _ in range(2)]
        unmerged.append(leaves + len(merges))
        merges.append(pair)
    return np.array(merges).reshape(-1, 2)


@pytest.fixture
def jets(random):
    """Constituents and merges of four jets without padding, and the jets' own variables."""
    eta, phi, pt = (random.normal(size, 0.3, COUNTS.sum()) for size in (1, 3, 20))
    values = {"pt": pt, "eta": eta, "phi": phi, "energy": pt * np.cosh(eta) * 1.01}
    constituents = Ragged({name: array.astype("float32") for name, array in values.items()}, COUNTS)
    children = np.concatenate([random_tree(count, random) for count in COUNTS])
    merges = Ragged(dict(zip(CHILDREN, children.T.astype("uint16"), strict=True)), np.maximum(COUNTS - 1, 0))
    merges = Ragged({**merges.values, **merge_momenta(constituents, merges).values}, merges.counts)
    jet = {name: np.full(4, value, "float32") for name, value in zip(SCALARS, (80, 1, 3, 10), strict=True)}
    return constituents, merges, jet


def padded(columns, names, length):
    content = np.stack([columns.values[name] for name in names], axis=1)
    return pad(content, columns.starts, columns.counts, length)


def batch(jets, length=7):
    """The inputs of a model: constituents, merges, jet, and the masks of constituents and merges."""
    constituents, merges, jet = jets
    (leaves, mask), (padded_merges, merge_mask) = (
        padded(constituents, PT_ETA_PHI_ENERGY, length),
        padded(merges, MERGE_FIELDS, length),
    )
    return leaves, padded_merges, np.stack([jet[name] for name in SCALARS], axis=1), mask, merge_mask


def layer(mean=0.0, std=1.0):
    count = len(NODE_FEATURES)
    return NodeFeatures(list(PT_ETA_PHI_ENERGY), SCALARS, list(NODE_FEATURES), [mean] * count, [std] * count)


def test_features_equal_those_without_padding(jets):
    constituents, merges, _ = jets
    features = np.asarray(layer()(*batch(jets)))
    view = flat_nodes(*jets)
    for column, name in enumerate(NODE_FEATURES):
        values, defined = node_feature(view, name)
        expected = np.where(defined, values, 0)
        leaf_values, merge_values = features[:, :7, column], features[:, 7:, column]
        expected_leaves, _ = pad(expected[: COUNTS.sum(), None], constituents.starts, constituents.counts, 7)
        expected_merges, _ = pad(expected[COUNTS.sum() :, None], merges.starts, merges.counts, 7)
        np.testing.assert_allclose(leaf_values, expected_leaves[..., 0], rtol=2e-3, atol=2e-3, err_msg=name)
        np.testing.assert_allclose(merge_values, expected_merges[..., 0], rtol=2e-3, atol=2e-3, err_msg=name)


def test_features_are_normalised_and_zero_where_undefined(jets):
    plain, normalised = (np.asarray(features(*batch(jets))) for features in (layer(), layer(0.5, 2.0)))
    _, _, _, mask, merge_mask = batch(jets)
    real = np.concatenate([mask, merge_mask], axis=1)
    np.testing.assert_allclose(
        normalised[real & (np.arange(14) >= 7)], (plain[real & (np.arange(14) >= 7)] - 0.5) / 2, rtol=1e-5, atol=1e-6
    )
    assert not normalised[~real].any()
    lund = [name.startswith("lund") for name in NODE_FEATURES]
    assert not normalised[:, :7, lund].any()


def test_further_variables_are_those_of_the_constituents_and_zero_for_merges(jets):
    constituents, merges, jet = jets
    d0 = np.linspace(-1, 1, COUNTS.sum()).astype("float32")
    constituents = Ragged({**constituents.values, "d0": d0}, constituents.counts)
    fields = [*PT_ETA_PHI_ENERGY, "d0"]
    leaves, padded_merges, scalars, mask, merge_mask = batch((constituents, merges, jet))
    leaves = padded(constituents, fields, 7)[0]
    nodes = NodeFeatures(fields, SCALARS, ["log_pt", "d0", "log_abs_d0"], [0.0, 0.5, 0.0], [1.0, 2.0, 1.0])
    features = np.asarray(nodes(leaves, padded_merges, scalars, mask, merge_mask))
    np.testing.assert_allclose(features[:, :7, 1][mask], (d0 - 0.5) / 2, rtol=1e-6)
    np.testing.assert_allclose(features[:, :7, 2][mask], np.log(np.abs(d0)), rtol=1e-5)
    assert not features[:, 7:, 1:].any()
    assert features[:, 7:, 0][merge_mask].all()
    values, defined = node_feature(flat_nodes(constituents, merges, jet), "d0")
    np.testing.assert_array_equal(values[defined], d0)


@pytest.mark.parametrize("length", [7, 11])
def test_children_are_indices_in_the_padded_batch(jets, length):
    _, merges, _ = jets
    _, padded_merges, _, mask, merge_mask = batch(jets, length)
    children = np.asarray(Children()(padded_merges, mask, merge_mask))
    assert children.shape == (4, 2 * length, 2)
    assert (children[:, :length] == -1).all()
    assert (children[:, length:][~merge_mask] == -1).all()
    for jet, count in enumerate(COUNTS):
        first = merges.starts[jet]
        for merge in range(max(count - 1, 0)):
            for child, name in enumerate(CHILDREN):
                index = int(merges.values[name][first + merge])
                expected = index if index < count else length + index - count
                assert children[jet, length + merge, child] == expected


def primary_by_hand(children, mask):
    """Follow the harder child from the root on."""
    primary = np.zeros(mask.shape, bool)
    for jet in range(len(mask)):
        node = np.flatnonzero(mask[jet])[-1] if mask[jet].any() else -1
        while node >= 0 and children[jet, node, 0] >= 0:
            primary[jet, node] = True
            node = children[jet, node, 0]
    return primary


def test_the_primary_branch_follows_the_harder_child_from_the_root(jets, random):
    _, merges, _, mask, merge_mask = batch(jets)
    children, real = np.asarray(Children()(merges, mask, merge_mask)), np.concatenate([mask, merge_mask], axis=1)
    primary = np.asarray(PrimaryBranch()(children, real))
    np.testing.assert_array_equal(primary, primary_by_hand(children, real))
    assert primary.any(axis=1).tolist() == [True, False, False, True]


def test_a_branch_of_any_length_is_followed():
    """A chain of 200 constituents, in which each merge is the harder child of the next."""
    length = 200
    children = np.full((1, 2 * length, 2), -1, "int32")
    children[0, length : 2 * length - 1, 0] = [0, *range(length, 2 * length - 2)]
    children[0, length : 2 * length - 1, 1] = range(1, length)
    mask = np.arange(2 * length)[None] < 2 * length - 1
    primary = np.asarray(PrimaryBranch()(children, mask))
    assert np.flatnonzero(primary).tolist() == list(range(length, 2 * length - 1))


def test_a_layer_can_be_rebuilt_from_its_config():
    config = layer(0.5, 2.0).get_config()
    assert NodeFeatures.from_config(config).get_config() == config


def test_all_layers_can_be_traced_for_batches_of_any_length(jets):
    names = {"leaves": (None, 4), "merges": (None, 6), "jet": (4,), "mask": (None,), "merge_mask": (None,)}
    inputs = [keras.Input(shape, dtype="bool" if "mask" in name else None, name=name) for name, shape in names.items()]
    _, merges, _, mask, merge_mask = inputs
    children = Children()(merges, mask, merge_mask)
    real = ops.concatenate([mask, merge_mask], axis=1)
    model = keras.Model(inputs, [layer()(*inputs), PrimaryBranch()(children, real)])
    for length in (7, 9):
        features, primary = model.predict_on_batch(list(batch(jets, length)))
        np.testing.assert_allclose(features, layer()(*batch(jets, length)), rtol=1e-4, atol=1e-4)
        assert primary.sum() > 0
