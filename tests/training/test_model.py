import shutil

import pandas as pd
import pytest

from tagwerk.errors import UserError
from tagwerk.training.model import load_model, load_record

TAGGERS = pytest.mark.parametrize(
    ("tagger", "file"), [("lstm", "model.keras"), ("boosted_trees", "model.skops")], ids=["lstm", "boosted_trees"]
)


@pytest.fixture
def model(toy_runs, tmp_path, tagger):
    """A copy of a trained model, to be damaged."""
    return shutil.copytree(toy_runs / tagger / "model", tmp_path / "model")


def error_message(function, *arguments):
    with pytest.raises(UserError) as error:
        function(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


@TAGGERS
def test_a_directory_holds_model_card_history_and_record(model, tagger, file):
    of_networks = ["last.keras", "tensorboard"] if file == "model.keras" else []
    names = [file, "dataset.yaml", "history.csv", "provenance.json", "training.json", *of_networks]
    assert sorted(path.name for path in model.iterdir()) == sorted(names)
    record = load_record(model)
    assert (record.name, record.seed) == (tagger, 3)
    assert record.epochs == pd.read_csv(model / "history.csv").epoch.iloc[-1] == 20
    assert record.limited, "the toy study gives neither time to converge"


@TAGGERS
def test_a_missing_model_file_is_reported(model, file):
    (model / file).unlink()
    assert error_message(load_model, model).startswith(f"{model}: its model cannot be read")


@TAGGERS
@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_a_truncated_model_file_is_reported(model, file, share):
    content = (model / file).read_bytes()
    (model / file).write_bytes(content[: int(share * len(content))])
    assert error_message(load_model, model).startswith(f"{model}: its model cannot be read")


@TAGGERS
def test_a_damaged_model_file_is_reported(model, file):
    content = bytearray((model / file).read_bytes())
    content[100:-400] = bytes(reversed(content[100:-400]))
    (model / file).write_bytes(content)
    assert error_message(load_model, model).startswith(f"{model}: its model cannot be read")


def test_a_missing_record_is_reported(tmp_path):
    assert "training.json: no such file; run `tagwerk train` first" in error_message(load_record, tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"name": ', b"\xff\xfe"])
def test_a_damaged_record_is_reported(tmp_path, content):
    (tmp_path / "training.json").write_bytes(content)
    assert "training.json: does not describe a trained model" in error_message(load_record, tmp_path)
