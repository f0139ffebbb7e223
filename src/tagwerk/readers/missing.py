"""What a card names and a file does not have."""

from collections.abc import Iterable, Sequence

from tagwerk.cards.base import nearest
from tagwerk.cards.expressions import spelled
from tagwerk.errors import UserError

_FEW = 10  # more names than these are not listed


def missing(where: str, wanted: Iterable[str], known: Sequence[str]) -> None:
    """Make sure that a file has all that is wanted of it.

    Raises:
        UserError: it has not; the line begins with `where`, and names all that is missing with the nearest names there.
    """
    absent = {name: _hint(name, known) for name in wanted if name not in known}
    if len(absent) == 1:
        raise UserError(f"{where} " + "".join(f"'{name}'; {hint}" for name, hint in absent.items()))
    if absent:
        raise UserError(f"{where} " + ", ".join(f"'{name}' ({hint})" for name, hint in absent.items()))


def _hint(name: str, known: Sequence[str]) -> str:
    hint = nearest(name, list(known))
    odd = next((spelled(each) for each in known if spelled(each) != each and hint == nearest(each, [each])), None)
    if odd is not None:
        return f"{hint} (in an expression: {odd})"
    return f"none of the {len(known)} there is like it" if hint.startswith("known") and len(known) > _FEW else hint
