"""The tables of constituents' labels show the numbers of comparison.json."""

import pytest

from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.report.label_tables import (
    ACCURACY_HEADS,
    accuracy_rows,
    confusion_heads,
    confusion_rows,
    jets_label,
    labelling,
    samples,
    unknown_sentence,
)
from tests.evaluation.study_files import write_study
from tests.evaluation.test_label_comparison import JET, LABEL, ORIGINS, TRUTH, cards, run

NAMES = {"top": "Top jets", "qcd": "QCD jets"}


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    """A comparison of three taggers, of which the LSTM also labels 60 constituents in 40 jets."""
    card, _, runs = write_study(tmp_path_factory.mktemp("study"), jets=400)
    times = range(10)
    jet = [4 * each + number for each in times for number in JET]
    many = run(jet, [*TRUTH] * 10, [*LABEL] * 10, jets=40)
    (found,) = measure_labels(cards(), {"lstm": [many]})
    together, signal = found.samples
    found = found.model_copy(update={"samples": [together, signal.model_copy(update={"of_class": "top"})]})
    return compare(card, runs, count=5).model_copy(update={"constituent_labels": [found]})


def test_only_taggers_with_labels_have_rows(comparison):
    assert [tagger.title for tagger, _ in labelling(comparison)] == ["LSTM"]
    assert samples(comparison) == [None, "top"]
    assert [row.heading for row in accuracy_rows(comparison, None)] == ["LSTM"]
    assert jets_label(None, comparison, NAMES) == "Top jets and QCD jets"
    assert jets_label("top", comparison, NAMES) == "Top jets"


def test_accuracies_are_next_to_those_of_the_most_frequent_origin(comparison):
    (row,) = accuracy_rows(comparison, None)
    assert len(row.cells) == len(ACCURACY_HEADS)
    number, correct, baseline, gain = row.cells
    assert (number.text, number.note) == ("50", "in 40 jets")
    assert correct.text.startswith("60.")
    assert (baseline.text[:3], baseline.note) == ("40.", "Wide decay")
    assert gain.text.startswith("20.")


def test_confusion_has_one_row_per_true_origin_that_adds_up(comparison):
    ((tagger, found),) = labelling(comparison)
    heads, rows = confusion_heads(found), confusion_rows(tagger, found, found.samples[0])
    assert heads == ["Constituents", *ORIGINS.values(), "Purity", "AUC"]
    assert [row.heading for row in rows] == [*ORIGINS.values()]
    assert all(len(row.cells) == len(heads) for row in rows)
    assert [row.cells[0].text for row in rows] == ["20", "20", "10"]
    wide, underlying, pileup = ([cell.text for cell in row.cells] for row in rows)
    assert wide[1] == "100.0 %"
    assert wide[2].startswith("< ")  # none of the constituents of the wide decay has this label
    assert underlying[1] == "50 %"
    assert pileup[4] == "\N{EN DASH}"  # no constituent is labelled as pile-up


def test_constituents_of_unknown_origin_are_counted(comparison):
    assert unknown_sentence(comparison) == " Left out, for an unknown origin: 10."
    assert unknown_sentence(comparison.model_copy(update={"constituent_labels": []})) == ""
