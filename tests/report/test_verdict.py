"""The verdict claims no more than the numbers support."""

import pytest

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.outcome import corrected_sigma, outcome
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Curve, Difference, Ratio, TaggerResult, TrainingResult
from tagwerk.report import verdict as verdict_module


def tagger(
    name,
    auc,
    significance=None,
    ahead=0.0,
    seeds=1,
    jets=50.0,
    ratio=0.8,
    ratio_ahead=0.0,
    limited=None,
    engine="keras",
):
    """Return a tagger with this AUC; without a significance, the best."""
    ratios = [
        Ratio(signal_efficiency=0.5, value=ratio, low=ratio - 0.1, high=ratio + 0.1, ahead=ratio_ahead,
              background_jets=jets)
    ]  # fmt: skip
    difference = significance is not None and Difference(
        auc=auc - 0.95, uncertainty=0.002, training=0.003 if seeds > 1 else None, significance=significance,
        ahead=ahead, ratios=ratios,
    )  # fmt: skip
    quantity = Quantity(value=auc, uncertainty=0.002, spread=None)
    rejection = Rejection(signal_efficiency=0.5, background_efficiency=0.01, value=100, low=90, high=112, spread=None,
                          background_jets=jets)  # fmt: skip
    training = {"metrics": {"auc": auc, "accuracy": 0.9}, "rejections": [100], "training_seconds": 1, "epochs": 3,
                "limited": limited}  # fmt: skip
    return TaggerResult(
        name=name, title=name.upper(), color="#000000", engine=engine, parameters=1, training_jets=18_000,
        training_seconds=1, epochs=3, jets_per_second=1, threads=1, metrics={"auc": quantity, "accuracy": quantity},
        rejections=[rejection], difference=difference or None,
        trainings=[TrainingResult(seed=seed, jets_per_second=1, **training) for seed in range(seeds)],
        curve=Curve(**{name: [] for name in Curve.model_fields}), versions={},
    )  # fmt: skip


def verdict(taggers):
    """Return the verdict on taggers, of which "a" is the best."""
    comparison = Comparison.model_construct(taggers=taggers, best="a", outcome=outcome(taggers, "a"), replicas=400)
    return verdict_module.verdict(comparison)


@pytest.mark.parametrize(
    ("significance", "expected", "headline"),
    [
        (4.0, "winner", "The winner at this sample size: A."),
        (2.5, "ahead", "Ahead by 2 to 3 standard deviations: A (over B)."),
        (1.5, "undecided", "No single winner: A and B cannot be distinguished with these test jets."),
    ],
)
def test_the_headline_follows_the_significance(significance, expected, headline):
    taggers = [tagger("a", 0.95, seeds=2), tagger("b", 0.945, significance, seeds=2)]
    assert (outcome(taggers, "a"), verdict(taggers).headline) == (expected, headline)


@pytest.mark.parametrize(
    ("significance", "headline"),
    [
        (4.0, "The winner at this sample size among these trainings, one of each tagger: A."),
        (2.5, "Ahead by 2 to 3 standard deviations among these trainings, one of each tagger: A (over B)."),
        (
            1.5,
            "No single winner among these trainings, one of each tagger: A and B cannot be distinguished with these "
            "test jets.",
        ),
    ],
)
def test_of_single_trainings_the_headline_says_that_it_is_about_them(significance, headline):
    assert verdict([tagger("a", 0.95), tagger("b", 0.945, significance)]).headline == headline


def test_of_some_single_trainings_the_headline_says_so_too():
    headline = verdict([tagger("a", 0.95, seeds=3), tagger("b", 0.945, 5.0)]).headline
    assert headline == "The winner at this sample size among these trainings, the only one of some taggers: A."


def test_the_headline_is_corrected_for_the_number_of_taggers():
    """Of two differences of 3.1 standard deviations, p = 0.0019, none wins: 2 p is 2.9; of five of 2.5, 2.5 again."""
    assert outcome([tagger("a", 0.95), tagger("b", 0.94, 3.1)], "a") == "winner"
    assert outcome([tagger("a", 0.95), tagger("b", 0.94, 3.1), tagger("c", 0.94, 3.1)], "a") == "ahead"
    assert outcome([tagger("a", 0.95), tagger("b", 0.94, 3.1), tagger("c", 0.94, 9.0)], "a") == "winner"
    assert corrected_sigma([tagger(name, 0.94, 2.5) for name in "bcdef"]) == pytest.approx([1.87] * 5, abs=0.005)


def test_a_difference_that_only_the_correction_makes_insignificant_says_so():
    result = verdict([tagger(name, 0.95 if name == "a" else 0.94, None if name == "a" else 2.2) for name in "abcd"])
    assert result.headline.endswith("A and 3 others cannot be distinguished with these test jets.")
    text = "not distinguished with these test jets, as one of 3 differences to the best (1.7 after correction by Holm)."
    assert text in str(result)


def test_it_gives_the_difference_and_its_significance():
    result = verdict([tagger("b", 0.945, 2.5, ahead=0.0025), tagger("a", 0.95)])
    assert "B: AUC lower by 0.0050 ± 0.0020 (2.5 standard deviations; lower in 399 of 400 bootstrap replicas)" in str(
        result
    )
    assert "at a signal efficiency of 0.5 is 0.80 (+0.10 \N{MINUS SIGN}0.10) times that of the best tagger." in str(
        result
    )
    assert "training on 18,000 jets" in str(result)


def test_for_single_seeds_it_says_that_the_spread_of_trainings_is_not_included():
    single = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0)])
    several = verdict([tagger("a", 0.95, seeds=3), tagger("b", 0.94, 5.0, seeds=3)])
    assert single.sentences[-1] == (
        "There is one training of each tagger: the uncertainties are those of the finite test sample, and the spread "
        "from training to training is not included. Another one may reverse a close ranking; give the study several "
        "seeds."
    )
    assert several.sentences[-1] == "The standard deviations include the spread over 3 trainings of each tagger."
    assert "(jets) ± 0.0030 (trainings)" in several.sentences[1]


@pytest.mark.parametrize("engine", [None, "onnx"])
def test_seeds_of_the_study_are_no_remedy_for_a_tagger_that_was_trained_elsewhere(engine):
    ours, theirs = tagger("a", 0.95, seeds=2), tagger("b", 0.94, 5.0, engine=engine)
    (sentence,) = [each for each in verdict([ours, theirs]).sentences if "one training of" in each]
    assert sentence.startswith("There is one training of B: ")
    assert sentence.endswith("Another one may reverse a close ranking.")
    more = theirs.model_copy(update={"name": "c", "title": "C"})
    (sentence,) = [each for each in verdict([ours, theirs, more]).sentences if "one training" in each]
    assert sentence.startswith("There is one training each of B and C: ")
    (sentence,) = [each for each in verdict([tagger("a", 0.95), theirs]).sentences if "one training of" in each]
    assert sentence.endswith("; give the study several seeds.")


def test_a_higher_rejection_of_a_worse_tagger_is_reported():
    result = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0, ratio=1.3, ratio_ahead=0.99)])
    assert "however, the background rejection of B is 1.30 (+0.10 \N{MINUS SIGN}0.10) times" in str(result)


def test_few_background_jets_are_reported_and_not_used_for_ranking():
    result = verdict([tagger("a", 0.95), tagger("b", 0.94, 5.0, ratio=1.3, ratio_ahead=0.99, jets=6)])
    assert "Fewer than 10 background jets pass at a signal efficiency of 0.5 for B" in str(result)
    assert "however" not in str(result)
    assert "cannot be compared" in str(result)


def test_a_single_tagger_does_not_win():
    assert outcome([tagger("a", 0.95)], "a") == "alone"
    assert "nothing to compare it with" in verdict([tagger("a", 0.95)]).headline


def test_of_many_taggers_the_closest_are_named():
    others = [tagger(name, 0.94, 1.0, seeds=2) for name in "bcdef"]
    result = verdict([tagger("a", 0.95, seeds=2), *others])
    assert result.headline == "No single winner: A and 5 others cannot be distinguished with these test jets."
    assert "The other 2 are in the table of differences." in result.sentences


def test_a_single_other_tagger_is_in_the_table():
    result = verdict([tagger("a", 0.95), *(tagger(name, 0.94, 1.0) for name in "bcde")])
    assert "The other one is in the table of differences." in result.sentences


@pytest.mark.parametrize(
    ("limited", "engines", "sentence"),
    [
        ((None, None, None), "keras", None),
        ((False, False, None), "keras", None),
        (
            (False, True, False),
            "keras",
            "The limit on epochs, not the validation loss, ended the training of B: with a higher one, the ranking may "
            "change.",
        ),
        (
            (True, True, False),
            "keras",
            "The limit on epochs, not the validation loss, ended the trainings of A and B: with a higher one, the "
            "ranking may change.",
        ),
        (
            (True, True, True),
            "keras",
            "The limit on epochs, not the validation loss, ended all trainings: with a higher one, the ranking may "
            "change.",
        ),
        (
            (True, True, True),
            "scikit-learn",
            "The limit on boosting iterations, not the validation loss, ended all trainings: with a higher one, the "
            "ranking may change.",
        ),
    ],
)
def test_trainings_that_their_limit_ended_are_named(limited, engines, sentence):
    """A network that was stopped before its best is handicapped, and the reader has to know."""
    results = [(0.95, None), (0.94, 5.0), (0.93, 6.0)]
    taggers = [
        tagger(name, *result, limited=each, engine=engines)
        for name, result, each in zip("abc", results, limited, strict=True)
    ]
    found = [each for each in verdict(taggers).sentences if "limit on" in each]
    assert found == ([] if sentence is None else [sentence])


def test_epochs_and_boosting_iterations_are_limited_together():
    taggers = [tagger("a", 0.95, limited=True), tagger("b", 0.94, 5.0, limited=True, engine="scikit-learn")]
    assert any(each.startswith("The limit on epochs and boosting iterations") for each in verdict(taggers).sentences)


def test_taggers_that_were_trained_elsewhere_are_named_next_to_the_best():
    ours, theirs = tagger("a", 0.95), tagger("b", 0.945, 4.0)
    assert not [text for text in verdict([ours, theirs]).sentences if "not trained here" in text]
    sentences = verdict([ours, theirs.model_copy(update={"engine": "onnx"})]).sentences
    assert sentences[1] == (
        "B was not trained here, but on unknown jets: the test jets may be among them, and the scores too good."
    )
    both = [each.model_copy(update={"engine": "onnx"}) for each in (ours, theirs)]
    assert verdict(both).sentences[1].startswith("A and B were not trained here")
