"""The recording of the provenance of whatever a command writes.

It is not a part of any stage: no result depends on it, so its code is in none of the fingerprints that decide what
Snakemake runs again. Neither do its files count there, which no rule reads.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from tagwerk.checksums import write_json
from tagwerk.errors import UserError
from tagwerk.files import atomic_write, before_replacing
from tagwerk.path_lists import listed
from tagwerk.provenance.commit import current_commit
from tagwerk.provenance.digests import combined, digest, digests
from tagwerk.provenance.machine import current_machine
from tagwerk.provenance.notes import Notes, taking_notes
from tagwerk.provenance.places import FILE, provenance_path, results_below
from tagwerk.provenance.provenance_record import Provenance, ReadFiles, Source
from tagwerk.provenance.redact import command_line, redacted, without_credentials
from tagwerk.provenance.versions import versions

_OUTPUTS, _CARDS = ("out", "check"), ("card", "study", "tagger", "dataset", "search")  # parameters of the commands
_NO_RESULTS = ("fetch", "draft")  # what they write is input
_YAML = (".yaml", ".yml")
_MAX_SOURCES = 200  # of one argument that are listed one by one


def recorded(stage: str, command: Callable[..., None]) -> Callable[..., None]:
    """Return the command of a stage, which also writes the provenance of its results."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        outputs = [value for name in _OUTPUTS if isinstance(value := arguments.get(name), Path)]
        if not outputs or stage in _NO_RESULTS:
            command(**arguments)
            return
        with taking_notes() as notes:
            recording = _Recording(stage, arguments, outputs, notes)
            with before_replacing(recording.write):
                command(**arguments)

    return run


class _Recording:
    """The provenance of the results of a running command."""

    def __init__(self, stage: str, arguments: Mapping[str, Any], outputs: list[Path], notes: Notes) -> None:
        self._started, self._start = datetime.now(UTC).replace(microsecond=0), perf_counter()
        self._stage, self._outputs, self._notes = stage, outputs, notes
        self._commit = current_commit()  # of the code as it was read
        self._inputs = [_inputs(name, paths) for name, paths in _given(arguments)]
        self._seeds = {f"{stage} --seed": arguments["seed"]} if "seed" in arguments else {}

    def write(self, path: Path, draft: Path) -> None:
        """Write the provenance of a result of the command, before its finished draft gets its name."""
        if path not in self._outputs:
            return
        provenance = self._of(path, draft)
        if draft.is_dir():
            write_json(draft / FILE, provenance)
        else:
            with atomic_write(provenance_path(path, is_directory=False)) as unfinished:
                write_json(unfinished, provenance)

    def _of(self, path: Path, draft: Path) -> Provenance:
        outputs = digests(draft) if draft.is_dir() else {path.name: digest(draft) or ""}
        named = [_inputs(key, [(str(file), [file]) for file in files]) for key, files in self._notes.files.items()]
        return Provenance(
            result=redacted(str(path)),
            stage=self._stage,
            command=command_line(["tagwerk", *sys.argv[1:]]),
            commit=self._commit,
            versions=versions(),
            cards={redacted(name): without_credentials(text) for name, text in self._notes.cards.items()},
            seeds=self._seeds | {redacted(where): seed for where, seed in self._notes.seeds.items()},
            inputs=[*self._inputs, *named],
            outputs=outputs,
            digest=combined(outputs) if draft.is_dir() else outputs[path.name],
            machine=current_machine(),
            started=self._started,
            seconds=round(perf_counter() - self._start, 3),
        )


def _given(arguments: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, list[Path]]]]]:
    """Yield the name of each argument with input files, and what was given with the files and directories it means."""
    others = {name: _paths(value) for name, value in arguments.items() if name not in (*_OUTPUTS, *_CARDS)}
    # A card and a file may be swapped.
    swapped = any(path.suffix in _YAML for paths in others.values() for path in paths)
    cards = {name: _paths(arguments.get(name)) for name in _CARDS if swapped}
    for name, paths in (others | cards).items():
        files = [path for path in paths if path.suffix not in _YAML]
        if files:
            yield name, [(str(path), _expanded(path)) for path in files]


def _paths(value: Any) -> list[Path]:
    values = value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, Path)]


def _expanded(path: Path) -> list[Path]:
    """Return the paths that a list names, or the results in a folder that is none itself."""
    with suppress(UserError):  # the command reports it
        return [each for given in listed([path]) for each in _results(given)]
    return []


def _results(path: Path) -> list[Path]:
    is_result = not path.is_dir() or (path / FILE).exists()
    return [path] if is_result else list(results_below(path, deep=False)) or [path]


def _inputs(argument: str, given: list[tuple[str, list[Path]]]) -> ReadFiles:
    """Return the inputs of one argument; each may be a list of files."""
    sources = [_source(path) for _, paths in given for path in paths]
    lists = [text.removeprefix("@") for text, _ in given if text.startswith("@") and not Path(text).exists()]
    return ReadFiles(
        argument=argument,
        count=len(sources),
        sha256=combined({each.path: each.sha256 for each in sources}),
        listed_in=redacted(lists[0]) if lists else None,
        sources=tuple(sources) if len(sources) <= _MAX_SOURCES else (),
    )


def _source(path: Path) -> Source:
    with suppress(OSError, UserError):
        status = path.stat()
        if not path.is_dir():
            modified = datetime.fromtimestamp(status.st_mtime, UTC).replace(microsecond=0)
            return Source(path=redacted(str(path)), sha256=digest(path), size=status.st_size, modified=modified)
    return Source(path=redacted(str(path)), sha256=digest(path))
