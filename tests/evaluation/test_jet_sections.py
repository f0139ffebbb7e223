"""The sections of a comparison about accepted jets, and where they do not apply."""

from dataclasses import replace

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.split import Split
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.jet_sections import jet_sections, validation_scores
from tagwerk.evaluation.runs import read_runs
from tests.evaluation.study_files import write_study

CLASSES = ["qcd", "top"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    card, _, folders = write_study(tmp_path_factory.mktemp("study"), taggers=["lstm", "boosted_trees"], seeds=[1, 2])
    cards = load_cards(card)
    return cards, read_runs(folders, cards.study.taggers, CLASSES)


def sections(cards, runs):
    sample, scores = sample_and_scores(runs, CLASSES, "top", "qcd")
    return jet_sections(
        cards, {"lstm": runs[:2], "boosted_trees": runs[2:]}, sample, {"lstm": scores[:2], "boosted_trees": scores[2:]}
    )


def test_all_apply_to_a_study(study):
    found = sections(*study)
    assert [len(each or []) for each in (found.working_points, found.calibration, found.agreement)] == [12, 2, 1]
    assert {each.chosen_on for each in found.working_points} == {"validation"}
    assert [(each.tagger, each.seed) for each in found.working_points[::3]] == [
        ("lstm", 1), ("lstm", 2), ("boosted_trees", 1), ("boosted_trees", 2),
    ]  # fmt: skip
    assert [each.name for each in found.profiles.variables] == ["pt", "eta", "mass", "n_constituents"]
    assert len(found.mass_sculpting.points) == 6


def test_scores_without_variables_and_validation_jets_have_what_is_left(study):
    cards, runs = study
    bare = [
        replace(run, scores=run.scores[["event", "source", "label", "weight", "p_qcd", "p_top"]], validation=None)
        for run in runs
    ]
    found = sections(cards, bare)
    assert (found.profiles, found.mass_sculpting) == (None, None)
    assert {each.chosen_on for each in found.working_points} == {"test"}
    assert found.calibration == sections(cards, runs).calibration


@pytest.mark.parametrize(
    ("split", "share"),
    [
        ({"train": 0.8, "validation": 0.1, "test": 0.1}, "test"),
        ({"folds": 5}, "test"),
        ({"selections": {"train": "s == 0", "validation": "s == 1", "test": "s == 2"}}, "validation"),
        ({"files": {"train": ["a"], "test": ["b"]}, "validation_from_train": 0.1}, "validation"),
    ],
)
def test_probabilities_refer_to_the_mix_of_training_also_where_an_official_split_has_another_for_testing(
    study, split, share
):
    """The scores are calibrated for equal numbers of signal and background, as the validation jets are."""
    cards, runs = study
    cards = cards._replace(dataset=cards.dataset.model_copy(update={"split": Split.model_validate(split)}))
    is_rare = (runs[0].scores.label == 0) | (np.arange(len(runs[0].scores)) % 5 == 0)
    found = sections(cards, [replace(run, scores=run.scores[is_rare].reset_index(drop=True)) for run in runs])
    tests = runs[0].scores.label[is_rare].mean()
    assert tests < 0.2
    for each in found.calibration:
        assert each.signal_share == pytest.approx({"test": tests, "validation": 0.5}[share])
        assert (each.error > 3 * each.floor_high) == (share == "test")


def test_one_tagger_has_no_agreement(study):
    cards, runs = study
    sample, scores = sample_and_scores(runs[:1], CLASSES, "top", "qcd")
    assert jet_sections(cards, {"lstm": runs[:1]}, sample, {"lstm": scores}).agreement is None


def test_seeds_with_other_or_few_validation_jets_count_as_without(study):
    cards, runs = study
    assert validation_scores(cards, runs[:2]).scores.shape == (2, 1000)
    other = replace(runs[1], validation=runs[1].validation.assign(event=np.arange(1000)))
    assert validation_scores(cards, [runs[0], other]) is None
    assert validation_scores(cards, [runs[0], replace(runs[1], validation=None)]) is None
    few = [replace(run, validation=run.validation[:20]) for run in runs[:2]]
    assert validation_scores(cards, few) is None


def test_equal_scores_and_negative_weights_do_no_harm(study):
    cards, runs = study
    equal = [replace(run, scores=run.scores.assign(p_top=0.5, p_qcd=0.5), validation=None) for run in runs]
    found = sections(cards, equal)
    assert {each.background.value for each in found.working_points[:3]} == {1}
    weight = np.where(runs[0].scores["event"] % 7, 1.0, -1.0)
    negative = [replace(run, scores=run.scores.assign(weight=weight)) for run in runs]
    assert sections(cards, negative).profiles is not None


def test_fifty_jets_give_wide_intervals(study):
    cards, runs = study
    few = [replace(run, scores=run.scores[:60], validation=None) for run in runs]
    found = sections(cards, few)
    for point in found.working_points:
        assert point.background.high - point.background.low > 0.03
    assert all(each.gains[0].low < 1.5 for each in found.agreement)


def test_several_backgrounds_are_calibrated_without_their_fractions(study):
    cards, runs = study
    three = [{**scores, "p_other": scores["p_qcd"] / 2} for scores in (run.scores.to_dict("series") for run in runs)]
    tables = [
        run.scores.assign(p_other=each["p_other"], p_qcd=each["p_other"]) for run, each in zip(runs, three, strict=True)
    ]
    for table in tables:
        table.loc[(table["label"] == 0) & (table["event"] % 2 == 0), "label"] = 2
    runs = [replace(run, scores=table, validation=None) for run, table in zip(runs, tables, strict=True)]
    study_card = cards.study.model_copy(
        update={"background": ["qcd", "other"], "fractions": {"qcd": 0.9, "other": 0.1}}
    )
    classes = [*cards.dataset.classes, cards.dataset.classes[0].model_copy(update={"name": "other"})]
    several = cards._replace(study=study_card, dataset=cards.dataset.model_copy(update={"classes": classes}))
    sample, scores = sample_and_scores(runs, ["qcd", "top", "other"], "top", study_card.backgrounds)
    by_tagger = {"lstm": runs[:2], "boosted_trees": runs[2:]}
    found = jet_sections(several, by_tagger, sample, {"lstm": scores[:2], "boosted_trees": scores[2:]})
    expected = sections(*study).calibration
    assert [each.error for each in found.calibration] == pytest.approx([each.error for each in expected])


def test_unknown_variables_of_the_card_are_refused(tmp_path):
    for key in ("flat_in", "profiles"):
        card, _, _ = write_study(tmp_path / key, jets=200, taggers=["lstm"], **{key: ["ptt"]})
        with pytest.raises(UserError, match=f"key '{key}': there is no 'ptt' among the variables of the jets"):
            load_cards(card)
