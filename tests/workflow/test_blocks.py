"""Which input files one job ingests."""

from itertools import chain

import pytest

from tagwerk.workflow.blocks import blocks


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """1,000 files of one byte."""
    folder = tmp_path_factory.mktemp("files")
    for index in range(1000):
        (folder / f"{index:04d}.root").write_bytes(b"x")
    return folder


@pytest.fixture
def parts(folder):
    return {file.stem: file for file in sorted(folder.iterdir())}


def test_up_to_200_files_are_ingested_one_by_one(parts):
    few = dict(list(parts.items())[:200])
    assert blocks(few) == {name: [file] for name, file in few.items()}


def test_many_small_files_share_jobs_in_their_order(parts):
    found = blocks(parts)
    assert list(chain.from_iterable(found.values())) == list(parts.values())
    assert 1000 / 128 <= len(found) < 40
    assert max(map(len, found.values())) <= 128
    assert [name.partition("~")[0] for name in found] == [files[0].stem for files in found.values()]
    assert all(name.partition("~")[2] == str(len(files)) for name, files in found.items() if len(files) > 1)


@pytest.mark.parametrize("index", [0, 500, 999])
def test_one_file_less_changes_the_blocks_around_it_alone(parts, index):
    fewer = {name: file for name, file in parts.items() if name != f"{index:04d}"}
    before, after = (set(map(tuple, blocks(each).values())) for each in (parts, fewer))
    assert 1 <= len(before - after) <= 3
    assert len(after & before) >= len(before) - 3


def test_a_large_file_is_a_block_of_its_own(parts, tmp_path):
    large = tmp_path / "large.root"
    with large.open("wb") as file:
        file.truncate(200_000_000)  # sparse
    names = list(parts)
    found = blocks({name: parts[name] for name in names[:300]} | {"large": large} | {"last": parts[names[300]]})
    assert found["large"] == [large]


def test_a_file_of_unknown_size_is_a_block_of_its_own(parts, tmp_path):
    found = blocks(parts | {"remote": tmp_path / "missing.root"})
    assert found["remote"] == [tmp_path / "missing.root"]


def test_the_paths_of_a_block_fit_into_a_command_line(tmp_path):
    """At most 128 KiB, quoted."""
    folder = tmp_path / ("x" * 200) / ("y" * 200) / ("z" * 200) / ("w" * 200)
    folder.mkdir(parents=True)
    files = [folder / f"{index}.root" for index in range(300)]
    for file in files:
        file.touch()
    found = blocks({file.stem: file for file in files})
    assert max(sum(len(str(file)) for file in block) for block in found.values()) <= 60_000
    assert max(map(len, found.values())) > 40
