"""Jets are selected, weighted and ordered by expressions in double precision, whatever the types in the file."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.checks.findings import Findings
from tagwerk.errors import UserError
from tagwerk.readers.jet_record import jets_of, ordered
from tests.readers.test_jet_record import branches, dataset

LARGE = 2**53


def jets(typed=None, **changes):
    """Jets with three constituents, one and none, and with further branches."""
    values = branches([[1, 3, 2], [5], []], [1, 0, 1])
    for name, column in (typed or {}).items():
        values[name] = column
    return jets_of(values, dataset(**changes), "toy")


def lists(*values, kind):
    return ak.values_astype(ak.Array(values), kind)


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint64", "float16"])
def test_a_selection_of_small_integers_does_not_wrap(kind):
    many = {"n": np.array([39, 41, 0], kind)}
    assert jets(many, selection="n - 40 > 0").event.tolist() == [1001]
    assert jets(many, selection="-n < 0").event.tolist() == [1000, 1001]


def test_classes_may_add_and_subtract_flags():
    flags = {"b": np.array([True, True, False]), "c": np.array([True, False, False])}
    narrow, wide = dataset().model_dump()["classes"]
    either = [narrow | {"selection": "b - c == 1"}, wide | {"selection": "b + c == 2"}]
    assert jets(flags, classes=either).label.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [("n - 2", [-1, 1, 0]), ("n * n * n", [1, 27, 8]), ("b + b", [2, 0, 2]), ("b", [1, 0, 1]), ("-b", [-1, 0, -1]),
     ("2", [2, 2, 2]), (2, [2, 2, 2]), (True, [1, 1, 1]), ("count(c_pt > 1) - 2", [0, -1, -2])],
)  # fmt: skip
def test_weights_are_numbers(weight, expected):
    given = {"n": np.array([1, 3, 2], np.uint8), "b": np.array([True, False, True])}
    assert jets(given, weight=weight).weight.tolist() == expected


def test_a_weight_beyond_single_precision_is_infinite_for_the_check_to_report():
    assert jets({"w": np.full(3, 1e30, np.float32)}, weight="w * w").weight.tolist() == [np.inf] * 3


def test_event_numbers_are_selected_exactly():
    events = {"event": np.array([LARGE, LARGE + 1, LARGE + 2])}
    assert jets(events, selection=f"event == {LARGE + 1}").event.tolist() == [LARGE + 1]
    assert jets(events, selection="event % 2 == 0").event.tolist() == [LARGE, LARGE + 2]


@pytest.mark.parametrize("selection", [1, "1", True, "2", "charge + 1", "charge * 0 + 2"])
def test_a_selection_of_constituents_is_a_condition_not_an_index(selection):
    kept = jets(sequences__constituents__selection=selection).sequences["constituents"]
    assert kept.counts.tolist() == [3, 1, 0]
    assert kept.values["pt"].tolist() == [1, 3, 2, 5]


@pytest.mark.parametrize("selection", [0, "charge * 0", "pt - pt", "not 1"])
def test_a_selection_of_constituents_that_is_zero_keeps_none(selection):
    assert jets(sequences__constituents__selection=selection).sequences["constituents"].counts.tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", ["uint8", "int8", "bool"])
def test_constituents_are_selected_by_the_values_of_their_branches(kind):
    charge = {"c_charge": lists([1, 0, 1], [0], [], kind=kind)}
    assert jets(charge, sequences__constituents__selection="charge").sequences["constituents"].values[
        "pt"
    ].tolist() == [1, 2]
    kept = jets(charge, sequences__constituents__selection="charge - 1 < 0").sequences["constituents"]
    assert kept.values["pt"].tolist() == [3, 5]


def test_identities_of_constituents_are_selected_exactly():
    code = {"c_charge": lists([1_000_010_020, 1_000_010_021, 0], [1_000_010_020], [], kind="int64")}
    kept = jets(code, sequences__constituents__selection="charge == 1000010020").sequences["constituents"]
    assert kept.values["pt"].tolist() == [1, 5]


@pytest.mark.parametrize(
    ("order", "pts"),
    [("1", [1, 3, 2]), (1, [1, 3, 2]), ("pt > 1.5", [3, 2, 1]), ("-pt", [1, 2, 3]), ("-(pt > 1.5)", [1, 3, 2])],
)
def test_constituents_are_ordered_by_any_expression(order, pts):
    card = dataset(sequences__constituents__order=order)
    chunk = jets(sequences__constituents__order=order)
    assert ordered(chunk, card).sequences["constituents"].values["pt"].tolist() == [*pts, 5]
    findings = Findings(card)
    findings.add(branches([[1, 3, 2], [5], []], [1, 0, 1]), chunk)
    assert findings.counts["unordered", "constituents"] == (pts != [1, 3, 2])


def test_integer_momenta_in_mev_are_scaled_without_truncation():
    mev = {"jet_pt": np.array([1, 2, 250], np.uint8)}
    assert jets(mev, momentum_unit="MeV").jet["pt"].tolist() == pytest.approx([0.001, 0.002, 0.25])


def test_a_count_of_lists_of_different_lengths_is_refused():
    other = {"t_pt": ak.Array([[1.0], [1.0], [1.0]])}
    with pytest.raises(
        UserError, match=r"key 'selection': a 'count' has lists of different lengths among 'c_pt', 't_pt'"
    ):
        jets(other, selection="count(c_pt > t_pt) > 0")
    assert len(jets(other, selection="count(c_pt > 1) >= count(t_pt > 1)")) == 3
