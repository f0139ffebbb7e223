"""An input file that changes while it is read is refused."""

import os
from pathlib import Path

import pytest

from tagwerk.errors import UserError
from tagwerk.readers.unchanged import unchanged


def rewrite(file):
    before = file.stat().st_mtime_ns
    file.write_text("other")
    os.utime(file, ns=(before, before + 1))


def read(file, change, error=None):
    with unchanged(file):
        change(file)
        if error is not None:
            raise error


@pytest.mark.parametrize("change", [rewrite, Path.unlink, lambda file: os.truncate(file, 1)])
@pytest.mark.parametrize("error", [None, ValueError("damaged")])
def test_a_change_is_noticed_and_comes_before_other_errors(tmp_path, change, error):
    (file := tmp_path / "a.root").write_text("jets")
    with pytest.raises(UserError) as mistake:
        read(file, change, error)
    assert str(mistake.value) == f"{file}: changed while it was read; wait until it is complete, and run again"


def test_what_does_not_change_or_is_no_local_file_is_left_alone(tmp_path):
    (file := tmp_path / "a.root").write_text("jets")
    for each in (file, tmp_path / "none.root", Path("root://server//a.root")):
        with unchanged(each):
            pass
    with pytest.raises(ValueError, match="damaged"):
        read(file, lambda file: None, ValueError("damaged"))
