import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.readers.h5 import find_dataset, open_h5, read_rows

ROWS = 30
UNLIMITED = h5py.h5s.UNLIMITED


def values(file, name="x"):
    with open_h5(file) as opened:
        return read_rows(find_dataset(opened, name), 0, 10**6).tolist()


def error_message(file, name="x"):
    """The one-line error of finding a dataset, which HDF5 itself reads silently."""
    with pytest.raises(UserError) as mistake:
        values(file, name)
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "jets.h5"


@pytest.mark.parametrize("options", [{}, {"fillvalue": 5.0}, {"fillvalue": np.nan}])
def test_a_dataset_that_was_never_written_is_refused(file, options):
    with h5py.File(file, "w") as opened:
        opened.create_dataset("x", (ROWS,), "f8", **options)
    fill = options.get("fillvalue", 0.0)
    assert (
        f"'/x' is incomplete: its values were never written and would read as the fill value {fill}"
        in error_message(file)
    )


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        (slice(0, 20), "20 to 29"),
        (slice(10, 30), "0 to 9"),
        ([*range(10), *range(20, 30)], "10 to 19"),
        ([5], "0 to 4 and others"),
        (slice(0), "0 to 29"),
    ],
)
@pytest.mark.parametrize("shape", [(), (7,), (7, 2)])
def test_rows_that_were_never_written_are_named(file, written, rows, shape):
    with h5py.File(file, "w") as opened:
        found = opened.create_dataset("x", (ROWS, *shape), "f4", chunks=(5, *(2 for _ in shape)), compression="gzip")
        for row in np.arange(ROWS)[written]:
            found[row] = 1
    assert f"'/x' is incomplete: rows {rows} were never written" in error_message(file)


def test_partly_written_rows_are_refused(file):
    with h5py.File(file, "w") as opened:
        opened.create_dataset("x", (ROWS, 8), "f4", chunks=(10, 4))[:20] = 1
        opened["x"][20:, :4] = 1
    assert "rows 20 to 29 were never written" in error_message(file)


def test_completely_written_datasets_are_read(file):
    with h5py.File(file, "w") as opened:
        opened.create_dataset("x", data=np.zeros((ROWS, 3)), chunks=(7, 2), compression="gzip")
        opened.create_dataset("none", (0,), maxshape=(None,), chunks=(5,))
        grown = opened.create_dataset("grown", (10,), maxshape=(None,), chunks=(4,))
        grown[:] = 1
        grown.resize((7,))
    assert np.shape(values(file)) == (ROWS, 3)
    assert values(file, "none") == []
    assert values(file, "grown") == [1] * 7


def raw(file, name, offset=0, size=ROWS * 8):
    with h5py.File(file, "w") as opened:
        found = opened.create_dataset("x", (ROWS,), "f8", external=[(name, offset, size)])
        found[:] = np.arange(ROWS)


def test_raw_values_in_a_missing_or_short_file_are_refused(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw(file, "raw.bin", offset=16)
    assert values(file) == list(range(ROWS))
    content = Path("raw.bin").read_bytes()
    Path("raw.bin").write_bytes(content[:-80])
    assert "'/x' has its values in the file 'raw.bin', which is 80 bytes too short" in error_message(file)
    Path("raw.bin").unlink()
    assert "has its values in the file 'raw.bin', which does not exist" in error_message(file)


def test_an_unknown_filter_is_named_rather_than_reported_as_damage(file):
    with h5py.File(file, "w") as opened:
        opened.create_dataset("x", data=np.arange(1000.0), chunks=(100,), compression="gzip")
    content = file.read_bytes()
    at = content.index(b"\x01\x00\x08\x00\x01\x00\x01\x00deflate")  # id, name's length, flags, values, name
    file.write_bytes(content[:at] + (400).to_bytes(2, "little") + content[at + 2 :])
    assert (
        "'/x' is compressed with the filter 400 ('deflate'), which neither HDF5 nor hdf5plugin knows"
        in error_message(file)
    )


def sources(folder, number=3, rows=10):
    """Files of ten numbers each, from 1 on, so that none is the fill value."""
    for part in range(number):
        with h5py.File(folder / f"part_{part}.h5", "w") as opened:
            data = np.arange(rows) + 1.0 + rows * part
            opened.create_dataset("deep/x", data=data, chunks=(5,), maxshape=(None,))


def virtual(file, name="part_{}.h5", rows=10, **changes):
    """A virtual dataset of three files."""
    layout = h5py.VirtualLayout((ROWS,), "f8")
    for part in changes.get("parts", range(3)):
        source = h5py.VirtualSource(name.format(part), "deep/x", shape=(rows,))
        layout[10 * part : 10 * (part + 1)] = source[:10]
    with h5py.File(file, "w") as opened:
        opened.create_virtual_dataset("x", layout, fillvalue=changes.get("fill", 0))


def test_a_virtual_dataset_of_all_its_sources_is_read(file, tmp_path):
    sources(tmp_path)
    virtual(file)
    assert values(file) == list(range(1, 31))


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("fill", [0, -1, np.nan])
def test_a_missing_source_is_named(file, tmp_path, part, absolute, fill):
    sources(tmp_path)
    virtual(file, str(tmp_path / "part_{}.h5") if absolute else "part_{}.h5", fill=fill)
    (tmp_path / f"part_{part}.h5").unlink()
    assert f"part_{part}.h5', which does not exist or cannot be opened" in error_message(file)


def test_a_source_that_is_not_hdf5_is_named(file, tmp_path):
    sources(tmp_path)
    virtual(file)
    (tmp_path / "part_1.h5").write_text("x" * 5000)
    assert "part_1.h5', which does not exist or cannot be opened" in error_message(file)


def test_a_source_file_without_the_dataset_is_named(file, tmp_path):
    sources(tmp_path)
    virtual(file)
    with h5py.File(tmp_path / "part_1.h5", "r+") as opened:
        del opened["deep/x"]
    assert "'deep/x' in 'part_1.h5', which has no such dataset" in error_message(file)


@pytest.mark.parametrize("wide", [10, 12])
def test_a_source_that_is_too_short_is_named(file, tmp_path, wide):
    sources(tmp_path)
    virtual(file, rows=wide)
    with h5py.File(tmp_path / "part_2.h5", "r+") as opened:
        opened["deep/x"].resize((9,))
    assert "more of its source 'deep/x' in 'part_2.h5' than exists" in error_message(file)


@pytest.mark.parametrize("parts", [[0, 1], [0, 2], [1, 2], []])
def test_uncovered_values_are_refused(file, tmp_path, parts):
    sources(tmp_path)
    virtual(file, parts=parts)
    assert "'/x' is incomplete: its sources do not cover its shape (30,)" in error_message(file)


def test_a_source_that_was_never_written_is_refused_with_its_file(file, tmp_path):
    sources(tmp_path)
    virtual(file)
    with h5py.File(tmp_path / "part_1.h5", "r+") as opened:
        opened["deep/x"].resize((15,))
        opened["deep/x"].resize((5,))
        opened["deep/x"].resize((10,))
    assert "part_1.h5: dataset '/deep/x' is incomplete: rows 5 to 9 were never written" in error_message(file)


def test_sources_of_sources_are_checked(file, tmp_path):
    sources(tmp_path)
    virtual(tmp_path / "inner.h5")
    layout = h5py.VirtualLayout((ROWS,), "f8")
    layout[:] = h5py.VirtualSource("inner.h5", "x", shape=(ROWS,))
    with h5py.File(file, "w") as opened:
        opened.create_virtual_dataset("x", layout)
    assert values(file) == list(range(1, 31))
    (tmp_path / "part_2.h5").unlink()
    assert "has the source 'deep/x' in 'part_2.h5', which does not exist" in error_message(file)


def test_a_source_in_the_same_file_and_strides_are_followed(file):
    layout = h5py.VirtualLayout((ROWS, 2), "f8")
    layout[::2, 0] = h5py.VirtualSource(".", "even", shape=(15,))
    layout[1::2, 0] = h5py.VirtualSource(".", "odd", shape=(15,))
    layout[:, 1] = h5py.VirtualSource(".", "all", shape=(ROWS,))
    with h5py.File(file, "w") as opened:
        opened["even"], opened["odd"], opened["all"] = np.ones(15), np.ones(15), np.ones(ROWS)
        opened.create_virtual_dataset("x", layout)
    assert np.all(np.array(values(file)) == 1)
    with h5py.File(file, "r+") as opened:
        del opened["odd"]
    assert "has the source 'odd' in '.', which has no such dataset" in error_message(file)


def unlimited(file, start, stride, block, name, inner=b"deep/x"):
    """An unlimited virtual dataset with one source or numbered ones."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    space = h5py.h5s.create_simple((ROWS,), (UNLIMITED,))
    space.select_hyperslab((start,), (UNLIMITED,), (stride,), (block,))
    properties.set_virtual(space, name, inner, h5py.h5s.create_simple((10,), (10,)))
    with h5py.File(file, "w") as opened:
        kind, extent = h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((ROWS,), (UNLIMITED,))
        h5py.h5d.create(opened.id, b"x", kind, extent, properties)


def test_numbered_sources_are_read_and_a_gap_is_named(file, tmp_path):
    sources(tmp_path)
    unlimited(file, 0, 10, 10, b"part_%b.h5")
    assert values(file) == list(range(1, 31))
    (tmp_path / "part_1.h5").rename(tmp_path / "away")
    assert "part_" in error_message(file)
    (tmp_path / "away").rename(tmp_path / "part_1.h5")
    (tmp_path / "part_2.h5").unlink()
    assert "created with the shape (30,) and now has (20,)" in error_message(file)
    (tmp_path / "part_0.h5").unlink()
    assert "'part_0.h5', which does not exist" in error_message(file)


def test_a_gap_after_the_original_rows_is_found_by_later_numbers(file, tmp_path):
    sources(tmp_path, 6)
    unlimited(file, 0, 10, 10, b"part_%b.h5")
    assert values(file) == list(range(1, 61))
    (tmp_path / "part_4.h5").unlink()
    assert "'deep/x' in 'part_4.h5' is missing or too short, but number 5 exists" in error_message(file)


def test_numbered_datasets_of_one_file_are_followed(file, tmp_path):
    with h5py.File(tmp_path / "parts.h5", "w") as opened:
        for part in range(4):
            opened[f"deep/x_{part}"] = np.arange(10.0) + 1 + 10 * part
    unlimited(file, 0, 10, 10, b"parts.h5", b"deep/x_%b")
    assert values(file) == list(range(1, 41))
    with h5py.File(tmp_path / "parts.h5", "r+") as opened:
        del opened["deep/x_0"]
    assert "has the source 'deep/x_0' in 'parts.h5', which has no such dataset" in error_message(file)


def test_an_unlimited_source_is_read_to_its_present_end(file, tmp_path):
    sources(tmp_path, 1)
    layout = h5py.VirtualLayout((10,), "f8", maxshape=(None,))
    source = h5py.VirtualSource("part_0.h5", "deep/x", shape=(10,), maxshape=(None,))
    layout[0:UNLIMITED] = source[0:UNLIMITED]
    with h5py.File(file, "w") as opened:
        opened.create_virtual_dataset("x", layout)
    assert values(file) == list(range(1, 11))
    with h5py.File(tmp_path / "part_0.h5", "r+") as opened:
        opened["deep/x"].resize((15,))
        opened["deep/x"][10:] = 7
    assert len(values(file)) == 15
    (tmp_path / "part_0.h5").unlink()
    assert "'part_0.h5', which does not exist" in error_message(file)


def test_sources_are_found_by_hdf5s_prefix_variable(file, tmp_path, monkeypatch):
    (tmp_path / "far").mkdir()
    sources(tmp_path / "far")
    virtual(file)
    assert "part_0.h5" in error_message(file)
    monkeypatch.setitem(os.environ, "HDF5_VDS_PREFIX", str(tmp_path / "far"))
    with open_h5(file) as opened:
        find_dataset(opened, "x")


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_that_takes_another_file_for_its_values_is_refused(tmp_path, monkeypatch, linked):
    secret, file = tmp_path / "home/secret", tmp_path / "data/jets.h5"
    for path in (secret, file):
        path.parent.mkdir()
    raw(file, str(secret))
    secret.write_bytes(b"password" * ROWS)
    if linked:
        (file.parent / "raw.bin").symlink_to(secret)
        raw(file, str(file.parent / "raw.bin"))
        secret.write_bytes(b"password" * ROWS)
    with h5py.File(file) as opened:
        assert opened["x"][:].tobytes() == b"password" * ROWS  # HDF5 itself reads it
    assert "which is in another folder and may be anything; move it next to this file" in error_message(file)
    monkeypatch.chdir(secret.parent)  # HDF5 looks there too if its prefix was not set when the process started
    raw(file, "secret")
    assert "which is in another folder" in error_message(file)
    monkeypatch.setenv("HDF5_EXTFILE_PREFIX", str(secret.parent))
    assert values(file) == list(range(ROWS))
