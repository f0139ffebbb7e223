"""A worker is alive while its process works, and no longer."""

from tagwerk.tuning import worker
from tagwerk.tuning.worker import Worker
from tests.tuning.conftest import expire_heartbeats, wait_for


def test_a_worker_is_alive_until_it_ends(tmp_path):
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        with Worker(journal) as other:
            assert one.is_alive(other.name)
            assert other.is_alive(one.name)
        assert not one.is_alive(other.name)
        assert one.is_alive(one.name)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_without_a_heartbeat_for_a_minute_is_dead(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "HEARTBEAT", 0.01)
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        silent = Worker(journal)
        silent._heartbeat_file(silent.name).touch()
        assert one.is_alive(silent.name)
        expire_heartbeats(journal)
        assert not one.is_alive(silent.name)
        expire_heartbeats(journal)
        wait_for(lambda: Worker.is_alive(one, one.name))


def test_a_worker_keeps_its_heartbeat_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "HEARTBEAT", 0.01)
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        file = one._heartbeat_file(one.name)
        expire_heartbeats(journal)
        old = file.stat().st_mtime
        wait_for(lambda: file.stat().st_mtime > old + 30)
        file.unlink()
        wait_for(file.exists)


def test_an_empty_name_is_not_alive(tmp_path):
    with Worker(tmp_path / "journal.log") as one:
        assert not one.is_alive("")
