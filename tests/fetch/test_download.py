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
from tagwerk.fetch.download import DownloadError, check_room, download
from tests.fetch.server import Does, serving

CONTENT = random.Random(1).randbytes(100_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
BUSY = Does(status=503)


@pytest.fixture
def url(repository):
    repository.files["jets.h5"] = CONTENT
    return f"{repository.url}/records/42/files/jets.h5?download=1"


def said(url, target, md5=MD5):
    """The one line that a download ends in."""
    with pytest.raises(UserError) as mistake:
        download(url, target, md5)
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_comes_is_what_the_server_has_and_nothing_else_is_left(url, repository, tmp_path):
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT
    assert names(tmp_path) == ["jets.h5"]
    assert repository.ranges == [None]


def test_others_may_read_the_file_as_the_users_other_files(url, tmp_path):
    (tmp_path / "beside").touch()
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").stat().st_mode == (tmp_path / "beside").stat().st_mode


@pytest.fixture(scope="module")
def shared():
    with pytest.MonkeyPatch.context() as patch, serving() as repository:
        patch.setenv("NO_PROXY", "127.0.0.1")
        repository.files["jets.h5"] = CONTENT
        yield repository


@given(st.lists(st.integers(0, len(CONTENT)), min_size=1, max_size=3), st.booleans())
def test_wherever_it_breaks_off_the_resumed_file_is_the_original(shared, points, ranges):
    url = f"{shared.url}/records/42/files/jets.h5"
    with TemporaryDirectory() as folder:
        target = Path(folder) / "jets.h5"
        part = Path(folder) / "jets.h5.part"
        for point in points:
            have = part.stat().st_size if part.exists() else 0
            shared.next = [Does(bytes=point), BUSY]
            if have + point < len(CONTENT):
                assert "503" in said(url, target)
                assert have + point - part.stat().st_size < 1 << 14
                assert CONTENT.startswith(part.read_bytes())
                assert not target.exists()
        shared.next = [Does(ranges=ranges)]
        download(url, target, MD5)
        assert target.read_bytes() == CONTENT
        assert names(target.parent) == ["jets.h5"]


def test_the_next_run_asks_for_the_rest_alone(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:70_000])
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == ["bytes=70000-"]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_a_server_that_breaks_off_is_asked_again_while_that_brings_something(url, repository, tmp_path):
    repository.next = [Does(bytes=40_000), Does(bytes=40_000)]
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == [None, "bytes=32768-", "bytes=65536-"]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


@pytest.mark.parametrize("does", [Does(bytes=0), Does(bytes=40_000, ranges=False)])
def test_a_server_that_always_breaks_off_at_the_same_byte_is_given_up(url, repository, tmp_path, does):
    repository.next = [does] * 9
    assert "the server breaks off after" in said(url, tmp_path / "jets.h5")
    assert len(repository.next) >= 6
    assert names(tmp_path) == ["jets.h5.part"]


def test_an_answer_of_another_range_than_asked_for_is_not_appended(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:70_000])
    repository.next = [Does(shift=1)]
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == ["bytes=70000-", None]
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_all_bytes_and_no_name_yet_need_no_byte_more(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT)
    download(url, tmp_path / "jets.h5", MD5)
    assert repository.ranges == [f"bytes={len(CONTENT)}-"]
    assert names(tmp_path) == ["jets.h5"]


def test_more_than_the_server_has_is_fetched_anew(url, repository, tmp_path):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT + b"x")
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


def test_a_server_that_does_not_say_how_long_its_answer_is_will_do(url, repository, tmp_path):
    repository.next = [Does(length=False)]
    download(url, tmp_path / "jets.h5", MD5)
    assert (tmp_path / "jets.h5").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", b"another beginning"])
def test_a_wrong_checksum_leaves_nothing_to_go_on_from(url, tmp_path, part):
    if part:
        (tmp_path / "jets.h5.part").write_bytes(part)
    wanted = MD5 if part else "0" * 32
    line = said(url, tmp_path / "jets.h5", wanted)
    assert line == f"{url}: what came does not have the checksum md5:{wanted} and is removed"
    assert names(tmp_path) == []


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (429, "429 Too Many Requests")])
def test_a_refusal_is_said_and_keeps_what_came_before(url, repository, tmp_path, status, words):
    (tmp_path / "jets.h5.part").write_bytes(CONTENT[:5])
    repository.next = [Does(status=status)]
    assert said(url, tmp_path / "jets.h5") == f"{url}: the server answers {words}"
    assert (tmp_path / "jets.h5.part").read_bytes() == CONTENT[:5]


def test_a_server_out_of_reach_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as unheard:  # bound, but nobody listens
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/jets.h5"
        with pytest.raises(DownloadError) as mistake:
            download(url, tmp_path / "jets.h5", MD5)
    assert str(mistake.value).startswith(f"{url} cannot be reached (Failed to establish a new connection")
    assert "Connection refused" in str(mistake.value)
    assert names(tmp_path) == []


def test_a_disk_that_fills_up_leaves_what_can_be_gone_on_from(url, tmp_path):
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


def test_room_is_asked_for_before_a_byte_is_written(tmp_path):
    check_room(tmp_path, 1)
    with pytest.raises(UserError, match=f"^{tmp_path}: 1000000.0 GB are wanted but .* GB are free; make room"):
        check_room(tmp_path, 10**15)
