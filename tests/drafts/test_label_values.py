import numpy as np
import pytest

from tagwerk.drafts.label_values import flag_groups, from_frequent_values, from_one_hot, from_values


def classes(branch, values, meanings=None):
    guess = from_values(branch, np.array(values), meanings or {})
    return {name: selection for name, _, selection in guess.classes}


def test_hadron_and_parton_flavours():
    assert classes("Jet_hadronFlavour", [0, 4, 5, 5]) == {
        "light": "Jet_hadronFlavour == 0", "c": "Jet_hadronFlavour == 4", "b": "Jet_hadronFlavour == 5",
    }  # fmt: skip
    assert classes("Jet.Flavor", [0, 1, 21, 5])["light"] == (
        "Jet.Flavor == 1 or Jet.Flavor == 2 or Jet.Flavor == 3 or Jet.Flavor == 21"
    )
    assert classes("Jet_partonFlavour", [-5, 5, -1, 21])["b"] == "abs(Jet_partonFlavour) == 5"


def test_the_evidence_gives_counts_and_values_in_no_class():
    guess = from_values("Tau_genPartFlav", np.array([0, 0, 5, 2]), {})
    assert guess.evidence == "Tau_genPartFlav: 0 (2), 2 (1), 5 (1); in no class: 2"
    assert (guess.counts, guess.is_certain, guess.is_mixed) == ([2, 1], True, True)


def test_values_of_unknown_meaning_are_one_class_each():
    guess = from_values("jets/kind", np.array([-1, 3]), {})
    assert [name for name, _, _ in guess.classes] == ["kind_minus_1", "kind_3"]
    assert guess.classes[0][2] == "`jets/kind` == -1"
    assert not guess.is_certain


def test_a_constant_gives_two_classes_only_if_it_is_a_flag():
    assert from_values("kind", np.array([3, 3]), {}) is None
    assert classes("is_top", [1, 1]) == {"not_top": "is_top == 0", "top": "is_top == 1"}


def test_value_names_from_the_file_are_used():
    assert classes("flavour_label", [0, 1], {0: "bjets", 1: "ujets"}) == {
        "bjets": "flavour_label == 0",
        "ujets": "flavour_label == 1",
    }


@pytest.mark.parametrize("values", [np.linspace(0, 1, 50), np.arange(50), np.array([0.0, np.nan])])
def test_a_measurement_is_not_a_label(values):
    assert from_values("x", values, {}) is None


def test_one_hot_labels_are_one_class_each_if_at_most_one_is_true():
    columns = {"label_QCD": np.array([1, 0, 0]), "label_Tbl": np.array([0, 1, 1])}
    assert from_one_hot(columns).classes == [("QCD", "QCD", "label_QCD == 1"), ("Tbl", "Tbl", "label_Tbl == 1")]
    assert from_one_hot(columns).counts == [1, 2]
    assert from_one_hot(columns | {"label_Tbl": np.array([1, 1, 1])}) is None
    guess = from_one_hot(columns | {"label_QCD": np.array([0, 0, 0])})
    evidence = "one of these is 1 for each jet: label_QCD (0), label_Tbl (2); none for 1"
    assert (guess.is_certain, guess.evidence) == (False, evidence)


def test_flags_with_a_common_prefix_are_a_group():
    zero = np.zeros(2)
    columns = dict.fromkeys(["jet_isB", "jet_isBB", "jet_isC", "label_QCD", "label_top", "jet_id", "charge"], zero)
    assert [list(group) for group in flag_groups(columns)] == [
        ["jet_isB", "jet_isBB", "jet_isC"],
        ["label_QCD", "label_top"],
    ]
    assert flag_groups({"isB": zero, "isC": zero + 2}) == []


def test_the_most_frequent_of_many_values_are_classes():
    values = np.concatenate([np.arange(60), [7, 7, 9]])
    guess = from_frequent_values("jet_label", values)
    assert len(guess.classes) == 10
    assert guess.counts[guess.classes.index(("jet_label_7", "Jet_label 7", "jet_label == 7"))] == 3
    assert from_frequent_values("jet_label", values / 2) is None
    assert from_frequent_values("jet_label", np.arange(100) % 30) is None
