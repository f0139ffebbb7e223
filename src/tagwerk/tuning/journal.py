"""The journal file through which processes share the trials of a search."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileOpenLock

from tagwerk.errors import UserError
from tagwerk.files import atomic_write, move_aside
from tagwerk.tuning.backend import CheckedBackend, damaged_journal, intact_lines
from tagwerk.tuning.worker import has_live_workers

_NAME = "search"
_IDENTITY = "made_with"


def open_study(path: Path, identity: Mapping[str, str], sampler: BaseSampler, pruner: BasePruner) -> optuna.Study:
    """Return the study in a journal, or a new one.

    Args:
        path: the journal file, which need not exist.
        identity: what the trials depend on, by the names used in messages.
        sampler: proposes settings to try.
        pruner: decides which trials to stop early.

    Raises:
        UserError: the file is damaged from its beginning or in use, or the journal of another search. One that is
            damaged later on is moved aside, and the search resumes from the lines before.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusive_access(path):
        try:
            _repair(path)
            storage = JournalStorage(CheckedBackend(path, _lock(path)))
            exists = any(study.study_name == _NAME for study in storage.get_all_studies())
            load_or_create = optuna.load_study if exists else optuna.create_study
            study = load_or_create(storage=storage, study_name=_NAME, sampler=sampler, pruner=pruner)
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
            raise damaged_journal(path) from None
        _check_identity(path, study, identity)
    return study


@contextmanager
def exclusive_access(path: Path) -> Iterator[None]:
    """Keep the other processes of a journal out of this block; a lock that a killed process left expires after 30 s."""
    lock = _lock(Path(f"{path}.turn"))
    lock.acquire()
    try:
        yield
    finally:
        with suppress(RuntimeError):  # expired after 30 s
            lock.release()


def _lock(path: Path) -> JournalFileOpenLock:
    """Return a lock that also works on network disks.

    Optuna's default, a symbolic link to the file, hangs after a process was killed if the file's path is relative: the
    link is then dangling, and its age unknown.
    """
    return JournalFileOpenLock(str(path))


def _repair(path: Path) -> None:
    """Keep only the lines before the first damaged one; move the file aside, unless only its last line is truncated.

    A line is truncated when its process or the disk failed, and would corrupt the next line.

    Raises:
        UserError: the first line is damaged, or other processes use the journal.
    """
    if not path.exists():
        return
    lock = _lock(path)
    lock.acquire()
    try:
        content = path.read_bytes()
        lines = list(intact_lines(content))
        intact = b"".join(lines)
        rest = content.removeprefix(intact)
        if not rest:
            return
        if b"\n" in rest or b"}" in rest[-2:]:
            if not intact:
                raise damaged_journal(path)
            if has_live_workers(path):
                raise UserError(f"{path}: is damaged; wait a minute until its processes have ended, and run again")
            aside = move_aside(path.with_name(f"{path.name}.damaged"), path)
            kept = f"the search resumes from its {len(lines)} lines before the damage"
            print(f"tagwerk: {path}: is damaged; it is now in {aside}, and {kept}", file=sys.stderr, flush=True)
        with atomic_write(path) as draft:
            draft.write_bytes(intact)
    finally:
        lock.release()


def _check_identity(path: Path, study: optuna.Study, identity: Mapping[str, str]) -> None:
    """Write the identity of a new search; compare that of an existing one."""
    made_with = study.user_attrs.get(_IDENTITY)
    if made_with is None:
        study.set_user_attr(_IDENTITY, dict(identity))
        return
    for name, value in identity.items():
        if made_with.get(name) != value:
            raise UserError(
                f"{path}: belongs to a search with another {name}; continue that one, or delete the file to start over"
            )
