"""Lines of a drafted card that are still marked for review when the card is used."""

import re
import sys
from pathlib import Path

MARK = "CHECK"
_MARKED = re.compile(rf"#\s*{MARK}\b")
_MAX_LISTED = 10  # lines
_warned: set[Path] = set()


def warn_about_marks(path: Path) -> None:
    """Print one line to standard error if lines of a card are still marked; once per card."""
    if path.resolve() in _warned:
        return
    _warned.add(path.resolve())
    if lines := marked_lines(path.read_text(encoding="utf-8", errors="replace")):
        listed = ", ".join(map(str, lines[:_MAX_LISTED])) + (", ..." if len(lines) > _MAX_LISTED else "")
        are, noun = ("line is", "line") if len(lines) == 1 else ("lines are", "lines")
        message = f"{len(lines)} {are} still marked {MARK} ({noun} {listed}); check them and remove the marks"
        print(f"tagwerk: {path}: {message}", file=sys.stderr)


def marked_lines(text: str) -> list[int]:
    """Return the numbers of the marked lines, counted from one."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _MARKED.search(line)]


def reset_warnings() -> None:
    """Let each card warn about its marks again, at the start of a command."""
    _warned.clear()
