"""A journal survives what happens to files and processes, and is of one search only."""

import os
import time

import numpy as np
import pytest

from tagwerk.errors import UserError
from tests.tuning.conftest import searched, study_in


def test_a_search_is_taken_up_where_it_was(journal):
    first = searched(journal, 3).trials
    again = searched(journal, 5).trials
    assert [each.params for each in again[:3]] == [each.params for each in first]
    assert len(again) == 5


def test_a_journal_of_another_search_is_refused_and_left_as_it_is(journal):
    searched(journal, 2, seed=1)
    before = journal.read_bytes()
    with pytest.raises(UserError) as mistake:
        study_in(journal, seed=2)
    said = f"{journal}: is of a search with another seed; go on with that one, or delete the file to begin anew"
    assert str(mistake.value) == said
    assert journal.read_bytes() == before


def test_a_last_line_that_was_cut_off_is_taken_out(journal):
    params = [each.params for each in searched(journal, 3).trials]
    lines = journal.read_bytes()
    journal.write_bytes(lines + b'{"op_code":5,"worker_')
    found = searched(journal, 4)
    assert [each.params for each in found.trials[:3]] == params
    assert len(found.trials) == 4
    assert len(study_in(journal).trials) == 4


@pytest.mark.parametrize("content", [b"no journal\n", b'{"op_code":5}\n', b"[1]\n", b"\xff\n"])
def test_a_file_that_is_no_journal_is_refused(journal, content):
    journal.parent.mkdir()
    journal.write_bytes(content)
    with pytest.raises(UserError, match="is damaged or no journal of a search; delete it to begin anew"):
        study_in(journal)
    assert journal.read_bytes() == content


def test_a_lock_that_a_killed_process_left_is_not_waited_for_forever(journal, monkeypatch):
    """Its path is relative here, where the default lock hangs."""
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


def test_no_flipped_bit_of_a_journal_goes_unseen(journal):
    params = [(each.params, each.values) for each in searched(journal, 3).trials]
    content = journal.read_bytes()
    last = range(8 * len(content) - 24, 8 * len(content))
    for bit in [*np.random.default_rng(1).choice(8 * len(content), 120, replace=False), *last]:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << int(bit % 8)
        journal.write_bytes(flipped)
        said = ""
        try:
            found = [(each.params, each.values) for each in study_in(journal).trials]
        except UserError as mistake:
            said = str(mistake)
        assert said == f"{journal}: is damaged or no journal of a search; delete it to begin anew" or found == params
