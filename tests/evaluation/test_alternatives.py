"""Taggers on samples that none was trained on: changes, and what of them is a tagger's own."""

import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tagwerk.report import alternative_tables
from tagwerk.report.markdown import markdown
from tests.evaluation.study_files import DATASET, score_table, write_card, write_study

JETS = 3000


def write_alternative(folder, separation, noise, seed):
    """Write scores of jets of another sample, with fluctuations that all taggers share and some of the tagger's own."""
    random = np.random.default_rng(23)
    label, common = random.integers(0, 2, JETS), random.normal(size=JETS)
    own = np.random.default_rng(seed).normal(size=JETS)
    log_odds = separation * (np.sqrt(1 - noise**2) * common + noise * own + separation * (label - 0.5))
    path = folder / "alternatives/other"
    path.mkdir(parents=True)
    score_table(label, expit(log_odds)).to_parquet(path / "scores.parquet")
    shutil.copy(folder / "scores/about.json", path)


def study(root, **keys):
    card, summary, runs = write_study(
        root, jets=JETS, seeds=(1, 2), taggers=("lstm", "boosted_trees"), alternative_samples=["other"], **keys
    )
    write_card(root / "config/datasets/other.yaml", DATASET | {"title": "Jets of another shower"})
    for index, run in enumerate(runs):
        write_alternative(run, 1.8 if "lstm" in str(run) else 2.2, 0.1, index)
    return card, summary, runs


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    card, _, runs = study(tmp_path_factory.mktemp("alternatives"))
    return compare(card, runs, count=200)


def test_the_change_is_the_auc_there_minus_that_on_the_test_jets(compared):
    (sample,) = compared.alternatives
    assert (sample.name, sample.title, sample.signal_jets + sample.background_jets) == (
        "other", "Jets of another shower", JETS,
    )  # fmt: skip
    here = {each.name: each.auc for each in compared.taggers}
    for each in sample.taggers:
        assert each.change.auc == pytest.approx(each.auc.value - here[each.tagger].value)
        # The samples are independent, so the variances add up.
        independent = np.hypot(each.auc.uncertainty, here[each.tagger].uncertainty)
        assert each.change.uncertainty == pytest.approx(independent, rel=0.15)
        assert [ratio.signal_efficiency for ratio in each.ratios] == [0.3, 0.5, 0.7]


def test_rejections_are_compared_at_the_same_signal_efficiency(compared):
    here = {each.name: each.rejections for each in compared.taggers}
    for each in compared.alternatives[0].taggers:
        for there, before, ratio in zip(each.rejections, here[each.tagger], each.ratios, strict=True):
            assert ratio.value == pytest.approx(there.value / before.value)
            assert ratio.low < ratio.value < ratio.high


def test_common_fluctuations_cancel_in_the_change_relative_to_the_best(compared):
    lstm, trees = compared.alternatives[0].taggers
    assert (compared.best, trees.relative) == ("boosted_trees", None)
    assert lstm.relative.auc == pytest.approx(lstm.change.auc - trees.change.auc)
    assert lstm.relative.uncertainty < 0.6 * np.hypot(lstm.change.uncertainty, trees.change.uncertainty)
    assert lstm.relative.training == pytest.approx(np.hypot(lstm.change.training, trees.change.training))


def test_the_table_has_a_row_per_tagger_the_best_first(compared):
    rows = alternative_tables.alternative_rows(compared.alternatives[0])
    assert [row.heading for row in rows] == ["Boosted trees", "LSTM"]
    assert len(rows[0].cells) == len(alternative_tables.alternative_headings()) + 3


def test_the_markdown_has_the_changes(compared):
    (line,) = (each for each in markdown(compared).splitlines() if each.startswith("| tagger, on Jets of another"))
    assert line.endswith("| ratio of 1/ε_B at ε_S = 0.3 | ratio of 1/ε_B at ε_S = 0.5 | ratio of 1/ε_B at ε_S = 0.7 |")


@pytest.mark.parametrize(("background", "count"), [(0, "no"), (20, "20")])
def test_a_sample_without_enough_jets_of_a_class_is_named(tmp_path, background, count):
    """Not the test jets, of which there are enough."""
    card, _, runs = study(tmp_path)
    for run in runs:
        path = run / "alternatives/other/scores.parquet"
        table = pd.read_parquet(path)
        rows = table.label.eq(1) | table.index.isin(table.index[table.label.eq(0)][:background])
        table[rows].reset_index(drop=True).to_parquet(path)
    with pytest.raises(UserError) as error:
        compare(card, runs, count=20)
    assert str(error.value).startswith(
        f"{runs[0]}/alternatives/other/scores.parquet: {count} test jets of class 'qcd', but a comparison needs 25; "
    )


def test_scores_of_other_jets_are_refused(tmp_path):
    card, _, runs = study(tmp_path)
    path = runs[1] / "alternatives/other/scores.parquet"
    label = np.arange(JETS) % 2
    score_table(label, np.linspace(0, 1, JETS)).to_parquet(path)
    with pytest.raises(UserError, match="its jets of an alternative sample are not those of"):
        compare(card, runs, count=20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": DATASET["classes"][::-1]}, "the classes of 'other' are top, qcd, not qcd, top"),
        ({"split": {"folds": 5}}, "the pieces of the split of 'other' are fold_0, "),
    ],
)
def test_a_sample_with_other_classes_or_pieces_is_refused(tmp_path, change, message):
    card, _, _ = study(tmp_path)
    write_card(tmp_path / "config/datasets/other.yaml", DATASET | change)
    with pytest.raises(UserError, match=message):
        load_cards(card)
