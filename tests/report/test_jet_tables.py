"""The tables about accepted jets show the numbers of comparison.json."""

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare
from tagwerk.report.jet_tables import (
    MOST_PAIRS,
    agreement_rows,
    calibration_rows,
    chosen_on_test,
    flat_variables,
    has_flat_points,
    sculpting_rows,
    working_point_rows,
)
from tagwerk.rounding import threshold_text
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    card, _, runs = write_study(tmp_path_factory.mktemp("study"), flat_in=["pt"])
    (runs[0] / "scores/validation.parquet").unlink()
    return compare(load_cards(card), runs, count=10)


def test_working_points_show_measured_efficiencies_and_the_threshold(comparison):
    rows = working_point_rows(comparison)
    assert [row.heading for row in rows] == [
        each.title for each in sorted(comparison.taggers, key=lambda each: -each.auc.value)
    ]
    point = next(each for each in comparison.working_points if each.tagger == comparison.best)
    cell = rows[0].cells[0]
    assert float(cell.text) == pytest.approx(point.signal.value, abs=0.001)
    assert f"D ≥ {threshold_text(point.thresholds[0])}" in cell.note
    assert cell.few == (point.background.value * point.background.jets < 10)


def test_flat_points_have_a_table_of_their_own(comparison):
    assert has_flat_points(comparison)
    assert flat_variables(comparison) == ["pt"]
    assert not any("D ≥" in cell.note for row in working_point_rows(comparison, flat=True) for cell in row.cells)


def test_taggers_without_validation_jets_are_named(comparison):
    assert chosen_on_test(comparison) == ["LSTM"]


def test_calibration_is_in_per_cent(comparison):
    first = next(each for each in comparison.calibration if each.tagger == comparison.best)
    error, floor, share = calibration_rows(comparison)[0].cells
    assert float(error.text.split()[0]) == pytest.approx(100 * first.error, abs=0.006)
    assert floor.text.startswith(f"{100 * first.floor:.2f} (84 %: < ")
    assert share.text.endswith(" %")


def test_sculpting_shows_divergence_and_floor(comparison):
    point = next(each for each in comparison.mass_sculpting.points if each.tagger == comparison.best)
    cell = sculpting_rows(comparison)[0].cells[0]
    assert cell.text == f"{point.divergence:.3f}"
    assert cell.note.startswith(f"floor {point.floor:.3f}")
    nothing = point.model_copy(update={"divergence": None, "floor": None, "floor_high": None})
    sculpting = comparison.mass_sculpting.model_copy(update={"points": [nothing]})
    empty = sculpting_rows(comparison.model_copy(update={"mass_sculpting": sculpting}))
    assert [cell.text for row in empty for cell in row.cells] == ["\N{EN DASH}"]


def test_pairs_that_gain_most_come_first(comparison):
    rows = agreement_rows(comparison, 0.5)
    gains = {
        f"{comparison.titles[each.first]} and {comparison.titles[each.second]}": each.gains[1].gain
        for each in comparison.agreement
    }
    assert [row.heading for row in rows] == sorted(gains, key=lambda name: -gains[name])
    many = comparison.model_copy(update={"agreement": comparison.agreement * 10})
    assert len(agreement_rows(many, 0.5)) == MOST_PAIRS


def test_a_gain_without_an_upper_end_is_a_bound(comparison):
    pair = comparison.agreement[0]
    gains = [each.model_copy(update={"gain": None, "low": 1.5, "high": None}) for each in pair.gains]
    bare = comparison.model_copy(update={"agreement": [pair.model_copy(update={"gains": gains})]})
    assert agreement_rows(bare, 0.5)[0].cells[-1].text == "> 1.5"
