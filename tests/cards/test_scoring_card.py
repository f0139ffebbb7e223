"""What a tagger needs of a dataset's card, and what it does not."""

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.scoring_card import scoring_card, with_classes, with_split
from tagwerk.cards.tagger import Inputs
from tagwerk.readers.branches import branches
from tests.conftest import DATASET, changed


def reduced(card, **inputs):
    dataset = Dataset.model_validate(card)
    inputs = Inputs.model_validate(inputs)
    return scoring_card(dataset, inputs, schema_of(dataset, inputs))


RICH = DATASET | {
    "jet": DATASET["jet"] | {"extra": {"published": "jet_published", "b": "jet_b"}},
    "weight": "mc_weight",
    "selection": "jet_pt > 500",
    "sequences": {
        "constituents": DATASET["sequences"]["constituents"]
        | {"truth": "c_truth", "extra": {"charge": "c_charge", "d0": "c_d0", "quality": "c_quality"}},
        "clusters": {"pt": "l_pt", "eta": "l_eta", "phi": "l_phi"},
    },
}
MOMENTA = {"jet_pt", "jet_eta", "jet_phi", "jet_mass"}
CONSTITUENTS = {"c_pt", "c_eta", "c_phi", "c_energy"}


def test_a_tagger_of_jet_variables_reads_these_alone():
    card = reduced(RICH, scalars=["mass", "published"])
    assert {*branches(card)} == MOMENTA | {"jet_published"}
    assert card.scalars == ["pt", "eta", "phi", "mass", "published"]


def test_a_computed_variable_needs_the_momenta_of_constituents():
    card = reduced(RICH, scalars=["width"])
    assert {*branches(card)} == MOMENTA | CONSTITUENTS
    assert (card.substructure, card.trees()) == (["width"], {})


def test_a_network_reads_the_variables_of_its_sequences_alone():
    card = reduced(RICH, sequences={"constituents": ["log_pt", "log_abs_d0"]})
    assert {*branches(card)} == MOMENTA | CONSTITUENTS | {"c_d0"}


def test_selection_and_order_of_constituents_keep_what_they_need():
    rich = changed(RICH, "sequences.constituents.selection", "quality > 1 and delta_r < 1")
    card = reduced(changed(rich, "sequences.constituents.order", "abs(d0)"), sequences={"constituents": ["log_pt"]})
    assert {*branches(card)} == MOMENTA | CONSTITUENTS | {"c_d0", "c_quality"}
    by_truth = changed(RICH, "sequences.constituents.selection", "truth >= 0")
    assert "c_truth" in branches(reduced(by_truth, sequences={"constituents": ["log_pt"]}))


def test_the_selection_of_jets_stays_and_weight_and_classes_go():
    card = reduced(RICH, scalars=["mass"])
    assert (card.selection, card.weight, [each.selection for each in card.classes]) == ("jet_pt > 500", None, [None])
    assert card.event == ["row"]


def test_a_jet_without_branches_of_its_own_is_the_sum_of_its_constituents():
    card = reduced(changed(DATASET, "jet", None), scalars=["mass"])
    assert {*branches(card)} == CONSTITUENTS


def test_only_the_trees_of_the_tagger_are_built():
    card = reduced(RICH, trees={"constituents_cambridge_aachen": ["log_pt"]})
    assert card.trees() == {"constituents_cambridge_aachen": ("constituents", "cambridge_aachen")}


def test_variables_of_taus_keep_what_they_are_computed_from():
    tau = Dataset.load("tau")
    inputs = Inputs(scalars=["ip_sig_lead_track"])
    card = scoring_card(tau, inputs, schema_of(tau, inputs))
    assert card.tau_variables == ["ip_sig_lead_track"]
    assert {"d0", "d0_error"} <= {*card.sequences["tracks"].extra}
    assert "clusters" not in card.sequences


def test_split_and_classes_can_be_put_back():
    dataset = Dataset.model_validate(RICH)
    card = with_classes(with_split(reduced(RICH, scalars=["mass"]), dataset), dataset)
    assert (card.event, card.split, card.classes) == (dataset.event, dataset.split, dataset.classes)
    assert {*branches(card)} == MOMENTA | {"event", "is_wide"}
