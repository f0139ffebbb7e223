"""Command lines, paths and cards without what others should not read."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

# With one slash where a path has merged two.
_URL = re.compile(
    r"(?P<protocol>\b[A-Za-z][A-Za-z0-9+.-]+:/+)(?:[^/@\s\"']*@)?(?P<rest>[^?\s\"']*)(?P<query>\?[^\s\"']*)?"
)
_MAX_LENGTH = 2_000  # characters of a command line


def without_credentials(text: str) -> str:
    """Return a text whose URLs have no user, no password and no query, which may hold a token."""
    return _URL.sub(lambda found: f"{found['protocol']}{found['rest']}{'?...' if found['query'] else ''}", text)


def redacted(text: str) -> str:
    """Return a path or an argument without credentials, and with `~` for the home directory."""
    home = str(Path.home())
    text = without_credentials(text)
    return text if home == "/" else re.sub(rf"(?<![\w/.-]){re.escape(home)}(?=/|$)", "~", text)


def command_line(arguments: Sequence[str]) -> str:
    """Return a command line as one types it, cut if it is very long."""
    quoted = [each if each == shlex.quote(each) else shlex.quote(redacted(each)) for each in arguments]
    text = " ".join(map(redacted, quoted))
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]} ..."
