"""The optimum is a limit and no contestant; distances to it are those of the closed form."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import yaml
from matplotlib.text import Text
from scipy.special import expit
from scipy.stats import norm

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study import Study
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare, compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.optimum import find, group_distances, without
from tagwerk.evaluation.runs import read_runs
from tagwerk.plots.figures.distance_to_limit import distance_numbers, plot_distances
from tagwerk.plots.figures.roc import curve_numbers, plot_roc
from tagwerk.plots.style import write_figure
from tagwerk.report.markdown import markdown
from tagwerk.report.optimum_tables import distance_headings, distance_rows, limit_sentence, ratio_rows
from tests.evaluation.study_files import write_study

SEPARATION, NOISE = 2.0, {"lstm": 0.5, "lstm_wide": 0.3, "boosted_trees": 0.0}


def write(folder, **keys):
    """Write a study whose boosted trees are the optimum."""
    card, summary, runs = write_study(folder, **keys)
    study = yaml.safe_load(card.read_text())
    study |= {"taggers": [name for name in study["taggers"] if name != "boosted_trees"], "optimum": "boosted_trees"}
    card.write_text(yaml.safe_dump(study))
    return card, summary, runs


def texts(figure):
    """Return all texts in a figure."""
    return figure.findobj(Text)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of two taggers with two seeds whose score is the likelihood ratio of two Gaussians plus noise."""
    card, _, folders = write(tmp_path_factory.mktemp("optimum"), jets=20_000, seeds=(1, 2), sizes=(1000, 5000))
    cards = load_cards(card)
    read = read_runs(folders, cards.study.all_taggers, ["qcd", "top"], [1000, 5000])
    random, top = np.random.default_rng(3), read[0].scores["label"].to_numpy() == 1
    best = random.normal(SEPARATION * (top - 0.5), 1)
    runs = []
    for run in read:
        score = expit(SEPARATION * (best + random.normal(0, NOISE[run.about.tagger], len(best))))
        runs.append(replace(run, scores=run.scores.assign(p_top=score, p_qcd=1 - score)))
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", cards.study.backgrounds)
    return cards, compare_runs(cards, runs, sample, scores, count=200)


def test_distances_in_auc_are_those_of_two_gaussians(compared):
    optimum = compared[1].optimum
    limit = norm.cdf(SEPARATION / 2**0.5)
    assert optimum.auc.value == pytest.approx(limit, abs=4 * optimum.auc.uncertainty)
    assert {(each.tagger, each.jets) for each in optimum.distances} == {
        (tagger, jets) for tagger in ("lstm", "lstm_wide") for jets in (1000, 5000)
    }
    for each in optimum.distances:
        expected = limit - norm.cdf(SEPARATION / (2 * (1 + NOISE[each.tagger] ** 2)) ** 0.5)
        assert each.auc == pytest.approx(expected, abs=4 * each.uncertainty)
        assert each.uncertainty < 0.5 * optimum.auc.uncertainty  # the jets are common
        assert each.training < 4 * each.uncertainty
        assert each.total == pytest.approx((each.uncertainty**2 + each.training**2) ** 0.5)
        assert all(ratio.value < 1.05 for ratio in each.ratios)


def test_the_optimum_is_not_ranked(compared):
    comparison = compared[1]
    assert comparison.best == "lstm_wide"
    assert {tagger.name for tagger in comparison.taggers} == {"lstm", "lstm_wide"}
    assert {point.tagger for point in comparison.sizes} == {"lstm", "lstm_wide"}
    assert comparison.optimum.tagger == "boosted_trees"
    best = next(tagger for tagger in comparison.taggers if tagger.name == comparison.best)
    assert best.difference is None
    assert set(best.curve.ratio) == {1.0}
    middle = comparison.optimum.curve.ratio[100]
    assert middle > 1


def test_the_nearest_tagger_comes_first_and_sizes_ascend(compared):
    groups = group_distances(compared[1].optimum)
    assert [[(each.tagger, each.jets) for each in group] for group in groups] == [
        [(name, 1000), (name, 5000)] for name in ("lstm_wide", "lstm")
    ]


def test_a_comparison_with_an_optimum_is_read_back(compared, tmp_path):
    text = compared[1].model_dump_json()
    assert Comparison.model_validate_json(text) == compared[1]
    values = json.loads(text) | {"optimum": None}
    assert Comparison.model_validate(values).optimum is None


def test_the_limit_is_a_dashed_black_curve_above_all_others(compared):
    upper, lower = plot_roc(compared[1]).axes
    (limit,) = (line for line in upper.get_lines() if line.get_label().startswith("Limit: Boosted trees, AUC 0.9"))
    assert limit.get_color() == "black"
    assert limit.get_linestyle() == "--"
    assert any(line.get_color() == "black" for line in lower.get_lines())
    assert set(curve_numbers(compared[1]).tagger) == {"LSTM", "LSTM, twice as wide", "Boosted trees"}


def test_the_figure_of_distances_shows_its_numbers(compared, tmp_path):
    comparison = compared[1]
    write_figure(lambda: plot_distances(comparison, comparison.optimum), tmp_path, "distances")
    assert (tmp_path / "distances.png").stat().st_size > 10_000
    figure = plot_distances(comparison, comparison.optimum)
    numbers = distance_numbers(comparison.optimum)
    assert len(numbers) == 4
    line = next(line for line in figure.axes[0].get_lines() if line.get_label() == "LSTM")
    np.testing.assert_allclose(line.get_ydata(), numbers[numbers.tagger == "LSTM"].distance_in_auc)
    assert any("from test jets and trainings" in text.get_text().replace("\n", " ") for text in texts(figure))
    once = [each.model_copy(update={"training": None}) for each in comparison.optimum.distances]
    figure = plot_distances(comparison, comparison.optimum.model_copy(update={"distances": once}))
    assert not any("trainings" in text.get_text() or "arrows" in text.get_text() for text in texts(figure))


def test_a_distance_below_its_uncertainty_is_drawn_as_a_bound(compared):
    comparison = compared[1]
    optimum = comparison.optimum
    near = [each.model_copy(update={"auc": -0.001, "uncertainty": 0.002}) for each in optimum.distances]
    figure = plot_distances(comparison, optimum.model_copy(update={"distances": near}))
    assert any("arrows: below one s.d." in text.get_text().replace("\n", " ") for text in texts(figure))
    for line in figure.axes[0].get_lines():
        if line.get_label().startswith("LSTM"):
            assert (line.get_ydata() >= 0.002).all()


def test_tables_and_sentence_name_the_distances(compared):
    comparison = compared[1]
    optimum = comparison.optimum
    assert distance_headings(optimum) == ["1,000", "5,000"]
    rows = distance_rows(optimum)
    assert [row.heading for row in rows] == ["LSTM, twice as wide", "LSTM"]
    assert all(cell.note.startswith("trainings: ±") for row in rows for cell in row.cells)
    assert [len(row.cells) for row in ratio_rows(optimum)] == [3, 3]
    assert re.match(
        r"The best possible AUC for these jets is 0\.9\d+ ± 0\.\d+ \(Boosted trees\); LSTM, twice as wide is 0\.0",
        limit_sentence(comparison),
    )
    table = markdown(comparison)
    assert "best possible AUC, 0.9" in table
    assert "| LSTM, twice as wide | 1,000 | 0.0" in table


def test_without_an_optimum_there_is_none(tmp_path):
    card, _, runs = write_study(tmp_path, jets=300)
    comparison = compare(card, runs, count=20)
    assert comparison.optimum is None
    assert limit_sentence(comparison) == ""


def test_runs_of_the_optimum_alone_are_refused(tmp_path):
    card, _, runs = write(tmp_path, jets=300)
    with pytest.raises(UserError, match="the only runs are of 'boosted_trees', the optimum"):
        compare(card, [run for run in runs if "boosted_trees" in str(run)], count=20)


def test_without_runs_of_the_optimum_the_taggers_are_compared_nevertheless(tmp_path):
    card, _, runs = write(tmp_path, jets=300)
    assert compare(card, [run for run in runs if "boosted_trees" not in str(run)], count=20).optimum is None


def test_the_largest_size_of_the_optimum_counts():
    by_size = {1000: {"a": 1, "best": 2}, 5000: {"a": 3, "best": 4}, None: {"best": 5}}
    assert without("best", by_size) == {1000: {"a": 1}, 5000: {"a": 3}}
    assert find("best", by_size) == 5
    assert find(None, by_size) is None


STUDY = {
    "title": "x", "dataset": "exact", "taggers": ["lstm", "gru"], "epochs": 3, "signal": "a", "background": "b",
    "training_jets": [300, 1000], "seeds": [4, 5],
}  # fmt: skip


def test_the_optimum_is_trained_once_on_the_most_jets():
    study = Study.model_validate(STUDY | {"optimum": "likelihood_ratio"})
    assert len(study.runs()) == 2 * 2 * 2 + 1
    assert study.runs()[-1] == ("likelihood_ratio", 1000, 4)
    assert study.all_taggers == ["lstm", "gru", "likelihood_ratio"]
    assert Study.model_validate(STUDY).runs() == study.runs()[:-1]


def test_a_ranked_tagger_cannot_be_the_optimum():
    with pytest.raises(ValueError, match="key 'optimum': 'gru' is also in 'taggers'"):
        Study.model_validate(STUDY | {"optimum": "gru"})
