"""The journal file through which processes share the trials of a search."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileOpenLock

from tagwerk.errors import UserError
from tagwerk.tuning.backend import CheckedBackend, damaged_journal

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
        UserError: the file is damaged, or the journal of another search.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusive_access(path):
        try:
            _drop_truncated_line(path)
            storage = JournalStorage(CheckedBackend(path, _lock(path)))
            exists = any(study.study_name == _NAME for study in storage.get_all_studies())
            load_or_create = optuna.load_study if exists else optuna.create_study
            study = load_or_create(storage=storage, study_name=_NAME, sampler=sampler, pruner=pruner)
        except (ValueError, KeyError, TypeError, AttributeError):
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


def _drop_truncated_line(path: Path) -> None:
    """Remove a last line that was truncated when its process or the disk failed: it would corrupt the next line.

    Raises:
        ValueError: the last line lacks only its line ending, or the last complete line is not JSON, which Optuna does
            not report for the last line.
    """
    if not path.exists():
        return
    lock = _lock(path)
    lock.acquire()
    try:
        with path.open("r+b") as file:
            lines = file.read().splitlines(keepends=True)
            if lines and not lines[-1].endswith(b"\n"):
                if lines[-1][:-1].endswith(b"}"):
                    raise ValueError("the end of the last line is damaged")
                file.truncate(sum(map(len, lines[:-1])))
                del lines[-1]
        json.loads(lines[-1] if lines else "{}")
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
