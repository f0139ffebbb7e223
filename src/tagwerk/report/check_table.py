"""What the checks of a dataset's files found, as rows of a table."""

from collections import defaultdict
from collections.abc import Sequence

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import Check, Fault
from tagwerk.checks.check_text import percent
from tagwerk.report.tables import TableCell, TableRow

_COLORS: dict[Severity, str] = {"error": "#bd1f01", "warning": "#ffa90e", "note": "#94a4a2"}


def found(checks: Sequence[Check]) -> list[TableRow]:
    """Return a row a fault and place: in how many files, how often, and what it is; the gravest first."""
    faults: defaultdict[tuple[str, str], list[Fault]] = defaultdict(list)
    for check in checks:
        for fault in check.faults:
            faults[fault.check, fault.where].append(fault)
    return [_row(same, len(checks)) for same in sorted(faults.values(), key=lambda same: _rank(same[0]))]


def warnings(checks: Sequence[Check]) -> int:
    """Return how many warnings there are over all files."""
    return sum(len(check.of("warning")) for check in checks)


def files(checks: Sequence[Check]) -> str:
    """Return in a sentence how many jets the files hold, and what became of them."""
    jets, selected, left_out = (
        sum(getattr(each, name) for each in checks) for name in ("jets", "selected", "left_out")
    )
    one = "file holds" if len(checks) == 1 else "files hold"
    said = f"{len(checks):,} {one} {jets:,} jets, of which {selected:,} pass the selections of the dataset's card"
    return f"{said}; {left_out:,} of these were left out for a fault." if left_out else f"{said}."


def _rank(fault: Fault) -> int:
    return list(_COLORS).index(fault.severity)


def _row(same: list[Fault], files: int) -> TableRow:
    worst = max(same, key=lambda fault: fault.count)
    count, of = sum(fault.count for fault in same), sum(fault.of for fault in same)
    share = f"{count:,} of {of:,}" if count else ""
    cells = [TableCell(f"{len(same):,} of {files:,}"), TableCell(share, note=percent(count, of) if count else "")]
    return TableRow(f"{worst.severity}: {worst.text}", _COLORS[worst.severity], cells)
