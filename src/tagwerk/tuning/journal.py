"""The file in which processes share a search: all that was tried, line after line."""

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
from tagwerk.tuning.backend import CheckedBackend, damaged

_NAME = "search"
_IDENTITY = "made_with"


def open_study(path: Path, identity: Mapping[str, str], sampler: BaseSampler, pruner: BasePruner) -> optuna.Study:
    """Return the study that a journal holds, or begin one.

    Args:
        path: the journal's file, which need not be there.
        identity: what the trials depend on, by the names that a message gives them.
        sampler: proposes what to try.
        pruner: decides which trials to stop.

    Raises:
        UserError: the file is damaged, or the journal of another search.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    with turn(path):
        try:
            _mend(path)
            storage = JournalStorage(CheckedBackend(path, _lock(path)))
            begun = any(each.study_name == _NAME for each in storage.get_all_studies())
            open_it = optuna.load_study if begun else optuna.create_study
            study = open_it(storage=storage, study_name=_NAME, sampler=sampler, pruner=pruner)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise damaged(path) from None
        _check(path, study, identity)
    return study


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Let no other process of a journal's do what stands inside; one that was killed there is waited for 30 s."""
    lock = _lock(Path(f"{path}.turn"))
    lock.acquire()
    try:
        yield
    finally:
        with suppress(RuntimeError):  # taken from us after 30 s
            lock.release()


def _lock(path: Path) -> JournalFileOpenLock:
    """Return a lock that also works on network disks.

    The default, a symbolic link to the file, hangs after a killed process where the file's path is relative: the link
    then points to nothing, and its age is not found.
    """
    return JournalFileOpenLock(str(path))


def _mend(path: Path) -> None:
    """Take out a last line that was cut off when its process or the disk went away: it would spoil the next one.

    Raises:
        ValueError: the last line is whole but for its end, or the last whole one is no JSON, of which Optuna says
            nothing as long as it is the last.
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


def _check(path: Path, study: optuna.Study, identity: Mapping[str, str]) -> None:
    """Write the identity of a new search; of an old one, compare it."""
    made_with = study.user_attrs.get(_IDENTITY)
    if made_with is None:
        study.set_user_attr(_IDENTITY, dict(identity))
        return
    for name, value in identity.items():
        if made_with.get(name) != value:
            raise UserError(
                f"{path}: is of a search with another {name}; go on with that one, or delete the file to begin anew"
            )
