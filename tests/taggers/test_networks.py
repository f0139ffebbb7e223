"""What holds for every architecture that Keras trains, those to come included."""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

import tagwerk.taggers
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger
from tagwerk.shards.schema import Schema
from tests.conftest import DATASET, inputs_of

pytestmark = pytest.mark.usefixtures("tensorflow")

NETWORKS = [
    module.name
    for module in iter_modules(tagwerk.taggers.__path__)
    if import_module(f"tagwerk.taggers.{module.name}").ENGINE == "keras"
]
COUNTS = np.array([7, 3, 1, 0])
RECURRENT = {"lstm": "LSTM", "gru": "GRU"}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request, toy, tensorflow):
    """A network of every architecture as it comes, with weights drawn wide so that all it sees moves the scores."""
    from tagwerk.layers.front import front

    card = {"title": "x", "color": "#000000", "architecture": request.param, "inputs": inputs_of(request.param)}
    tagger = Tagger.model_validate(card)
    model = tagger.build(front(Schema.of(Dataset.model_validate(DATASET), tagger.inputs), tagger.inputs, toy.load()[1]))
    random = np.random.default_rng(8)
    model.set_weights([random.normal(0, 1 / np.sqrt(weight.shape[0]), weight.shape) for weight in model.weights])
    return model


@pytest.fixture
def jets():
    return jets_of(COUNTS)


def jets_of(counts, length=8):
    """Jets about (0, 3) with so many constituents, padded with zeros."""
    random = np.random.default_rng(5)
    size = (len(counts), length)
    columns = [random.exponential(20, size), random.normal(0, 0.3, size), random.normal(3, 0.3, size)]
    columns += [columns[0] * np.cosh(columns[1]), random.integers(-1, 2, size)]
    mask = np.arange(length) < counts[:, None]
    return {
        "jet": np.array([[550, 0, 3, 100, 8, 0.2]] * len(counts), "float32"),
        "constituents": np.where(mask[..., None], np.stack(columns, axis=-1), 0).astype("float32"),
        "constituents_mask": mask,
    }


def some(jets, rows):
    return {name: values[rows] for name, values in jets.items()}


def with_constituents(jets, constituents, mask):
    return jets | {"constituents": constituents.astype("float32"), "constituents_mask": mask}


def test_scores_are_probabilities_that_depend_on_the_jet(network, jets):
    scores = network.predict_on_batch(jets)
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert len(np.unique(scores[:, 1].round(4))) == 4


@pytest.mark.parametrize("more", [1, 5, 40])
@pytest.mark.parametrize("filling", [0.0, 7.0, np.nan])
def test_padding_never_changes_a_score(network, jets, more, filling):
    wide = [(0, 0), (0, more), (0, 0)]
    mask = np.pad(jets["constituents_mask"], wide[:2])
    longer = np.where(mask[..., None], np.pad(jets["constituents"], wide), filling)
    np.testing.assert_allclose(
        network.predict_on_batch(with_constituents(jets, longer, mask)), network.predict_on_batch(jets), atol=1e-5
    )


def test_a_jet_scores_the_same_in_whatever_company(network, jets):
    together = network.predict_on_batch(jets)
    for row in range(len(COUNTS)):
        np.testing.assert_allclose(network.predict_on_batch(some(jets, [row]))[0], together[row], atol=1e-5)
    np.testing.assert_allclose(network.predict_on_batch(some(jets, [3, 1, 0, 2])), together[[3, 1, 0, 2]], atol=1e-5)


def test_a_real_constituent_of_zeros_is_not_dropped(network):
    jet = jets_of(np.array([3]))
    mask = jet["constituents_mask"].copy()
    mask[0, 3] = True
    more = with_constituents(jet, jet["constituents"], mask)
    assert np.abs(network.predict_on_batch(more) - network.predict_on_batch(jet)).max() > 1e-3


@pytest.mark.parametrize("counts", [[0], [0, 0, 0], [0, 5]])
def test_empty_jets_give_finite_scores_and_gradients(network, counts):
    import tensorflow as tf

    jets = jets_of(np.array(counts))
    with tf.GradientTape() as tape:
        scores = network(jets, training=True)
        loss = -tf.reduce_mean(tf.math.log(scores[:, 0] + 1e-7))
    assert np.isfinite(scores.numpy()).all()
    gradients = tape.gradient(loss, network.trainable_variables)
    assert all(np.isfinite(tf.convert_to_tensor(gradient).numpy()).all() for gradient in gradients)


def test_a_saved_network_scores_the_same_to_the_bit(network, jets, tmp_path):
    from tagwerk.training import network as library

    library.save(network, tmp_path)
    np.testing.assert_array_equal(
        library.load(tmp_path).predict_on_batch(jets), network.predict_on_batch(jets), strict=True
    )


def test_recurrent_networks_are_of_the_cells_that_they_are_named_after(network, request):
    name = request.node.callspec.params["network"]
    if name not in RECURRENT:
        pytest.skip("has no cells")
    layers = [layer for layer in network.layers if layer.name.startswith("recurrent_")]
    assert [(type(layer).__name__, layer.units) for layer in layers] == [(RECURRENT[name], 128)] * 2


def test_recurrent_networks_see_the_order(network, jets, request):
    if request.node.callspec.params["network"] not in RECURRENT:
        pytest.skip("sees a set")
    backwards = jets["constituents"].copy()
    backwards[0, :7] = backwards[0, 6::-1]
    changed = network.predict_on_batch(with_constituents(jets, backwards, jets["constituents_mask"]))
    difference = np.abs(changed - network.predict_on_batch(jets)).max(axis=1)
    assert difference[0] > 1e-3
    assert difference[1:].max() < 1e-5
