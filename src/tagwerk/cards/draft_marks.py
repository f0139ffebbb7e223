"""What a draft of a card left to be looked at: lines that are still marked when the card is used."""

import re
import sys
from pathlib import Path

MARK = "CHECK"
_MARKED = re.compile(rf"#\s*{MARK}\b")
_FEW = 10  # more lines than these are not listed
_said: set[Path] = set()


def say_marks(path: Path) -> None:
    """Print one line to standard error if lines of a card are still marked; once per card."""
    if path.resolve() in _said:
        return
    _said.add(path.resolve())
    if lines := marked_lines(path.read_text(encoding="utf-8", errors="replace")):
        listed = ", ".join(map(str, lines[:_FEW])) + (", ..." if len(lines) > _FEW else "")
        are, which = ("line is", "line") if len(lines) == 1 else ("lines are", "lines")
        many = f"{len(lines)} {are} still marked {MARK} ({which}"
        print(f"tagwerk: {path}: {many} {listed}); correct what they say and take the marks away", file=sys.stderr)


def marked_lines(text: str) -> list[int]:
    """Return the numbers of the lines that are marked, from one on."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _MARKED.search(line)]


def begin() -> None:
    """Let the next use of a card say its marks again: a command begins."""
    _said.clear()
