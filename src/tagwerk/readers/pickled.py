"""Lists of strings from pickles, without unpickling, which could run code from the file or exhaust memory."""

from pickletools import genops

_MAX_BYTES = 1_000_000  # of a list of names
# The opcodes of a pickled list of strings, by protocols 0 to 5; PyTables writes protocol 0.
_STRINGS = {"UNICODE", "STRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"}
_LISTS = {"EMPTY_LIST", "LIST"}
_MEMO_PUTS = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
_MEMO_GETS = {"GET", "BINGET", "LONG_BINGET"}
_FRAMING = {"PROTO", "FRAME", "MARK", "APPEND", "APPENDS", "STOP"}


def pickled_strings(content: bytes) -> list[str]:
    """Return the strings of a pickled list of strings, without creating any other object.

    Raises:
        ValueError: it is something else, or damaged.
    """
    try:
        if isinstance(content, bytes) and len(content) <= _MAX_BYTES and (strings := _parse(content)) is not None:
            return strings
    except (ValueError, LookupError, TypeError):  # what pickletools raises on damage
        pass
    raise ValueError("not a pickled list of strings")


def _parse(content: bytes) -> list[str] | None:
    """Return the strings, None if there is anything else."""
    strings: list[str] = []
    memo: dict[int, str | None] = {}
    last: str | None = None
    lists = 0
    for code, argument, _ in genops(content):
        if code.name in _STRINGS:
            last = str(argument)
            strings.append(last)
        elif code.name in _LISTS:
            lists, last = lists + 1, None
        elif code.name in _MEMO_PUTS:
            memo[len(memo) if argument is None else int(argument)] = last
        elif code.name in _MEMO_GETS and (repeated := memo.get(int(argument or 0))) is not None:
            strings.append(repeated)
        elif code.name not in _FRAMING:
            return None
    return strings if lists == 1 else None
