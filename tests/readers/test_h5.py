import h5py
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.readers.h5 import count_rows, find_dataset, find_group, lists, numbers, open_h5, take


@pytest.fixture
def file(tmp_path):
    """1,000 numbers in a group, in compressed chunks of ten."""
    path = tmp_path / "jets.h5"
    with h5py.File(path, "w") as opened:
        opened.create_dataset("sample/jet_pt", data=np.arange(1000.0), chunks=(10,), compression="gzip")
        opened["sample/none"] = np.zeros(0)
    return path


def said(file, step=lambda opened: None):
    """The one line that opening a file, and a step in it, ends in."""
    with pytest.raises(UserError) as mistake, open_h5(file) as opened:
        step(opened)
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in said(tmp_path / "jets.h5")


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "jets.h5").touch()
    assert "is empty (0 bytes)" in said(tmp_path / "jets.h5")


@pytest.mark.parametrize("text", ["event,jet_pt\n1,500\n", "x" * 5000])
def test_a_file_that_is_not_hdf5_is_refused(tmp_path, text):
    (tmp_path / "jets.h5").write_text(text)
    assert "cannot be read as an HDF5 file" in said(tmp_path / "jets.h5")


def test_a_directory_is_refused(tmp_path):
    said(tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_file_is_refused(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    assert "is truncated" in said(file)


def test_a_damaged_chunk_is_refused_with_its_row(file):
    with h5py.File(file) as opened:
        where = opened["sample/jet_pt"].id.get_chunk_info(50).byte_offset
    content = bytearray(file.read_bytes())
    content[where : where + 8] = b"\xff" * 8
    file.write_bytes(content)
    line = said(file, lambda opened: take(find_dataset(opened, "sample/jet_pt"), 500, 520))
    assert "'/sample/jet_pt' is damaged near row 500" in line


def test_a_missing_dataset_is_named_with_the_nearest(file):
    line = said(file, lambda opened: find_dataset(opened, "jet_pT", "sample"))
    assert "group 'sample' has no dataset 'jet_pT'; did you mean 'jet_pt'?" in line


def test_a_missing_group_is_named_with_the_nearest(file):
    assert "no group 'samples' (there is none); did you mean 'sample'?" in said(
        file, lambda opened: find_group(opened, "samples")
    )


def test_a_group_is_no_dataset_and_a_dataset_no_group(file):
    assert "'sample' is a group, not a dataset" in said(file, lambda opened: find_dataset(opened, "sample"))
    assert "is a dataset, not a group" in said(file, lambda opened: find_group(opened, "sample/jet_pt"))


def test_a_dataset_without_rows_is_refused(file):
    assert "dataset '/sample/none' is empty" in said(
        file, lambda opened: count_rows(find_dataset(opened, "none", "sample"))
    )


def test_the_real_ones_of_padded_values_become_lists():
    real = np.array([[True, False, True], [False, False, False]])
    assert lists(np.array([[1, 2, 3], [4, 5, 6]]), real).tolist() == [[1, 3], []]


@pytest.mark.parametrize("kind", [">f4", ">i8", "f2", "u1", "?"])
def test_numbers_of_every_kind_keep_their_value(kind):
    assert numbers(np.array([0, 1, 1], kind)).tolist() == [0, 1, 1]
