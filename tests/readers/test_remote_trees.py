"""Trees of files on a server: the same as those of local files, or one line that says why not, never fewer entries."""

import os
import re
import shutil
from collections.abc import Iterator

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.readers.podio import collection_names
from tagwerk.readers.root_trees import chunks, open_tree
from tagwerk.remote import RemoteError, RemoteFile
from tests import servers
from tests.servers import XRootDServer, cutting_proxy, http_server, xrootd_server

COLUMNS = ["x", "hits"]
STEP = 1000


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A tree of 20,000 entries in baskets of 1,000, about 1 MB that do not compress."""
    path, random = tmp_path_factory.mktemp("file") / "file.root", np.random.default_rng(1)
    with uproot.recreate(path) as opened:
        opened.mktree("t", {"x": "float64", "hits": "var * float64"})
        for _ in range(20):
            counts = random.integers(0, 10, 1000)
            hits = ak.unflatten(random.normal(size=counts.sum()), counts)
            opened["t"].extend({"x": random.normal(size=1000), "hits": hits})
    return path


@pytest.fixture
def server() -> Iterator[XRootDServer]:
    with xrootd_server() as running:
        yield running


def read(file):
    return ak.concatenate(list(chunks(file, open_tree(file, "t"), COLUMNS, STEP)))


def broken_while_reading(file, break_it):
    """The error of reading a file that becomes unreadable after its first entries."""
    entries = chunks(file, open_tree(file, "t"), COLUMNS, STEP)
    assert len(next(entries)) == STEP
    break_it()
    with pytest.raises(RemoteError) as fault:
        list(entries)
    return str(fault.value)


def test_a_tree_on_a_server_is_that_of_the_local_file(server, file):
    assert ak.array_equal(read(RemoteFile(*server.add(file))), read(file))


def test_a_server_that_restarts_costs_nothing(server, file):
    url, want = RemoteFile(*server.add(file)), read(file)
    entries = chunks(url, open_tree(url, "t"), COLUMNS, STEP)
    first = next(entries)
    server.kill()
    server.start()
    assert ak.array_equal(ak.concatenate([first, *entries]), want)


def test_a_server_that_is_gone_is_named(server, file):
    url = RemoteFile(*server.add(file))
    line = broken_while_reading(url, server.kill)
    assert line.startswith(f"{url}: cannot be read near entry 1000 ([FATAL] Connection error); check the host and ")


def test_a_file_that_becomes_shorter_is_named(server, file):
    url = RemoteFile(*server.add(file))
    line = broken_while_reading(url, lambda: os.truncate(server.files / file.name, 200_000))
    assert re.match(rf"{url}: cannot be read near entry [1-4]000 \(\[3005\] ", line)


def test_a_truncated_file_is_refused_at_once(server, file):
    url = RemoteFile(*server.add(file))
    os.truncate(server.files / file.name, 200_000)
    with pytest.raises(Exception, match=rf"^{url}: is truncated: its header gives {file.stat().st_size:,} bytes, the "):
        open_tree(url, "t")


@pytest.mark.parametrize("after", [400_000, 700_000, 1_000_000])
def test_a_connection_that_breaks_again_and_again_costs_nothing(server, file, after):
    (url,) = server.add(file)
    with cutting_proxy(server, after) as port:
        assert ak.array_equal(read(RemoteFile(url.replace(str(server.port), str(port)))), read(file))


@pytest.mark.parametrize("after", [10_000, 300_000, 800_000])
def test_an_answer_of_http_that_breaks_off_is_named(tmp_path, file, after, monkeypatch):
    shutil.copy(file, tmp_path / "broken.root")
    monkeypatch.setattr(servers, "BROKEN_AFTER", after)
    with (
        http_server(tmp_path) as url,
        pytest.raises(RemoteError, match=f"^{url}/broken.root: cannot be read.* is back"),
    ):
        read(RemoteFile(f"{url}/broken.root"))


def test_a_tree_over_http_is_that_of_the_local_file(tmp_path, file):
    shutil.copy(file, tmp_path)
    with http_server(tmp_path) as url:
        assert ak.array_equal(read(RemoteFile(f"{url}/{file.name}")), read(file))


def test_a_server_without_the_file_is_named_when_collections_are_looked_up(server):
    with pytest.raises(RemoteError, match=r"gone.root: cannot be read \(\[3011\] .*\); correct the card's key 'files'"):
        collection_names(RemoteFile(server.url("gone.root")), "events")
