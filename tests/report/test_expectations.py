"""Expectations are judged by what the numbers bear, and told with how many pairs bear them."""

import numpy as np
import pytest

from tagwerk.cards.expectation import Expectation
from tagwerk.evaluation.comparison import Difference
from tagwerk.evaluation.expectations import by_taggers, expected, judgement
from tagwerk.report.expectations import caution, claim, sentences, signed
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
        (0.01, 1.99, "not told apart", "holds"),
        (0.0, 0.0, "not told apart", "holds"),
        (-0.01, 1.99, "not told apart", "holds"),
        (-0.01, 2.0, "contradicted", "contradicted"),
    ],
)
def test_the_judgement_changes_at_two_standard_deviations(auc, significance, ahead, not_behind):
    found = difference(auc, significance)
    assert judgement(found, at_least=False) == ahead
    assert judgement(found, at_least=True) == not_behind


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
def test_standard_deviations_have_a_sign_and_never_seem_to_reach_a_limit(auc, significance, text):
    assert signed(difference(auc, significance)) == text


def test_a_claim_quotes_titles_with_a_comma():
    assert claim(["A", "B"], ["C"], at_least=False) == "A and B ahead of C"
    assert claim(["A"], ["C, wide"], at_least=True) == "“A” at least as good as “C, wide”"


@pytest.fixture(scope="module")
def three():
    """A far above B, and C the same as A but for its own noise; at two sizes of the training sample."""
    a, b, c = measured([[2.0], [1.0], [2.0]])
    return {2000: {"a": a, "b": b, "c": c}, 10_000: {"a": a, "b": b}}


def judge(measured, better, worse, at_least=False):
    return expected(Expectation(better=better, worse=worse, source="arXiv:1", at_least=at_least), measured)


def test_every_pair_is_judged_at_every_size_where_both_were_trained(three):
    found = judge(three, ["a"], ["b", "c"])
    assert [(pair.jets, pair.worse, pair.judgement) for pair in found.pairs] == [
        (2000, "b", "holds"), (2000, "c", "not told apart"), (10_000, "b", "holds"),
    ]  # fmt: skip
    a, b = three[2000]["a"], three[2000]["b"]
    first = found.pairs[0].difference
    assert first.auc == pytest.approx(a.auc.mean() - b.auc.mean())
    assert first.uncertainty == pytest.approx(np.std(a.replicas.auc - b.replicas.auc, ddof=1))
    assert [len(group) for group in by_taggers(found.pairs)] == [2, 1]


def test_the_sentences_count_the_pairs(three):
    found = judge(three, ["a"], ["b", "c"])
    assert sentences(found, TITLES)[:2] == [
        "Expected: A ahead of B and C (arXiv:1).",
        "On 2,000 training jets, of 2 pairs 1 holds, 1 cannot be told apart and none is contradicted.",
    ]


def test_what_is_contradicted_is_said(three):
    found = judge({None: three[2000]}, ["b"], ["a", "c"])
    assert sentences(found, TITLES)[1] == "On all training jets, of 2 pairs none holds and 2 are contradicted."


def test_not_behind_says_how_many_are_surely_ahead(three):
    sentence = sentences(judge(three, ["a"], ["b", "c"], at_least=True), TITLES)[1]
    assert sentence == (
        "On 2,000 training jets, of 2 pairs 2 hold (1 of them ahead by 2 standard deviations or more) "
        "and none is contradicted."
    )


def test_a_single_pair_is_told_with_its_number(three):
    sentence = sentences(judge(three, ["b"], ["a"]), TITLES)[2]
    assert sentence.startswith(f"On 10,000 training jets the difference in AUC is {MINUS}0.1")
    assert sentence.endswith(f"beyond {MINUS}10 standard deviations: contradicted.")


def test_taggers_that_were_not_trained_are_not_judged(three):
    found = judge({10_000: three[10_000]}, ["c"], ["b"])
    assert found.pairs == []
    assert sentences(found, TITLES)[1] == "On 10,000 training jets none of these pairs was trained."


def test_the_caution_says_what_chance_makes_of_so_many(three):
    found = judge(three, ["a"], ["b", "c"])
    text = caution([found] * 8)
    assert text.startswith("24 differences are judged here, without a correction")
    assert "about 1.1 would lie 2 standard deviations or more off zero" in text
    assert text.endswith("Where a tagger was trained once, the spread from training to training is not included.")
