"""Every shipped tagger gives the same scores in ONNX Runtime as in Tagwerk."""

from dataclasses import replace

import numpy as np
import pytest

from tagwerk.errors import UserError
from tests.exports.conftest import NETWORKS, Session, jets_for, trained

# Numbers of constituents of batches, and the length to which they are padded.
BATCHES = {
    "one": ([30], None),
    "two": ([1, 45], None),
    "seventeen, padded": ([*range(17)], 40),
    "one constituent": ([1], None),
    "no constituents": ([0], 1),
    "none at all": ([0, 0, 0], 5),
    "two hundred": ([200, 3], None),
}


def keras_scores(tagger, jets, output="scores"):
    return np.asarray(tagger.model({name: jets[name] for name in tagger.model.input}, training=False)[output])


@pytest.mark.slow
def test_scores_are_those_of_the_network(network):
    tagger, session = network
    for name, (counts, length) in BATCHES.items():
        limit = min([order.max_length for order in tagger.record.ordering.values()], default=200)
        jets = jets_for(tagger.record.schema_, np.minimum(counts, limit), length)
        expected = keras_scores(tagger, jets)
        np.testing.assert_allclose(session(jets), expected, atol=1e-5, err_msg=name)


ORDERED = ["lstm", "particle_net", "constituent_labels", "tree_lstm_child_sum", "lund_lstm", "tau_rnn", "tau_tree_lstm"]


def shuffled(schema, jets, seed=3):
    """The same jets with each sequence in random order among its padding, and trees that refer to that order."""
    random, mixed = np.random.default_rng(seed), dict(jets)
    for name in schema.sequences:
        if name in schema.trees:
            continue
        mask = jets[f"{name}_mask"]
        positions = np.argsort(np.where(mask, random.uniform(size=mask.shape), 2), axis=1)
        mixed[name] = np.take_along_axis(jets[name], positions[..., None], axis=1)
        new = np.argsort(positions, axis=1)
        for tree in (each for each, sequence in schema.trees.items() if sequence == name):
            children, merges = jets[tree][..., :2].astype(int), jets[tree].copy()
            leaf = children < mask.sum(axis=1)[:, None, None]
            index = np.where(leaf, children, 0)
            moved = np.take_along_axis(new[:, None], index.reshape(len(index), 1, -1), axis=2).reshape(index.shape)
            merges[..., :2] = np.where(leaf, moved, children)
            mixed[tree] = merges
    return mixed


@pytest.mark.parametrize("name", ORDERED)
def test_the_order_of_constituents_does_not_matter(name, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name)
    session, jets = Session(export(tagger)), jets_for(tagger.record.schema_, [5, 12, 1, 0, 9])
    np.testing.assert_allclose(session(shuffled(tagger.record.schema_, jets)), session(jets), atol=1e-6)


@pytest.mark.parametrize("name", ["lstm", "tau_rnn"])
def test_constituents_beyond_the_maximum_do_not_matter(name, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name, max_length=6)
    schema = tagger.record.schema_
    jets = jets_for(schema, [10, 6, 3])
    cut = {key: values[:, :6] if key != "jet" else values for key, values in jets.items()}
    session = Session(export(tagger))
    expected = keras_scores(tagger, cut)
    np.testing.assert_allclose(session(jets), expected, atol=1e-5)
    np.testing.assert_allclose(session(shuffled(schema, jets)), expected, atol=1e-5)


@pytest.mark.parametrize("longest", [7, 14, 40])
@pytest.mark.parametrize("name", ["tree_lstm_child_sum", "tree_lstm_binary", "recnn_gated", "lund_lstm"])
def test_jets_with_more_constituents_than_their_trees_may_have_get_nan(name, longest, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name, max_length=6)
    jets = jets_for(tagger.record.schema_, [longest, 6, 0])
    scores = Session(export(tagger))(jets)
    assert np.isnan(scores[0]).all()
    np.testing.assert_allclose(scores[1:], keras_scores(tagger, jets)[1:], atol=1e-5)


@pytest.mark.parametrize("name", ["constituent_labels", "track_labels"])
def test_labels_are_those_of_the_constituents_that_were_fed(name, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name, max_length=6)
    schema = tagger.record.schema_
    (sequence,) = schema.sequences
    jets, session = jets_for(schema, [8, 6, 0, 2]), Session(export(tagger))
    cut = {key: values[:, :6] if key != "jet" else values for key, values in jets.items()}
    labels = session(jets, "constituent_scores")
    np.testing.assert_allclose(labels[:, :6], keras_scores(tagger, cut, "constituent_scores"), atol=1e-5)
    assert not labels[:, 6:].any()
    mixed = shuffled(schema, jets)
    moved = session(mixed, "constituent_scores")
    # The constituent of highest pT has the same label wherever it is.
    hardest = mixed[sequence][..., 0].argmax(axis=1)
    np.testing.assert_allclose(moved[np.arange(4), hardest], labels[:, 0], atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_does_not_matter(name, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name)
    session, jets = Session(export(tagger)), jets_for(tagger.record.schema_, [4, 0, 9], 12)
    filled = dict(jets)
    for sequence in tagger.record.schema_.sequences:
        filled[sequence] = np.where(jets[f"{sequence}_mask"][..., None], jets[sequence], np.float32("nan"))
    np.testing.assert_allclose(session(filled), session(jets), atol=1e-6)


def test_a_batch_may_be_without_jets_or_constituents(network):
    tagger, session = network
    jets = jets_for(tagger.record.schema_, [0, 0])
    without = {name: values if name == "jet" else values[:, :0] for name, values in jets.items()}
    np.testing.assert_allclose(session(without), session(jets), atol=1e-6)
    if "constituent_scores" in [each.name for each in session.session.get_outputs()]:
        assert session(without, "constituent_scores").shape[:2] == (2, 0)
    for batch in (jets, without):
        none = {name: values[:0] for name, values in batch.items()}
        assert session(none).shape == (0, len(tagger.record.schema_.classes))


def test_constituents_of_equal_pt_keep_their_order(tensorflow):
    from tagwerk.exports.export import export

    tagger = trained("lstm")
    jets = jets_for(tagger.record.schema_, [6])
    jets["constituents"][0, :, 0] = [50, 30, 30, 30, 20, 20]
    np.testing.assert_allclose(Session(export(tagger))(jets), keras_scores(tagger, jets), atol=1e-5)


def test_an_order_by_no_column_is_one_more_input(tensorflow):
    from tagwerk.exports.export import export

    tagger = trained("lstm")
    plain = Session(export(tagger))
    key = tagger.record.ordering["constituents"].model_copy(update={"key": "pt * energy"})
    ordered = Session(
        export(replace(tagger, record=tagger.record.model_copy(update={"ordering": {"constituents": key}})))
    )
    jets = jets_for(tagger.record.schema_, [7, 3, 0])
    descending = jets | {"constituents_order": jets["constituents"][..., 0]}
    np.testing.assert_allclose(ordered(descending), plain(jets), atol=1e-6)
    ascending = jets | {"constituents_order": -jets["constituents"][..., 0]}
    assert np.abs(ordered(ascending) - plain(jets))[:2].max() > 1e-3


def test_a_model_without_its_order_is_refused(tensorflow):
    from tagwerk.exports.export import export

    tagger = trained("lstm")
    with pytest.raises(UserError, match=r"in which order its constituents were, .*; train it again"):
        export(replace(tagger, record=tagger.record.model_copy(update={"ordering": {}})))
