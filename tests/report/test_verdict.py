"""The verdict claims what the numbers bear and no more."""

import pytest

from tagwerk.evaluation.comparison import (
    Comparison,
    Curve,
    Difference,
    Quantity,
    Ratio,
    Rejection,
    TaggerResult,
    TrainingResult,
)
from tagwerk.evaluation.outcome import outcome
from tagwerk.report import verdict as module


def tagger(name, auc, significance=None, ahead=0.0, seeds=1, jets=50.0, ratio=0.8, ratio_ahead=0.0):
    """Return a tagger at this AUC; without a significance, the best."""
    ratios = [
        Ratio(signal_efficiency=0.5, value=ratio, low=ratio - 0.1, high=ratio + 0.1, ahead=ratio_ahead,
              background_jets=jets)
    ]  # fmt: skip
    found = significance is not None and Difference(
        auc=auc - 0.95, uncertainty=0.002, training=0.003 if seeds > 1 else None, significance=significance,
        ahead=ahead, ratios=ratios,
    )  # fmt: skip
    quantity = Quantity(value=auc, uncertainty=0.002, spread=None)
    rejection = Rejection(signal_efficiency=0.5, background_efficiency=0.01, value=100, low=90, high=112, spread=None,
                          background_jets=jets)  # fmt: skip
    training = {"auc": auc, "accuracy": 0.9, "rejections": [100], "training_seconds": 1, "epochs": 3}
    return TaggerResult(
        name=name, title=name.upper(), color="#000000", engine="keras", parameters=1, training_jets=18_000,
        training_seconds=1, epochs=3, jets_per_second=1, threads=1, auc=quantity, accuracy=quantity,
        rejections=[rejection], difference=found or None,
        trainings=[TrainingResult(seed=seed, jets_per_second=1, **training) for seed in range(seeds)],
        curve=Curve(**{name: [] for name in Curve.model_fields}), versions={},
    )  # fmt: skip


def verdict(taggers):
    """Return the verdict on taggers of which "a" is the best."""
    comparison = Comparison.model_construct(taggers=taggers, best="a", outcome=outcome(taggers, "a"), replicas=400)
    return module.verdict(comparison)


@pytest.mark.parametrize(
    ("significance", "wins", "headline"),
    [
        (4.0, "winner", "The winner at this sample size: A."),
        (2.5, "ahead", "Probably ahead, but not surely: A (against B)."),
        (1.5, "undecided", "No single winner: A and B cannot be told apart with these jets."),
    ],
)
def test_the_headline_follows_the_significance(significance, wins, headline):
    taggers = [tagger("a", 0.95), tagger("b", 0.945, significance)]
    assert (outcome(taggers, "a"), verdict(taggers).headline) == (wins, headline)


def test_it_says_by_how_much_and_how_sure():
    found = verdict([tagger("b", 0.945, 2.5, ahead=0.0025), tagger("a", 0.95)])
    assert "B: AUC lower by 0.0050 ± 0.0020 (2.5 standard deviations; behind in 399 of 400 resamplings" in str(found)
    assert "Its rejection at signal efficiency 0.5 is 0.80 (+0.10 \N{MINUS SIGN}0.10) times that of the best." in str(
        found
    )
    assert "training on 18,000 jets" in str(found)


def test_single_seeds_are_said_to_leave_out_the_trainings():
    single = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0)])
    several = verdict([tagger("a", 0.95, seeds=3), tagger("b", 0.94, 5.0, seeds=3)])
    assert "the spread from training to training is not included" in single.sentences[-1]
    assert several.sentences[-1] == "The standard deviations include the spread over 3 trainings of each tagger."
    assert "(jets) ± 0.0030 (trainings)" in several.sentences[1]


def test_a_better_rejection_of_a_lesser_tagger_is_told():
    found = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0, ratio=1.3, ratio_ahead=0.99)])
    assert "Yet at signal efficiency 0.5 B rejects more: 1.30 (+0.10 \N{MINUS SIGN}0.10) times" in str(found)


def test_few_background_jets_are_told_and_not_ranked_by():
    found = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0, ratio=1.3, ratio_ahead=0.99, jets=6)])
    assert "Fewer than 10 background jets stand behind the rejections at signal efficiency 0.5 of B" in str(found)
    assert "Yet" not in str(found)
    assert "cannot be compared" in str(found)


def test_one_tagger_alone_wins_nothing():
    assert outcome([tagger("a", 0.95)], "a") == "alone"
    assert "nothing to compare it with" in verdict([tagger("a", 0.95)]).headline


def test_of_many_taggers_the_nearest_are_named():
    others = [tagger(name, 0.94, 1.0) for name in "bcdef"]
    found = verdict([tagger("a", 0.95), *others])
    assert found.headline == "No single winner: A and 5 others cannot be told apart with these jets."
    assert "The other 2 follow in the table of differences." in found.sentences
