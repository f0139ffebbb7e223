"""The files of an official split."""

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.official_split import FilePieces
from tagwerk.errors import UserError
from tagwerk.remote import RemoteFile
from tests.conftest import DATASET


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("train_0.root", "train_1.root", "val.root", "test.root"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


PIECES = {"train": ["train_*.root"], "validation": ["val.root"], "test": ["test.root"]}


def card(files=("*.root",), **pieces):
    return Dataset.model_validate(DATASET | {"files": list(files), "split": {"files": PIECES | pieces}})


def test_every_file_is_in_its_piece(folder):
    pieces = FilePieces.model_validate(PIECES)
    assert pieces.pieces_of(sorted(folder.iterdir())) == ["test", "train", "train", "validation"]
    assert list(card().parts()) == ["test", "train_0", "train_1", "val"]


def test_files_on_servers_are_in_their_pieces_and_classes():
    urls = [f"root://no.host//x/{name}.root" for name in ("train", "val", "test")]
    of_classes = zip(DATASET["classes"], (urls[:2], urls[2:]), strict=True)
    classes = [jet_class | {"files": files} for jet_class, files in of_classes]
    pieces = {"train": urls[:1], "validation": urls[1:2], "test": urls[2:]}
    dataset = Dataset.model_validate(DATASET | {"files": [], "classes": classes, "split": {"files": pieces}})
    files = [RemoteFile(url) for url in urls]
    assert dataset.parts() == dict(zip(("test", "train", "val"), (files[2], *files[:2]), strict=True))
    assert [each.classes for each in dataset.contents_of(files)] == [[True, False], [True, False], [False, True]]
    assert FilePieces.model_validate(pieces).pieces_of(files) == ["train", "validation", "test"]


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ({"train": ["train_0.root"]}, "key 'split.files': train_1.root is in none of train, validation and test"),
        ({"test": ["t*.root"]}, "key 'split.files': test.root|train_0.root is in train and test"),
        ({"test": ["tests.root"]}, "key 'split.files.test': no file matches 'tests.root'; did you mean 'test.root'"),
    ],
)
def test_a_file_in_no_piece_or_in_two_is_refused_by_name(folder, pieces, message):
    with pytest.raises(UserError, match=message):
        card(**({"train": ["train_*.root"]} | pieces)).parts()


def test_a_link_to_a_file_of_another_piece_is_in_both(folder):
    (folder / "link.root").symlink_to(folder / "train_0.root")
    with pytest.raises(UserError, match=r"train_0.root is in train and test"):
        card(test=["test.root", "link.root"]).parts()


def test_a_file_in_a_piece_but_not_in_the_dataset_is_refused(folder):
    with pytest.raises(UserError, match=r"key 'split.files.test': 'test.root' matches none of the files in 'files'"):
        card(["train_*.root", "val.root"]).parts()


def test_simulated_files_have_no_official_split():
    generated = {key: value for key, value in DATASET.items() if key != "files"}
    process = {"pythia": ["HardQCD:all = on"], "pthat": [400, 700]}
    generator = {"jets_per_file": 10, "files": 1, "jet": {"pt": [500, 600]}, "processes": {"qcd": process}}
    Dataset.model_validate(generated | {"generator": generator})
    with pytest.raises(ValueError, match=r"key 'split\.files'"):
        Dataset.model_validate(generated | {"generator": generator, "split": {"files": PIECES}})
