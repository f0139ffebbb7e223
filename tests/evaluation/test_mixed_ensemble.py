"""Ensembles of different taggers: the best of each group, compared with as many trainings of the better one."""

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.mixed_ensemble import mixed_ensembles
from tagwerk.evaluation.runs import read_runs
from tagwerk.report.pair_tables import mixed_sentence
from tests.evaluation.study_files import write_study

GROUPS = {"recurrent": ["lstm", "lstm_wide"], "trees": ["boosted_trees"]}


def written(root, seeds):
    return write_study(root, jets=2000, seeds=seeds, ensembles=[GROUPS])


def ensemble_of(root, seeds):
    card, _, folders = written(root, seeds)
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, ["qcd", "top"])
    by_tagger = {name: [run for run in runs if run.about.tagger == name] for name in cards.taggers}
    keep = np.full(2000, True)
    return mixed_ensembles(cards, by_tagger, keep)[0], by_tagger


@pytest.mark.parametrize(("seeds", "alone", "size"), [((1,), 1, 1), ((1, 2), 1, 2), ((1, 2, 3), 3, 2)])
def test_one_training_of_each_is_compared_with_as_many_of_the_better_one(tmp_path, seeds, alone, size):
    ensemble, runs = ensemble_of(tmp_path, seeds)
    assert ensemble.members["trees"] == ensemble.better == "boosted_trees"
    members = [runs[name] for name in ensemble.members.values()]
    for seed, scores in enumerate(ensemble.scores):
        mean = sum(each[seed].scores["p_top"].to_numpy(np.float64) for each in members) / 2
        np.testing.assert_allclose(scores, mean, rtol=1e-6)
    assert (len(ensemble.scores), len(ensemble.baseline), ensemble.baseline_trainings) == (len(seeds), alone, size)
    first = [run.scores["p_top"].to_numpy(np.float64) for run in runs["boosted_trees"][:size]]
    np.testing.assert_allclose(ensemble.baseline[0], np.mean(first, axis=0), rtol=1e-6)


def test_the_comparison_has_its_gain_over_the_better_tagger(tmp_path):
    card, _, runs = written(tmp_path, (1, 2))
    comparison = compare(card, runs, count=50)
    (mixed,) = comparison.mixed_ensembles
    (trees,) = (each for each in comparison.ensembles if each.tagger == "boosted_trees")
    assert mixed.gain.auc == pytest.approx(mixed.metrics["auc"].value - trees.metrics["auc"].value)
    assert mixed.title in ("LSTM + Boosted trees", "LSTM, twice as wide + Boosted trees")
    assert "The gain is over 2 trainings of Boosted trees, the better one." in mixed_sentence(mixed, comparison.titles)


def test_without_validation_jets_the_best_is_not_chosen_on_test_jets(tmp_path):
    card, _, runs = written(tmp_path, (1,))
    (runs[0] / "scores/validation.parquet").unlink()
    with pytest.raises(UserError, match="'lstm' has too few scored validation jets"):
        compare(card, runs, count=20)
