"""Lists of strings out of pickles, without unpickling: what a file holds could run code there, or exhaust memory."""

from pickletools import genops

_MOST = 1_000_000  # bytes of a list of names
# What a pickled list of strings is made of, by protocols 0 to 5; PyTables writes the first.
_STRINGS = {"UNICODE", "STRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"}
_LISTS = {"EMPTY_LIST", "LIST"}
_STORED = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
_RECALLED = {"GET", "BINGET", "LONG_BINGET"}
_FRAMES = {"PROTO", "FRAME", "MARK", "APPEND", "APPENDS", "STOP"}


def pickled_strings(content: bytes) -> list[str]:
    """Return the strings of a pickled list of them, of which nothing else is made.

    Raises:
        ValueError: it is something else, or damaged.
    """
    try:
        if isinstance(content, bytes) and len(content) <= _MOST and (found := _parsed(content)) is not None:
            return found
    except (ValueError, LookupError, TypeError):  # what pickletools raises at damage
        pass
    raise ValueError("not a pickled list of strings")


def _parsed(content: bytes) -> list[str] | None:
    """Return the strings, None where there is anything else."""
    found: list[str] = []
    memo: dict[int, str | None] = {}
    last: str | None = None
    lists = 0
    for code, argument, _ in genops(content):
        if code.name in _STRINGS:
            last = str(argument)
            found.append(last)
        elif code.name in _LISTS:
            lists, last = lists + 1, None
        elif code.name in _STORED:
            memo[len(memo) if argument is None else int(argument)] = last
        elif code.name in _RECALLED and (again := memo.get(int(argument or 0))) is not None:
            found.append(again)
        elif code.name not in _FRAMES:
            return None
    return found if lists == 1 else None
