"""The files of an official split: those to train on, to stop training by, and to measure with."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from tagwerk.cards.base import Section, nearest
from tagwerk.cards.input_files import found, matching
from tagwerk.errors import UserError

# The names of the pieces that a file is of, by its resolved path.
_Owners = Mapping[Path, list[str]]


class FilePieces(Section):
    """The files of each piece, as names or patterns; each file of the data set must be of exactly one."""

    train: list[str] = Field(min_length=1, description="files or patterns to train on")
    validation: list[str] = Field(default=[], description="files or patterns to stop training by")
    test: list[str] = Field(min_length=1, description="files or patterns that only the comparison sees")

    def piece_of(self, file: Path) -> str | None:
        """Return the piece that a file is of; None for a file of none, which `check` refuses.

        Raises:
            UserError: it is of several.
        """
        return _piece(file, self._owners())

    def check_one(self, file: Path) -> None:
        """Raise UserError where a file is of none of the pieces, or of several."""
        if self.piece_of(file) is None:
            raise _unassigned(file)

    def check(self, files: Iterable[Path]) -> None:
        """Make sure that each of a data set's files is of one piece, and that these are all that the pieces name.

        Raises:
            UserError: a file is of none or of several pieces, or a pattern matches no file of the data set.
        """
        known, owners = {file.resolve(): file for file in files}, self._owners()
        for piece, patterns in self._given().items():
            for pattern in patterns:
                if not any(each.resolve() in known for each in matching(pattern, f"split.files.{piece}")):
                    said = f"'{pattern}' matches none of the files in 'files'; {nearest(pattern, _texts(known))}"
                    raise UserError(f"key 'split.files.{piece}': {said}")
        for file in known.values():
            if _piece(file, owners) is None:
                raise _unassigned(file)

    def _given(self) -> dict[str, list[str]]:
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def _owners(self) -> _Owners:
        owners: dict[Path, list[str]] = {}
        for piece, patterns in self._given().items():
            for file in {each.resolve() for pattern in patterns for each in found(pattern)}:
                owners.setdefault(file, []).append(piece)
        return owners


def _piece(file: Path, owners: _Owners) -> str | None:
    pieces = owners.get(file.resolve(), [])
    if len(pieces) > 1:
        raise UserError(f"key 'split.files': {file} is in {' and '.join(pieces)}; leave it in one of them")
    return pieces[0] if pieces else None


def _unassigned(file: Path) -> UserError:
    return UserError(f"key 'split.files': {file} is in none of train, validation and test; add it to one")


def _texts(files: Mapping[Path, Path]) -> list[str]:
    return [str(file) for file in files.values()][:20]
