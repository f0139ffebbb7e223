"""A fault in a run's files is reported in one line that names the file and what to do."""

import json

import pandas as pd
import pytest

from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import discriminant, sample_and_scores
from tagwerk.evaluation.runs import read_runs, rows_by_size
from tagwerk.scores.tagger_run import read_run
from tests.evaluation.study_files import write_study

CLASSES = ["qcd", "top"]
TAGGERS = ["lstm", "boosted_trees"]


@pytest.fixture
def folders(tmp_path):
    return write_study(tmp_path, jets=100, taggers=TAGGERS)[2]


def change(folder, **columns):
    path = folder / "scores/scores.parquet"
    pd.read_parquet(path).assign(**columns).to_parquet(path)


def assert_refused(folders, *words):
    with pytest.raises(UserError) as error:
        read_runs(folders, TAGGERS, CLASSES)
    message = str(error.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_runs_are_ordered_as_in_the_study(folders):
    runs = read_runs(folders[::-1], TAGGERS, CLASSES)
    assert [run.about.tagger for run in runs] == TAGGERS
    assert runs[0].history is not None
    assert runs[1].history is None


def test_missing_scores(folders):
    (folders[1] / "scores/scores.parquet").unlink()
    assert_refused(folders, "boosted_trees/seed1/scores/scores.parquet: no such file", "tagwerk score")


def test_missing_validation_scores_are_noticed(folders):
    for folder in folders:
        (folder / "scores/validation.parquet").unlink()
    assert [run.validation for run in read_runs(folders, TAGGERS, CLASSES)] == [None, None]
    about = folders[0] / "scores/about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"files": {"validation.parquet": "0" * 64}}))
    assert_refused(folders, "lstm/seed1/scores/validation.parquet: no such file", "tagwerk score")


def test_missing_run(folders):
    assert_refused([*folders, folders[0].with_name("seed2")], "seed2/scores/about.json: no such file")


@pytest.mark.parametrize("size", [0, 3, 1000])
def test_truncated_scores(folders, size):
    path = folders[0] / "scores/scores.parquet"
    path.write_bytes(path.read_bytes()[:size])
    assert_refused(folders, "lstm/seed1/scores/scores.parquet: not a valid Parquet file", "again")


def test_scores_without_jets(folders):
    path = folders[0] / "scores/scores.parquet"
    pd.read_parquet(path).iloc[:0].to_parquet(path)
    assert_refused(folders, "holds no jets")


def test_scores_in_another_order(folders):
    path = folders[1] / "scores/scores.parquet"
    pd.read_parquet(path).iloc[::-1].to_parquet(path)
    assert_refused(folders, "'event' of row 0 differs", "boosted_trees", "lstm", "same order")


def test_scores_of_fewer_jets(folders):
    path = folders[1] / "scores/scores.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    assert_refused(folders, "99 jets, but 100", "same test jets")


def test_missing_class(folders):
    path = folders[0] / "scores/scores.parquet"
    pd.read_parquet(path).drop(columns="p_top").to_parquet(path)
    assert_refused(folders, "column 'p_top' is missing")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("p_top", float("nan"), "nan"), ("p_top", -1.0, "negative"), ("weight", float("inf"), "inf")],
)
def test_invalid_numbers(folders, column, value, words):
    change(folders[0], **{column: value})
    assert_refused(folders, f"column '{column}' holds", words)


def test_damaged_about(folders):
    path = folders[0] / "scores/about.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": "first"}))
    assert_refused(folders, "about.json: seed:", "again")
    path.write_text("{")
    assert_refused(folders, "about.json", "again")


@pytest.mark.parametrize("text", ["", "epoch,loss\n1,0.5\n", 'a,b\n"1,2\n3,4,5\n'])
def test_damaged_history(folders, text):
    (folders[0] / "model/history.csv").write_text(text)
    assert_refused(folders, "model/history.csv", "tagwerk train")


def test_a_duplicated_run(folders):
    assert_refused([*folders, folders[0]], "seed 1 of 'lstm' is also in", "once")


def test_a_run_of_another_study(folders):
    with pytest.raises(UserError, match="tagger 'lstm' is not in the study"):
        read_runs(folders, ["boosted_trees"], CLASSES)


def test_a_class_without_jets_is_refused(folders):
    for folder in folders:
        change(folder, label=0)
    with pytest.raises(UserError, match="no test jets of class 'top'"):
        sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")


def test_test_jets_of_too_little_total_or_effective_weight_are_refused(folders):
    for weight, message in (
        ([-1.0] * 100, "sum to -"),
        ([1.0, -1.0] * 50, "effective size|sum to"),
        ([900.0, *[1.0] * 99], "effective size of 1"),
    ):
        for folder in folders:
            change(folder, label=[0, 0, 1, 1] * 25, weight=weight)
        with pytest.raises(UserError, match=f"scores.parquet: .*test jets of class '.*{message}"):
            sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")


def test_negative_weights_reduce_the_number_of_effective_jets(folders):
    for folder in folders:
        change(folder, label=[0, 1] * 50, weight=[*[-1.0] * 10, *[1.0] * 90])
    sample, _ = sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")
    assert len(sample.weight) == 100
    assert sample.effective(signal=False) == pytest.approx((45 - 5) ** 2 / 50)


def test_jets_from_few_events_are_refused(folders):
    for folder in folders:
        change(folder, label=[0, 1] * 50, event=[number // 20 for number in range(100)])
    with pytest.raises(UserError, match=r"the 50 test jets of class 'top' have an effective size of 5 events"):
        sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")


def test_other_classes_and_jets_of_zero_weight_are_excluded(folders):
    label = [0] * 40 + [1] * 40 + [2] * 20
    for folder in folders:
        change(folder, label=label, weight=[0.0, *[2.0] * 99], p_w=0.5)
    sample, scores = sample_and_scores(read_runs(folders, TAGGERS, CLASSES), ["qcd", "top", "w"], "top", "qcd")
    assert (~sample.signal).sum() == 39
    assert sample.signal.sum() == 40
    assert scores.shape == (2, 79)
    assert sample.effective(signal=True) == pytest.approx(40)


def test_jets_of_one_event_share_an_event_index(folders):
    for folder in folders:
        change(folder, event=[number // 4 for number in range(100)], source=["a", "b"] * 50)
    sample, _ = sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")
    assert sample.event.max() == 49
    assert sample.event[:6].tolist() == [0, 1, 0, 1, 2, 3]


def test_the_score_is_the_signal_fraction_of_the_two_probabilities(folders):
    table = read_run(folders[0], CLASSES).scores.iloc[:3].assign(p_top=[0.2, 0.0, 0.0], p_qcd=[0.6, 0.1, 0.0])
    assert discriminant(table, "top", {"qcd": 1.0}).tolist() == pytest.approx([0.25, 0.0, 0.5])


@pytest.fixture
def of_sizes(tmp_path):
    return write_study(tmp_path, jets=100, taggers=TAGGERS, sizes=(2000, 400))[2]


def test_runs_of_several_sizes_are_ordered_by_tagger_and_then_by_size(of_sizes):
    runs = read_runs(of_sizes, TAGGERS, CLASSES, [2000, 400])
    assert [(run.about.tagger, run.about.drawn) for run in runs] == [(name, n) for name in TAGGERS for n in (400, 2000)]
    assert rows_by_size(runs) == {400: {"lstm": [0], "boosted_trees": [2]}, 2000: {"lstm": [1], "boosted_trees": [3]}}
    assert list(rows_by_size(runs))[-1] == 2000


def test_runs_on_all_jets_have_one_size(folders):
    assert rows_by_size(read_runs(folders, TAGGERS, CLASSES)) == {None: {"lstm": [0], "boosted_trees": [1]}}


def test_a_size_outside_the_study_is_refused(of_sizes):
    with pytest.raises(UserError, match=r"'lstm' was trained on 400 jets, but key 'training_jets' .* has 2000;"):
        read_runs(of_sizes, TAGGERS, CLASSES, [2000])
    with pytest.raises(UserError, match=r"'lstm' was trained on 2000 jets, but .* has none \(all jets\);"):
        read_runs(of_sizes, TAGGERS, CLASSES)


def test_a_run_on_all_jets_is_refused_where_the_study_has_sizes(folders):
    with pytest.raises(UserError, match=r"'lstm' was trained on all jets, but .* has 2000;"):
        read_runs(folders, TAGGERS, CLASSES, [2000])


def test_a_duplicated_run_of_one_size(of_sizes):
    with pytest.raises(UserError, match=r"seed 1 of 'lstm' on 400 training jets is also in .*; give it once"):
        read_runs([*of_sizes, of_sizes[1]], TAGGERS, CLASSES, [2000, 400])


def test_the_sample_has_the_variables_of_all_runs(folders):
    path = folders[0] / "scores/scores.parquet"
    pd.read_parquet(path).drop(columns=["tau21", "n_constituents"]).to_parquet(path)
    sample, _ = sample_and_scores(read_runs(folders, TAGGERS, CLASSES), CLASSES, "top", "qcd")
    table = pd.read_parquet(folders[1] / "scores/scores.parquet")
    assert {"pt", "eta", "mass", "tau21", "n_constituents"} <= sample.variables.keys()
    for name, values in sample.variables.items():
        assert values.tolist() == table[name].tolist()
