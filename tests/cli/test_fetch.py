import pytest

from tagwerk.fetch.catalogue import CATALOGUE
from tests.conftest import run
from tests.fetch.server import Reply, serving, tar_of

FILES = {"a.h5": b"a" * 99, "b.h5": b"b" * 99, "val.tar": tar_of({"val/TTBar_000.root": b"top"})}


@pytest.fixture
def repository(monkeypatch, tmp_path):
    """A repository whose files are the public data set 'toy'."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    with serving() as repository:
        repository.files |= FILES
        monkeypatch.setitem(CATALOGUE, "toy", repository.as_dataset())
        yield repository


def test_files_are_stored_where_the_cards_expect_them_and_listed(repository, tmp_path, capsys):
    assert run("fetch", "toy") == 0
    assert (tmp_path / "data/toy/b.h5").read_bytes() == FILES["b.h5"]
    assert (tmp_path / "data/toy/val/TTBar_000.root").read_bytes() == b"top"
    assert capsys.readouterr().out.splitlines() == [
        "Toy jets: 3 of 3 files; the whole set is 0.1 GB",
        "data/toy/a.h5: fetched",
        "data/toy/b.h5: fetched",
        "data/toy/val.tar: fetched and unpacked",
        "Cite Nobody (2019), https://doi.org/10.5281/zenodo.42. Licence: see there.",
    ]


def test_a_pattern_and_a_folder_can_be_given(repository, tmp_path):
    assert run("fetch", "toy", "--out", "elsewhere", "--only", "b*") == 0
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["b.h5"]


def test_an_error_at_the_second_file_says_how_to_resume_and_a_second_run_does(repository, failed, tmp_path, capsys):
    repository.replies = [Reply(), Reply(status=503)]
    assert failed("fetch", "toy") == (
        f"tagwerk: {repository.url}/records/42/files/b.h5?download=1: the server returned 503 Service Unavailable;"
        " run the same command again to resume, or first download b.h5 and 1 more from"
        " https://doi.org/10.5281/zenodo.42 to data/toy by hand"
    )
    assert [path.name for path in (tmp_path / "data/toy").iterdir()] == ["a.h5"]
    assert run("fetch", "toy") == 0
    assert "data/toy/a.h5: already there\ndata/toy/b.h5: fetched\n" in capsys.readouterr().out


def test_without_a_network_one_line_says_what_failed_and_how_to_continue(repository, failed, monkeypatch):
    closed = repository.url.replace("127.0.0.1", "127.0.0.2")  # where no server listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.2")
    monkeypatch.setattr(repository, "url", closed)
    monkeypatch.setitem(CATALOGUE, "toy", repository.as_dataset())
    line = failed("fetch", "toy")
    assert line.startswith(f"tagwerk: {closed}/records/42/files/a.h5?download=1 cannot be reached (Failed to establish")
    assert "first download a.h5 and 2 more from https://doi.org/10.5281/zenodo.42 to data/toy by hand" in line


def test_an_unknown_set_or_file_is_refused_with_the_nearest(failed):
    assert failed("fetch", "top_landscapes").endswith("'top_landscapes'; did you mean 'top_landscape'?")
    assert failed("fetch", "top_landscape", "--only", "tests.h5").endswith("'tests.h5'; did you mean 'test.h5'?")


def test_a_folder_without_permission_is_refused_in_one_line(repository, failed):
    line = failed("fetch", "toy", "--out", "/sys/tagwerk")
    assert line.startswith("tagwerk: /sys/tagwerk: ")
    assert line.endswith("; make room or give another folder, then run the same command again")
