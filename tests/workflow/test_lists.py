"""The lists of paths that the workflow writes while it looks for jobs."""

import os
from pathlib import Path

import pytest

from tagwerk.errors import UserError
from tagwerk.path_lists import listed
from tagwerk.workflow.lists import write_list


def test_a_list_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "studies/toy/parts.txt"
    write_list(file, ["jets/a b", "jets/ü"])
    assert file.read_bytes() == "jets/a b\njets/ü\n".encode()
    assert [str(path) for path in listed([Path(f"@{file}")])] == ["jets/a b", "jets/ü"]


def test_an_equal_list_is_not_written_again(tmp_path):
    file = tmp_path / "parts.txt"
    write_list(file, ["a", "b"])
    os.utime(file, ns=(0, 0))
    write_list(file, ["a", "b"])
    assert file.stat().st_mtime_ns == 0


def test_another_list_replaces_it_unless_it_is_to_be_kept(tmp_path):
    file = tmp_path / "parts.txt"
    write_list(file, ["a", "b"])
    write_list(file, ["a"], replace=False)
    assert file.read_text() == "a\nb\n"
    write_list(file, ["a"])
    assert file.read_text() == "a\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_list_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "studies").touch()
    with pytest.raises(UserError, match=r"studies/parts\.txt: cannot be written"):
        write_list(tmp_path / "studies/parts.txt", ["a"])
