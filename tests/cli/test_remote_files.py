"""check, ingest and draft of files on a server: as of local files, or one line and no output."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
import yaml

from tests.conftest import DATASET, Toy, changed, run, toy_branches, write_card, write_root
from tests.servers import XRootDServer, cutting_proxy, http_server, xrootd_server


@pytest.fixture(scope="module")
def server(toy: Toy) -> Iterator[XRootDServer]:
    with xrootd_server() as running:
        running.add(*toy.files)
        yield running


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file of a part but its provenance, which has paths and times."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "provenance.json"}


@pytest.mark.parametrize("event", [["event"], ["file", "event"]])
def test_the_records_are_those_of_the_local_file_to_the_byte(server, toy, tmp_path, capsys, event):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "event", event))
    for folder, file in (("remote", server.url("toy_0.root")), ("local", toy.files[0])):
        assert run("ingest", card, file, "--out", tmp_path / folder / "toy_0") == 0
    assert contents(tmp_path / "remote/toy_0") == contents(tmp_path / "local/toy_0")


def test_the_check_is_that_of_the_local_file(server, toy, capsys):
    results = []
    for file in (server.url("toy_0.root"), toy.files[0]):
        assert run("check", file, toy.card) == 0
        results.append(capsys.readouterr().out.removeprefix(f"{file}: "))
    assert results[0] == results[1]


def test_a_draft_names_the_url(server, toy, tmp_path):
    url, card = server.url("toy_0.root"), tmp_path / "drafts/datasets/toy.yaml"
    card.parent.mkdir(parents=True)
    assert run("draft", url, "--out", card) == 0
    assert yaml.safe_load(card.read_text())["files"] == [url]
    assert run("check", card, url) == 0


@pytest.mark.parametrize("command", ["check", "ingest", "draft"])
def test_a_missing_file_is_named(server, toy, tmp_path, failed, command):
    url = server.url("toy_2.root")
    card, options = [] if command == "draft" else [toy.card], ["--out", tmp_path / "out"]
    line = failed(command, *card, url, *options)
    assert line.startswith(f"tagwerk: {url}: cannot be read ([3011] ")
    assert line.endswith("no such file or directory); correct the card's key 'files'")
    assert not list(tmp_path.iterdir())


def test_a_file_without_permission_is_named(server, toy, tmp_path, failed):
    hidden = server.files / "hidden.root"
    hidden.write_bytes(toy.files[0].read_bytes())
    hidden.chmod(0o600 if os.getuid() == 0 else 0o000)
    line = failed("ingest", toy.card, server.url("hidden.root"), "--out", tmp_path / "out")
    assert "hidden.root: cannot be read ([3010] " in line
    assert "denied); get a token or proxy for its server (BEARER_TOKEN, X509_USER_PROXY), or ask for read " in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "fault"), [(b"", "is empty (0 bytes)"), (b"<html>x</html>", "it is HTML, perhaps a")]
)
def test_a_file_that_is_no_root_file_is_named(server, toy, failed, content, fault):
    (server.files / "wrong.root").write_bytes(content)
    assert fault in failed("check", toy.card, server.url("wrong.root"))


def test_a_folder_is_named(server, toy, failed):
    (server.files / "folder").mkdir()
    url = server.url("folder")
    assert f"{url}: is a directory; name the files in it, such as {url}/*.root" in failed("check", toy.card, url)


@pytest.mark.parametrize(
    ("layout", "kind"), [("hdf5", "an HDF5 file"), ("energyflow", "an .npz file"), ("parquet", "a Parq")]
)
def test_other_formats_are_to_be_copied(toy, tmp_path, failed, layout, kind):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "layout", layout))
    line = failed("check", card, "root://no.host//file")
    assert line.startswith(f"tagwerk: root://no.host//file: {kind}")
    assert line.endswith(" can only be read from a local disk; copy it there, for example with xrdcp")


def test_a_draft_of_another_format_is_to_be_copied(server, tmp_path, failed):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file["x"] = [1]
    (url,) = server.add(tmp_path / "file.h5")
    assert failed("draft", url).startswith(f"tagwerk: {url}: an HDF5 file can only be read from a local disk; copy")


@pytest.mark.parametrize("protocol", ["root", "http"])
def test_a_connection_that_breaks_leaves_one_line_and_nothing_else(server, toy, tmp_path, protocol):
    """In its own process, since the client of XRootD has its last word at its end."""
    file = write_root(tmp_path / "broken.root", toy_branches(0, 3000))
    with http_server(tmp_path) as http, cutting_proxy(server, 200_000) as port:
        (url,) = server.add(file)
        urls = {"root": url.replace(str(server.port), str(port)), "http": f"{http}/broken.root"}
        command = [
            sys.executable,
            "-m",
            "tagwerk",
            "ingest",
            str(toy.card),
            urls[protocol],
            "--out",
            str(tmp_path / "out"),
        ]
        settings = os.environ | {"XRD_REQUESTTIMEOUT": "3"}
        done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=100)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("read broken.root: ")]
    assert done.returncode == 2
    assert [line.partition(" (")[0] for line in lines] == [f"tagwerk: {urls[protocol]}: cannot be read near entry 0"]
    assert [path.name for path in tmp_path.iterdir()] == ["broken.root"]
