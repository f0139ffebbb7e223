"""Learning curves: each tagger at each number of training jets."""

from dataclasses import replace

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.learning_curves import group_by_tagger
from tagwerk.evaluation.runs import read_runs
from tagwerk.report.verdict import verdict
from tests.evaluation.study_files import write_study

CLASSES = ["qcd", "top"]


def compared(root, sizes, **options):
    card, _, folders = write_study(root, jets=1000, taggers=("lstm", "boosted_trees"), sizes=sizes, **options)
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, CLASSES, cards.study.training_jets)
    return compare_runs(cards, runs, *sample_and_scores(runs, CLASSES, "top", "qcd"), count=50), runs


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    return compared(tmp_path_factory.mktemp("several"), (400, 100_000), seeds=(1, 2))


def test_every_tagger_has_a_point_at_every_size(several):
    points = several[0].sizes
    assert [(point.tagger, point.jets) for point in points] == [
        ("lstm", 400), ("boosted_trees", 400), ("lstm", 100_000), ("boosted_trees", 100_000),
    ]  # fmt: skip
    assert {point.trainings for point in points} == {2}
    assert {point.rejection.signal_efficiency for point in points} == {0.5}


def test_a_point_says_whether_a_limit_ended_one_of_its_trainings(several):
    comparison, runs = several
    assert {point.limited for point in comparison.sizes} == {None}
    ended = {("lstm", 400, 1): False, ("lstm", 400, 2): True, ("boosted_trees", 400, 1): False}
    changed = []
    for run in runs:
        limited = ended.get((run.about.tagger, run.about.drawn, run.about.seed))
        changed.append(replace(run, about=run.about.model_copy(update={"limited": limited})))
    cards = load_cards(runs[0].folder.parents[5] / "config/studies/demo.yaml")
    again = compare_runs(cards, changed, *sample_and_scores(runs, CLASSES, "top", "qcd"), count=50)
    assert {(point.tagger, point.jets): point.limited for point in again.sizes} == {
        ("lstm", 400): True, ("boosted_trees", 400): False, ("lstm", 100_000): None, ("boosted_trees", 100_000): None,
    }  # fmt: skip
    assert not any(tagger.limited for tagger in again.taggers)


def test_the_tables_and_the_verdict_are_those_of_the_largest_size(several):
    comparison = several[0]
    largest = {point.tagger: point for point in comparison.sizes if point.jets == 100_000}
    for tagger in comparison.taggers:
        assert tagger.auc == largest[tagger.name].auc
        assert tagger.training_jets == 100_000
        assert [training.seed for training in tagger.trainings] == [1, 2]
        assert largest[tagger.name].rejection in tagger.rejections
        if tagger.difference is not None:
            assert largest[tagger.name].difference == tagger.difference.model_copy(update={"ratios": []})
    assert "training on 100,000 jets" in str(verdict(comparison))


def test_the_results_at_a_size_are_those_of_a_comparison_at_this_size_alone(several):
    """The replicas are the same, however many runs share them."""
    runs = [run for run in several[1] if run.about.drawn == 400]
    folder = runs[0].folder.parents[5]
    cards = load_cards(folder / "config/studies/demo.yaml")
    alone = compare_runs(cards, runs, *sample_and_scores(runs, CLASSES, "top", "qcd"), count=50)
    assert [point.auc for point in alone.sizes] == [point.auc for point in several[0].sizes if point.jets == 400]


def test_the_auc_increases_with_the_size_and_the_difference_is_to_the_best_at_the_largest_size(several):
    comparison = several[0]
    for small, large in group_by_tagger(comparison.sizes):
        assert small.jets < large.jets
        assert small.auc.value < large.auc.value
        assert (small.difference is None) == (large.difference is None) == (small.tagger == comparison.best)
    best, other = group_by_tagger(comparison.sizes)
    assert other[0].difference.auc == pytest.approx(other[0].auc.value - best[0].auc.value)


def test_a_study_without_sizes_has_no_points(tmp_path):
    assert compared(tmp_path, (None,))[0].sizes == []


@pytest.mark.parametrize(("points", "middle"), [([0.3], 0.3), ([0.7, 0.3, 0.5], 0.5), ([0.2, 0.4], 0.4)])
def test_the_rejection_is_that_at_the_middle_working_point(tmp_path, points, middle):
    comparison, _ = compared(tmp_path, (2000,), working_points=points)
    assert {point.rejection.signal_efficiency for point in comparison.sizes} == {middle}
    assert np.isfinite([point.rejection.low for point in comparison.sizes]).all()
