import bz2
import gzip
import lzma
import tarfile

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.fetch.unpack import is_unpacked, unpack
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


def failure(archive, folder):
    """The one-line error of unpacking."""
    with pytest.raises(UserError) as error:
        unpack(archive, folder)
    assert "\n" not in str(error.value)
    assert not is_unpacked(archive)
    assert archive.exists()
    return str(error.value)


@pytest.mark.parametrize("into", ["", "train"])
def test_the_members_are_extracted_and_the_archive_is_removed(archive, tmp_path, into):
    assert not is_unpacked(archive)
    unpack(archive, tmp_path / into)
    assert is_unpacked(archive)
    assert not archive.exists()
    assert files(tmp_path / into) == MEMBERS


@pytest.mark.parametrize("loss", ["unlink", "cut", "manifest"])
def test_missing_or_changed_files_do_not_count_as_unpacked(archive, tmp_path, loss):
    unpack(archive, tmp_path)
    file = tmp_path / "val/TTBar_000.root"
    if loss == "unlink":
        file.unlink()
    elif loss == "cut":
        file.write_bytes(b"t")
    else:
        (tmp_path / "jets.tar.unpacked").write_text("{")
    assert not is_unpacked(archive)


def test_an_interrupted_run_leaves_only_complete_files_and_the_next_resumes(archive, tmp_path):
    content = archive.read_bytes()
    second = content.index(b"val/TTBar_000.root")
    archive.write_bytes(content[: second + 512 + 1])  # one byte of the second file
    assert "cannot be unpacked (unexpected end of data)" in failure(archive, tmp_path)
    archive.unlink()
    assert files(tmp_path) == {"val/HToBB_000.root": MEMBERS["val/HToBB_000.root"]}
    first = (tmp_path / "val/HToBB_000.root").stat().st_mtime_ns
    archive.write_bytes(content)
    unpack(archive, tmp_path)
    assert files(tmp_path) == MEMBERS
    assert (tmp_path / "val/HToBB_000.root").stat().st_mtime_ns == first


def test_a_file_of_the_user_is_never_replaced(archive, tmp_path):
    (tmp_path / "readme").write_text("own")
    assert failure(archive, tmp_path) == f"{tmp_path}/readme: exists but is not the one in {archive}; move it away"
    assert (tmp_path / "readme").read_text() == "own"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("../out", {}),
        ("device", {"type": tarfile.CHRTYPE, "size": 0}),
        ("link", {"type": tarfile.SYMTYPE, "size": 0, "linkname": "../out"}),
    ],
)
def test_nothing_is_written_outside_the_folder(tmp_path, name, changes):
    folder = tmp_path / "data"
    folder.mkdir()
    archive = folder / "jets.tar"
    archive.write_bytes(tar_of({name: b"x"}, **changes))
    assert failure(archive, folder).startswith(f"{archive}: cannot be unpacked (")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_link_within_the_folder_is_left_to_the_user(tmp_path):
    archive = tmp_path / "jets.tar"
    archive.write_bytes(tar_of({"link": b""}, type=tarfile.SYMTYPE, linkname="jets.tar"))
    assert failure(archive, tmp_path) == f"{archive}: 'link' is a link; unpack the archive by hand"


def test_an_absolute_path_is_refused(tmp_path):
    (tmp_path / "jets.tar").write_bytes(tar_of({"/tagwerk/readme": b"x"}))
    with pytest.raises(
        UserError, match=r"jets.tar: cannot be unpacked \(member '/tagwerk/readme' has an absolute path"
    ):
        unpack(tmp_path / "jets.tar", tmp_path)
    assert list(files(tmp_path)) == ["jets.tar"]


COMPRESSIONS = {"none": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_compressed_archive_is_unpacked_too(archive, tmp_path, compression):
    archive.write_bytes(COMPRESSIONS[compression](archive.read_bytes()))
    unpack(archive, tmp_path)
    assert files(tmp_path) == MEMBERS


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_an_archive_truncated_anywhere_is_reported(tmp_path, compression, share):
    random = np.random.default_rng(1)
    content = COMPRESSIONS[compression](
        tar_of({f"{n}.root": random.bytes(5000) for n in range(5)}).rstrip(b"\0") + bytes(1024)
    )
    archive = tmp_path / "jets.tar"
    archive.write_bytes(content[: int(share * len(content))])
    assert failure(archive, tmp_path).startswith(f"{archive}: cannot be unpacked (")


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_an_archive_without_its_last_nonzero_byte_is_reported(archive, tmp_path, compression):
    content = COMPRESSIONS[compression](archive.read_bytes())
    archive.write_bytes(content[:-1] if compression != "none" else content.rstrip(b"\0"))
    assert "cannot be unpacked (" in failure(archive, tmp_path)


def test_a_damaged_header_before_further_members_is_reported(archive, tmp_path):
    content = bytearray(archive.read_bytes())
    content[content.index(b"val/TTBar_000.root") + 3] ^= 1
    archive.write_bytes(content)
    assert "cannot be unpacked (damaged or truncated at byte " in failure(archive, tmp_path)


def test_a_wrong_byte_in_a_compressed_archive_is_reported(archive, tmp_path):
    content = bytearray(gzip.compress(archive.read_bytes()))
    content[-6] ^= 1  # in the checksum
    archive.write_bytes(content)
    assert "cannot be unpacked (CRC check failed" in failure(archive, tmp_path)


@pytest.mark.parametrize("text", ["[]", "3", "null", '{"a": "b"}', '{"val": {}}', "\0", "[1, 2"])
def test_an_invalid_manifest_does_not_count(archive, tmp_path, text):
    (tmp_path / "jets.tar.unpacked").write_text(text)
    assert not is_unpacked(archive)
