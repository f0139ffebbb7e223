import bz2
import gzip
import lzma
import tarfile

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.fetch.unpack import unpack, unpacked
from tests.fetch.server import tar_of

MEMBERS = {"val/HToBB_000.root": b"higgs" * 9, "val/TTBar_000.root": b"top", "readme": b""}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "jets.tar"
    path.write_bytes(tar_of(MEMBERS))
    return path


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".unpacked"
    }


def said(archive, folder):
    with pytest.raises(UserError) as mistake:
        unpack(archive, folder)
    assert "\n" not in str(mistake.value)
    assert not unpacked(archive)
    assert archive.exists()
    return str(mistake.value)


@pytest.mark.parametrize("into", ["", "train"])
def test_what_it_held_is_there_and_the_archive_is_not(archive, tmp_path, into):
    assert not unpacked(archive)
    unpack(archive, tmp_path / into)
    assert unpacked(archive)
    assert not archive.exists()
    assert files(tmp_path / into) == MEMBERS


@pytest.mark.parametrize("loss", ["unlink", "cut", "note"])
def test_what_is_no_longer_all_there_does_not_count_as_unpacked(archive, tmp_path, loss):
    unpack(archive, tmp_path)
    one = tmp_path / "val/TTBar_000.root"
    if loss == "unlink":
        one.unlink()
    elif loss == "cut":
        one.write_bytes(b"t")
    else:
        (tmp_path / "jets.tar.unpacked").write_text("{")
    assert not unpacked(archive)


def test_an_interrupted_run_leaves_whole_files_alone_and_the_next_goes_on(archive, tmp_path):
    whole = archive.read_bytes()
    second = whole.index(b"val/TTBar_000.root")
    archive.write_bytes(whole[: second + 512 + 1])  # one byte of the second file
    assert "cannot be unpacked (unexpected end of data)" in said(archive, tmp_path)
    archive.unlink()
    assert files(tmp_path) == {"val/HToBB_000.root": MEMBERS["val/HToBB_000.root"]}
    first = (tmp_path / "val/HToBB_000.root").stat().st_mtime_ns
    archive.write_bytes(whole)
    unpack(archive, tmp_path)
    assert files(tmp_path) == MEMBERS
    assert (tmp_path / "val/HToBB_000.root").stat().st_mtime_ns == first


def test_a_file_of_the_users_is_never_replaced(archive, tmp_path):
    (tmp_path / "readme").write_text("mine")
    assert said(archive, tmp_path) == f"{tmp_path}/readme: is there and is not the one in {archive}; move it away"
    assert (tmp_path / "readme").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("../out", {}),
        ("device", {"type": tarfile.CHRTYPE, "size": 0}),
        ("link", {"type": tarfile.SYMTYPE, "size": 0, "linkname": "../out"}),
    ],
)
def test_nothing_leaves_the_folder(tmp_path, name, changes):
    folder = tmp_path / "data"
    folder.mkdir()
    archive = folder / "jets.tar"
    archive.write_bytes(tar_of({name: b"x"}, **changes))
    assert said(archive, folder).startswith(f"{archive}: cannot be unpacked (")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_link_within_the_folder_is_left_to_the_user(tmp_path):
    archive = tmp_path / "jets.tar"
    archive.write_bytes(tar_of({"link": b""}, type=tarfile.SYMTYPE, linkname="jets.tar"))
    assert said(archive, tmp_path) == f"{archive}: 'link' is a link; unpack the archive by hand"


def test_an_absolute_name_lands_in_the_folder(tmp_path):
    (tmp_path / "jets.tar").write_bytes(tar_of({"/tagwerk/readme": b"x"}))
    unpack(tmp_path / "jets.tar", tmp_path)
    assert files(tmp_path) == {"tagwerk/readme": b"x"}


PACKED = {"none": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packed", PACKED)
def test_a_compressed_archive_is_unpacked_too(archive, tmp_path, packed):
    archive.write_bytes(PACKED[packed](archive.read_bytes()))
    unpack(archive, tmp_path)
    assert files(tmp_path) == MEMBERS


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_an_archive_cut_off_anywhere_is_said(tmp_path, packed, share):
    random = np.random.default_rng(1)
    content = PACKED[packed](tar_of({f"{n}.root": random.bytes(5000) for n in range(5)}).rstrip(b"\0") + bytes(1024))
    archive = tmp_path / "jets.tar"
    archive.write_bytes(content[: int(share * len(content))])
    assert said(archive, tmp_path).startswith(f"{archive}: cannot be unpacked (")


@pytest.mark.parametrize("packed", PACKED)
def test_an_archive_that_lacks_its_last_byte_but_zeros_is_said(archive, tmp_path, packed):
    content = PACKED[packed](archive.read_bytes())
    archive.write_bytes(content[:-1] if packed != "none" else content.rstrip(b"\0"))
    assert "cannot be unpacked (" in said(archive, tmp_path)


def test_members_behind_a_damaged_header_are_missed(archive, tmp_path):
    content = bytearray(archive.read_bytes())
    content[content.index(b"val/TTBar_000.root") + 3] ^= 1
    archive.write_bytes(content)
    assert "cannot be unpacked (damaged or cut off at byte " in said(archive, tmp_path)


def test_a_wrong_byte_in_a_compressed_archive_is_said(archive, tmp_path):
    content = bytearray(gzip.compress(archive.read_bytes()))
    content[-6] ^= 1  # in the checksum
    archive.write_bytes(content)
    assert "cannot be unpacked (CRC check failed" in said(archive, tmp_path)


@pytest.mark.parametrize("note", ["[]", "3", "null", '{"a": "b"}', '{"val": {}}', "\0", "[1, 2"])
def test_a_note_that_holds_something_else_does_not_count(archive, tmp_path, note):
    (tmp_path / "jets.tar.unpacked").write_text(note)
    assert not unpacked(archive)
