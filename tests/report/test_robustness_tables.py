"""Tables of robustness and importance: one row per tagger, one column per change."""

import pytest

from tagwerk.report import robustness_tables
from tests.evaluation.robustness_results import comparison_of, result

MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return comparison_of(tmp_path_factory.mktemp("study"), ("lstm", "boosted_trees"))


def test_ratios_of_rejections_have_their_interval_and_the_difference_in_auc(comparison):
    rows = robustness_tables.rejection_rows(comparison)
    assert robustness_tables.headings(comparison, "perturbations") == ["Smeared", "Shuffled"]
    assert {row.heading for row in rows} == {"LSTM", "Boosted trees"}
    smeared, shuffled = rows[0].cells
    assert (smeared.text, smeared.up, smeared.down) == ("0.80", "0.10", "0.10")
    assert smeared.note == f"AUC: {MINUS}0.100 ± 0.010"
    assert shuffled.text == "no change"
    assert robustness_tables.signal_efficiency(comparison) == 0.5


def test_a_ratio_without_an_upper_end_is_a_bound(comparison):
    bound = comparison.model_copy(update={"robustness": [result("lstm", ratio=None, high=None, low=0.5)]})
    assert robustness_tables.rejection_rows(bound)[0].cells[0].text == "> 0.50"


def test_few_background_jets_are_marked(comparison):
    assert not robustness_tables.has_few_jets(comparison)
    few = comparison.model_copy(update={"robustness": [result("lstm", background_jets=3.0)]})
    assert robustness_tables.has_few_jets(few)
    assert robustness_tables.rejection_rows(few)[0].cells[0].few


def test_inputs_that_a_tagger_does_not_read_have_a_dash(comparison):
    assert robustness_tables.headings(comparison, "inputs") == ["constituents: Δη, Δφ", "mass"]
    by_title = {row.heading: row.cells for row in robustness_tables.importance_rows(comparison, "inputs")}
    assert [cell.text for cell in by_title["LSTM"]] == [f"{MINUS}0.050 ± 0.010", f"{MINUS}0.100 ± 0.010"]
    assert [cell.text for cell in by_title["Boosted trees"]] == [NONE, f"{MINUS}0.100 ± 0.010"]
    ranks = robustness_tables.importance_rows(comparison, "ranks")
    assert [row.heading for row in ranks] == ["LSTM"]
