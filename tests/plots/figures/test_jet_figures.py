"""Figures of profiles, calibration, mass and agreement show the numbers of the comparison."""

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare
from tagwerk.plots.drawn_taggers import MOST_DRAWN, drawn_note, drawn_taggers
from tagwerk.plots.figures.background_mass import mass_numbers, plot_masses
from tagwerk.plots.figures.efficiency_profiles import plot_profiles, profile_numbers
from tagwerk.plots.figures.reliability import plot_reliability, reliability_numbers
from tagwerk.plots.figures.tagger_agreement import agreement_numbers, plot_agreement
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    card, _, runs = write_study(tmp_path_factory.mktemp("study"), profiles=["pt", "tau21"])
    return compare(load_cards(card), runs, count=10)


@pytest.fixture
def many(comparison):
    return comparison.model_copy(update={"taggers": comparison.taggers * 4})


def test_profiles_have_a_column_per_variable_and_all_numbers(comparison):
    figure = plot_profiles(comparison, comparison.profiles, 0.5)
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == [r"Jet $p_\mathrm{T}$ [GeV]", r"$\tau_{21}$"]
    numbers = profile_numbers(comparison.profiles, comparison.titles)
    assert len(numbers) == 3 * 3 * sum(len(each.centres) for each in comparison.profiles.variables)
    shown = numbers[(numbers.tagger == "LSTM") & (numbers.variable == "pt") & (numbers.working_point == 0.5)]
    lstm = next(each for each in comparison.taggers if each.name == "lstm")
    heights = [line.get_ydata().tolist() for line in figure.axes[0].get_lines() if line.get_color() == lstm.color]
    assert shown.signal.tolist() in heights


def test_a_bound_is_drawn_where_no_background_passes(comparison):
    first, *others = comparison.profiles.profiles
    nothing = {"background": [0.0] * len(first.background), "background_low": [0.0] * len(first.background)}
    profiles = [each.model_copy(update=nothing) for each in (first, *others)]
    figure = plot_profiles(comparison, comparison.profiles.model_copy(update={"profiles": profiles}), 0.5)
    assert not any(np.size(line.get_ydata()) and line.get_marker() == "o" for line in figure.axes[2].get_lines())


def test_reliability_curves_are_those_of_the_comparison(comparison):
    upper, lower = plot_reliability(comparison, comparison.calibration).axes
    assert lower.get_ylim()[0] == -lower.get_ylim()[1]
    labels = upper.get_legend_handles_labels()[1]
    assert all("ECE" in label and "floor" in label for label in labels)
    numbers = reliability_numbers(comparison.calibration, comparison.titles)
    assert numbers[numbers.tagger == "LSTM"].signal_fraction.tolist() == comparison.calibration[0].curve.signal_fraction


def test_masses_are_normalised_and_one_column_per_working_point(comparison):
    figure = plot_masses(comparison, comparison.mass_sculpting)
    assert len(figure.axes) == 6
    widths = np.diff(comparison.mass_sculpting.edges)
    outlines = [patch.get_data() for patch in figure.axes[0].patches]
    assert [(each.values * np.diff(each.edges)).sum() for each in outlines] == pytest.approx([1] * len(outlines))
    numbers = mass_numbers(comparison.mass_sculpting, comparison.titles)
    assert len(numbers) == (1 + 9) * len(widths)


def test_a_cut_that_no_background_passes_is_not_drawn(comparison):
    nothing = {"passing": None, "errors": None, "divergence": None, "jets": 0.0}
    points = [each.model_copy(update=nothing) for each in comparison.mass_sculpting.points]
    sculpting = comparison.mass_sculpting.model_copy(update={"points": points})
    assert [len(axes.patches) for axes in plot_masses(comparison, sculpting).axes[:3]] == [1, 1, 1]
    assert mass_numbers(sculpting, comparison.titles).fraction.isna().sum() == 9 * len(sculpting.inclusive)


def test_matrices_have_the_numbers_of_each_pair(comparison):
    figure = plot_agreement(comparison, comparison.agreement)
    texts = [[text.get_text() for text in axes.texts if text.get_text() not in ("", "Tagwerk")] for axes in figure.axes]
    pair = comparison.agreement[0]
    assert f"{pair.signal_correlation:.2f}" in texts[0]
    assert f"{pair.background_correlation:.2f}" in texts[0]
    assert f"{pair.overlaps[1].background.value:.2f}" in texts[1]
    assert sum(text.startswith(f"${pair.gains[1].gain:.2f}^") for text in texts[2]) >= 1
    numbers = agreement_numbers(comparison.agreement, comparison.titles)
    assert len(numbers) == 3 * 3
    assert numbers.gain_low.tolist() == [each.low for pair in comparison.agreement for each in pair.gains]


def test_of_many_taggers_only_the_best_are_drawn(comparison, many):
    best = [each.auc.value for each in drawn_taggers(many)]
    assert len(best) == MOST_DRAWN
    assert best == sorted((each.auc.value for each in many.taggers), reverse=True)[:MOST_DRAWN]
    assert drawn_note(many, "Bars") == "Bars; the 5 best of 12 taggers"
    assert drawn_note(comparison, "Bars") == "Bars"
