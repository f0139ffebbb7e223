"""A lock excludes other processes, names its holder, and does not outlive it."""

import errno
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tagwerk import locks
from tagwerk.errors import UserError
from tagwerk.locks import locked
from tagwerk.processes import Process

HOLD = """
import sys, time
from pathlib import Path
from tagwerk.locks import locked
with locked(Path(sys.argv[1]), "works here"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds a lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def held_by(path, process):
    path.write_text(json.dumps({"process": str(process), "host": "farm7", "since": "2026-01-01 12:00:00"}))


def test_a_live_process_is_named_and_keeps_its_lock(tmp_path, holder):
    before = (tmp_path / "lock").read_bytes()
    match = rf"{tmp_path}: process {holder.pid} on \S+ works here since 20\d\d-\S+ \S+; wait until it ends, or stop it"
    with pytest.raises(UserError, match=match), locked(tmp_path / "lock", "works here"):
        pass
    assert (tmp_path / "lock").read_bytes() == before


@pytest.mark.parametrize("wait", [True, False], ids=["reaped", "zombie"])
def test_the_lock_of_a_killed_process_is_taken_over_at_once(tmp_path, holder, wait):
    holder.kill()
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead; a zombie until it is reaped
    if wait:
        holder.wait()
    start = time.monotonic()
    with locked(tmp_path / "lock", "works here"):
        assert json.loads((tmp_path / "lock").read_text())["process"] == str(Process.current())
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - start < 5


def test_a_reused_process_id_holds_no_lock(tmp_path):
    held_by(tmp_path / "lock", replace(Process.current(), started=1))
    with locked(tmp_path / "lock", "works here"):
        pass
    assert list(tmp_path.iterdir()) == []


OTHER = replace(Process.current(), machine="farm7-1")


@pytest.mark.parametrize(
    "content", [None, "", '{"process": ', "[]"], ids=["of another machine", "empty", "truncated", "list"]
)
def test_a_process_on_another_machine_is_presumed_dead_without_heartbeat(tmp_path, monkeypatch, capsys, content):
    monkeypatch.setattr(locks, "HEARTBEAT_TIMEOUT", 1)
    held_by(tmp_path / "lock", OTHER)
    if content is not None:
        (tmp_path / "lock").write_text(content)
    with locked(tmp_path / "lock", "works here"):
        pass
    notice = f"tagwerk: {tmp_path}/lock: checking whether its process is alive, for up to 1 s\n"
    assert capsys.readouterr().err == notice
    assert list(tmp_path.iterdir()) == []


def test_a_stale_lock_is_taken_over_without_waiting(tmp_path, capsys):
    held_by(tmp_path / "lock", OTHER)
    os.utime(tmp_path / "lock", (time.time() - 3600,) * 2)
    with locked(tmp_path / "lock", "works here"):
        pass
    assert capsys.readouterr().err == ""


def test_a_heartbeat_from_another_machine_keeps_its_lock(tmp_path):
    held_by(tmp_path / "lock", OTHER)
    touch = threading.Timer(0.2, os.utime, [tmp_path / "lock"])
    touch.start()
    message = rf"process {OTHER.pid} on farm7 works here since 2026-01-01 12:00:00"
    with pytest.raises(UserError, match=message), locked(tmp_path / "lock", "works here"):
        pass
    touch.join()
    assert (tmp_path / "lock").exists()


def test_the_holder_sends_heartbeats(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "HEARTBEAT", 0.05)
    with locked(tmp_path / "lock", "works here"):
        os.utime(tmp_path / "lock", (0, 0))
        time.sleep(0.5)
        assert time.time() - (tmp_path / "lock").stat().st_mtime < 5


def test_after_an_error_only_the_own_lock_is_removed(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "lock", "works here"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path / "lock", "works here"):
        held_by(tmp_path / "lock", OTHER)
    assert (tmp_path / "lock").exists()


def test_only_one_of_many_threads_takes_over_a_dead_lock(tmp_path):
    held_by(tmp_path / "lock", replace(Process.current(), started=1))
    inside, counts = [], []

    def work():
        try:
            with locked(tmp_path / "lock", "works here"):
                inside.append(1)
                counts.append(len(inside))
                time.sleep(0.3)
                inside.pop()
        except UserError:
            pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(counts) == {1}


def test_a_process_that_died_while_it_removed_a_lock_keeps_it_from_no_one(tmp_path, monkeypatch):
    held_by(tmp_path / "lock", replace(Process.current(), started=1))
    locks._second_name(tmp_path / "lock", (tmp_path / "lock").read_text()).hardlink_to(tmp_path / "lock")
    monkeypatch.setattr(locks, "HEARTBEAT_TIMEOUT", 0.1)
    time.sleep(0.2)
    with locked(tmp_path / "lock", "works here"):
        assert json.loads((tmp_path / "lock").read_text())["process"] == str(Process.current())
    assert list(tmp_path.iterdir()) == []


def test_a_dead_lock_is_removed_where_files_cannot_have_second_names(tmp_path, monkeypatch):
    def refused(path, target):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    held_by(tmp_path / "lock", replace(Process.current(), started=1))
    monkeypatch.setattr(Path, "hardlink_to", refused)
    with locked(tmp_path / "lock", "works here"):
        assert json.loads((tmp_path / "lock").read_text())["process"] == str(Process.current())
    assert list(tmp_path.iterdir()) == []
