"""The files that a dataset card names, and the names of the parts that they become."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from glob import glob
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from tagwerk.cards.base import nearest
from tagwerk.errors import UserError

_LONGEST = 150  # bytes of a part's name: file systems take 255, with what stages put before and after it


def found(pattern: str) -> list[Path]:
    """Return the file of this very name if there is one, or else all files that match it as a pattern."""
    literal = Path(pattern)
    return [literal] if literal.exists() else [Path(path) for path in sorted(glob(pattern, recursive=True))]


def matching(pattern: str, key: str = "files") -> list[Path]:
    """Return the files that a pattern in a key of a card names.

    Raises:
        UserError: there is none, or one has a name that logs and tables cannot show in one line.
    """
    files = found(pattern)
    if not files:
        beside = [str(path) for path in Path(pattern).parent.glob(f"*{Path(pattern).suffix}")]
        raise UserError(f"key '{key}': no file matches {pattern!r}; {nearest(pattern, beside)}")
    for file in files:
        check_name(str(file), f"key '{key}'")
    return files


def check_name(name: str, key: str) -> None:
    """Raise UserError where a name has line breaks or other control characters, or is not UTF-8."""
    kinds = {unicodedata.category(letter) for letter in name}
    if "Cs" in kinds:
        raise UserError(f"{key}: the name {name!r} is not UTF-8; rename it")
    if kinds & {"Cc", "Zl", "Zp"}:
        raise UserError(f"{key}: the name {name!r} has a line break or another control character in it; rename it")


def named(files: list[Path]) -> dict[str, Path]:
    """Return the files by the names of their parts; a file that is given twice, once as a link to it, is one part.

    A name is that of the file as given, without its suffix, with as many folders before it as distinguish it, and with
    its suffix where that alone does. Characters that shells and file systems treat specially become underscores.
    """
    once: dict[Path, Path] = {}
    for file in files:
        once.setdefault(file.resolve(), file)
    names: dict[Path, str] = {}
    for proposed in zip_longest(*map(_proposals, once.values())):
        left = {file: name for file, name in zip(once.values(), proposed, strict=True) if file not in names}
        often = Counter(name.casefold() for name in [*left.values(), *names.values()] if name)
        names |= {file: name for file, name in left.items() if name and often[name.casefold()] == 1}
    return {names.get(file) or _with_digest(file): file for file in once.values()}


def _proposals(file: Path) -> Iterator[str]:
    """Yield the names that a part may get, the shortest first."""
    path = Path(os.path.abspath(file))  # noqa: PTH100  # `resolve` would name a link by what it points to
    for each in (path.with_suffix(""), path):
        for depth in range(1, len(path.parts)):
            yield _plain("-".join(each.parts[-depth:]))


def _plain(text: str) -> str:
    """Return the text as a name for files, the same in each of Unicode's forms and not too long."""
    name = re.sub(r"^[.-]|[^\w.+=@-]", "_", unicodedata.normalize("NFC", text))
    return name if len(name.encode()) <= _LONGEST else _with_digest(Path(text))


def _with_digest(file: Path) -> str:
    digest = sha256(str(file).encode()).hexdigest()[:12]
    return f"{_plain(file.stem[:30])}-{digest}"
