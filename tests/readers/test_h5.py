import gzip
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.readers.h5 import count_rows, find_dataset, find_group, open_h5, read_rows, to_awkward, unpad


@pytest.fixture
def file(tmp_path):
    """1,000 numbers in a group, in compressed chunks of ten."""
    path = tmp_path / "jets.h5"
    with h5py.File(path, "w") as opened:
        opened.create_dataset("sample/jet_pt", data=np.arange(1000.0), chunks=(10,), compression="gzip")
        opened["sample/none"] = np.zeros(0)
    return path


def error_message(file, action=lambda opened: None):
    """The one-line error of opening a file, and of an action on it."""
    with pytest.raises(UserError) as mistake, open_h5(file) as opened:
        action(opened)
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in error_message(tmp_path / "jets.h5")


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "jets.h5").touch()
    assert "is empty (0 bytes)" in error_message(tmp_path / "jets.h5")


@pytest.mark.parametrize("text", ["event,jet_pt\n1,500\n", "x" * 5000])
def test_a_file_that_is_not_hdf5_is_refused(tmp_path, text):
    (tmp_path / "jets.h5").write_text(text)
    assert "cannot be read as an HDF5 file" in error_message(tmp_path / "jets.h5")


def test_a_directory_is_refused(tmp_path):
    error_message(tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_file_is_refused(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    assert "is truncated" in error_message(file)


def test_a_damaged_chunk_is_refused_with_its_row(file):
    with h5py.File(file) as opened:
        where = opened["sample/jet_pt"].id.get_chunk_info(50).byte_offset
    content = bytearray(file.read_bytes())
    content[where : where + 8] = b"\xff" * 8
    file.write_bytes(content)
    line = error_message(file, lambda opened: read_rows(find_dataset(opened, "sample/jet_pt"), 500, 520))
    assert "'/sample/jet_pt' is damaged near row 500" in line


def test_a_missing_dataset_is_named_with_the_nearest(file):
    line = error_message(file, lambda opened: find_dataset(opened, "jet_pT", "sample"))
    assert "group 'sample' has no dataset 'jet_pT'; did you mean 'jet_pt'?" in line


def test_a_missing_group_is_named_with_the_nearest(file):
    assert "there is no group 'samples'; did you mean 'sample'?" in error_message(
        file, lambda opened: find_group(opened, "samples")
    )


def test_a_group_is_not_a_dataset_nor_a_dataset_a_group(file):
    assert "'sample' is a group, not a dataset" in error_message(file, lambda opened: find_dataset(opened, "sample"))
    assert "is a dataset, not a group" in error_message(file, lambda opened: find_group(opened, "sample/jet_pt"))


def test_a_dataset_may_have_no_rows(file):
    with open_h5(file) as opened:
        assert count_rows(find_dataset(opened, "none", "sample")) == 0


def test_a_single_value_is_not_rows(file):
    with h5py.File(file, "r+") as opened:
        opened["one"], opened["nothing"] = 3.0, h5py.Empty("f8")
    assert "'/one' holds a single value, not rows" in error_message(
        file, lambda opened: count_rows(find_dataset(opened, "one"))
    )
    assert "'/nothing' holds no value, not rows" in error_message(
        file, lambda opened: count_rows(find_dataset(opened, "nothing"))
    )


def test_unpadding_keeps_the_real_values():
    real = np.array([[True, False, True], [False, False, False]])
    assert unpad(np.array([[1, 2, 3], [4, 5, 6]]), real).tolist() == [[1, 3], []]


@pytest.mark.parametrize("kind", [">f4", ">i8", "f2", "u1", "?"])
def test_numbers_of_every_type_keep_their_value(kind):
    assert to_awkward(np.array([0, 1, 1], kind)).tolist() == [0, 1, 1]


def test_a_truncated_file_is_reported_with_the_missing_bytes(file):
    content = file.read_bytes()
    file.write_bytes(content[:-100])
    assert f"is truncated, the last 100 of {len(content):,} bytes are missing" in error_message(file)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(b"x", mtime=0), "gzip-compressed and must be decompressed"),
        (b"<html><body>Login</body></html>", "HTML, perhaps a server's answer"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"root" + bytes(500), "a ROOT file"),
        (b"PAR1" + bytes(500), "Parquet"),
        (bytes(500), "nothing but zero bytes"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_kind(file, content, kind):
    file.write_bytes(content)
    assert f"cannot be read as an HDF5 file, it is {kind}" in error_message(file)


def test_a_file_open_for_writing_elsewhere_is_reported_as_locked(file):
    program = f"import h5py, sys; f = h5py.File({str(file)!r}, 'r+'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"open\n"
        line = error_message(file)
        writer.stdin.close()
    assert "is open for writing in another program, which locks it" in line
    assert "HDF5_USE_FILE_LOCKING=FALSE" in line
    with open_h5(file):
        pass


def test_a_file_whose_writer_was_killed_is_reported_as_marked(file):
    program = (
        f"import h5py, os; f = h5py.File({str(file)!r}, 'w', libver='latest'); f['x'] = [1.0]; f.flush(); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    line = error_message(file)
    assert "is marked as open for writing: a program is writing it, or was killed while writing" in line
    assert "h5clear -s" in line


def test_a_file_without_read_permission_is_reported(file):
    file.chmod(0)
    root = os.geteuid() == 0
    if root:
        for path in (each for each in file.parents if "pytest-of-" in str(each)):
            path.chmod(0o755)
        os.seteuid(65534)
    try:
        line = error_message(file)
    finally:
        if root:
            os.seteuid(0)
    assert "permission denied" in line
