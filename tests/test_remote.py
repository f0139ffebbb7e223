"""Files on a server: their names, their folders, and what is said when one cannot be read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwerk.errors import UserError
from tagwerk.remote import RemoteFile, data_path, matching_files, require_local
from tests.servers import XRootDServer, http_server, xrootd_server

FILES = ("a.root", "b.root", "c.h5", ".hidden.root", "2023/a.root", "2024/a.root", "2024/deep/x.root")


def fill(folder: Path) -> None:
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


@pytest.fixture(scope="module")
def xrootd() -> Iterator[XRootDServer]:
    with xrootd_server() as server:
        fill(server.files)
        yield server


@pytest.fixture(scope="module", params=["root", "http"])
def top(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a folder with the files, with a slash at its end."""
    if request.param == "root":
        yield request.getfixturevalue("xrootd").url("")
        return
    folder = tmp_path_factory.mktemp("served")
    fill(folder)
    with http_server(folder) as url:
        yield f"{url}/"


@pytest.mark.parametrize("first", ["", "from XRootD import client; "])
def test_where_loading_the_client_would_end_the_process_a_line_says_so(first):
    """XRootD's client, loaded after TensorFlow, ends in a segmentation fault; before it, both work."""
    code = (
        f"{first}import tensorflow; from tagwerk.errors import UserError; from tagwerk.remote import data_path\n"
        "try:\n    data_path('root://localhost:1//a.root').stat()\nexcept UserError as error:\n    print(error)"
    )
    environment = os.environ | {"XRD_CONNECTIONWINDOW": "1", "XRD_CONNECTIONRETRY": "1"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("root://localhost:1//a.root: ")
    cause = "cannot be read" if first else "XRootD's client cannot be loaded after TensorFlow; begin the program with "
    assert cause in run.stdout


def test_a_url_keeps_its_slashes_and_other_names_are_local():
    url = "root://eos.cern.ch//store/user/jets.root"
    file = data_path(url)
    assert str(file) == os.fspath(file) == f"{file}" == url
    assert (file.name, file.stem, file.suffix) == ("jets.root", "jets", ".root")
    assert str(file.parent) == "root://eos.cern.ch//store/user"
    assert file.resolve() == file == data_path(file) != data_path(f"{url}2")
    assert type(data_path("a/b.root")) is type(data_path(Path("a//b.root"))) is type(Path())


def test_an_unknown_protocol_is_named():
    with pytest.raises(UserError, match=r"^davs://a/b.root: the protocol 'davs' is not supported; give a URL with "):
        data_path("davs://a/b.root")


def test_a_url_without_wildcards_asks_no_server():
    for url in ("root://no.such.host//a.root", "root://[::1]:1094//a.root", "https://no.such.host/a.root?b=1"):
        assert matching_files(url) == (RemoteFile(url),)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.root", ["a.root", "b.root"]),
        (".*.root", [".hidden.root"]),
        ("[b-c].*", ["b.root", "c.h5"]),
        ("202?/a.root*", ["2023/a.root", "2024/a.root"]),
        ("*/a.root", ["2023/a.root", "2024/a.root"]),
        ("*/deep/*", ["2024/deep/x.root"]),
        ("2024/**/*.root", ["2024/a.root", "2024/deep/x.root"]),
        ("**/x.root", ["2024/deep/x.root"]),
        ("*.txt", []),
    ],
)
def test_patterns_match_the_files_that_a_server_lists(top, pattern, names):
    assert matching_files(f"{top}{pattern}") == tuple(RemoteFile(f"{top}{name}") for name in names)


def test_a_folder_that_cannot_be_listed_is_an_error(top):
    with pytest.raises(UserError, match=rf"^{top}nowhere: cannot be read \(.*no such file"):
        matching_files(f"{top}nowhere/*.root")


def test_a_hidden_folder_between_others_is_an_error(xrootd):
    """fsspec's own glob would leave its files out."""
    locked = xrootd.files / "some/locked"
    locked.mkdir(parents=True)
    locked.chmod(0o700 if os.getuid() == 0 else 0o000)  # as root, the tests run the server as another user
    url = xrootd.url("some/locked")
    with pytest.raises(UserError, match=f"^{url}: cannot be listed, it is a file or permission is denied; name the"):
        matching_files(xrootd.url("some/*/a.root"))


def test_size_and_bytes_are_those_of_the_file(top):
    file = RemoteFile(f"{top}2024/a.root")
    assert file.stat().st_size == 11
    with file.open() as opened:
        assert opened.read(4) == b"2024"
        assert opened.seek(-4, os.SEEK_END) == 7
        assert opened.read() == b"root"
        assert opened.read() == b""


def test_a_missing_file_is_named(top):
    with pytest.raises(UserError, match=rf"^{top}d.root: cannot be read \(.*\); correct the card's key 'files'"):
        RemoteFile(f"{top}d.root").stat()


def test_one_slash_after_the_host_is_explained(xrootd):
    with pytest.raises(UserError, match=r"relative path.*; write two slashes after the host: root://host//path$"):
        RemoteFile(xrootd.url("a.root").replace("//a.root", "/a.root")).stat()


def test_a_file_that_http_refuses_or_sends_without_ranges(tmp_path):
    for name in ("denied.root", "no_ranges.root"):
        (tmp_path / name).write_bytes(bytes(1_000_000))
    with http_server(tmp_path) as url:
        message = r"/denied.root: cannot be read \(403.*\); get a token or proxy for it"
        with pytest.raises(UserError, match=message):
            RemoteFile(f"{url}/denied.root").stat()
        message = r"/no_ranges.root: cannot be read \(asked for 65,536 bytes, its server sent 1,000,000\)"
        with pytest.raises(UserError, match=message):
            RemoteFile(f"{url}/no_ranges.root").open().read(10)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "localhost:1"])
@pytest.mark.parametrize("protocol", ["root", "http"])
def test_a_host_that_does_not_answer_is_named_within_seconds(protocol, host):
    pytest.importorskip({"root": "fsspec_xrootd", "http": "aiohttp"}[protocol])
    url = f"{protocol}://{host}//a.root"
    code = f"from tagwerk.remote import RemoteFile\nRemoteFile({url!r}).stat()"
    settings = os.environ | {"XRD_CONNECTIONWINDOW": "1", "XRD_CONNECTIONRETRY": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, timeout=60)
    assert f"RemoteError: {url}: cannot be read (" in done.stderr
    assert "; check the host and the network, or run again when its server is back" in done.stderr


@pytest.mark.slow
def test_files_of_a_server_that_is_gone_are_not_closed_at_exit():
    with xrootd_server() as server:
        (server.files / "a.root").write_bytes(bytes(200_000))
        code = f"""
import os, signal
from tagwerk.remote import RemoteError, RemoteFile
file = RemoteFile({server.url("a.root")!r})
stream = file.open()
print(stream.read(1))
os.kill({server.pid}, signal.SIGSTOP)
try:
    stream.seek(100_000)
    stream.read(1)
except RemoteError as error:
    print(error)
os.kill({server.pid}, signal.SIGKILL)
"""
        settings = os.environ | {"XRD_STREAMTIMEOUT": "2", "XRD_TIMEOUTRESOLUTION": "1"}
        done = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, timeout=60)
    content, line = done.stdout.splitlines()
    assert content == "b'\\x00'"
    assert "a.root: cannot be read ([FATAL] Socket timeout); " in line
    assert done.stderr == ""


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.http", raising=False)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "http", raising=False)
    with pytest.raises(UserError, match=r"^http://a/b.root: needs the package 'aiohttp' \(.*\); pip install aiohttp$"):
        RemoteFile("http://a/b.root").stat()


def test_other_formats_are_to_be_copied():
    require_local(Path("a.h5"), "an HDF5 file")
    with pytest.raises(UserError, match=r"^root://a//b.h5: an HDF5 file can only be read from a local disk; copy it "):
        require_local(RemoteFile("root://a//b.h5"), "an HDF5 file")
