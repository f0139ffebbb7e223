"""Refusal of files whose check found errors."""

from pathlib import Path

from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.check_text import format_fault
from tagwerk.errors import UserError


def raise_errors(result: CheckResult, card: Path) -> None:
    """Stop at a file with errors.

    Raises:
        UserError: there are errors; one line each.
    """
    errors = result.faults_of("error")
    if errors:
        raise UserError("\n".join(f"{result.file}, {card}: {format_fault(fault)}" for fault in errors))
