"""What a tagger sees of changed jets: all that follows from the constituents is computed anew."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.records.store import read_records
from tagwerk.robustness.changed_jets import ChangeableJets, have_same_inputs
from tagwerk.robustness.variations import input_exchanges, perturbations, rank_exchanges
from tagwerk.training.loading import load_jets
from tests.conftest import DATASET, architecture_card, changed, jet_records, toy_branches

RANDOM_TREE = {"trees": {"constituents_random": ["log_pt", "lund_z"]}}


def tagger_of(architecture, **inputs):
    card = architecture_card(architecture)
    return Tagger.model_validate(card | {"inputs": inputs or card["inputs"]})


def changeable(toy, tagger):
    dataset = toy.load()[0]
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    return ChangeableJets.of(records, dataset, tagger, schema_of(dataset, tagger.inputs), 1)


def named(name):
    return next(each for each in perturbations() if each.name == name)


@pytest.mark.parametrize(
    "tagger", [tagger_of("combined"), tagger_of("recursive"), tagger_of("recursive", **RANDOM_TREE), tagger_of("dense")]
)
def test_without_a_change_the_jets_are_those_that_are_scored(toy, tagger):
    jets = changeable(toy, tagger).nominal()
    stored = load_jets(toy.parts, ["test"], jets.schema)
    assert have_same_inputs(jets, stored)
    assert np.array_equal(jets.scalars, stored.scalars)
    for name, lists in stored.sequences.items():
        assert np.array_equal(jets.sequences[name].content, lists.content)
        assert np.array_equal(jets.sequences[name].counts, lists.counts)


def test_constituents_are_ordered_anew_unless_they_are_shuffled(toy):
    jets = changeable(toy, tagger_of("recurrent"))
    for name, falls in (("smear_momenta_10", True), ("add_20", True), ("shuffle", False)):
        lists = jets.changed(named(name)).sequences["constituents"]
        pt = ak.unflatten(lists.to_packed().content[:, 0], lists.counts)
        assert bool(ak.all(pt[:, :-1] >= pt[:, 1:])) is falls


def test_substructure_is_computed_anew_where_the_tagger_reads_it(toy):
    jets = changeable(toy, tagger_of("dense", scalars=["multiplicity", "mass"]))
    before, after = jets.nominal(), jets.changed(named("drop_below_2"))
    column = before.schema.scalars.index("multiplicity")
    counts = jets.chunk.sequences["constituents"].counts
    assert np.array_equal(before.scalars[:, column], counts)
    kept = ak.to_numpy(ak.sum(jets.chunk.sequences["constituents"].lists().pt >= 2, axis=1))
    assert np.array_equal(after.scalars[:, column], kept)
    assert (kept != counts).any()


def test_variables_of_taus_are_computed_anew_where_the_tagger_reads_them():
    tracks = changed(DATASET["sequences"]["constituents"], "trees", [])
    card = DATASET | {"sequences": {"tracks": tracks}, "substructure": [], "tau_variables": ["core_tracks", "dr_max"]}
    dataset, tagger = Dataset.model_validate(card), tagger_of("dense", scalars=["core_tracks"])
    records = jet_records(ak.zip(toy_branches(0, 100), depth_limit=1), dataset, "toy")
    jets = ChangeableJets.of(records, dataset, tagger, schema_of(dataset, tagger.inputs), 1)
    assert jets.dataset.tau_variables == ["core_tracks"]
    column = jets.schema.scalars.index("core_tracks")
    before, after = (each.scalars[:, column] for each in (jets.nominal(), jets.changed(named("drop_below_2"))))
    assert np.array_equal(before, records.jet.core_tracks)
    assert (after <= before).all()
    assert (after < before).any()


def test_trees_are_built_anew_and_are_trees_of_the_constituents(toy):
    tagger = tagger_of("recursive")
    jets = changeable(toy, tagger)
    exchanges = [*rank_exchanges(jets.schema), *input_exchanges(tagger.inputs, jets.schema)]
    for variation in (*perturbations(), *exchanges):
        changed = jets.changed(variation).sequences
        merges = np.maximum(changed["constituents"].counts - 1, 0)
        assert np.array_equal(changed["constituents_cambridge_aachen"].counts, merges)


def shuffled_and_nominal(jets, tree):
    """Return the merges of shuffled and of unchanged jets, (M, 6) each."""
    return [each.sequences[tree].content for each in (jets.changed(named("shuffle")), jets.nominal())]


def test_a_random_tree_is_over_the_same_leaves_whatever_their_momenta(toy):
    jets = changeable(toy, tagger_of("recursive", **RANDOM_TREE))
    shuffled, nominal = shuffled_and_nominal(jets, "constituents_random")
    assert np.array_equal(np.sort(shuffled[:, :2], axis=1), np.sort(nominal[:, :2], axis=1))
    assert not np.array_equal(shuffled, nominal)


def test_a_clustering_tree_does_not_depend_on_the_order_of_the_constituents(toy):
    jets = changeable(toy, tagger_of("recursive"))
    shuffled, nominal = shuffled_and_nominal(jets, "constituents_cambridge_aachen")
    np.testing.assert_allclose(np.sort(shuffled[:, 2]), np.sort(nominal[:, 2]), rtol=1e-5)


def test_exchanging_an_input_leaves_all_other_jet_variables_as_they_are(toy):
    tagger = tagger_of("combined")
    jets = changeable(toy, tagger)
    before = jets.nominal().table()
    for variation in input_exchanges(tagger.inputs, jets.schema):
        after = jets.changed(variation).table()
        differing = [name for name in before if not after[name].equals(before[name])]
        assert differing == ([variation.name] if variation.sequence is None else [])
