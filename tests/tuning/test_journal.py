"""A journal survives faults of files and processes, and belongs to one search only."""

import os
import time

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.tuning.queue import finished_trials
from tagwerk.tuning.worker import Worker
from tests.tuning.conftest import expire_heartbeats, searched, study_in


def test_a_search_resumes_where_it_stopped(journal):
    first = searched(journal, 3).trials
    again = searched(journal, 5).trials
    assert [trial.params for trial in again[:3]] == [trial.params for trial in first]
    assert len(again) == 5


def test_a_journal_of_another_search_is_refused_and_unchanged(journal):
    searched(journal, 2, seed=1)
    before = journal.read_bytes()
    with pytest.raises(UserError) as error:
        study_in(journal, seed=2)
    message = f"{journal}: belongs to a search with another seed; continue that one, or delete the file to start over"
    assert str(error.value) == message
    assert journal.read_bytes() == before


def test_a_truncated_last_line_is_dropped(journal):
    params = [trial.params for trial in searched(journal, 3).trials]
    lines = journal.read_bytes()
    journal.write_bytes(lines + b'{"op_code":5,"worker_')
    trials = searched(journal, 4).trials
    assert [trial.params for trial in trials[:3]] == params
    assert len(trials) == 4
    assert len(study_in(journal).trials) == 4


@pytest.mark.parametrize("content", [b"no journal\n", b'{"op_code":5}\n', b"[1]\n", b"\xff\n"])
def test_a_file_that_is_not_a_journal_is_refused(journal, content):
    journal.parent.mkdir()
    journal.write_bytes(content)
    with pytest.raises(UserError, match="is damaged or not a search journal; delete it to start over"):
        study_in(journal)
    assert journal.read_bytes() == content


def test_the_lock_of_a_killed_process_expires(journal, monkeypatch):
    """With a relative path, for which the default lock hangs."""
    from optuna.storages.journal import JournalFileOpenLock

    from tagwerk.tuning import journal as module

    searched(journal, 1)
    monkeypatch.chdir(journal.parent)
    monkeypatch.setattr(module, "_lock", lambda path: JournalFileOpenLock(str(path), grace_period=3))
    for name in (f"{journal.name}.lock", f"{journal.name}.turn.lock"):
        os.close(os.open(name, os.O_CREAT))
    start = time.monotonic()
    assert len(searched(journal.relative_to(journal.parent), 2).trials) == 2
    assert 3 < time.monotonic() - start < 9


def test_a_damaged_journal_is_moved_aside_and_resumed_from_the_lines_before(journal, capsys):
    trials = searched(journal, 4).trials
    lines = journal.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    damaged = b"".join([*lines[:middle], lines[middle].replace(b"0", b"1"), *lines[middle + 1 :]])
    journal.write_bytes(damaged)
    expire_heartbeats(journal)
    again = searched(journal, 4)
    aside = journal.with_name(f"{journal.name}.damaged.1")
    kept = f"the search resumes from its {middle} lines before the damage"
    assert capsys.readouterr().err == f"tagwerk: {journal}: is damaged; it is now in {aside}, and {kept}\n"
    assert (aside / journal.name).read_bytes() == damaged
    assert len(finished_trials(again.trials)) == 4
    assert again.trials[0].params == trials[0].params


def test_a_damaged_journal_in_use_is_left_alone(journal):
    searched(journal, 2)
    first, *others = journal.read_bytes().splitlines(keepends=True)
    content = first + b"".join(others).replace(b"0", b"1")
    journal.write_bytes(content)
    match = "is damaged; wait a minute until its processes have ended"
    with Worker(journal), pytest.raises(UserError, match=match):
        study_in(journal)
    assert journal.read_bytes() == content


def test_every_flipped_bit_of_a_journal_is_noticed_or_harmless(journal, capsys):
    params = [(trial.params, trial.values) for trial in searched(journal, 3).trials]
    content = journal.read_bytes()
    last = range(8 * len(content) - 24, 8 * len(content))
    for bit in [*np.random.default_rng(1).choice(8 * len(content), 120, replace=False), *last]:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << int(bit % 8)
        journal.write_bytes(flipped)
        message = ""
        try:
            read = [(trial.params, trial.values) for trial in study_in(journal).trials]
        except UserError as error:
            message = str(error)
        noticed = f"{journal}: is damaged; it is now in" in capsys.readouterr().err
        refused = message == f"{journal}: is damaged or not a search journal; delete it to start over"
        assert noticed or refused or read == params
