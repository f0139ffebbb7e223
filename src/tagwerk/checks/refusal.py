"""What becomes of a file after its check."""

from pathlib import Path

from tagwerk.checks.check_result import Check
from tagwerk.checks.check_text import line
from tagwerk.errors import UserError


def refuse(check: Check, card: Path) -> None:
    """Stop at a file with errors.

    Raises:
        UserError: there are some; a line each.
    """
    errors = check.of("error")
    if errors:
        raise UserError("\n".join(f"{check.file}, {card}: {line(fault)}" for fault in errors))
