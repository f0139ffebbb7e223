"""The files that a dataset card names, and the names of the parts that they become."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from glob import escape, glob
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.remote import RemoteFile, matching_files, protocol

_MAX_BYTES = 150  # of a part's name: file systems allow 255, including what stages add before and after it


def find_files(pattern: str) -> list[Path]:
    """Return the file with exactly this name if there is one, else all files that match it as a glob pattern.

    A URL without `*` and `[` is a file, whether there is one or not.
    """
    if protocol(pattern) is not None:
        return [*matching_files(pattern)]
    literal = Path(pattern)
    return [literal] if literal.exists() else [Path(path) for path in sorted(glob(pattern, recursive=True))]


def require_files(pattern: str, key: str = "files") -> list[Path]:
    """Return the files that match a pattern at a key of a card.

    Raises:
        UserError: there is none, or one has a name that logs and tables cannot show in one line.
    """
    files = find_files(pattern)
    if not files:
        folder = Path(pattern).parent  # of a URL, one that does not exist
        siblings = [str(path) for path in folder.glob(f"*{Path(pattern).suffix}")]
        raise UserError(f"key '{key}': no file matches {pattern!r}; {suggestion(pattern, siblings)}")
    for file in files:
        check_name(str(file), f"key '{key}'")
    return files


def pattern_of(file: Path) -> str:
    """Return the pattern for a card that matches this file alone."""
    return str(file) if isinstance(file, RemoteFile) else escape(str(file))


def check_name(name: str, key: str) -> None:
    """Raise UserError if a name has line breaks or other control characters, or is not UTF-8."""
    categories = {unicodedata.category(character) for character in name}
    if "Cs" in categories:
        raise UserError(f"{key}: the name {name!r} is not UTF-8; rename it")
    if categories & {"Cc", "Zl", "Zp"}:
        raise UserError(f"{key}: the name {name!r} has a line break or another control character; rename it")


def name_parts(files: list[Path]) -> dict[str, Path]:
    """Return the files by the names of their parts; a file given twice, for example through a link, is one part.

    The name is that of the file as given, without its suffix, preceded by as many folders as are needed to distinguish
    it, and with the suffix if only that does. Characters special to shells and file systems become underscores.
    """
    unique: dict[Path, Path] = {}
    for file in files:
        unique.setdefault(file.resolve(), file)
    names: dict[Path, str] = {}
    for candidates in zip_longest(*map(_candidate_names, unique.values())):
        unnamed = {file: name for file, name in zip(unique.values(), candidates, strict=True) if file not in names}
        counts = Counter(name.casefold() for name in [*unnamed.values(), *names.values()] if name)
        names |= {file: name for file, name in unnamed.items() if name and counts[name.casefold()] == 1}
    return {names.get(file) or _with_digest(file): file for file in unique.values()}


def _candidate_names(file: Path) -> Iterator[str]:
    """Yield the possible names of a part, shortest first."""
    if isinstance(file, RemoteFile):
        path = Path("/" + file.url.partition("://")[2].partition("?")[0])
    else:
        path = Path(os.path.abspath(file))  # noqa: PTH100  # `resolve` would name a link by its target
    for candidate in (path.with_suffix(""), path):
        for depth in range(1, len(path.parts)):
            yield _sanitise("-".join(candidate.parts[-depth:]))


def _sanitise(text: str) -> str:
    """Return the text as a file name, the same for all Unicode normal forms and not too long."""
    name = re.sub(r"^[.-]|[^\w.+=@-]", "_", unicodedata.normalize("NFC", text))
    return name if len(name.encode()) <= _MAX_BYTES else _with_digest(Path(text))


def _with_digest(file: Path) -> str:
    digest = sha256(str(file).encode()).hexdigest()[:12]
    return f"{_sanitise(file.stem[:30])}-{digest}"
