"""The cards for hadronic taus: networks on tracks, clusters and high-level variables, of which any may be missing."""

import re
from itertools import groupby
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import tagwerk as tw
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Inputs
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.records.parts import ArrayRowGroup
from tagwerk.training.loading import read_jets
from tests.taggers.tau_candidates import CARDS, DATASET, FIELDS, NETWORKS, candidates

# Numbers of tracks and clusters: both, none of one, none at all, more than the published network reads.
LENGTHS = {"tracks": [5, 0, 3, 0, 12, 1], "clusters": [3, 4, 0, 0, 8, 1]}
ON_SEQUENCES = [name for name, card in NETWORKS.items() if card.inputs.sequences or card.inputs.trees]
# With the published maxima; that of `tau_rnn_20` is more than the candidates of these tests have.
LIMITED = [name for name in ON_SEQUENCES if CARDS[name].architecture == "combined" and name != "tau_rnn_20"]
SETS = [name for name in ON_SEQUENCES if CARDS[name].all_hyperparameters.get("constituents") is None]
# A constituent feature of each sequence that every network on it sees.
SEEN = {"tracks": "d0", "clusters": "em_fraction"}
PAIRS = [(name, sequence) for name in ON_SEQUENCES for sequence in SEEN if sequence in str(CARDS[name].inputs)]


@pytest.fixture(scope="module")
def summary():
    return tw.summarise(DATASET, tw.read(DATASET, candidates(200)))


@pytest.fixture(scope="module")
def networks(tensorflow, summary):
    """Every network with weights so spread that every input affects the scores, by the name of its card."""
    from tagwerk.layers.model_inputs import model_inputs

    built = {}
    for name, card in NETWORKS.items():
        model = card.build(model_inputs(schema_of(DATASET, card.inputs), card.inputs, summary))
        random = np.random.default_rng(8)
        for weight in model.weights:
            ones = weight.name in ("gamma", "moving_variance")
            width = np.sqrt(weight.shape[0]) if len(weight.shape) > 1 else 2
            weight.assign(random.uniform(0.5, 1.5, weight.shape) if ones else random.normal(0, 1 / width, weight.shape))
        built[name] = model
    return built


def inputs_of(card, branches, length=13):
    """The inputs of a card's network for these candidates, padded to a length."""
    records = tw.read(DATASET, branches)
    jets = read_jets(ArrayRowGroup(Path("candidates"), records, len(records), 0), schema_of(DATASET, card.inputs))
    return jets.inputs(np.arange(len(jets)), length)


def scores(networks, name, branches, length=13):
    return np.asarray(networks[name](inputs_of(CARDS[name], branches, length), training=False)["scores"])


def with_values(branches, field, jet, index, value):
    """The candidates with another value of one constituent of one of them."""
    lists = branches[field].to_list()
    lists[jet][index] = value
    return branches | {field: ak.values_astype(ak.Array(lists), np.float32)}


@pytest.fixture
def taus():
    return candidates(6, LENGTHS)


@pytest.mark.parametrize("name", CARDS)
def test_every_card_fits_the_dataset(name):
    check_inputs(Path(name), CARDS[name], DATASET, "tau")


@pytest.mark.parametrize("name", NETWORKS)
def test_scores_are_probabilities_also_without_tracks_or_clusters(networks, name, taus):
    values = scores(networks, name, taus)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-6)
    # Without scalars, all candidates with an empty list score the same.
    empty = (
        1 if CARDS[name].inputs.scalars else sum(LENGTHS[name.removeprefix("tau_rnn_")][jet] == 0 for jet in range(6))
    )
    assert len(np.unique(values[:, 1].round(4))) == 7 - empty


@pytest.mark.parametrize("name", ON_SEQUENCES)
def test_padding_never_changes_a_score(networks, name, taus):
    inputs = inputs_of(CARDS[name], taus, length=25)
    for group in [each for each in inputs if f"{each}_mask" in inputs]:
        inputs[group] = np.where(inputs[f"{group}_mask"][..., None], inputs[group], np.nan).astype("float32")
    longer = np.asarray(networks[name](inputs, training=False)["scores"])
    np.testing.assert_allclose(longer, scores(networks, name, taus, length=12), atol=1e-5)


@pytest.mark.parametrize(("name", "sequence"), PAIRS)
def test_every_sequence_matters_and_only_to_its_candidate(networks, name, sequence, taus):
    changed = with_values(taus, f"{sequence}_{SEEN[sequence]}", 0, 1, 0.7)
    difference = np.abs(scores(networks, name, changed) - scores(networks, name, taus)).max(axis=1)
    assert difference[0] > 1e-5
    assert difference[1:].max() < 1e-6


@pytest.mark.parametrize(("name", "sequence"), [pair for pair in PAIRS if pair[0] in LIMITED])
def test_constituents_beyond_the_maximum_are_not_read(networks, name, sequence, taus):
    limit = {"tracks": 10, "clusters": 6}[sequence]
    field, before = f"{sequence}_{SEEN[sequence]}", scores(networks, name, taus)
    for index, affects in ((limit - 1, True), (limit, False), (limit + 1, False)):
        changed = scores(networks, name, with_values(taus, field, 4, index, 0.7))
        assert (np.abs(changed - before).max() > 1e-6) == affects


@pytest.mark.parametrize("name", SETS)
def test_the_order_within_a_sequence_does_not_matter_to_sets_and_trees(networks, name, taus):
    inputs = inputs_of(CARDS[name], taus)
    for group in (each for each in FIELDS if not CARDS[name].inputs.trees):
        inputs |= {each: inputs[each][:, ::-1] for each in (group, f"{group}_mask")}
    reversed_order = np.asarray(networks[name](inputs, training=False)["scores"])
    np.testing.assert_allclose(reversed_order, scores(networks, name, taus), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e9, -1e9])
@pytest.mark.parametrize("field", ["tracks_d0", "tracks_d0_error", "tracks_z0_sin_theta", "clusters_em_fraction"])
def test_wrong_values_of_a_constituent_give_finite_scores(networks, field, value, taus):
    changed = with_values(taus, field, 0, 1, value)
    for name in ON_SEQUENCES:
        assert np.isfinite(scores(networks, name, changed)).all()


@pytest.mark.parametrize("name", ON_SEQUENCES)
@pytest.mark.parametrize("rows", [[3], [3, 3, 3], [1, 2]])
def test_candidates_without_tracks_or_clusters_give_finite_gradients(networks, name, rows, taus):
    import tensorflow as tf

    inputs = {group: values[rows] for group, values in inputs_of(CARDS[name], taus).items()}
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(tf.math.log(networks[name](inputs, training=True)["scores"][:, 0] + 1e-7))
    gradients = tape.gradient(loss, networks[name].trainable_variables)
    assert all(np.isfinite(tf.convert_to_tensor(gradient).numpy()).all() for gradient in gradients)


def test_a_transformer_does_not_depend_on_the_order_of_the_sequences(networks, summary, taus):
    from tagwerk.layers.model_inputs import model_inputs

    card, network = CARDS["tau_transformer"], networks["tau_transformer"]
    reversed_inputs = Inputs(sequences=dict(reversed(card.inputs.sequences.items())), scalars=card.inputs.scalars)
    other = card.build(model_inputs(schema_of(DATASET, reversed_inputs), reversed_inputs, summary))
    for layers, others in zip(layers_by_class(network), layers_by_class(other), strict=True):
        # The embedding of the first sequence was created first.
        count = {"PackedBatchNorm": 1, "RowLayers": 1}.get(type(layers[0]).__name__, 0)
        embeddings = [*layers[count : 2 * count], *layers[:count]]
        for layer, target in zip([*embeddings, *layers[2 * count :]], others, strict=True):
            target.set_weights(layer.get_weights())
    swapped = np.asarray(other(inputs_of(card, taus), training=False)["scores"])
    np.testing.assert_allclose(swapped, scores(networks, "tau_transformer", taus), atol=1e-5)


def layers_by_class(network):
    """The layers with weights, those of one class in the order in which they were created, by the numbers in names."""

    def creation(layer):
        return layer.name == "scores", int(re.search(r"\d*$", layer.name)[0] or 0)

    layers = sorted((layer for layer in network.layers if layer.weights), key=lambda layer: type(layer).__name__)
    groups = [list(group) for _, group in groupby(layers, key=lambda layer: type(layer).__name__)]
    return [sorted(group, key=creation) for group in groups]


def test_the_network_of_atlas_has_the_published_sizes(networks):
    tracks = (8 * 32 + 32) + (32 * 32 + 32) + 2 * 4 * (32 * 32 + 32 * 32 + 32)
    clusters = (7 * 32 + 32) + (32 * 32 + 32) + 4 * (32 * 24 + 24 * 24 + 24) + 4 * (24 * 24 + 24 * 24 + 24)
    variables = (13 * 128 + 128) + (128 * 128 + 128) + (128 * 16 + 16)
    joined = ((32 + 24 + 16) * 64 + 64) + (64 * 32 + 32) + (32 * 2 + 2)
    assert networks["tau_rnn"].count_params() == tracks + clusters + variables + joined


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tau_rnn", "tau_transformer", "tau_tree_lstm", "tau_trees"])
def test_taggers_are_trained_and_score(tensorflow, name):
    """Here, taus have more electromagnetic clusters, displaced tracks and a larger core energy."""
    branches = candidates(400)
    is_tau = branches["jet_tau"] == 1
    branches |= {"jet_cent_frac": branches["jet_cent_frac"] + 2 * is_tau}
    branches |= {"clusters_em_fraction": branches["clusters_em_fraction"] / np.where(is_tau, 1, 3)}
    branches |= {"tracks_d0": branches["tracks_d0"] * np.where(is_tau, 5, 1)}
    records = tw.read(DATASET, branches)
    training = CARDS[name].training.model_copy(update={"batch_size": 32, "learning_rate": 0.005})
    card = CARDS[name].model_copy(update={"training": training})
    run = tw.score(tw.train(card, DATASET, None, records, name=name, epochs=5), records)
    assert roc_auc_score(run.scores.label, run.scores.p_tau) > 0.8
