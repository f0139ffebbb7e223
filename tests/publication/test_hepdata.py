"""A submission to HEPData is valid, and has the numbers of the comparison."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from tagwerk.cli.compare import compare
from tagwerk.cli.hepdata import hepdata
from tagwerk.errors import UserError
from tagwerk.publication.hepdata_files import unique_names
from tagwerk.publication.hepdata_tables import Table, interval, symmetric
from tests.evaluation.study_files import write_study

CATEGORY = {"name": "central", "title": "Central", "selection": "abs(eta) < 1"}
PUBLICATION = {"license": "CC-BY-4.0", "description": "A toy."}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of two seeds with a category, in which few background jets pass the tightest cut."""
    root = tmp_path_factory.mktemp("study")
    keys = {"categories": [CATEGORY], "publication": PUBLICATION, "working_points": [0.02, 0.5]}
    card, summary, runs = write_study(root, jets=700, seeds=(1, 2), **keys)
    compare(card, summary, runs, out=root / "comparison")
    hepdata(card, root / "comparison", out=root / "hepdata.tar.gz")
    return card, root / "comparison", root / "hepdata.tar.gz"


@pytest.fixture(scope="module")
def unpacked(study, tmp_path_factory):
    """The documents of submission.yaml, and the tables by name."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(study[2]) as archive:
        archive.extractall(folder, filter="data")
    about, *documents = yaml.safe_load_all((folder / "submission/submission.yaml").read_text())
    files = {each["name"]: folder / "submission" / each["data_file"] for each in documents}
    return about, documents, {name: yaml.safe_load(file.read_text()) for name, file in files.items()}


def test_the_archive_is_a_valid_submission(study):
    validate = [Path(sys.executable).with_name("hepdata-validate"), "--archive", study[2]]
    done = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout


def test_the_licence_is_that_of_the_study(unpacked):
    about, documents, _ = unpacked
    licence = {"name": "CC-BY-4.0", "url": "https://spdx.org/licenses/CC-BY-4.0.html"}
    assert {json.dumps(each["data_license"]) for each in documents} == {json.dumps(licence)}
    assert about["additional_resources"][0]["license"] == licence
    assert "A toy." in about["comment"]


def ends(value, label):
    (error,) = (each for each in value["errors"] if each["label"] == label)
    return tuple(error["asymerror"][end] for end in ("minus", "plus"))


def test_every_curve_has_the_numbers_of_the_comparison(study, unpacked):
    comparison = json.loads((study[1] / "comparison.json").read_text())
    for tagger in comparison["taggers"]:
        table, curve = unpacked[2][f"ROC curve, {tagger['title']}"], tagger["curve"]
        assert [each["value"] for each in table["independent_variables"][0]["values"]] == curve["signal_efficiency"]
        values = table["dependent_variables"][0]["values"]
        assert [each["value"] for each in values] == curve["background_efficiency"]
        for value, low, high in zip(values, curve["low"], curve["high"], strict=True):
            assert ends(value, "test sample") == (low - value["value"], high - value["value"])


def test_rejections_keep_their_asymmetric_intervals_and_bounds(study, unpacked):
    comparison = json.loads((study[1] / "comparison.json").read_text())
    columns = unpacked[2]["Background rejection"]["dependent_variables"]
    bounds = 0
    for tagger, column in zip(comparison["taggers"], columns, strict=True):
        assert column["qualifiers"] == [{"name": "Tagger", "value": tagger["title"]}]
        for rejection, value in zip(tagger["rejections"], column["values"], strict=True):
            if rejection["value"] is None:
                bounds += 1
                assert value["value"] == f"> {rejection['low']!r}"
                continue
            assert value["value"] == rejection["value"]
            high = rejection["high"]
            upper = "" if high is None else high - rejection["value"]
            assert ends(value, "test sample") == (rejection["low"] - rejection["value"], upper)
    assert bounds


def test_metrics_and_pairs_have_the_numbers_of_the_comparison(study, unpacked):
    comparison = json.loads((study[1] / "comparison.json").read_text())
    auc = unpacked[2]["Metrics"]["dependent_variables"][0]
    for tagger, value in zip(comparison["taggers"], auc["values"], strict=True):
        metric = tagger["metrics"]["auc"]
        assert value["value"] == metric["value"]
        assert [each["symerror"] for each in value["errors"]] == [metric["uncertainty"], metric["spread"]]
    difference = unpacked[2]["Paired differences in AUC"]["dependent_variables"][0]
    assert [each["value"] for each in difference["values"]] == [pair["auc"] for pair in comparison["pairs"]]


def test_a_category_has_tables_of_its_own(unpacked):
    names = list(unpacked[2])
    assert "ROC curve, LSTM, Central" in names
    assert len([name for name in names if name.endswith(", Central")]) == len(names) / 2


def test_figures_have_thumbnails(study, unpacked):
    with tarfile.open(study[2]) as archive:
        names = archive.getnames()
    images = [each["location"] for document in unpacked[1] for each in document.get("additional_resources", [])]
    assert {"roc.png", "thumb_roc.png", "auc_by_tagger.png", "roc_central.png"} <= set(images)
    assert {f"submission/{name}" for name in images} <= set(names)


def test_the_same_comparison_gives_the_same_bytes(study, tmp_path):
    hepdata(study[0], study[1], out=tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == study[2].read_bytes()


def test_a_value_without_an_upper_end_has_an_empty_one():
    assert interval(4.0, 3.0, None) == {
        "value": 4.0,
        "errors": [{"asymerror": {"minus": -1.0, "plus": ""}, "label": "test sample"}],
    }
    assert interval(None, 12.5, None) == {"value": "> 12.5"}
    assert interval(None, 0.0, None) == {"value": "-"}
    assert symmetric(None, sample=1.0) == {"value": "-"}


def test_long_and_equal_names_are_cut_and_numbered():
    tables = [Table(name, "", [], []) for name in ("a" * 80, "a" * 70, "b")]
    assert unique_names(tables) == ["a" * 64, "a" * 60 + " (2)", "b"]


def test_another_suffix_and_an_existing_file_are_refused(study, tmp_path):
    card, comparison, _ = study
    with pytest.raises(UserError, match=r"out: HEPData takes an archive; give a name that ends in \.tar\.gz"):
        hepdata(card, comparison, out=tmp_path / "out")
    (tmp_path / "out.tar.gz").write_text("mine")
    with pytest.raises(UserError, match=r"out\.tar\.gz: already exists; choose another name or remove it"):
        hepdata(card, comparison, out=tmp_path / "out.tar.gz")
    assert (tmp_path / "out.tar.gz").read_text() == "mine"


def test_a_damaged_figure_leaves_nothing_behind(study, tmp_path):
    card, comparison, _ = study
    damaged = tmp_path / "comparison"
    damaged.mkdir()
    (damaged / "comparison.json").write_bytes((comparison / "comparison.json").read_bytes())
    (damaged / "roc.png").write_text("no image")
    with pytest.raises(UserError, match=r"roc\.png: is not a PNG image; run `tagwerk compare` again"):
        hepdata(card, damaged, out=tmp_path / "out.tar.gz")
    assert [each.name for each in tmp_path.iterdir()] == ["comparison"]
