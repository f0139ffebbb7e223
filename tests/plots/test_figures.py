"""Figures show what the numbers support, and their files are reproducible."""

from itertools import pairwise

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.runs import read_runs
from tagwerk.plots.figures.auc_by_tagger import plot_auc
from tagwerk.plots.figures.histories import plot_histories
from tagwerk.plots.figures.jet_variables import plot_dataset
from tagwerk.plots.figures.roc import drawable_points, plot_roc
from tagwerk.plots.figures.score_distributions import plot_scores
from tagwerk.plots.style import wrap_text, write_figure
from tagwerk.summaries.summary import Summary
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    card, summary, folders = write_study(tmp_path_factory.mktemp("study"), jets=1000)
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, ["qcd", "top"])
    sample, rows = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    return cards, runs, sample, rows, compare_runs(cards, runs, sample, rows, count=50), Summary.load(summary)


def with_auc(tagger, value):
    metrics = tagger.metrics | {"auc": tagger.auc.model_copy(update={"value": value})}
    return tagger.model_copy(update={"metrics": metrics})


def test_a_curve_is_drawn_where_at_least_five_background_jets_pass(study):
    comparison = study[4]
    upper = plot_roc(comparison).axes[0]
    for line in upper.get_lines():
        tagger = next(each for each in comparison.taggers if line.get_label().startswith(f"{each.title}, AUC"))
        mask = drawable_points(tagger)
        assert np.array(tagger.curve.background_jets)[mask].min() >= 5
        assert line.get_xdata().tolist() == np.array(tagger.curve.signal_efficiency)[mask].tolist()
        assert line.get_color() == tagger.color
        assert line.get_ydata().max() <= comparison.background_jets / 5
        assert line.get_ydata()[-1] == pytest.approx(1, abs=0.5)


def test_the_best_tagger_is_one_in_the_ratio(study):
    comparison = study[4]
    best = next(each for each in comparison.taggers if each.name == comparison.best)
    ratio = next(line for line in plot_roc(comparison).axes[1].get_lines() if line.get_color() == best.color)
    assert set(ratio.get_ydata()) == {1.0}


def test_one_tagger_far_behind_does_not_squeeze_the_others(study):
    comparison = study[4]
    far, *others = comparison.taggers
    far = with_auc(far, 0.7)
    near = [with_auc(each, 0.98 + 0.002 * index) for index, each in enumerate(others)]
    (axes,) = plot_auc(comparison.model_copy(update={"taggers": [far, *near]})).axes
    low, *_, high = sorted(axes.transData.transform((each.auc.value, 0))[0] for each in near)
    assert high - low > 0.02 * axes.bbox.width
    assert [float(text.get_text()) for text in axes.get_xticklabels()] == pytest.approx(axes.get_xticks())


def test_of_many_taggers_the_three_best_have_bands_and_adjacent_ranks_have_different_line_styles(study):
    few = study[4]
    many = few.model_copy(update={"taggers": few.taggers * 4})
    assert [len(axes.collections) for axes in plot_roc(few).axes] == [3, 3]
    figure = plot_roc(many)
    assert [len(axes.collections) for axes in figure.axes] == [3, 3]
    styles = [line.get_linestyle() for line in figure.axes[0].get_lines()]
    assert len(styles) == 12
    assert all(style != next_style for style, next_style in pairwise(styles))


def test_scores_are_normalised_to_unity_in_each_panel(study):
    _, _, sample, rows, comparison, _ = study
    by_name = {tagger.name: rows[[index]] for index, tagger in enumerate(comparison.taggers)}
    figure = plot_scores(comparison, sample, by_name)
    assert len(figure.axes) == 3
    for axes in figure.axes:
        outlines = [patch for patch in axes.patches if not patch.get_fill()]
        assert [patch.get_label() for patch in outlines] == ["QCD jets", "Top jets"]
        assert [patch.get_data().values.sum() for patch in outlines] == pytest.approx([1, 1])


def test_only_taggers_with_a_history_have_a_panel(study):
    runs, comparison = study[1], study[4]
    tables = {run.about.tagger: [] if run.history is None else [run.history] for run in runs}
    figure = plot_histories(comparison, tables)
    assert len(figure.axes) == 2
    training, validation, lowest = figure.axes[0].get_lines()
    assert training.get_ydata().tolist() == runs[0].history["loss"].tolist()
    assert lowest.get_ydata()[0] == min(validation.get_ydata())


def test_every_variable_of_the_dataset_is_shown_with_its_unit(study):
    names = [axes.get_xlabel() for axes in plot_dataset(study[5], study[0].dataset).axes]
    assert len(names) == 9
    assert "Jet mass [GeV]" in names
    assert r"$\tau_{32}$" in names


def test_figure_files_are_reproducible(study, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_figure(lambda: plot_auc(study[4]), tmp_path / folder, "auc")
    for name in ("auc.png", "auc.pdf"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert b"CreationDate" not in (tmp_path / "one/auc.pdf").read_bytes()


def test_lines_break_between_words_and_never_within_a_formula():
    text = r"Jets of $p_T > 500 - 3$ GeV and more-words here $\frac{1}{2} a$ for \$5"
    lines = wrap_text(text, 20).split("\n")
    assert " ".join(lines) == text
    assert all((line.count("$") - line.count(r"\$")) % 2 == 0 for line in lines)
    assert wrap_text("a well-known sample", 9) == "a well-\nknown\nsample"


def test_a_title_that_starts_with_an_underscore_is_in_the_legend(study):
    first, *others = study[4].taggers
    figure = plot_roc(study[4].model_copy(update={"taggers": [first.model_copy(update={"title": "_wide"}), *others]}))
    entries = [text.get_text().strip() for text in figure.legends[0].get_texts()]
    assert len(entries) == 3
    assert any(entry.startswith("_wide, AUC") for entry in entries)


def test_a_band_has_a_gap_where_it_has_no_upper_end(study):
    first, *others = study[4].taggers
    curve = first.curve.model_copy(update={"low": [0.0] * len(first.curve.low)})
    open_ended = first.model_copy(update={"curve": curve})
    axes = plot_roc(study[4].model_copy(update={"taggers": [open_ended, *others]})).axes[0]
    assert np.isfinite(axes.get_ylim()).all()
    assert axes.get_ylim()[1] < 1e4
