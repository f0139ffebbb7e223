import pytest

from tagwerk.errors import UserError
from tagwerk.fetch.obtain import obtain
from tests.fetch.server import tar_of


@pytest.fixture
def dataset(repository):
    repository.files |= {"jets.h5": b"jets" * 99, "train.tar": tar_of({"TTBar_000.root": b"top"})}
    return repository.as_dataset(train="train_100M")


def test_a_second_run_sends_no_request(dataset, repository, tmp_path):
    plain, archive = dataset.files
    assert [obtain(dataset, file, tmp_path / "data") for file in dataset.files] == ["fetched", "fetched and unpacked"]
    repository.ranges.clear()
    assert [obtain(dataset, file, tmp_path / "data") for file in dataset.files] == ["already there", "already unpacked"]
    assert repository.ranges == []
    assert (tmp_path / "data" / plain.name).read_bytes() == b"jets" * 99
    assert (tmp_path / "data/train_100M/TTBar_000.root").read_bytes() == b"top"
    assert not (tmp_path / "data" / archive.name).exists()


def test_an_archive_put_there_by_hand_is_verified_and_unpacked(dataset, repository, tmp_path):
    (tmp_path / "train.tar").write_bytes(repository.files["train.tar"])
    assert obtain(dataset, dataset.files[1], tmp_path) == "already there and unpacked"
    assert repository.ranges == []


def test_another_file_of_that_name_is_neither_used_nor_replaced(dataset, repository, tmp_path):
    own = tmp_path / "jets.h5"
    own.write_text("own")
    with pytest.raises(UserError, match=f"^{own}: exists but does not match the checksum md5:.*; move it away$"):
        obtain(dataset, dataset.files[0], tmp_path)
    assert own.read_text() == "own"
    assert repository.ranges == []


def test_an_unwritable_folder_is_reported(dataset, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"^{tmp_path}/file/data: Not a directory; make room or give another folder"):
        obtain(dataset, dataset.files[0], tmp_path / "file/data")


def test_a_full_disk_is_reported_with_the_file(dataset, tmp_path):
    (tmp_path / "jets.h5.part").symlink_to("/dev/full")
    with pytest.raises(UserError, match=f"^{tmp_path}/jets.h5: No space left on device; make room"):
        obtain(dataset, dataset.files[0], tmp_path)
