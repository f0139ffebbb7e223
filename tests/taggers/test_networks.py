"""Properties of every Keras architecture and every shipped card, including future ones."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import tagwerk.taggers
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.lund import LUND
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import TOPOLOGIES
from tagwerk.jets.trees import build_trees, merge_momenta
from tests.conftest import DATASET, architecture_card, changed

pytestmark = pytest.mark.usefixtures("tensorflow")

ARCHITECTURES = {
    module.name: import_module(f"tagwerk.taggers.{module.name}").INPUTS
    for module in iter_modules(tagwerk.taggers.__path__)
    if import_module(f"tagwerk.taggers.{module.name}").ENGINE == "keras"
}
# Every architecture with its defaults, and with hyperparameters that change the network.
VARIANTS = {name: (name, {}) for name in ARCHITECTURES} | {
    "encoder_decoder": ("encoder_decoder", {"constituents": 5}),
    "constituent_labels, alone": ("constituent_labels", {"signal": "wide"}),
    "constituent_labels, origins": ("constituent_labels", {"signal": "wide"}),
    "constituent_labels, origins and classes": ("constituent_labels", {}),
    "combined, without scalars": ("combined", {"pooling": "mean"}),
    "lstm, by kT": ("recurrent", {"order": "log_kt"}),
    "simple_rnn": ("recurrent", {"cell": "simple_rnn"}),
    "gru": ("recurrent", {"cell": "gru"}),
    "min_gru": ("recurrent", {"cell": "min_gru", "units": [16, 16, 16]}),
    "min_lstm, backward": ("recurrent", {"cell": "min_lstm", "direction": "backward"}),
    "lstm, last state": ("recurrent", {"pooling": "last"}),
    "lstm, backward, last state": ("recurrent", {"direction": "backward", "pooling": "last"}),
    "lstm, both ways": ("recurrent", {"direction": "both", "units": [8, 8]}),
    "energy_flow": ("deep_sets", {"infrared_safe": True}),
    "particle_net, five hardest": ("particle_net", {"constituents": 5}),
    "particle_transformer": ("transformer", {"pairs": [8, 6], "width": 16}),
    **{f"recursive, {cell}": ("recursive", {"cell": cell}) for cell in ("n_ary", "simple", "gated")},
}
# Every shipped card, with its own hyperparameters.
CONFIG = Path(__file__).parents[2] / "config"
SHIPPED = {path.stem: Tagger.load(path) for path in sorted((CONFIG / "taggers").glob("*.yaml"))}
# Those for tracks and clusters are tested in `test_tau_cards.py`.
SHIPPED = {name: card for name, card in SHIPPED.items() if not name.startswith("tau_")}
# Published sizes have the architectures of light ones.
SHIPPED = {name: card for name, card in SHIPPED.items() if not name.endswith("_published")}
# The same network on different trees is tested once.
TREE_SUFFIXES = tuple(f"_{topology}" for topology in TOPOLOGIES)
SHIPPED = {name: card for name, card in SHIPPED.items() if not name.endswith(TREE_SUFFIXES)}
SHIPPED = {f"{name}.yaml": card for name, card in SHIPPED.items() if card.engine == "keras"}
# Those for the sequences and variables of other datasets have the same architectures.
SHIPPED = {name: card for name, card in SHIPPED.items() if {*card.inputs.sequences} <= {"constituents"}}
SHIPPED = {name: card for name, card in SHIPPED.items() if not name.startswith("jetclass_")}
NAMES = [*VARIANTS, *SHIPPED]
ORIGINS = [{"name": name, "label": name} for name in ("pileup", "wide", "underlying")]
WITH_ORIGINS = changed(
    changed(DATASET, "sequences.constituents.truth", "c_t"), "sequences.constituents.origins", ORIGINS
)
INPUTS = {"energy_flow": {"sequences": {"constituents": ["delta_r", "along_axis", "across_axis"]}}}
SETS = {"deep_sets", "energy_flow", "particle_net", "transformer", "particle_transformer"}
# The order of constituents does not matter to a tree either.
ON_TREES = {name for name in VARIANTS if VARIANTS[name][0] in ("recursive", "lund_plane")}
ON_TREES |= {name for name, card in SHIPPED.items() if card.inputs.trees}
SEES_MERGES = {"lund_plane"} | {name for name, card in SHIPPED.items() if card.architecture == "lund_plane"}
ORDER_INVARIANT = {"lstm, by kT"} | SETS | {f"{name}.yaml" for name in SETS} | ON_TREES
ORDER_INVARIANT |= {name for name, card in SHIPPED.items() if card.architecture in ("deep_sets", "transformer")}
TAKES_NO_SCALARS = {"encoder_decoder", "constituent_labels, alone", "constituent_labels, origins"}
SEQUENTIAL = [name for name in NAMES if name.removesuffix(".yaml") != "dense"]
COUNTS = np.array([7, 3, 1, 0])


# Typical jet variables; with them, a jet's normalised features are zero.
JET = {"pt": 550.0, "eta": 0.0, "phi": 3.0, "mass": 100.0, "multiplicity": 8.0, "width": 0.2, "pt_dispersion": 0.4}
JET |= {"tau21": 0.5, "tau32": 0.6}
ENERGY = np.hypot(JET["pt"], JET["mass"])
MOMENTS = {
    "jet": {name: (value, max(value / 4, 0.1)) for name, value in JET.items()},
    "constituents": dict.fromkeys(["delta_eta", "delta_phi", "delta_r", "along_axis", "across_axis"], (0.0, 0.3))
    | dict.fromkeys(["log_pt_share", "log_energy_share", "charge"], (0.0, 1.0))
    | {"log_pt": (np.log(JET["pt"]), 1.0), "log_energy": (np.log(ENERGY), 1.0)},
}
NODE_MOMENTS = MOMENTS["constituents"] | dict.fromkeys(LUND, (0.0, 1.0))
NODE_MOMENTS |= {name: (JET[name], JET[name] or 0.3) for name in ("pt", "eta", "phi")}
NODE_MOMENTS |= {"energy": (ENERGY, ENERGY), "momentum": (JET["pt"], JET["pt"]), "energy_share": (1.0, 1.0)}
NODE_MOMENTS |= {"theta": (np.pi / 2, 0.3)}
MOMENTS |= {f"constituents_{topology}": NODE_MOMENTS for topology in TOPOLOGIES}


def tagger_of(variant, inputs):
    """The card of a variant with these inputs, and its dataset."""
    if variant in SHIPPED:
        return SHIPPED[variant], Dataset.load(CONFIG / "datasets/top.yaml")
    architecture, hyperparameters = VARIANTS[variant]
    card = architecture_card(architecture)
    card |= {"inputs": card["inputs"] | INPUTS.get(variant, {}) | inputs, "hyperparameters": hyperparameters}
    return Tagger.model_validate(card), Dataset.model_validate(WITH_ORIGINS if "origins" in variant else DATASET)


@pytest.fixture(scope="module")
def build(tensorflow):
    """A function that builds a variant, with weights so spread that every input affects the scores."""
    from tagwerk.layers.model_inputs import model_inputs

    def model(variant, **inputs):
        tagger, dataset = tagger_of(variant, inputs)
        schema = schema_of(dataset, tagger.inputs)
        model = tagger.build(
            model_inputs(schema, tagger.inputs, SimpleNamespace(moments=MOMENTS, ranges={}), tagger.training.classes)
        )
        random = np.random.default_rng(8)
        model.set_weights([draw(weight, random) for weight in model.weights])
        return model

    return model


def draw(weight, random):
    """A random value for a weight: gains and variances around one, everything else around zero."""
    if weight.name in ("gamma", "moving_variance"):
        return random.uniform(0.5, 1.5, weight.shape)
    return random.normal(0, 1 / np.sqrt(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 0.5, weight.shape)


@pytest.fixture(scope="module", params=NAMES)
def network(request, build):
    return build(request.param)


@pytest.fixture(scope="module", params=SEQUENTIAL)
def sequential(request, build):
    """The networks that see constituents."""
    return build(request.param)


@pytest.fixture(scope="module", params=[name for name in SEQUENTIAL if name not in ORDER_INVARIANT])
def recurrent(request, build):
    return build(request.param)


@pytest.fixture(scope="module", params=[name for name in SEQUENTIAL if name in ORDER_INVARIANT])
def order_invariant(request, build):
    """The networks that do not see the order of the constituents."""
    return build(request.param)


def scores_of(network, jets):
    return np.asarray(network(inputs_of(network, jets), training=False)["scores"])


def inputs_of(network, jets):
    """The inputs of a network; extra columns, which come last, only if it uses them."""
    return {name: jets[name][..., : tensor.shape[-1]] for name, tensor in network.input.items()}


@pytest.fixture
def jets():
    return jets_of(COUNTS)


def jets_of(counts, length=8):
    """Jets around (0, 3) with these numbers of constituents, padded with zeros."""
    random = np.random.default_rng(5)
    size = (len(counts), length)
    columns = [random.exponential(20, size), random.normal(0, 0.3, size), random.normal(3, 0.3, size)]
    columns += [columns[0] * np.cosh(columns[1]), random.integers(-1, 2, size)]
    mask = np.arange(length) < counts[:, None]
    jet = np.array([[*(JET | {"mass": 80 + 20 * jet}).values()] for jet in range(len(counts))], "float32")
    return with_constituents({"jet": jet}, np.where(mask[..., None], np.stack(columns, axis=-1), 0), mask)


def take(jets, rows):
    return {name: values[rows] for name, values in jets.items()}


def with_constituents(jets, constituents, mask):
    constituents = constituents.astype("float32")
    return jets | {"constituents": constituents, "constituents_mask": mask} | trees_of(constituents, mask)


def trees_of(constituents, mask):
    """The merges of every topology, padded like the constituents."""
    counts = mask.sum(axis=1)
    flat = Ragged(dict(zip(PT_ETA_PHI_ENERGY, constituents[mask].T, strict=False)), counts)
    trees = {}
    for topology in TOPOLOGIES:
        merges = build_trees(flat, topology, np.arange(len(counts), dtype=np.uint64))
        columns = {**merges.values, **merge_momenta(flat, merges).values}
        content = np.stack([columns[name] for name in MERGE_FIELDS], axis=1)
        trees[f"constituents_{topology}"], trees[f"constituents_{topology}_mask"] = pad(
            content, merges.starts, merges.counts, mask.shape[1]
        )
    return trees


def test_scores_are_probabilities_that_depend_on_the_jet(network, request, jets):
    scores = scores_of(network, jets)
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    # The Lund plane of a jet with one constituent is empty, as is that of a jet without any.
    same = request.node.callspec.params["network"] in SEES_MERGES
    assert len(np.unique(scores[:, 1].round(4))) == (3 if same else 4)


@pytest.mark.parametrize("more", [1, 5, 40])
@pytest.mark.parametrize("filling", [0.0, 7.0, np.nan])
def test_padding_never_changes_a_score(sequential, jets, more, filling):
    wide = [(0, 0), (0, more), (0, 0)]
    mask = np.pad(jets["constituents_mask"], wide[:2])
    longer = np.where(mask[..., None], np.pad(jets["constituents"], wide), filling)
    np.testing.assert_allclose(
        scores_of(sequential, with_constituents(jets, longer, mask)), scores_of(sequential, jets), atol=1e-5
    )


def test_a_jets_score_does_not_depend_on_the_other_jets_of_its_batch(network, jets):
    together = scores_of(network, jets)
    for row in range(len(COUNTS)):
        np.testing.assert_allclose(scores_of(network, take(jets, [row]))[0], together[row], atol=1e-5)
    np.testing.assert_allclose(scores_of(network, take(jets, [3, 1, 0, 2])), together[[3, 1, 0, 2]], atol=1e-5)


def features_of(network, jets):
    """A network's normalised features of the constituents; only these have a standard deviation of 0.3."""
    (layer,) = (layer for layer in network.layers if 0.3 in getattr(layer, "std", []))
    return np.asarray(keras.Model(network.input, layer.output)(inputs_of(network, jets)))


# A constituent that is all zeros in the file, and one whose normalised features are all zero.
ZEROS = {"file": [0, 0, 0, 0, 0], "features": [JET["pt"], JET["eta"], JET["phi"], ENERGY, 0]}


@pytest.mark.parametrize("zeros", ZEROS)
def test_a_real_constituent_of_zeros_is_not_dropped(sequential, request, zeros):
    jet = jets_of(np.array([3]))
    jet["jet"][:, 3] = JET["mass"]
    constituents, mask = jet["constituents"].copy(), jet["constituents_mask"].copy()
    constituents[0, 3], mask[0, 3] = ZEROS[zeros], True
    more = with_constituents(jet, constituents, mask)
    if zeros == "features" and request.node.callspec.params["sequential"] not in SEES_MERGES:
        np.testing.assert_allclose(features_of(sequential, more)[0, 3], 0, atol=1e-5)
    difference = scores_of(sequential, more) - scores_of(sequential, jet)
    # An energy-flow network ignores a constituent without momentum: this is infrared safety.
    weightless = zeros == "file" and "energy_flow" in request.node.callspec.params["sequential"]
    assert (np.abs(difference).max() > 2e-6) == (not weightless)


@pytest.mark.parametrize("variant", [name for name in VARIANTS if "origins" in name])
def test_origins_have_probabilities_that_add_up_to_one_and_padding_has_none(build, jets, variant):
    outputs = {name: np.asarray(each) for name, each in build(variant)(inputs_of(build(variant), jets)).items()}
    real = jets["constituents_mask"]
    assert outputs["constituent_scores"].shape == (*real.shape, 3)
    np.testing.assert_allclose(outputs["constituent_scores"].sum(axis=2), real, atol=1e-6)
    if "classes" not in variant:
        pt = np.where(real, jets["constituents"][..., 0], 0)
        share = (pt * outputs["constituent_scores"][..., 1]).sum(axis=1) / np.maximum(pt.sum(axis=1), 1e-9)
        np.testing.assert_allclose(outputs["scores"][:, 1], share, atol=1e-6)


@pytest.mark.parametrize("counts", [[0], [0, 0, 0], [0, 5]])
def test_empty_jets_give_finite_scores_and_gradients(sequential, counts):
    import tensorflow as tf

    jets = jets_of(np.array(counts))
    with tf.GradientTape() as tape:
        outputs = sequential(inputs_of(sequential, jets), training=True)
        loss = -tf.reduce_mean(tf.math.log(outputs["scores"][:, 0] + 1e-7))
        loss += sum(tf.reduce_mean(output) for name, output in outputs.items() if name != "scores")
    assert all(np.isfinite(output.numpy()).all() for output in outputs.values())
    gradients = tape.gradient(loss, sequential.trainable_variables)
    assert all(np.isfinite(tf.convert_to_tensor(gradient).numpy()).all() for gradient in gradients)


def test_a_saved_network_scores_the_same_to_the_bit(network, jets, tmp_path):
    from tagwerk.training import network as library

    library.save(network, tmp_path)
    np.testing.assert_array_equal(scores_of(library.load(tmp_path), jets), scores_of(network, jets), strict=True)


def test_recurrent_networks_depend_on_the_order(recurrent, jets):
    difference = np.abs(scores_of(recurrent, reverse_first_jet(jets)) - scores_of(recurrent, jets)).max(axis=1)
    assert difference[0] > 2e-5
    assert difference[1:].max() < 1e-5


def test_networks_on_sets_do_not_depend_on_the_order(order_invariant, jets):
    np.testing.assert_allclose(
        scores_of(order_invariant, reverse_first_jet(jets)), scores_of(order_invariant, jets), atol=1e-5
    )


def reverse_first_jet(jets):
    """The same jets, with the constituents of the first in reversed order."""
    constituents = jets["constituents"].copy()
    constituents[0, :7] = constituents[0, 6::-1]
    return with_constituents(jets, constituents, jets["constituents_mask"])


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name in SEQUENTIAL and name not in TAKES_NO_SCALARS])
def test_scalar_variables_affect_the_scores(build, jets, variant):
    network = build(variant, scalars=["mass"])
    heavier = jets["jet"] * np.where(np.array(list(JET)) == "mass", 1.5, 1).astype("float32")
    assert np.abs(scores_of(network, jets | {"jet": heavier}) - scores_of(network, jets)).min() > 1e-5


def add_soft_constituent(jet):
    """The jet with one more constituent, far from its axis, with almost no momentum."""
    constituents, mask = jet["constituents"].copy(), jet["constituents_mask"].copy()
    constituents[0, 7], mask[0, 7] = [1e-6, 0.7, 3.5, 1e-6 * np.cosh(0.7), 1], True
    return with_constituents(jet, constituents, mask)


def split_constituent(jet):
    """The jet with one constituent split collinearly into two, of two thirds and one third of its momentum."""
    constituents, mask = jet["constituents"].copy(), jet["constituents_mask"].copy()
    constituents[0, 7], mask[0, 7] = constituents[0, 0], True
    constituents[0, [0, 7]] *= np.array([[2 / 3, 1, 1, 2 / 3, 1], [1 / 3, 1, 1, 1 / 3, 1]])
    return with_constituents(jet, constituents, mask)


@pytest.mark.parametrize("emission", [add_soft_constituent, split_constituent])
def test_energy_flow_is_infrared_and_collinear_safe_as_particle_flow_is_not(build, emission):
    jet = jets_of(np.array([7]))
    difference = {
        name: np.abs(scores_of(build(name), emission(jet)) - scores_of(build(name), jet)).max()
        for name in ("energy_flow", "deep_sets")
    }
    assert difference["energy_flow"] < 1e-5
    assert difference["deep_sets"] > 1e-4
