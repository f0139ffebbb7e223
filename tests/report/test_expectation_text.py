"""Expectations are judged by their significance, and reported with the number of pairs for which they hold."""

import numpy as np
import pytest

from tagwerk.cards.expectation import Expectation
from tagwerk.evaluation.expectations import group_by_taggers, judge_expectation, judgement
from tagwerk.evaluation.tagger_results import Difference
from tagwerk.report.expectation_text import caution, claim, sentences, signed_significance
from tests.evaluation.test_paired import measured

MINUS = "\N{MINUS SIGN}"
TITLES = {"a": "A", "b": "B", "c": "C"}


def difference(auc, significance, training=0.001):
    return Difference(
        auc=auc, uncertainty=0.001, training=training, significance=significance, ahead=0.5, ratios=[]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("auc", "significance", "ahead", "not_behind"),
    [
        (0.01, 2.0, "holds", "holds"),
        (0.01, 1.99, "not distinguished", "holds"),
        (0.0, 0.0, "not distinguished", "holds"),
        (-0.01, 1.99, "not distinguished", "holds"),
        (-0.01, 2.0, "contradicted", "contradicted"),
    ],
)
def test_the_judgement_changes_at_two_standard_deviations(auc, significance, ahead, not_behind):
    delta = difference(auc, significance)
    assert judgement(delta, at_least=False) == ahead
    assert judgement(delta, at_least=True) == not_behind


@pytest.mark.parametrize(
    ("auc", "significance", "text"),
    [
        (0.01, 2.414, "+2.41"),
        (0.01, 1.999, "+1.99"),
        (0.0, 0.0, "+0.00"),
        (-0.01, 0.5, f"{MINUS}0.50"),
        (-0.01, 37.0, f"beyond {MINUS}10"),
    ],
)
def test_a_significance_has_a_sign_and_never_appears_to_reach_a_threshold(auc, significance, text):
    assert signed_significance(difference(auc, significance)) == text


def test_a_claim_quotes_titles_with_a_comma():
    assert claim(["A", "B"], ["C"], at_least=False) == "A and B ahead of C"
    assert claim(["A"], ["C, wide"], at_least=True) == "“A” at least as good as “C, wide”"


@pytest.fixture(scope="module")
def three():
    """A far above B, and C equal to A except for its own noise; at two training-sample sizes."""
    a, b, c = measured([[2.0], [1.0], [2.0]])
    return {2000: {"a": a, "b": b, "c": c}, 10_000: {"a": a, "b": b}}


def judged(measured, better, worse, at_least=False):
    return judge_expectation(Expectation(better=better, worse=worse, source="arXiv:1", at_least=at_least), measured)


def test_every_pair_is_judged_at_every_size_where_both_were_trained(three):
    result = judged(three, ["a"], ["b", "c"])
    assert [(pair.jets, pair.worse, pair.judgement) for pair in result.pairs] == [
        (2000, "b", "holds"), (2000, "c", "not distinguished"), (10_000, "b", "holds"),
    ]  # fmt: skip
    a, b = three[2000]["a"], three[2000]["b"]
    first = result.pairs[0].difference
    assert first.auc == pytest.approx(a.auc.mean() - b.auc.mean())
    assert first.uncertainty == pytest.approx(np.std(a.replicas.auc - b.replicas.auc, ddof=1))
    assert [len(group) for group in group_by_taggers(result.pairs)] == [2, 1]


def test_the_sentences_count_the_pairs(three):
    result = judged(three, ["a"], ["b", "c"])
    assert sentences(result, TITLES)[:2] == [
        "Expected: A ahead of B and C (arXiv:1).",
        "On 2,000 training jets the expectation holds for 1 of 2 pairs; "
        "1 is not distinguished and none is contradicted.",
    ]


def test_the_sentence_counts_contradicted_pairs(three):
    result = judged({None: three[2000]}, ["b"], ["a", "c"])
    sentence = sentences(result, TITLES)[1]
    assert sentence == "On all training jets the expectation holds for none of 2 pairs; 2 are contradicted."


def test_at_least_as_good_counts_the_pairs_that_are_ahead(three):
    sentence = sentences(judged(three, ["a"], ["b", "c"], at_least=True), TITLES)[1]
    assert sentence == (
        "On 2,000 training jets the expectation holds for 2 of 2 pairs "
        "(1 of them ahead by 2 standard deviations or more); none is contradicted."
    )


def test_a_single_pair_is_reported_with_its_difference(three):
    sentence = sentences(judged(three, ["b"], ["a"]), TITLES)[2]
    assert sentence.startswith(f"On 10,000 training jets the difference in AUC is {MINUS}0.1")
    assert sentence.endswith(f"beyond {MINUS}10 standard deviations: contradicted.")


def test_taggers_that_were_not_trained_are_not_judged(three):
    result = judged({10_000: three[10_000]}, ["c"], ["b"])
    assert result.pairs == []
    assert sentences(result, TITLES)[1] == "On 10,000 training jets none of these pairs was trained."


def test_the_caution_gives_the_number_expected_by_chance(three):
    result = judged(three, ["a"], ["b", "c"])
    text = caution([result] * 8)
    assert text.startswith("24 differences are tested here, without a correction")
    assert "about 1.1 would deviate from zero by 2 standard deviations or more by chance" in text
    assert text.endswith("Where a tagger was trained once, the spread from training to training is not included.")
