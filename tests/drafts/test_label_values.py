import numpy as np
import pytest

from tagwerk.drafts.label_values import by_many_values, by_value, flags, one_hot


def classes(branch, values, meanings=None):
    guess = by_value(branch, np.array(values), meanings or {})
    return {name: selection for name, _, selection in guess.classes}


def test_flavours_of_hadrons_and_partons():
    assert classes("Jet_hadronFlavour", [0, 4, 5, 5]) == {
        "light": "Jet_hadronFlavour == 0", "c": "Jet_hadronFlavour == 4", "b": "Jet_hadronFlavour == 5",
    }  # fmt: skip
    assert classes("Jet.Flavor", [0, 1, 21, 5])["light"] == (
        "Jet.Flavor == 1 or Jet.Flavor == 2 or Jet.Flavor == 3 or Jet.Flavor == 21"
    )
    assert classes("Jet_partonFlavour", [-5, 5, -1, 21])["b"] == "abs(Jet_partonFlavour) == 5"


def test_counts_and_what_no_class_has_are_said():
    guess = by_value("Tau_genPartFlav", np.array([0, 0, 5, 2]), {})
    assert guess.said == "Tau_genPartFlav: 0 (2), 2 (1), 5 (1); no class has 2"
    assert (guess.counts, guess.sure, guess.several) == ([2, 1], True, True)


def test_values_of_unknown_meaning_are_a_class_each():
    guess = by_value("jets/kind", np.array([-1, 3]), {})
    assert [name for name, _, _ in guess.classes] == ["kind_minus_1", "kind_3"]
    assert guess.classes[0][2] == "`jets/kind` == -1"
    assert not guess.sure


def test_of_one_value_alone_there_are_two_classes_if_it_is_a_flag():
    assert by_value("kind", np.array([3, 3]), {}) is None
    assert classes("is_top", [1, 1]) == {"not_top": "is_top == 0", "top": "is_top == 1"}


def test_the_files_own_names_of_values_count():
    assert classes("flavour_label", [0, 1], {0: "bjets", 1: "ujets"}) == {
        "bjets": "flavour_label == 0",
        "ujets": "flavour_label == 1",
    }


@pytest.mark.parametrize("values", [np.linspace(0, 1, 50), np.arange(50), np.array([0.0, np.nan])])
def test_a_measurement_is_no_label(values):
    assert by_value("x", values, {}) is None


def test_one_hot_labels_are_a_class_each_only_if_one_of_them_is_true():
    columns = {"label_QCD": np.array([1, 0, 0]), "label_Tbl": np.array([0, 1, 1])}
    assert one_hot(columns).classes == [("QCD", "QCD", "label_QCD == 1"), ("Tbl", "Tbl", "label_Tbl == 1")]
    assert one_hot(columns).counts == [1, 2]
    assert one_hot(columns | {"label_Tbl": np.array([1, 1, 1])}) is None
    some = one_hot(columns | {"label_QCD": np.array([0, 0, 0])})
    assert (some.sure, some.said) == (False, "one of these is 1 for each jet: label_QCD (0), label_Tbl (2); none for 1")


def test_flags_whose_names_begin_alike_are_a_group():
    zero = np.zeros(2)
    columns = dict.fromkeys(["jet_isB", "jet_isBB", "jet_isC", "label_QCD", "label_top", "jet_id", "charge"], zero)
    assert [list(each) for each in flags(columns)] == [["jet_isB", "jet_isBB", "jet_isC"], ["label_QCD", "label_top"]]
    assert flags({"isB": zero, "isC": zero + 2}) == []


def test_of_many_values_the_most_frequent_are_classes():
    values = np.concatenate([np.arange(60), [7, 7, 9]])
    guess = by_many_values("jet_label", values)
    assert len(guess.classes) == 10
    assert guess.counts[guess.classes.index(("jet_label_7", "Jet_label 7", "jet_label == 7"))] == 3
    assert by_many_values("jet_label", values / 2) is None
    assert by_many_values("jet_label", np.arange(100) % 30) is None
