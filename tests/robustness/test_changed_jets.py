"""What a tagger sees of changed jets: all that follows from the constituents is computed anew."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.records.store import read_records
from tagwerk.robustness.changed_jets import ChangeableJets
from tagwerk.robustness.variations import input_exchanges, perturbations, rank_exchanges
from tagwerk.training.loading import load_jets
from tests.conftest import architecture_card

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
    jets, stored = (
        changeable(toy, tagger).nominal(),
        load_jets(toy.parts, ["test"], schema_of(toy.load()[0], tagger.inputs)),
    )
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
    counts = ak.num(jets.chunk.sequences["constituents"].lists())
    assert np.array_equal(before.scalars[:, column], counts)
    kept = ak.sum(jets.chunk.sequences["constituents"].lists().pt >= 2, axis=1)
    assert np.array_equal(after.scalars[:, column], kept)
    assert (kept != counts).any()


def test_trees_are_built_anew_and_are_trees_of_the_constituents(toy):
    jets = changeable(toy, tagger_of("recursive"))
    for variation in (
        *perturbations(),
        *rank_exchanges(jets.schema),
        *input_exchanges(tagger_of("recursive").inputs, jets.schema),
    ):
        changed = jets.changed(variation).sequences
        merges = np.maximum(changed["constituents"].counts - 1, 0)
        assert np.array_equal(changed["constituents_cambridge_aachen"].counts, merges)


def test_a_random_tree_stays_the_same_where_only_momenta_change(toy):
    jets = changeable(toy, tagger_of("recursive", **RANDOM_TREE))
    shuffled, nominal = (
        each.sequences["constituents_random"].content for each in (jets.changed(named("shuffle")), jets.nominal())
    )
    assert np.array_equal(np.sort(shuffled[:, :2], axis=1), np.sort(nominal[:, :2], axis=1))


def test_the_order_of_a_shuffled_jet_does_not_change_its_cluster_tree(toy):
    jets = changeable(toy, tagger_of("recursive"))
    shuffled, nominal = (
        each.sequences["constituents_cambridge_aachen"].content[:, 2:]
        for each in (jets.changed(named("shuffle")), jets.nominal())
    )
    np.testing.assert_allclose(np.sort(shuffled[:, 0]), np.sort(nominal[:, 0]), rtol=1e-5)


def test_exchanging_an_input_leaves_substructure_as_it_is(toy):
    tagger = tagger_of("combined")
    jets = changeable(toy, tagger)
    for variation in input_exchanges(tagger.inputs, jets.schema):
        changed = jets.changed(variation)
        differing = [
            name
            for column, name in enumerate(jets.schema.scalars)
            if (changed.scalars[:, column] != jets.nominal().scalars[:, column]).any()
        ]
        assert differing == ([variation.name] if variation.sequence is None else [])
