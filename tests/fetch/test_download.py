import hashlib
import random
import resource
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.errors import UserError
from tagwerk.fetch.download import DownloadError, check_free_space, download
from tests.fetch.server import Reply, serving

CONTENT = random.Random(1).randbytes(100_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
BUSY = Reply(status=503)


@pytest.fixture
def url(repository):
    repository.files["jets.h5"] = CONTENT
    return f"{repository.url}/records/42/files/jets.h5?download=1"


def failure(url, target, md5=MD5):
    """The one-line error of a download."""
    with pytest.raises(UserError) as error:
        download(url, target, md5)
    assert "\n" not in str(error.value)
    return str(error.value)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_download_equals_the_servers_file_and_leaves_nothing_else(url, repository, tmp_path):
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT
    assert names(tmp_path) == ["jets.h5"]
    assert repository.ranges == [None]


def test_the_file_has_the_permissions_of_any_new_file(url, tmp_path):
    (tmp_path / "other").touch()
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.fixture(scope="module")
def shared():
    with pytest.MonkeyPatch.context() as patch, serving() as repository:
        patch.setenv("NO_PROXY", "127.0.0.1")
        repository.files["jets.h5"] = CONTENT
        yield repository


@given(st.lists(st.integers(0, len(CONTENT)), min_size=1, max_size=3), st.booleans())
def test_wherever_it_is_interrupted_the_resumed_file_is_the_original(shared, points, supports_ranges):
    url = f"{shared.url}/records/42/files/jets.h5"
    with TemporaryDirectory() as folder:
        target = Path(folder) / "jets.h5"
        part = Path(folder) / "jets.h5.part"
        for point in points:
            size = part.stat().st_size if part.exists() else 0
            shared.replies = [Reply(cut_after=point), BUSY]
            if size + point < len(CONTENT):
                assert "503" in failure(url, target)
                assert size + point - part.stat().st_size < 1 << 14
                assert CONTENT.startswith(part.read_bytes())
                assert not target.exists()
        shared.replies = [Reply(supports_ranges=supports_ranges)]
        download(url, target, MD5)
        assert target.read_bytes() == CONTENT
        assert names(target.parent) == ["jets.h5"]


def test_the_next_run_requests_only_the_rest(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:70_000])
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == ["bytes=70000-"]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_a_dropped_connection_is_retried_while_bytes_arrive(url, repository, tmp_path):
    repository.replies = [Reply(cut_after=40_000), Reply(cut_after=40_000)]
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == [None, "bytes=32768-", "bytes=65536-"]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


@pytest.mark.parametrize("reply", [Reply(cut_after=0), Reply(cut_after=40_000, supports_ranges=False)])
def test_a_connection_that_always_drops_at_the_same_byte_is_given_up(url, repository, tmp_path, reply):
    repository.replies = [reply] * 9
    assert "the server drops the connection after" in failure(url, tmp_path / "jets.h5")
    assert len(repository.replies) >= 6
    assert names(tmp_path) == ["jets.h5.part"]


def test_a_range_other_than_the_requested_one_is_not_appended(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:70_000])
    repository.replies = [Reply(shift=1)]
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == ["bytes=70000-", None]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_a_complete_part_file_needs_no_more_bytes(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT)
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == [f"bytes={len(CONTENT)}-"]
    assert names(tmp_path) == ["jets.h5"]


def test_a_part_file_larger_than_the_servers_file_is_downloaded_again(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT + b"x")
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_a_response_without_a_length_is_accepted(url, repository, tmp_path):
    repository.replies = [Reply(sends_length=False)]
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", b"another beginning"])
def test_a_wrong_checksum_leaves_no_part_file_to_resume(url, tmp_path, part):
    if part:
        (tmp_path / "jets.h5.part").write_bytes(part)
    md5 = MD5 if part else "0" * 32
    line = failure(url, tmp_path / "jets.h5", md5)
    assert line == f"{url}: the download does not match the checksum md5:{md5} and was removed"
    assert names(tmp_path) == []


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (429, "429 Too Many Requests")])
def test_a_refusal_is_reported_and_keeps_the_part_file(url, repository, tmp_path, status, words):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:5])
    repository.replies = [Reply(status=status)]
    assert failure(url, tmp_path / "jets.h5") == f"{url}: the server returned {words}"
    assert (tmp_path / "jets.h5.part").read_bytes() == CONTENT[:5]


def test_an_unreachable_server_is_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as closed:  # bound, but not listening
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/jets.h5"
        with pytest.raises(DownloadError) as error:
            download(url, tmp_path / "jets.h5", MD5)
    assert str(error.value).startswith(f"{url} cannot be reached (Failed to establish a new connection")
    assert "Connection refused" in str(error.value)
    assert names(tmp_path) == []


def test_a_full_disk_leaves_a_part_file_that_can_be_resumed(url, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            download(url, tmp_path / "jets.h5", MD5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(tmp_path) == ["jets.h5.part"]
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_free_space_is_checked_before_writing(tmp_path):
    check_free_space(tmp_path, 1)
    with pytest.raises(UserError, match=f"^{tmp_path}: 1000000.0 GB are needed but .* GB are free; make room"):
        check_free_space(tmp_path, 10**15)
