"""The summary of a large dataset, made by chunk."""

import pytest
import yaml

from tagwerk.errors import UserError
from tagwerk.summaries.survey import Survey
from tests.conftest import DATASET, few_open_files, run, toy_branches, write_card, write_root

CARD = DATASET | {
    "weight": "0.1 + event % 7",  # sums depend on the order of addition
    "reweighting": {"reference": "narrow", "variables": ["pt", "mass"], "bins": [3, 2]},
}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A card and the list of 70 parts, in two chunks."""
    folder = tmp_path_factory.mktemp("large")
    card = write_card(folder / "config/datasets/toy.yaml", CARD)
    parts = []
    for index in range(70):
        file = write_root(folder / f"toy_{index:02d}.root", toy_branches(30 * index, 30))
        parts.append(folder / f"jets/{file.stem}")
        assert run("ingest", card, file, "--out", parts[-1]) == 0
    (folder / "parts.txt").write_text("".join(f"{part}\n" for part in parts))
    return card, f"@{folder}/parts.txt"


@pytest.fixture(scope="module")
def surveyed(large, tmp_path_factory):
    card, parts = large
    folder = tmp_path_factory.mktemp("surveyed")
    assert run("survey", card, parts, "--out", folder / "survey") == 0
    for chunk in (1, 2):
        options = ["--survey", folder / "survey", "--chunk", chunk, "--out", folder / f"sums/{chunk}.json"]
        assert run("summarise", card, parts, *options) == 0
    return folder


def test_the_summary_by_chunk_is_that_of_one_process_to_the_last_bit(large, surveyed, tmp_path):
    card, parts = large
    options = ["--survey", surveyed / "survey", "--chunks", surveyed / "sums"]
    assert run("summarise", card, parts, "--out", tmp_path / "chunks.json", *options) == 0
    assert run("summarise", card, parts, "--out", tmp_path / "whole.json") == 0
    assert (tmp_path / "chunks.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


def test_it_takes_fewer_open_files_than_some_systems_allow(large, tmp_path):
    """256 on macOS."""
    with few_open_files(200):
        assert run("summarise", *large, "--out", tmp_path / "summary.json") == 0


def test_a_survey_survives_its_files(surveyed, tmp_path):
    survey = Survey.load(surveyed / "survey")
    survey.save(tmp_path / "again")
    for name in ("survey.json", "sample.parquet"):
        assert (tmp_path / "again" / name).read_bytes() == (surveyed / "survey" / name).read_bytes()


def test_a_missing_chunk_is_named(large, surveyed, tmp_path, capsys):
    card, parts = large
    (tmp_path / "1.json").write_bytes((surveyed / "sums/1.json").read_bytes())
    options = ["--survey", surveyed / "survey", "--chunks", tmp_path, "--out", tmp_path / "summary.json"]
    assert run("summarise", card, parts, *options) == 2
    assert f"{tmp_path}/2.json: no such file" in capsys.readouterr().err


def test_sums_of_other_features_are_refused(large, surveyed, tmp_path, capsys):
    card, parts = large
    other = yaml.safe_load(card.read_text()) | {"reweighting": None}
    other = write_card(tmp_path / "toy.yaml", {key: value for key, value in other.items() if value is not None})
    options = ["--survey", surveyed / "survey", "--chunks", surveyed / "sums", "--out", tmp_path / "summary.json"]
    assert run("summarise", other, parts, *options) == 2
    assert "1.json: not the sums of a chunk of this dataset" in capsys.readouterr().err


@pytest.mark.parametrize("chunk", [3, 70])
def test_an_unknown_chunk_is_refused(large, surveyed, tmp_path, capsys, chunk):
    options = ["--survey", surveyed / "survey", "--chunk", chunk, "--out", tmp_path / "sums.json"]
    assert run("summarise", *large, *options) == 2
    assert f"--chunk {chunk}: 70 parts are chunks 1 to 2" in capsys.readouterr().err


def test_options_that_go_together_are_asked_for(large, tmp_path, capsys):
    assert run("summarise", *large, "--chunk", 1, "--out", tmp_path / "sums.json") == 2
    assert "--survey goes with either --chunk or --chunks" in capsys.readouterr().err


def test_a_damaged_survey_is_named(surveyed, tmp_path):
    Survey.load(surveyed / "survey").save(tmp_path / "survey")
    (tmp_path / "survey/survey.json").write_text("{}")
    with pytest.raises(UserError, match=r"survey.json: not a survey; run `tagwerk survey` again"):
        Survey.load(tmp_path / "survey")
