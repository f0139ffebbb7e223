"""The labels of constituents on disk."""

import numpy as np
import pandas as pd
import pytest

from tagwerk.checksums import add_checksum
from tagwerk.errors import UserError
from tagwerk.scores.label_table import constituent_table, read_constituents
from tests.conftest import TAGGERS, run, train_and_score, write_card
from tests.training.conftest import load_jets, task

CARD = TAGGERS["lstm"] | {"architecture": "constituent_labels", "hyperparameters": {"units": [4], "signal": "wide"}}


@pytest.fixture(scope="module")
def folder(toy_with_truth, tensorflow, tmp_path_factory):
    """A folder with the model and the scores of a tagger that labels constituents."""
    path = tmp_path_factory.mktemp("labels")
    train, score = train_and_score(toy_with_truth, "lstm", path, 3)
    train[1] = write_card(path / "lstm.yaml", CARD)
    assert run(*train) == 0
    assert run(*score) == 0
    return path / "lstm"


@pytest.fixture
def jets(toy_with_truth):
    return load_jets(toy_with_truth.parts, ["test"], task(toy_with_truth).schema.with_truth())


def test_each_row_belongs_to_its_constituent(folder, jets):
    table = read_constituents(folder / "scores/constituents.parquet", len(jets))
    assert table.columns.tolist() == ["jet", "truth", "p_other", "p_signal"]
    counts = jets.sequences["constituents"].counts
    assert (counts == 0).any()
    assert table["jet"].tolist() == np.repeat(np.arange(len(jets)), counts).tolist()
    padded, mask = jets.truth["constituents"].padded(np.arange(len(jets)), 15)
    assert table["truth"].tolist() == padded[..., 0][mask].tolist()
    assert 0 < table["truth"].mean() < 1


def test_labels_are_those_of_jets_one_by_one(folder, jets):
    from tagwerk.training.model import load_model

    table = read_constituents(folder / "scores/constituents.parquet", len(jets))
    model, counts = load_model(folder / "model").model, jets.sequences["constituents"].counts
    for row in range(0, len(jets), 6):
        alone = model.predict_on_batch(jets.inputs(np.array([row]), 15))["constituent_scores"][0, : counts[row]]
        found = table[table["jet"] == row]
        np.testing.assert_allclose(found["p_signal"], alone, atol=1e-5)
        np.testing.assert_allclose(found["p_other"], 1 - alone, atol=1e-5)


def test_labels_of_a_part_of_the_jets_are_numbered_from_its_first(jets):
    some = jets.take(np.array([3, 0, 7]))
    counts = some.sequences["constituents"].counts
    table = constituent_table(some, np.linspace(0, 1, counts.sum(), dtype=np.float32), first=10)
    assert table["jet"].tolist() == np.repeat([10, 11, 12], counts).tolist()


def test_the_score_of_a_jet_is_the_share_of_pt_of_its_labels(folder, jets):
    scores = pd.read_parquet(folder / "scores/scores.parquet")
    table = read_constituents(folder / "scores/constituents.parquet", len(jets))
    pt = jets.sequences["constituents"].to_packed().content[:, 0]
    share = np.bincount(table["jet"], pt * table["p_signal"], len(jets)) / np.maximum(
        np.bincount(table["jet"], pt, len(jets)), 1e-9
    )
    np.testing.assert_allclose(scores["p_wide"], share, atol=1e-5)


def test_without_a_file_there_are_no_labels(tmp_path):
    assert read_constituents(tmp_path / "constituents.parquet", 3) is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"jet": [0], "truth": [0], "p_a": [0.5], "q": [0.5]}, "has other columns than jet, truth and probabilities"),
        ({"truth": [0], "jet": [0], "p_a": [0.5], "p_b": [0.5]}, "has other columns"),
        ({"jet": [0], "truth": ["tau"], "p_a": [0.5], "p_b": [0.5]}, "has other columns"),
        ({"jet": [3], "truth": [0], "p_a": [0.5], "p_b": [0.5]}, "constituents of jets without scores"),
        ({"jet": [0], "truth": [0], "p_a": [np.nan], "p_b": [0.5]}, "holds NaN"),
    ],
)
def test_other_content_is_refused(tmp_path, columns, message):
    path = tmp_path / "constituents.parquet"
    pd.DataFrame(columns).to_parquet(path, index=False)
    add_checksum(path)
    with pytest.raises(UserError) as error:
        read_constituents(path, 3)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)
