"""Score files of all formats give the same table; each fault is one line that says what to do."""

import re

import numpy as np
import pandas as pd
import pytest
import uproot

from tagwerk.cards.score_files import ScoreFiles
from tagwerk.errors import UserError
from tagwerk.scores.read import SCORE
from tagwerk.scores.score_table import read_tables
from tests.scores.score_files import CARD, FORMATS, jets, write

CLASSES = ["qcd", "top"]


def read(path, **keys):
    return read_tables(ScoreFiles.model_validate(CARD | {"files": str(path)} | keys), CLASSES)


def message(path, **keys):
    with pytest.raises(UserError) as error:
        read(path, **keys)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_jets_and_scores(tmp_path, kind):
    expected = jets()
    path = write(tmp_path / "scores", expected, kind)
    (table,) = read(path, score="score_*", variables={"pt": "pt"})
    assert table.name == str(path)
    assert table.left_out == 0
    assert table.jets["label"].tolist() == expected["label"].tolist()
    assert table.jets["event"].tolist() == expected["event"].tolist()
    for name in ("weight", "pt"):
        assert table.jets[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-15)
    assert [[*seed] for seed in table.seeds] == [[SCORE], [SCORE]]
    for seed, name in zip(table.seeds, ("score_1", "score_2"), strict=True):
        assert seed[SCORE].tolist() == expected[name].tolist()


@pytest.mark.parametrize("kind", FORMATS)
def test_an_unknown_column_is_named_with_the_nearest_one(tmp_path, kind):
    line = message(write(tmp_path / "scores", jets(), kind), score="scor")
    assert "scores." in line
    assert "'scor'" in line or ".scor'" in line
    assert "did you mean" in line
    line = message(write(tmp_path / "scores", jets(), kind), score="run_*")
    assert "no column matches 'run_*'" in line


def test_columns_of_a_pattern_are_in_the_order_of_their_numbers(tmp_path):
    table = jets().assign(**{f"run_{number}": float(number) for number in (10, 2, 1)})
    (found,) = read(write(tmp_path / "scores", table, "npz"), score="run_*")
    assert [seed[SCORE][0] for seed in found.seeds] == [1, 2, 10]


def test_a_column_of_a_matrix_is_read_by_its_index(tmp_path):
    columns = {name: values.to_numpy() for name, values in jets().items()}
    np.savez(tmp_path / "scores.npz", **columns, both=np.ascontiguousarray(jets()[["p_qcd", "p_top"]]))
    (table,) = read(tmp_path / "scores.npz", score=[], probabilities={"top": "both:1", "qcd": "both:0"})
    assert table.seeds[0]["p_top"].tolist() == jets()["p_top"].tolist()
    assert "'both' has the shape (60, 2)" in message(tmp_path / "scores.npz", score="both")
    assert "there is no 'both:2'" in message(tmp_path / "scores.npz", score="both:2")


def test_of_two_classes_one_probability_is_enough(tmp_path):
    (table,) = read(write(tmp_path / "scores", jets(), "csv"), score=[], probabilities={"top": "p_top"})
    assert table.seeds[0]["p_qcd"].to_numpy() == pytest.approx(jets()["p_qcd"].to_numpy(), abs=1e-15)


def test_labels_may_be_text_and_jets_of_other_labels_are_left_out(tmp_path):
    names = pd.Series(["qcd", "gluon", "top", "w"] * 15)
    path = write(tmp_path / "scores", jets().assign(label=names), "csv")
    (table,) = read(path, classes={"qcd": ["qcd", "gluon"], "top": "top"})
    assert table.left_out == 15
    assert np.bincount(table.jets["label"]).tolist() == [30, 15]


def test_parts_of_the_jets_are_joined_in_order_and_seeds_are_not(tmp_path):
    table = jets()
    write(tmp_path / "a", table[:20], "csv")
    write(tmp_path / "b", table[20:], "parquet")
    (joined,) = read(tmp_path / "?.*", each_file="part")
    assert joined.jets["event"].tolist() == table["event"].tolist()
    assert joined.name.endswith("a.csv and 1 more")
    assert len(read(tmp_path / "?.*")) == 2


def changed(name, *rows_and_values):
    table = jets().astype({name: float})
    for row, value in rows_and_values:
        table.loc[row, name] = value
    return table


PROBABILITIES = {"score": [], "probabilities": {"qcd": "p_qcd", "top": "p_top"}}
FAULTS = {
    "NaN": (changed("score", (7, np.nan)), {}, "column 'score' holds nan in row 7, and is NaN or infinite for 1 of 60"),
    "infinite": (changed("score", (3, np.inf), (4, np.inf)), {}, "column 'score' holds inf in row 3, .* 2 of 60 jets"),
    "weight": (changed("weight", (3, np.nan)), {}, "column 'weight' holds nan in row 3"),
    "negative": (changed("p_top", (5, -0.2)), PROBABILITIES, "'p_top' holds -0.2 in row 5, which is not a probability"),
    "logit": (jets(), {"score": [], "probabilities": {"top": "score"}}, "is not a probability.* key 'score'"),
    "sum": (changed("p_top", (5, 0.9), (6, 0.9)).assign(p_qcd=0.5), PROBABILITIES, "'p_qcd', 'p_top' add up to"),
    "one class": (jets().assign(label=1), {}, "column 'label' is 0 for none .* 0 of 'qcd', 60 of 'top'"),
    "no jets": (jets()[:0], {}, "column 'label' holds no jets"),
    "duplicates": (changed("event", (9, 1002)), {}, r"1 of 60 jets have the identity .* jets 2 and 9 \(event 1002\)"),
    "same index": (jets().assign(event=1, index=[*range(59), 0]), {"jet": "index"}, "1 of 60 jets have the identity"),
    "fraction": (changed("event", (9, 0.5)), {}, "key 'event': 'event' holds 0.5, not a whole number"),
    "text": (jets().assign(score="high"), {}, "column 'score' holds 'high' in row 0, not a number"),
    "seeds": (
        jets(),
        {"score": [], "probabilities": {"qcd": ["p_qcd", "p_top"], "top": "p_top"}},
        "1 columns of 'top', but 2 of 'qcd'; name one per seed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_with_file_column_value_and_counts(tmp_path, fault):
    table, keys, expected = FAULTS[fault]
    path = write(tmp_path / "scores", table, "csv")
    line = message(path, **keys)
    assert line.startswith(f"{path}: ")
    assert re.search(expected, line), line


def test_jets_of_one_event_are_distinguished_by_an_index_or_by_pt_and_eta(tmp_path):
    table = jets().assign(index=lambda each: each["event"] % 2, event=lambda each: each["event"] // 2)
    path = write(tmp_path / "scores", table, "csv")
    assert "30 of 60 jets have the identity of another" in message(path)
    read(path, jet="index")
    read(path, variables={"pt": "pt", "eta": "eta"})


def test_files_that_hold_no_table_are_refused(tmp_path):
    (tmp_path / "scores.csv").write_text("<html>Sign in</html>")
    assert "it is HTML, perhaps a server's answer" in message(tmp_path / "scores.csv")
    (tmp_path / "scores.csv").write_text("label,score\n1,2,3\n1,2\n")
    assert message(tmp_path / "scores.csv").startswith(f"{tmp_path / 'scores.csv'}: ")
    assert "no file matches" in message(tmp_path / "other.csv")
    write(tmp_path / "scores", jets(), "csv.gz")
    content = (tmp_path / "scores.csv.gz").read_bytes()
    (tmp_path / "scores.csv.gz").write_bytes(content[: len(content) // 2])
    assert "cannot be read as CSV" in message(tmp_path / "scores.csv.gz")


def test_columns_of_different_length_are_refused(tmp_path):
    columns = {name: values.to_numpy() for name, values in jets().items()}
    np.savez(tmp_path / "scores.npz", **columns | {"score": np.zeros(59)})
    assert "column 'score' has 59 values, but 'label' 60" in message(tmp_path / "scores.npz")


def test_of_several_trees_one_must_be_named(tmp_path):
    with uproot.recreate(tmp_path / "scores.root") as file:
        for name in ("jets", "events"):
            file.mktree(name, {key: values.to_numpy() for key, values in jets().items()})
    assert "has 2 trees (jets, events); name one in the key 'tree'" in message(tmp_path / "scores.root")
    assert len(read(tmp_path / "scores.root", tree="jets")) == 1
