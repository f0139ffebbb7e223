import pytest

from tagwerk.errors import UserError
from tagwerk.fetch.obtain import obtain
from tests.fetch.server import tar_of


@pytest.fixture
def public(repository):
    repository.files |= {"jets.h5": b"jets" * 99, "train.tar": tar_of({"TTBar_000.root": b"top"})}
    return repository.holding(train="train_100M")


def test_a_second_run_asks_the_server_for_nothing(public, repository, tmp_path):
    plain, archive = public.files
    assert [obtain(public, file, tmp_path / "data") for file in public.files] == ["fetched", "fetched and unpacked"]
    repository.ranges.clear()
    assert [obtain(public, file, tmp_path / "data") for file in public.files] == ["there already", "unpacked already"]
    assert repository.ranges == []
    assert (tmp_path / "data" / plain.name).read_bytes() == b"jets" * 99
    assert (tmp_path / "data/train_100M/TTBar_000.root").read_bytes() == b"top"
    assert not (tmp_path / "data" / archive.name).exists()


def test_an_archive_put_there_by_hand_is_verified_and_unpacked(public, repository, tmp_path):
    (tmp_path / "train.tar").write_bytes(repository.files["train.tar"])
    assert obtain(public, public.files[1], tmp_path) == "there already and unpacked"
    assert repository.ranges == []


def test_another_file_of_that_name_is_neither_used_nor_replaced(public, repository, tmp_path):
    mine = tmp_path / "jets.h5"
    mine.write_text("mine")
    with pytest.raises(UserError, match=f"^{mine}: is there, but does not have the checksum md5:.*; move it away$"):
        obtain(public, public.files[0], tmp_path)
    assert mine.read_text() == "mine"
    assert repository.ranges == []


def test_a_folder_that_cannot_be_written_into_is_said(public, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"^{tmp_path}/file/data: Not a directory; make room or give another folder"):
        obtain(public, public.files[0], tmp_path / "file/data")


def test_a_disk_without_room_is_said_with_the_file(public, tmp_path):
    (tmp_path / "jets.h5.part").symlink_to("/dev/full")
    with pytest.raises(UserError, match=f"^{tmp_path}/jets.h5: No space left on device; make room"):
        obtain(public, public.files[0], tmp_path)
