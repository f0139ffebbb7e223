"""The report has learning curves and expectations if and only if the study has them."""

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study import Study
from tagwerk.report import learning_tables
from tagwerk.report.expectation_text import caution, sentences
from tagwerk.report.markdown import markdown
from tagwerk.report.page import render_page
from tagwerk.rounding import measurement
from tagwerk.summaries.summary import Summary
from tests.evaluation.test_learning_curves import compared
from tests.report.test_page import PICTURES, Page

EXPECTATIONS = [
    {"better": ["boosted_trees"], "worse": ["lstm"], "source": "arXiv:1702.00748"},
    {"better": ["lstm"], "worse": ["boosted_trees"], "source": "a talk", "at_least": True},
]


def text_of(folder, comparison):
    cards = load_cards(folder / "config/studies/demo.yaml")
    html = render_page(comparison, cards, Summary.load(folder / "results/top/summary.json"), PICTURES, [], "demo")
    parsed = Page(html)
    assert not parsed.open
    return " ".join(parsed.text.split()), html


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reported")
    comparison, _ = compared(folder, (400, 100_000), seeds=(1, 2), expectations=EXPECTATIONS)
    return comparison, *text_of(folder, comparison)


def test_the_page_has_figure_and_tables_of_the_learning_curves(reported):
    comparison, text, html = reported
    assert "Each tagger was trained on 400 and 100,000 jets." in text
    assert html.count("<img") == 7
    for point in comparison.sizes:
        assert measurement(point.auc.value, point.auc.uncertainty) in text


@pytest.mark.parametrize(
    ("limited", "whose"),
    [
        ({("lstm", 400)}, "of LSTM on 400 jets"),
        ({("lstm", 400), ("boosted_trees", 400)}, "of every tagger on 400 jets"),
        (
            {("lstm", 400), ("lstm", 100_000), ("boosted_trees", 100_000)},
            "of LSTM on 400 jets and of every tagger on 100,000 jets",
        ),
        (set(), None),
    ],
)
def test_trainings_that_their_limit_ended_are_named_by_size(reported, limited, whose):
    """Where it is the limit, a curve against the number of jets is not one of the number of jets alone."""
    comparison, *_ = reported
    points = [point.model_copy(update={"limited": (point.tagger, point.jets) in limited}) for point in comparison.sizes]
    sentence = learning_tables.limit_sentence(comparison.model_copy(update={"sizes": points}))
    ended = f"ended trainings {whose}: with a higher one their loss may be lower."
    assert sentence.removeprefix("The limit on epochs or boosting iterations, not the validation loss, ") == (
        "" if whose is None else ended
    )


def test_the_limit_on_epochs_is_given_for_each_size():
    study = Study.model_construct(training_jets=[2000, 12000, 60000], epochs=12, epochs_at=[20, 12, 8])
    text = learning_tables.epochs_sentence(study)
    assert text == "Networks were trained for at most 20 epochs on 2,000 jets, 12 on 12,000 and 8 on 60,000."
    text = learning_tables.epochs_sentence(study.model_copy(update={"epochs_at": []}))
    assert text.startswith(
        "At every size networks were trained for at most 12 epochs, hence for fewer steps on fewer jets"
    )


def test_the_page_has_the_expectations_and_their_results(reported):
    comparison, text, _ = reported
    assert text.index("Expectations") < text.index("Training size")
    for expectation in comparison.expectations:
        assert all(sentence in text for sentence in sentences(expectation, comparison.titles))
        for pair in expectation.pairs:
            assert measurement(pair.difference.auc, pair.difference.uncertainty) in text
    assert caution(comparison.expectations) in text
    assert "4 differences are tested here, without a correction for their number" in text


def test_rows_are_pairs_and_columns_are_sizes(reported):
    expectation = reported[0].expectations[0]
    assert learning_tables.pair_headings(expectation) == ["400 training jets", "100,000 training jets"]
    (row,) = learning_tables.pair_rows(expectation, reported[0])
    assert row.heading == "Boosted trees ahead of LSTM"
    assert [cell.note.splitlines()[-1] for cell in row.cells] == [pair.judgement for pair in expectation.pairs]


def test_the_cell_of_a_size_at_which_a_tagger_was_not_trained_is_empty(reported):
    fewer = reported[0].model_copy(update={"sizes": reported[0].sizes[1:]})
    texts = {row.heading: [cell.text for cell in row.cells] for row in learning_tables.auc_rows(fewer)}
    assert texts["LSTM"][0] == "\N{EN DASH}"
    assert "±" in texts["Boosted trees"][0]


def test_expectations_on_all_jets_are_judged_too(tmp_path):
    comparison, _ = compared(tmp_path, (None,), expectations=EXPECTATIONS)
    text, html = text_of(tmp_path, comparison)
    assert "On all training jets the difference in AUC is" in text
    assert "Training size" not in text
    assert html.count("<img") == 6
    assert "the spread from training to training is not included" in text


def test_a_study_without_either_has_neither(tmp_path):
    comparison, _ = compared(tmp_path, (None,))
    text, _ = text_of(tmp_path, comparison)
    assert "Expectations" not in text
    assert markdown(comparison).count("| --- |") == 1


def test_the_markdown_has_the_same_tables(reported):
    lines = markdown(reported[0]).splitlines()
    assert sum(line.startswith("| --- |") for line in lines) == 4
    assert sum(line.startswith("| LSTM | ") for line in lines) == 3
    assert any(
        line.startswith("**Expected: Boosted trees ahead of LSTM (arXiv:1702.00748).** On 400") for line in lines
    )
    assert lines[-1] == caution(reported[0].expectations)
