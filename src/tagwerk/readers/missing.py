"""Names in a card that a file does not have."""

from collections.abc import Iterable, Sequence

from tagwerk.cards.base import suggestion
from tagwerk.cards.expressions import quote_branch
from tagwerk.errors import UserError

_MAX_LISTED = 10  # known names; more are not listed


def check_present(where: str, wanted: Iterable[str], known: Sequence[str]) -> None:
    """Check that all wanted names are among the known ones.

    Raises:
        UserError: they are not; the line begins with `where` and gives every missing name with its nearest match.
    """
    absent = {name: _hint(name, known) for name in wanted if name not in known}
    if len(absent) == 1:
        raise UserError(f"{where} " + "".join(f"'{name}'; {hint}" for name, hint in absent.items()))
    if absent:
        raise UserError(f"{where} " + ", ".join(f"'{name}' ({hint})" for name, hint in absent.items()))


def _hint(name: str, known: Sequence[str]) -> str:
    hint = suggestion(name, list(known))
    needs_quotes = (each for each in known if quote_branch(each) != each and hint == suggestion(each, [each]))
    quoted = next(map(quote_branch, needs_quotes), None)
    if quoted is not None:
        return f"{hint} (in an expression: {quoted})"
    many = hint.startswith("known") and len(known) > _MAX_LISTED
    return f"none of the {len(known)} known names is similar" if many else hint
