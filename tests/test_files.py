import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from tagwerk import files
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.processes import Process


def write_file(draft):
    draft.write_text("half")


def write_directory(draft):
    draft.mkdir()
    (draft / "inside").write_text("half")


def write_and_fail(path, write):
    with atomic_write(path) as draft:
        write(draft)
        raise KeyboardInterrupt


WRITERS = pytest.mark.parametrize("write", [write_file, write_directory])


@WRITERS
def test_the_output_appears_complete_and_leaves_no_draft(tmp_path, write):
    with atomic_write(tmp_path / "a/b/out") as draft:
        write(draft)
        assert not (tmp_path / "a/b/out").exists()
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["out"]


@WRITERS
def test_after_an_error_nothing_is_left(tmp_path, write):
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "out", write)
    assert list(tmp_path.iterdir()) == []


@WRITERS
def test_after_an_error_the_old_content_is_kept(tmp_path, write):
    with atomic_write(tmp_path / "out") as draft:
        write(draft)
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "out", write)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    out = tmp_path / "out"
    assert (out / "inside" if out.is_dir() else out).read_text() == "half"


@pytest.mark.parametrize(
    ("old", "write"), [(write_file, write_file), (write_file, write_directory), (write_directory, write_directory)]
)
def test_the_old_content_is_replaced_as_a_whole(tmp_path, old, write):
    old(tmp_path / "out")
    with atomic_write(tmp_path / "out") as draft:
        write(draft)
        written = draft.is_dir()
    assert (tmp_path / "out").is_dir() == written
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@WRITERS
def test_a_directory_with_other_files_is_never_replaced(tmp_path, write):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("years of work")
    with (
        pytest.raises(UserError, match=r"out: is a directory with other files in it \(thesis.tex\)"),
        atomic_write(tmp_path / "out") as draft,
    ):
        write(draft)
    assert (tmp_path / "out/thesis.tex").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_suffix_stays_last_for_writers_that_choose_their_format_by_it(tmp_path):
    with atomic_write(tmp_path / "out.parquet") as draft:
        assert draft.suffix == ".parquet"
        assert draft.parent == tmp_path
        draft.touch()


def test_the_draft_of_a_killed_process_is_no_obstacle(tmp_path):
    with atomic_write(tmp_path / "out") as draft:
        write_directory(draft)
        name = draft.name
    write_directory(tmp_path / name)  # process ids are reused, in a container soon
    with atomic_write(tmp_path / "out") as draft:
        write_directory(draft)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


KILLED = """
import os, sys, time
from pathlib import Path
from tagwerk.files import atomic_write
with atomic_write(Path(sys.argv[1])) as draft:
    draft.mkdir()
    (draft / "inside").write_text("half")
    print(draft.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writing():
    """A function that starts a process writing a directory, and returns the process and its draft."""
    processes = []

    def start(path):
        command = [sys.executable, "-c", KILLED, str(path)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return processes[-1], path.with_name(processes[-1].stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_next_process_writing_the_same_path_removes_the_draft_of_a_killed_one(tmp_path, writing):
    process, draft = writing(tmp_path / "out")
    process.kill()
    process.wait()
    assert draft.exists()
    for name in ("other", "ut", "out.json"):
        with atomic_write(tmp_path / name) as other:
            write_file(other)
        assert draft.exists()
    with atomic_write(tmp_path / "out") as draft:
        write_directory(draft)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out", "out.json", "ut"]


def test_the_draft_of_a_live_process_is_kept(tmp_path, writing):
    _, draft = writing(tmp_path / "out")
    with atomic_write(tmp_path / "out") as own:
        write_directory(own)
    assert (draft / "inside").read_text() == "half"


@pytest.mark.parametrize(
    ("change", "hours", "kept"),
    [
        ({"machine": "other-1"}, 1, True),
        ({"machine": "other-1"}, 30, False),
        ({"started": 1}, 0, False),  # the process id was reused
        ({"pid": 2**22 + 1}, 0, False),  # no process has this id
    ],
)
def test_drafts_of_dead_processes_are_removed_those_of_another_machine_after_a_day(tmp_path, change, hours, kept):
    left = tmp_path / f".{replace(Process.current(), **change)}.part [1].parquet"
    left.mkdir()
    inside = left / "inside"
    inside.touch()
    for path in (inside, left):
        os.utime(path, (time.time() - 3600 * hours,) * 2)
    with atomic_write(tmp_path / "part [1].parquet") as draft:
        write_file(draft)
    assert left.exists() == kept


@pytest.mark.parametrize("name", [".git.out", ".1.out", ".a.b.c.out", ".hidden", ".x.1.2.3.out"])
def test_unrelated_hidden_files_are_never_removed(tmp_path, name):
    (tmp_path / name).touch()
    with atomic_write(tmp_path / "out") as draft:
        write_file(draft)
    assert (tmp_path / name).exists()


def rewrite(path, text):
    with atomic_write(path) as draft:
        draft.mkdir()
        (draft / "inside").write_text(text)


def test_a_directory_is_replaced_without_a_moment_in_which_there_is_none(tmp_path):
    out, done, missing = tmp_path / "out", threading.Event(), []
    rewrite(out, "0")

    def watch():
        while not done.is_set():
            try:
                os.stat(out)  # noqa: PTH116
            except FileNotFoundError as error:
                missing.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(300):
        rewrite(out, str(number))
    done.set()
    watcher.join()
    assert missing == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def no_exchange(monkeypatch):
    """As on a disk that cannot exchange two names, such as NFS."""
    monkeypatch.setattr(files, "_exchange", lambda path, other: False)


def test_a_directory_is_replaced_on_a_disk_that_cannot_exchange_names(tmp_path, no_exchange):
    for text in ("old", "new"):
        rewrite(tmp_path / "out", text)
    assert (tmp_path / "out/inside").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_an_exchange_an_error_brings_the_old_directory_back(tmp_path, no_exchange):
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "out"):
        pass  # nothing is written
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_process_was_replacing_is_removed(tmp_path):
    dead = replace(Process.current(), started=1)
    (tmp_path / f".{dead}.replaced.out").mkdir()
    rewrite(tmp_path / "out", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


LEFTOVERS = pytest.mark.parametrize(
    "name", [".nfs000000000532b5a200000a3c", ".fuse_hidden0000abc700000001", ".__afsA1B2", ".snakemake_timestamp"]
)


@LEFTOVERS
def test_leftovers_of_shared_file_systems_are_not_other_files(tmp_path, name):
    rewrite(tmp_path / "out", "old")
    (tmp_path / "out" / name).touch()
    rewrite(tmp_path / "out", "new")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["inside"]


@LEFTOVERS
def test_a_leftover_that_cannot_be_removed_yet_is_no_error(tmp_path, monkeypatch, name):
    """NFS refuses to remove a file that another process has open; it vanishes by itself."""
    rewrite(tmp_path / "out", "old")
    (tmp_path / "out" / name).touch()
    unlink = os.unlink

    def refuse(path, **options):
        if str(path).endswith(name):
            raise OSError(16, "Device or resource busy", str(path))
        unlink(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        rewrite(tmp_path / "out", "new")
    (draft,) = (path for path in tmp_path.iterdir() if path.name != "out")
    assert [path.name for path in draft.iterdir()] == [name]
    assert (tmp_path / "out/inside").read_text() == "new"
    draft.rename(tmp_path / f".{replace(Process.current(), started=1)}.out")
    rewrite(tmp_path / "out", "newest")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_that_cannot_be_removed_is_an_error(tmp_path, monkeypatch):
    def refuse(path, **options):
        raise OSError(16, "Device or resource busy", str(path))

    rewrite(tmp_path / "out", "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        with pytest.raises(OSError, match="busy"):
            files.remove(tmp_path / "out")
    files.remove(tmp_path / "out")
    files.remove(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_directory_is_replaced_and_its_target_kept(tmp_path):
    rewrite(tmp_path / "target", "old")
    (tmp_path / "out").symlink_to("target")
    rewrite(tmp_path / "out", "new")
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "target/inside").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "target"]


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "-pf", "true"], capture_output=True).returncode != 0,
    reason="no permission for a PID namespace, as containers have",
)
def test_containers_with_equal_process_numbers_keep_each_others_drafts(tmp_path):
    """The same host name and the same number: only the namespaces differ."""
    container = ["unshare", "-pf", "--mount-proc", sys.executable, "-c", KILLED, str(tmp_path / "out")]
    processes, drafts = [], []
    for _ in range(2):
        processes.append(subprocess.Popen(container, stdout=subprocess.PIPE, text=True))
        drafts.append(processes[-1].stdout.readline().strip())
    try:
        first, second = (Process.parse(draft.removeprefix(".").removesuffix(".out")) for draft in drafts)
        assert first.pid == second.pid
        assert first.machine != second.machine
        rewrite(tmp_path / "out", "new")
        assert [(tmp_path / draft / "inside").read_text() for draft in drafts] == ["half", "half"]
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()
