"""The faults found in a dataset's files, as rows of a table."""

from collections import defaultdict
from collections.abc import Sequence

from tagwerk.cards.check_levels import Severity
from tagwerk.checks.check_result import CheckResult, Fault
from tagwerk.checks.check_text import percent
from tagwerk.report.tables import TableCell, TableRow

_COLORS: dict[Severity, str] = {"error": "#bd1f01", "warning": "#ffa90e", "note": "#94a4a2"}


def fault_rows(checks: Sequence[CheckResult]) -> list[TableRow]:
    """Return one row per fault and location, the most severe first: in how many files, how often, and what it is."""
    faults: defaultdict[tuple[str, str], list[Fault]] = defaultdict(list)
    for check in checks:
        for fault in check.faults:
            faults[fault.check, fault.where].append(fault)
    return [_row(group, len(checks)) for group in sorted(faults.values(), key=lambda group: _rank(group[0]))]


def warning_count(checks: Sequence[CheckResult]) -> int:
    """Return the number of warnings in all files."""
    return sum(len(check.faults_of("warning")) for check in checks)


def files_sentence(checks: Sequence[CheckResult]) -> str:
    """Return a sentence on how many jets the files contain, pass the selections and are excluded."""
    jets, selected, left_out = (
        sum(getattr(check, name) for check in checks) for name in ("jets", "selected", "left_out")
    )
    verb = "file contains" if len(checks) == 1 else "files contain"
    text = f"{len(checks):,} {verb} {jets:,} jets, of which {selected:,} pass the selections of the dataset card"
    return f"{text}; {left_out:,} of these were excluded because of a fault." if left_out else f"{text}."


def _rank(fault: Fault) -> int:
    return list(_COLORS).index(fault.severity)


def _row(group: list[Fault], files: int) -> TableRow:
    worst = max(group, key=lambda fault: fault.count)
    count, total = sum(fault.count for fault in group), sum(fault.of for fault in group)
    text = f"{count:,} of {total:,}" if count else ""
    cells = [TableCell(f"{len(group):,} of {files:,}"), TableCell(text, note=percent(count, total) if count else "")]
    return TableRow(f"{worst.severity}: {worst.text}", _COLORS[worst.severity], cells)
