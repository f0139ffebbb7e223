"""A new project is complete and valid, or not there at all."""

import os
import stat
from pathlib import Path

import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.locate import WORKFLOW
from tagwerk.errors import UserError
from tagwerk.projects.new_project import new_project
from tests.conftest import toy_branches, write_root
from tests.drafts import files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_of(project: Path) -> set[str]:
    return {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}


def test_a_project_without_a_file_has_valid_cards_of_its_name_and_the_profiles_of_the_workflow(folder):
    made = new_project(folder / "top_2024")
    profiles = {f"workflow/{path.relative_to(WORKFLOW)}" for path in WORKFLOW.glob("profiles/*/*")}
    cards = {f"config/{kind}/top_2024.yaml" for kind in ("datasets", "studies")} | {"config/taggers/my_gru.yaml"}
    others = {"README.md", ".gitignore", "config/config.yaml", "workflow/Snakefile"}
    assert files_of(made.folder) == profiles | cards | others
    assert yaml.safe_load((made.folder / "config/config.yaml").read_text()) == {"study": "top_2024"}
    os.chdir(made.folder)
    study = load_cards("top_2024")
    assert study.study.dataset == "top_2024"
    assert made.taggers == study.study.taggers == ["boosted_trees", "deep_sets", "my_gru"]


def test_the_cards_of_a_project_from_a_file_are_for_that_file_wherever_the_project_is(folder):
    file = write_root(folder / "toy.root", toy_branches(0, 100))
    made = new_project(Path("deep/mine"), Path("toy.root"))
    os.chdir(made.folder)
    card = Dataset.load("mine")
    assert list(card.parts().values()) == [file]
    cards = load_cards("mine")
    assert (cards.study.signal, cards.study.background) == ("wide", ["not_wide"])
    assert cards.study.title == "mine: wide against not_wide"


def test_the_collection_of_jets_may_be_chosen(folder):
    made = new_project(folder / "mine", files.nanoaod(folder), "FatJet")
    assert Dataset.load(made.folder / "config/datasets/mine.yaml").jets == "FatJet"
    with pytest.raises(UserError, match="no jet collection 'Tau' with constituents; known: FatJet"):
        new_project(folder / "other", files.nanoaod(folder), "Tau")


def test_the_marks_of_the_dataset_card_are_counted(folder):
    made = new_project(folder / "mine", write_root(folder / "toy.root", toy_branches(0, 100)))
    text = (made.folder / "config/datasets/mine.yaml").read_text()
    assert made.marks == text.count("# CHECK") > 0
    assert "correct the lines marked CHECK" in (made.folder / "README.md").read_text()


def test_no_path_of_the_installation_is_in_a_project(folder):
    made = new_project(folder / "mine", write_root(folder / "toy.root", toy_branches(0, 100)))
    for path in files_of(made.folder):
        assert str(WORKFLOW.parent) not in (made.folder / path).read_text()


def test_the_script_of_a_profile_can_be_run(folder):
    made = new_project(folder / "mine")
    assert (made.folder / "workflow/profiles/htcondor/job.sh").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("name", ["a b", "-x", ".hidden", "a{b}", "mine.yaml", "a'b", "$x"])
def test_a_name_that_commands_and_paths_cannot_have_is_refused(name, folder):
    with pytest.raises(UserError, match="cannot be a project's name; use letters, digits"):
        new_project(folder / name)
    assert list(folder.iterdir()) == []


def test_a_number_as_a_name_stays_text(folder):
    made = new_project(folder / "2024_01")
    os.chdir(made.folder)
    assert load_cards("2024_01").study.dataset == "2024_01"


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_an_existing_folder_or_file_is_refused_and_kept(make, folder):
    make(folder / "mine")
    with pytest.raises(UserError, match=r"mine: exists; choose another name"):
        new_project(folder / "mine")
    assert [path.name for path in folder.rglob("*")] == ["mine"]


def test_after_a_mistake_nothing_is_left(folder):
    (folder / "bad.root").write_bytes(b"root and no more")
    for data, jets in ((folder / "bad.root", None), (folder / "none.root", None), (None, "Tau")):
        with pytest.raises(UserError):
            new_project(folder / "mine", data, jets)
    assert [path.name for path in folder.iterdir()] == ["bad.root"]
