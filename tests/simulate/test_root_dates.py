"""Files that differ in their dates alone become the same bytes, and are read as before."""

import time
from uuid import UUID

import awkward as ak
import numpy as np
import uproot

from tagwerk.simulate.root_dates import remove_dates


def write(path, chunks=3):
    with (
        path.open("w+b") as stream,
        uproot.recreate(stream, compression=uproot.LZ4(1), uuid_function=lambda: UUID(int=1)) as file,
    ):
        file["note"] = "made by hand"
        tree = file.mktree("jets", {"pt": "float32", "track": 'var * {"pt": float32}'})
        for number in range(chunks):
            tracks = ak.zip({"pt": ak.Array([[1.0 + number], [], [2.0, 3.0]])})
            tree.extend({"pt": np.arange(3, dtype=np.float32), "track": tracks})
    return path


def test_the_same_content_gives_the_same_bytes_at_any_time(tmp_path):
    first = write(tmp_path / "first.root")
    time.sleep(1.1)  # ROOT's dates have seconds
    second = write(tmp_path / "second.root")
    assert first.read_bytes() != second.read_bytes()
    remove_dates(first)
    remove_dates(second)
    assert first.read_bytes() == second.read_bytes()


def test_all_is_read_as_before(tmp_path):
    path = write(tmp_path / "jets.root", chunks=2)
    before = uproot.open(path)["jets"].arrays()
    remove_dates(path)
    with uproot.open(path) as file:
        assert file["note"] == "made by hand"
        assert ak.array_equal(file["jets"].arrays(), before)
        assert {key.fDatime for key in file.file.root_directory._keys} == {0}
