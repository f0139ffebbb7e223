"""The same jets are found whatever their order and whatever else a file holds; else there is one line with counts."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.errors import UserError
from tagwerk.scores.matching import NamedJets, match_jets
from tests.scores.score_files import jets

CLASSES = ["qcd", "top"]
TABLE = jets(12)
WITHOUT_EVENT = TABLE.drop(columns="event")


def match(reference, other):
    return match_jets(NamedJets("ours", reference), NamedJets("theirs", other), CLASSES)


def message(reference, other):
    with pytest.raises(UserError) as error:
        match(reference, other)
    assert "\n" not in str(error.value)
    return str(error.value)


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_any_permutation_and_superset_gives_the_same_jets(order, chosen):
    reference = TABLE.iloc[sorted(chosen)].reset_index(drop=True)
    other = TABLE.iloc[list(order)].reset_index(drop=True)
    found = match(reference, other)
    assert found.by == "identity"
    assert found.superfluous == 12 - len(chosen)
    pd.testing.assert_frame_equal(other.iloc[found.rows].reset_index(drop=True), reference)


@given(st.permutations(range(12)), st.sampled_from(["jet", "pt and eta"]))
def test_jets_of_one_event_are_found_by_their_index_or_their_momentum(order, key):
    table = TABLE.assign(event=[0, 1, 2] * 4, jet=np.repeat(np.arange(4), 3).astype(np.uint64))
    other = table.iloc[list(order)].reset_index(drop=True)
    if key == "jet":
        found = match(table.drop(columns="pt"), other)
    else:
        # Stored in single precision, as Tagwerk's own score files are.
        found = match(table.drop(columns="jet").astype({"pt": np.float32, "eta": np.float32}), other)
    assert other.iloc[found.rows]["score"].tolist() == table["score"].tolist()


def test_without_identity_jets_are_matched_by_position_if_the_labels_agree():
    for reference, other in ((TABLE, WITHOUT_EVENT), (WITHOUT_EVENT, TABLE), (WITHOUT_EVENT, WITHOUT_EVENT)):
        found = match(reference, other)
        assert found.by == "position"
        assert found.rows.tolist() == list(range(12))


@pytest.mark.parametrize(
    ("reference", "other", "expected"),
    [
        (TABLE, TABLE[2:], r"has 10 of the 12 jets in ours; 2 are missing \(first: jet 0, event 1000\), and 0 of"),
        (TABLE[:6], TABLE[4:], r"has 2 of the 6 jets .* 4 are missing .* 6 of its jets are not .* write the scores"),
        (TABLE, TABLE.assign(event=TABLE["event"] + 500), "has 0 of the 12 .* same columns in the key 'event'"),
        (WITHOUT_EVENT, TABLE[:9], "theirs: has 9 jets, but ours has 12, and they cannot be matched by identity"),
        (
            WITHOUT_EVENT, WITHOUT_EVENT.assign(label=1 - TABLE["label"]),
            r"the labels of 12 of 12 jets, matched by position, .*jet 0 is 'top', there jet 0 'qcd'.* the same order",
        ),
        (
            TABLE, TABLE[::-1].assign(label=[0, *TABLE["label"][::-1][1:]]),
            r"labels of 1 of 12 jets, matched by identity, .*jet 0 is 'qcd', there jet 11 'top'.*'label' and 'classes'",
        ),
        (TABLE, TABLE.assign(weight=TABLE["weight"] * np.r_[np.ones(11), 2]), "weights of 1 of 12 jets differ"),
        (TABLE.assign(event=5).drop(columns="pt"), TABLE, "12 of 12 jets in ours share their event with another"),
    ],
)  # fmt: skip
def test_a_mismatch_stops_with_counts(reference, other, expected):
    tables = (each.reset_index(drop=True) for each in (reference, other))
    line = message(*tables)
    assert line.startswith("theirs: ")
    assert re.search(expected, line), line


def test_weights_need_agree_in_single_precision_only():
    match(TABLE, TABLE.astype({"weight": np.float32}))
    match(TABLE, TABLE.drop(columns="weight"))
