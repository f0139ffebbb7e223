"""A check as text, for a terminal or a log."""

from collections.abc import Mapping

import pandas as pd

from tagwerk.checks.check_result import Check, Fault


def table(check: Check) -> str:
    """Return the variables, the classes and the faults of a check, a line each."""
    head = f"{check.file}: {check.jets:,} jets, of which {check.selected:,} pass the selections"
    head += f" and {check.left_out:,} of these are left out" if check.left_out else ""
    counts = [f"of the classes: {_counts(check.classes)}"]
    if check.pieces:
        counts.append(f"of the split: {_counts(check.pieces)}")
    faults = [line(fault) for fault in check.faults] or ["no fault found"]
    return "\n".join([head, *counts, "", _variables(check), "", *faults])


def line(fault: Fault) -> str:
    """Return a fault as a line: gravity, its key in the card, where, how many, what is wrong."""
    where = f", {fault.where}" if fault.where else ""
    share = f"{fault.count:,} of {fault.of:,} ({percent(fault.count, fault.of)}) " if fault.count else ""
    return f"{fault.severity} ({fault.check}{where}): {share}{fault.text}"


def percent(count: int, of: int) -> str:
    """Return a share of two digits, such as 0.053 % or 100 %."""
    share = 100 * count / max(of, 1)
    return f"{share:.0f} %" if share >= 10 else f"{share:.2g} %"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _variables(check: Check) -> str:
    columns = ["name", "branch", "type", "values", "nan", "infinite", "low", "median", "high"]
    frame = pd.DataFrame([each.model_dump() for each in check.variables], columns=columns)
    numbers = {name: frame[name].map(lambda value: "" if pd.isna(value) else f"{value:.4g}") for name in columns[-3:]}
    counts = {name: frame[name].map("{:,}".format) for name in columns[3:6]}
    return str(frame.assign(**numbers, **counts).to_string(index=False))
