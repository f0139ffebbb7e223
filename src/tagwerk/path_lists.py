"""Arguments from a file: a command line holds 128 KiB, too little for the names of thousands of parts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tagwerk.errors import UserError


def listed(paths: Sequence[Path]) -> list[Path]:
    """Return the paths, with those that the file NAME lists, one per line, in place of any @NAME.

    Raises:
        UserError: such a file cannot be read, or lists nothing.
    """
    return [each for path in paths for each in _expanded(path)]


def _expanded(path: Path) -> Iterator[Path]:
    if not str(path).startswith("@") or path.exists():
        yield path
        return
    file = Path(str(path)[1:])
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read as a list of paths ({error}); write one path per line") from None
    if not any(lines):
        raise UserError(f"{file}: lists no path; write one per line")
    yield from map(Path, filter(None, lines))
