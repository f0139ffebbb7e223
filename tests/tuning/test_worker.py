"""A process is seen while it works, and no longer than that."""

from tagwerk.tuning import worker
from tagwerk.tuning.worker import Worker
from tests.tuning.conftest import make_old, wait_for


def test_a_worker_is_seen_until_it_ends(tmp_path):
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        with Worker(journal) as other:
            assert one.sees(other.name)
            assert other.sees(one.name)
        assert not one.sees(other.name)
        assert one.sees(one.name)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_is_silent_for_a_minute_is_not_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "BEAT", 0.01)
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        silent = Worker(journal)
        silent._sign(silent.name).touch()
        assert one.sees(silent.name)
        make_old(journal)
        assert not one.sees(silent.name)
        make_old(journal)
        wait_for(lambda: Worker.sees(one, one.name))


def test_a_worker_gives_signs_of_life_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "BEAT", 0.01)
    journal = tmp_path / "journal.log"
    with Worker(journal) as one:
        sign = one._sign(one.name)
        make_old(journal)
        old = sign.stat().st_mtime
        wait_for(lambda: sign.stat().st_mtime > old + 30)
        sign.unlink()
        wait_for(sign.exists)


def test_a_name_that_is_none_is_not_seen(tmp_path):
    with Worker(tmp_path / "journal.log") as one:
        assert not one.sees("")
