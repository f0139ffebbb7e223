"""The way back from a result to the files that it was made of, and whether all of them still match."""

from collections.abc import Iterable, Iterator
from os.path import relpath
from pathlib import Path

from pydantic import BaseModel

from tagwerk.errors import UserError
from tagwerk.path_lists import listed
from tagwerk.provenance.digests import combined
from tagwerk.provenance.places import find_provenance, result_at, results_below
from tagwerk.provenance.provenance_record import Provenance, ReadFiles, Source

# Arguments of commands that give the user's own files; all others give results.
_OWN_FILES = ("file", "files", "scores", "journal")
_TEMPORARY = "chunks"  # of scores: the workflow removes them once they are joined


class Lineage(BaseModel):
    """Results with all that they were made of.

    Attributes:
        results: the provenance of each result by its path, what it was made of before it.
        files: the files at the beginning, which no command wrote, by their path.
        problems: one line for each file or result that is missing or has changed.
    """

    results: dict[str, Provenance]
    files: dict[str, Source]
    problems: list[str]


def trace(paths: Iterable[Path]) -> Lineage:
    """Return the results at some paths, or in folders, with all that they were made of.

    Raises:
        UserError: there is no such path, or no provenance at it or below it.
    """
    tracing = _Tracing()
    for path in paths:
        for result in _results(path):
            tracing.visit(result)
    return Lineage(results=tracing.results, files=tracing.files, problems=list(dict.fromkeys(tracing.problems)))


def _results(path: Path) -> list[Path]:
    """Return the result at a path, or those in a folder."""
    found = result_at(path)
    results = [found] if found is not None else list(results_below(path))
    if not results:
        what = "no provenance; give a result of Tagwerk, such as results/studies/demo"
        raise UserError(f"{path}: {what if path.exists() else 'no such file or directory'}")
    return results


class _Tracing:
    """The results and files found so far."""

    def __init__(self) -> None:
        self.results: dict[str, Provenance] = {}
        self.files: dict[str, Source] = {}
        self.problems: list[str] = []
        self._visited: set[str] = set()

    def visit(self, result: Path) -> Provenance | None:
        """Add a result after all that it was made of; return its provenance."""
        name, path = str(result), find_provenance(result)
        if name in self._visited or path is None:
            return self.results.get(name)
        self._visited.add(name)
        try:
            provenance = Provenance.load(path)
        except UserError as mistake:
            self.problems.append(str(mistake))
            return None
        folder = _working_directory(result, Path(provenance.result))
        for inputs in provenance.inputs:
            self._follow_all(inputs, folder, name)
        self.results[name] = provenance
        return provenance

    def _follow_all(self, inputs: ReadFiles, folder: Path, name: str) -> None:
        """Add what one argument gave to the result of this name."""
        found = {
            source.path: self._follow(source, folder, inputs.argument, name) for source in _sources(inputs, folder)
        }
        is_known = bool(found) or inputs.listed_in is not None
        if not inputs.sources and is_known and combined(found) != inputs.sha256:
            where = located(inputs.listed_in, folder) if inputs.listed_in is not None else inputs.argument
            self.problems.append(
                f"{where}: the {inputs.count:,} {inputs.argument} of {name} were others, or some were made again later"
            )

    def _follow(self, source: Source, folder: Path, argument: str, name: str) -> str | None:
        """Add one input of the result of this name; return its checksum as recorded by what made it."""
        path = located(source.path, folder)
        result = result_at(path)
        if result is None and argument == _TEMPORARY and not path.exists():
            return source.sha256
        if result is None:
            self._add_file(source.path if "://" in source.path else str(path), source)
            if argument not in _OWN_FILES:
                self.problems.append(f"{path}: has no provenance, so that of {name} is incomplete")
            return source.sha256
        made = self.visit(result)
        if made is None or path != result:
            return source.sha256
        if source.sha256 not in (None, made.digest):
            self.problems.append(f"{path}: was made again after {name} was made of it, and differs")
        return made.digest

    def _add_file(self, path: str, source: Source) -> None:
        before = self.files.setdefault(path, source)
        if before.sha256 != source.sha256:
            self.problems.append(f"{path}: changed between the commands that read it")


def located(path: str, folder: Path) -> Path:
    """Return a recorded path, of a command that ran in this folder."""
    return Path(path) if "://" in path else folder / Path(path).expanduser()


def _working_directory(result: Path, recorded: Path) -> Path:
    """Return where a command ran, from where its result is now and the path that it was given."""
    place, parts = Path(relpath(result)) if not result.is_absolute() else result, recorded.parts
    if recorded.is_absolute() or place.parts[-len(parts) :] != parts:
        return Path()
    return Path(*place.parts[: -len(parts)])


def _sources(inputs: ReadFiles, folder: Path) -> Iterator[Source]:
    """Yield the inputs of one argument; of very many only their paths are known."""
    yield from inputs.sources
    if not inputs.sources and inputs.listed_in is not None:
        try:
            paths = listed([Path(f"@{located(inputs.listed_in, folder)}")])
        except UserError:
            return
        yield from (Source(path=str(path), sha256=None) for path in paths)
