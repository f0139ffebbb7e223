"""A comparison of score files: of these alone, and next to a study's own taggers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from sklearn.metrics import accuracy_score, roc_auc_score

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.study import Study
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tests.evaluation.study_files import write_study
from tests.scores.score_files import CARD, jets, write

STUDY = {"title": "Files", "signal": "top", "background": "qcd", "working_points": [0.5]}
PROBABILITIES = {"score": [], "probabilities": {"top": "p_top", "qcd": "p_qcd"}}


def cards_of(**files):
    """Return the cards of a study of score files: of each by name a path, or its keys too."""
    entries = []
    for name, value in files.items():
        path, keys = value if isinstance(value, tuple) else (value, {})
        entries.append(CARD | {"title": name, "name": name, "files": str(path)} | keys)
    study = Study.model_validate(STUDY | {"scores": entries})
    return Cards(study, None, {}, scores={entry.name: entry for entry in study.scores})


def compared(replicas=20, **files):
    return compare(cards_of(**files), count=replicas)


def results(comparison):
    return {tagger.name: tagger.model_dump(exclude={"versions"}) for tagger in comparison.taggers}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scores")


@given(st.randoms(use_true_random=False), st.integers(0, 20))
@settings(max_examples=10)
def test_any_permutation_and_superset_of_jets_gives_the_same_comparison(folder, random, more):
    table = jets(80)
    # The further jets are of other events.
    other = pd.concat([table, jets(more, seed=2).assign(event=lambda each: each["event"] + 10_000)])
    order = list(range(len(other)))
    random.shuffle(order)
    first = write(folder / "first", table, "csv")
    straight = compared(a=(first, {"score": "score_1"}), b=(write(folder / "b", table, "npz"), {"score": "score_2"}))
    shuffled = other.iloc[order].reset_index(drop=True)
    again = compared(a=(first, {"score": "score_1"}), b=(write(folder / "b", shuffled, "npz"), {"score": "score_2"}))
    assert results(again) == results(straight)
    assert [match.by for match in again.score_files] == ["reference", "identity"]
    assert again.score_files[1].superfluous == more


def test_auc_and_spread_over_seeds_are_those_of_scikit_learn(tmp_path):
    table = jets(200)
    comparison = compared(theirs=(write(tmp_path / "scores", table, "parquet"), {"score": "score_[12]"}))
    (tagger,) = comparison.taggers
    aucs = [
        roc_auc_score(table["label"], table[name], sample_weight=table["weight"]) for name in ("score_1", "score_2")
    ]
    assert [training.auc for training in tagger.trainings] == pytest.approx(aucs, rel=1e-14)
    assert tagger.auc.value == pytest.approx(np.mean(aucs), rel=1e-14)
    assert tagger.auc.spread == pytest.approx(np.std(aucs, ddof=1), rel=1e-12)
    assert (comparison.signal_jets, comparison.background_jets) == (100, 100)
    assert (tagger.engine, tagger.training_seconds, tagger.training_jets) == (None, None, None)


def test_several_seeds_may_be_several_files_in_any_order_of_jets(tmp_path):
    table = jets(80)
    columns = compared(theirs=(write(tmp_path / "columns", table, "npz"), {"score": ["score_1", "score_2"]}))
    for number, rows in ((1, table), (2, table[::-1])):
        write(tmp_path / f"seed{number}", rows.assign(score=rows[f"score_{number}"]), "csv")
    files = compared(theirs=tmp_path / "seed*.csv")
    assert results(files) == results(columns)
    write(tmp_path / "seed2", table[:70], "csv")
    with pytest.raises(UserError, match=r"seed2.csv: has 70 of the 80 jets in .*seed1.csv; 10 are missing"):
        compared(theirs=tmp_path / "seed*.csv")


def test_scores_that_are_no_probability_rank_the_jets_and_have_no_accuracy(tmp_path):
    table = jets(80).assign(logit=lambda each: logit(each["p_top"]))
    path = write(tmp_path / "scores", table, "csv")
    comparison = compared(logit=(path, {"score": "logit"}), probability=(path, PROBABILITIES))
    ranking, probability = comparison.taggers
    assert ranking.auc == probability.auc
    assert ranking.rejections == probability.rejections
    assert (ranking.probabilities, ranking.metrics["accuracy"]) == (False, None)
    accuracy = accuracy_score(table["label"], table["p_top"] > 0.5, sample_weight=table["weight"])
    assert probability.metrics["accuracy"].value == pytest.approx(accuracy, rel=1e-14)
    assert comparison.outcome == "undecided"


def test_files_without_identity_are_matched_by_position_and_take_weights_and_events_from_others(tmp_path):
    table = jets(80)
    path = write(tmp_path / "scores", table, "csv")
    bare = write(tmp_path / "bare", table[["label", "score"]], "npz")
    without = {"event": [], "weight": None}
    comparison = compared(bare=(bare, without), theirs=path)
    assert [match.by for match in comparison.score_files] == ["position", "reference"]
    first, second = comparison.taggers
    assert first.auc == second.auc
    assert first.auc.value == pytest.approx(
        roc_auc_score(table["label"], table["score"], sample_weight=table["weight"]), rel=1e-14
    )
    weighted = compared(bare=(bare, without), weighted=(path, {"event": []}))
    assert weighted.taggers[0].auc == first.auc


def test_equal_scores_are_a_coin_toss(tmp_path):
    table = jets(80)
    equal = write(tmp_path / "equal", table.assign(score=3), "csv")
    comparison = compared(equal=equal, theirs=write(tmp_path / "scores", table, "csv"))
    tagger = comparison.taggers[0]
    assert tagger.auc.value == 0.5
    assert tagger.rejections[0].background_efficiency == 1
    assert tagger.rejections[0].value == 1
    assert comparison.best == "theirs"
    assert tagger.difference.significance > 3
    alone = compared(equal=equal)
    assert (alone.outcome, alone.taggers[0].auc.value) == ("alone", 0.5)


def test_zero_weights_are_dropped_with_their_number_and_negative_ones_are_kept(tmp_path):
    table = jets(200)
    weight = table["weight"].to_numpy().copy()
    weight[::20], weight[1:200:20] = 0, -0.3
    path = write(tmp_path / "scores", table.assign(weight=weight), "csv")
    comparison = compared(theirs=path)
    (match,) = comparison.score_files
    assert match.zero_weights == 10
    assert comparison.signal_jets + comparison.background_jets == 190
    pairs = np.subtract.outer(
        table["score"][table["label"] == 1].to_numpy(), table["score"][table["label"] == 0].to_numpy()
    )
    products = np.outer(weight[table["label"] == 1], weight[table["label"] == 0])
    assert comparison.taggers[0].auc.value == pytest.approx((products * (pairs > 0)).sum() / products.sum())


def test_few_jets_have_wide_intervals_and_fewer_a_message(tmp_path):
    comparison = compared(replicas=100, theirs=write(tmp_path / "scores", jets(60), "csv"))
    rejection = comparison.taggers[0].rejections[0]
    assert rejection.low < 30
    assert rejection.high is None or rejection.high > 2 * rejection.low
    assert comparison.taggers[0].auc.uncertainty > 0.01
    with pytest.raises(UserError, match="10 test jets of class 'top', but a comparison needs 25; use more jets"):
        compared(theirs=write(tmp_path / "scores", jets(20), "csv"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A study with taggers of its own, its test jets and their score as a file, in another order with further jets."""
    root = tmp_path_factory.mktemp("study")
    card, _, runs = write_study(root, jets=300, taggers=("lstm", "boosted_trees"))
    table = pd.read_parquet(runs[0] / "scores/scores.parquet").sample(frac=1, random_state=3)
    more = table[:40].assign(event=lambda each: each["event"] + 5000)
    path = write(root / "theirs", pd.concat([table, more])[["event", "label", "p_top", "p_qcd", "pt"]], "parquet")
    return card, runs, path, table


def with_scores(card, path, **keys):
    cards = load_cards(card)
    files = ScoreFiles.model_validate(CARD | {"weight": None, "files": str(path)} | PROBABILITIES | keys)
    return cards._replace(scores={"theirs": files})


def test_the_test_jets_are_picked_from_a_file_of_more(own):
    card, runs, path, _ = own
    comparison = compare(with_scores(card, path, parameters=12, variables={"other_pt": "pt"}), runs, count=20)
    taggers = {tagger.name: tagger for tagger in comparison.taggers}
    assert [*taggers] == ["lstm", "boosted_trees", "theirs"]
    assert taggers["theirs"].auc == taggers["lstm"].auc
    assert taggers["theirs"].parameters == 12
    assert taggers["theirs"].color == CARD["color"]
    (match,) = comparison.score_files
    assert (match.by, match.jets, match.superfluous) == ("identity", 300, 40)


def test_files_of_other_jets_or_labels_than_the_test_sample_are_refused(own, tmp_path):
    card, runs, path, table = own
    with pytest.raises(UserError, match=r"few.csv: has 290 of the 300 jets in .*scores.parquet; 10 are missing"):
        compare(with_scores(card, write(tmp_path / "few", table[:290], "csv")), runs, count=20)
    swapped = with_scores(card, write(tmp_path / "all", table, "csv"), classes={"qcd": 1, "top": 0})
    with pytest.raises(UserError, match="the labels of 300 of 300 jets, matched by identity, differ"):
        compare(swapped, runs, count=20)
    with pytest.raises(UserError, match=r"has 340 jets, but .* 300, and they cannot be matched by identity"):
        compare(with_scores(card, path, event=[]), runs, count=20)
    with pytest.raises(UserError, match="no run is given, but the study's card has taggers"):
        compare(with_scores(card, path), [], count=20)
