"""The result of a check as text, for a terminal or a log."""

from collections.abc import Mapping

import pandas as pd

from tagwerk.checks.check_result import CheckResult, Fault
from tagwerk.errors import escaped


def format_result(result: CheckResult) -> str:
    """Return the variables, classes and faults of a check, one per line."""
    head = f"{result.file}: {result.jets:,} jets, of which {result.selected:,} pass the selections"
    head += f" and {result.left_out:,} of these are dropped" if result.left_out else ""
    counts = [f"of the classes: {_counts(result.classes)}"]
    if result.pieces:
        counts.append(f"of the split: {_counts(result.pieces)}")
    faults = [format_fault(fault) for fault in result.faults] or ["no fault found"]
    return escaped("\n".join([head, *counts, "", _variables(result), "", *faults]))


def format_fault(fault: Fault) -> str:
    """Return a fault as one line: severity, its key in the card, where, how many, what is wrong."""
    where = f", {fault.where}" if fault.where else ""
    share = f"{fault.count:,} of {fault.of:,} ({percent(fault.count, fault.of)}) " if fault.count else ""
    return f"{fault.severity} ({fault.check}{where}): {share}{fault.text}"


def percent(count: int, of: int) -> str:
    """Return a share with two digits, such as 0.053 % or 100 %."""
    share = 100 * count / max(of, 1)
    return f"{share:.0f} %" if share >= 10 else f"{share:.2g} %"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _variables(result: CheckResult) -> str:
    columns = ["name", "branch", "type", "values", "nan", "infinite", "low", "median", "high"]
    frame = pd.DataFrame([variable.model_dump() for variable in result.variables], columns=columns)
    numbers = {name: frame[name].map(lambda value: "" if pd.isna(value) else f"{value:.4g}") for name in columns[-3:]}
    counts = {name: frame[name].map("{:,}".format) for name in columns[3:6]}
    return str(frame.assign(**numbers, **counts).to_string(index=False))
