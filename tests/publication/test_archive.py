"""An archive has all that is needed to run a study again, and says what it lacks."""

import hashlib
import json
import shlex
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from rocrate.rocrate import ROCrate

from tagwerk.errors import UserError
from tagwerk.provenance.lineage import trace
from tagwerk.publication.archive_contents import collect
from tests.conftest import run, write_card
from tests.publication.conftest import FOLDER, TAGGERS

pytestmark = pytest.mark.slow
LIMITS = {"whole": 100, "small": 0.001}  # MB
JETS = [f"results/datasets/toy/jets/toy_{index}/{piece}.parquet" for index in (0, 1) for piece in ("train", "test")]


def archive(project, out="study.zip", *options):
    assert run("archive", "toy", FOLDER, "--out", out, *options) == 0
    return project / out


def unpack(path, folder):
    with ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def archives(made, tmp_path_factory):
    """The project, and its archives with the inputs and without, unpacked."""
    folder = tmp_path_factory.mktemp("archives")
    shutil.copytree(made, folder / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "project")
        whole, small = (archive(folder, folder / f"{name}.zip", "--inputs", limit) for name, limit in LIMITS.items())
    return folder / "project", unpack(whole, folder / "whole"), unpack(small, folder / "small")


def change(card, **keys):
    card.write_text(yaml.safe_dump(yaml.safe_load(card.read_text()) | keys))


def test_from_the_archived_scores_the_comparison_is_the_same_to_the_bit(archives, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(archives[2], elsewhere)
    monkeypatch.chdir(elsewhere)
    before = (FOLDER / "comparison/comparison.json").read_bytes()
    commands = [shlex.split(line) for line in (elsewhere / "commands.txt").read_text().splitlines()]
    cheap = [command for command in commands if command[1] in ("compare", "report")]
    assert [command[1] for command in cheap] == ["compare", "report"]
    for result in ("comparison/comparison.json", "report.html"):
        (FOLDER / result).unlink()
    for program, *arguments in cheap:
        assert program == "tagwerk"
        assert run(*arguments) == 0
    assert (FOLDER / "comparison/comparison.json").read_bytes() == before
    assert (FOLDER / "report.html").exists()
    readme = (elsewhere / "README.md").read_text()
    assert all(shlex.join(command) in readme for command in cheap)


def test_the_crate_describes_every_file_and_what_made_it(archives):
    folder = archives[1]
    crate = ROCrate(folder)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    described = {entity.id for entity in crate.data_entities}
    assert described == there - {"ro-crate-metadata.json"}
    assert crate.root_dataset["license"].id == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert crate.root_dataset["author"]["name"] == "Noether, Emmy"
    assert crate.root_dataset["author"].id == "https://orcid.org/0000-0002-1825-0097"
    actions = {each["name"]: each for each in crate.contextual_entities if each.type == "CreateAction"}
    compared = actions[f"tagwerk compare: {FOLDER}/comparison"]
    assert f"{FOLDER}/comparison/comparison.json" in [each.id for each in compared["result"]]
    assert {f"{FOLDER}/{name}/seed3/scores/scores.parquet" for name in TAGGERS} <= {
        each.id for each in compared["object"]
    }
    assert compared["instrument"]["name"] == "Tagwerk"
    stages = {name.split()[1].rstrip(":") for name in actions}
    assert stages == {"ingest", "summarise", "train", "score", "compare", "report"}


def test_the_sums_are_those_of_all_files(archives):
    folder = archives[1]
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in lines}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert sums.keys() == there - {"SHA256SUMS"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == each for name, each in sums.items())


def test_inputs_are_included_up_to_a_size_and_listed_beyond(archives):
    project, whole, small = archives
    assert all((whole / name).exists() for name in (*JETS, "toy_0.root"))
    assert json.loads((whole / "left_out.json").read_text()) == []
    assert "Nothing that the results were made of." in (whole / "README.md").read_text()
    left_out = {each["path"]: each for each in json.loads((small / "left_out.json").read_text())}
    assert not any((small / name).exists() for name in (*JETS, "toy_0.root"))
    assert {*JETS, "toy_0.root", "toy_1.root"} <= left_out.keys()
    sha256 = hashlib.sha256((project / "toy_0.root").read_bytes()).hexdigest()
    assert left_out["toy_0.root"]["sha256"] == sha256
    assert left_out["toy_0.root"]["size"] == (project / "toy_0.root").stat().st_size
    assert "more than 0.001 MB" in left_out["toy_0.root"]["why"]
    assert (small / "results/datasets/toy/checks/toy_0.json").exists()


def test_the_provenance_is_complete_without_the_inputs(archives, monkeypatch):
    monkeypatch.chdir(archives[0])
    expected = trace([FOLDER])
    monkeypatch.chdir(archives[2])
    found = trace([FOLDER])
    assert (found.results.keys(), found.problems) == (expected.results.keys(), expected.problems)


def test_the_same_study_gives_the_same_bytes(archives, tmp_path, monkeypatch):
    monkeypatch.chdir(archives[0])
    again = archive(tmp_path, tmp_path / "again.zip", "--inputs", LIMITS["small"])
    assert again.read_bytes() == archives[2].with_suffix(".zip").read_bytes()


def test_it_names_the_study_for_snakemake_and_has_all_cards(archives):
    folder = archives[1]
    assert yaml.safe_load((folder / "config/config.yaml").read_text()) == {"study": "toy"}
    cards = {path.relative_to(folder).as_posix() for path in (folder / "config").rglob("*/*.yaml")}
    names = ["studies/toy", "datasets/toy", *(f"taggers/{each}" for each in TAGGERS)]
    assert cards == {f"config/{name}.yaml" for name in names}
    assert (folder / "workflow/Snakefile").exists()
    assert (folder / "requirements.lock").exists()


def test_a_deposit_at_zenodo_has_authors_and_licence(archives):
    folder = archives[1]
    metadata = json.loads((folder / ".zenodo.json").read_text())
    assert metadata["creators"] == [
        {"name": "Noether, Emmy", "affiliation": "Göttingen", "orcid": "0000-0002-1825-0097"}
    ]
    assert (metadata["license"], metadata["upload_type"]) == ("cc-by-4.0", "dataset")
    assert metadata["title"] == "Toy"


def test_an_unknown_licence_is_said_to_be_unknown(project, tmp_path):
    change(project / "config/studies/toy.yaml", publication={})
    folder = unpack(archive(project), tmp_path / "crate")
    assert "- licence: not given; the key `publication` of the study card has it" in (folder / "README.md").read_text()
    assert ROCrate(folder).root_dataset["license"] == "No licence is given; ask the authors."
    assert "license" not in json.loads((folder / ".zenodo.json").read_text())


def test_a_card_that_has_changed_since_is_refused(project, capsys):
    change(project / "config/studies/toy.yaml", working_points=[0.4])
    assert run("archive", "toy", FOLDER, "--out", "study.zip") == 2
    line = capsys.readouterr().err.splitlines()[-1]
    comparison = f"{FOLDER}/comparison"
    assert line.endswith(f"config/studies/toy.yaml: has changed since {comparison} was made of it; run snakemake first")
    assert not (project / "study.zip").exists()


@pytest.mark.parametrize(
    ("folder", "out", "message"),
    [
        (FOLDER, "study.tar", "study.tar: the archive is a ZIP file; give a name that ends in .zip"),
        (FOLDER, "mine.zip", "mine.zip: already exists; choose another name or remove it"),
        ("nowhere", "study.zip", "nowhere/comparison/comparison.json: no such file; run `tagwerk compare` first"),
    ],
)
def test_what_cannot_be_archived_is_refused_in_one_line(project, capsys, folder, out, message):
    (project / "mine.zip").write_text("mine")
    before = sorted(project.rglob("*"))
    assert run("archive", "toy", folder, "--out", out) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert sorted(project.rglob("*")) == before
    assert (project / "mine.zip").read_text() == "mine"


def test_a_folder_elsewhere_is_refused(project, monkeypatch):
    (project / "other").mkdir()
    monkeypatch.chdir(project / "other")
    with pytest.raises(UserError, match="is not below the working directory; run `tagwerk archive` where the study"):
        collect(project / FOLDER, [], 100)


def test_a_comparison_without_provenance_is_refused(project):
    (FOLDER / "comparison/provenance.json").unlink()
    with pytest.raises(UserError, match="comparison: no such result; run `tagwerk compare` first, or snakemake"):
        collect(FOLDER, [], 100)


def test_a_study_of_score_files_alone_is_archived_with_them(project, tmp_path, monkeypatch):
    scores = {
        "name": "theirs", "title": "Theirs", "color": "#3f90da", "files": "theirs/scores.parquet", "label": "label",
        "classes": {"narrow": 0, "wide": 1},
        "probabilities": {"narrow": "p_narrow", "wide": "p_wide"},
    }  # fmt: skip
    (project / "theirs").mkdir()
    shutil.copy(FOLDER / "lstm/seed3/scores/scores.parquet", project / "theirs")
    study = {"title": "Theirs", "signal": "wide", "background": "narrow", "scores": [scores]}
    write_card(project / "config/studies/theirs.yaml", study)
    folder = "results/studies/theirs"
    assert run("compare", "theirs", "--out", f"{folder}/comparison") == 0
    assert run("archive", "theirs", folder, "--out", "theirs.zip", "--inputs", 0) == 0
    elsewhere = unpack(project / "theirs.zip", tmp_path / "elsewhere")
    monkeypatch.chdir(elsewhere)
    before = (elsewhere / folder / "comparison/comparison.json").read_bytes()
    assert run("compare", "theirs", "--out", "again") == 0
    assert (elsewhere / "again/comparison.json").read_bytes() == before


def test_own_files_are_included_unless_they_are_elsewhere(project, tmp_path):
    for path in (project / "theirs.onnx", tmp_path / "elsewhere.onnx"):
        path.write_bytes(b"model")
    contents = collect(FOLDER, [Path("theirs.onnx"), tmp_path / "elsewhere.onnx"], 0)
    assert contents.files["theirs.onnx"] == Path("theirs.onnx")
    assert not any("elsewhere" in name for name in contents.files)
