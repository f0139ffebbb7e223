"""The files of an official split: those for training, for early stopping, and for testing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from tagwerk.cards.base import Section, suggestion
from tagwerk.cards.input_files import find_files, require_files
from tagwerk.errors import UserError

# The names of the pieces that a file is in, by its resolved path.
_PiecesByFile = Mapping[Path, list[str]]


class FilePieces(Section):
    """The files of each piece, as names or patterns; each file of the dataset must be in exactly one."""

    train: list[str] = Field(min_length=1, description="files or patterns for training")
    validation: list[str] = Field(default=[], description="files or patterns for early stopping")
    test: list[str] = Field(min_length=1, description="files or patterns that only the comparison uses")

    def pieces_of(self, files: Iterable[Path]) -> list[str | None]:
        """Return the piece that each file is in; None for one that is in none, which `check` refuses.

        Raises:
            UserError: a file is in several.
        """
        pieces_by_file = self._pieces_by_file()
        return [_piece(file, pieces_by_file) for file in files]

    def check(self, files: Iterable[Path]) -> None:
        """Check that each file of a dataset is in exactly one piece, and that each pattern matches one of them.

        Raises:
            UserError: a file is in none or in several pieces, or a pattern matches no file of the dataset.
        """
        known, pieces_by_file = {file.resolve(): file for file in files}, self._pieces_by_file()
        for piece, patterns in self._patterns().items():
            for pattern in patterns:
                if not any(file.resolve() in known for file in require_files(pattern, f"split.files.{piece}")):
                    reason = f"'{pattern}' matches none of the files in 'files'; {suggestion(pattern, _names(known))}"
                    raise UserError(f"key 'split.files.{piece}': {reason}")
        for file in known.values():
            if _piece(file, pieces_by_file) is None:
                raise unassigned(file)

    def _patterns(self) -> dict[str, list[str]]:
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def _pieces_by_file(self) -> _PiecesByFile:
        pieces_by_file: dict[Path, list[str]] = {}
        for piece, patterns in self._patterns().items():
            for file in {path.resolve() for pattern in patterns for path in find_files(pattern)}:
                pieces_by_file.setdefault(file, []).append(piece)
        return pieces_by_file


def _piece(file: Path, pieces_by_file: _PiecesByFile) -> str | None:
    pieces = pieces_by_file.get(file.resolve(), [])
    if len(pieces) > 1:
        raise UserError(f"key 'split.files': {file} is in {' and '.join(pieces)}; leave it in one of them")
    return pieces[0] if pieces else None


def unassigned(file: Path) -> UserError:
    """Return the error for a file that is in no piece."""
    return UserError(f"key 'split.files': {file} is in none of train, validation and test; add it to one")


def _names(files: Mapping[Path, Path]) -> list[str]:
    return [str(file) for file in files.values()][:20]
