"""From counts to faults: what is wrong, how grave the card takes it, and what to do."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.findings import Findings, Range
from tagwerk.checks.result import Check, Fault, Variable

# ASSUME: the median jet's pT lies between these, in GeV; outside, MeV were taken for GeV or the other way round.
_PLAUSIBLE_PT = 1.0, 7000.0
# ASSUME: the constituents of the median jet carry between these shares of its pT: some tracks of a jet, or all of it.
_PLAUSIBLE_SHARE = 0.05, 3.0
# ASSUME: in at most this share of jets the constituents lie far from the axis.
_MOST_FAR = 0.01

# Check, sequence or variable, count, of how many, text.
_Found = tuple[str, str, int, int, str]

_GRAVITY = ("error", "warning", "note")
_LEAVE_OUT = "leave them out by a selection, or let ingest do so with `checks: {%s: warning}`"
_TEXTS = {
    "not_finite": f"jets hold NaN or infinities; {_LEAVE_OUT % 'not_finite'}",
    "negative_energy": f"jets hold a pT or energy below zero; {_LEAVE_OUT % 'negative_energy'}",
    "negative_weights": "jets have a weight below zero, and comparisons leave them out; correct 'weight'",
    "duplicates": "jets stand here a second time, with the same event and momentum; correct 'event' or the file",
    "empty_jets": "jets are without {name}; they are kept",
    "long_jets": "jets have more {name} than 'max_length: {most}', the longest {longest:,}; the last are left out",
    "unordered": "jets have their {name} out of order; ingest orders them",
    "far": "jets have their {name} further than ΔR = 1 from the axis; are they those of other jets?",
    "balance": "the {name} of the median jet carry {share:.3g} times its pT; is the unit or the link wrong?",
    "dangling_links": "links lead to no object in the file; these {name} are left out",
}


def check_of(file: Path, findings: Findings, links: Mapping[str, int], dangling: Mapping[str, int]) -> Check:
    """Return what was found in a file, of whose links by sequence so many are dangling."""
    dataset = findings.dataset
    found = [*_of_jets(findings), *_of_units(findings), *_of_sequences(findings), *_of_links(links, dangling)]
    faults = [
        Fault(check=check, severity=getattr(dataset.checks, check), where=where, count=count, of=of, text=text)
        for check, where, count, of, text in found
    ]
    return Check(
        file=str(file),
        jets=findings.jets,
        selected=findings.selected,
        left_out=findings.selected - findings.sound,
        classes={each.name: findings.classes[index] for index, each in enumerate(dataset.classes)},
        variables=_variables(findings),
        faults=sorted(faults, key=lambda fault: _GRAVITY.index(fault.severity)),
    )


def _of_jets(findings: Findings) -> Iterator[_Found]:
    jets = findings.selected
    if not jets:
        what = (
            "correct 'selection' or 'classes'" if findings.jets else "the file holds none; leave it out or make it anew"
        )
        yield "no_jets", "", 0, findings.jets, f"no jet passes the selections; {what}"
        return
    for check in ("not_finite", "negative_energy", "negative_weights"):
        if count := findings.counts[check, ""]:
            yield check, _where(check, findings), count, jets, _TEXTS[check]
    if count := findings.duplicates():
        yield "duplicates", "", count, jets, _TEXTS["duplicates"]
    for index, each in enumerate(findings.dataset.classes):
        if not findings.classes[index]:
            yield "empty_classes", each.name, 0, jets, f"no jet is of the class '{each.name}'"


def _where(check: str, findings: Findings) -> str:
    """Return the variables that a fault is in."""
    if check == "not_finite":
        return ", ".join(name for name, each in findings.ranges.items() if each.nan + each.infinite)
    ends = (".weight",) if check == "negative_weights" else (".pt", ".energy")
    return ", ".join(name for name, each in findings.ranges.items() if name.endswith(ends) and each.low < 0)


def _of_units(findings: Findings) -> Iterator[_Found]:
    median, unit = findings.ranges.get("jet.pt", Range()).median, findings.dataset.momentum_unit
    low, high = _PLAUSIBLE_PT
    if median < low or median > high:
        other = "MeV" if unit == "GeV" else "GeV"
        text = f"the median jet has a pT of {median:,.4g} GeV; is the unit {other}? Correct 'momentum_unit: {unit}'"
        yield "units", "jet.pt", 0, 0, text
    for name, each in findings.ranges.items():
        if count := findings.counts["angles", name]:
            yield (
                "angles",
                name,
                count,
                each.values,
                "values are beyond 2π; azimuths are in radians, correct the branch",
            )


def _of_sequences(findings: Findings) -> Iterator[_Found]:
    for name, sequence in findings.dataset.sequences.items():
        for check in ("long_jets", "empty_jets", "unordered"):
            if count := findings.counts[check, name]:
                text = _TEXTS[check].format(name=name, most=sequence.max_length, longest=findings.longest[name])
                yield check, name, count, findings.selected, text
        # Jets that are the sum of their constituents agree with them anyway.
        if findings.dataset.jet is not None and findings.selected:
            yield from _of_geometry(findings, name)


def _of_geometry(findings: Findings, name: str) -> Iterator[_Found]:
    shares = np.concatenate(findings.shares[name])
    share = float(np.median(shares)) if len(shares) else 1.0
    if not _PLAUSIBLE_SHARE[0] <= share <= _PLAUSIBLE_SHARE[1]:
        yield "balance", name, 0, 0, _TEXTS["balance"].format(name=name, share=share)
    far, looked = findings.counts["far", name], findings.looked[name]
    if far > _MOST_FAR * looked:
        yield "far", name, far, looked, _TEXTS["far"].format(name=name)


def _of_links(links: Mapping[str, int], dangling: Mapping[str, int]) -> Iterator[_Found]:
    for name, count in dangling.items():
        if count:
            yield "dangling_links", name, count, links[name], _TEXTS["dangling_links"].format(name=name)


def _variables(findings: Findings) -> list[Variable]:
    branches = _branches(findings.dataset)
    return [
        Variable(
            name=name,
            branch=branches.get(name, ""),
            type=findings.types.get(branches.get(name, ""), ""),
            values=each.values,
            nan=each.nan,
            infinite=each.infinite,
            low=_finite(each.low),
            median=_finite(each.median),
            high=_finite(each.high),
        )
        for name, each in findings.ranges.items()
        if name != "jet.weight" or findings.dataset.weight is not None
    ]


def _branches(dataset: Dataset) -> dict[str, str]:
    """Return the branch of each variable that stands in the file as it is."""
    groups = {"jet": dataset.jet, **dataset.sequences}
    return {
        f"{group}.{name}": branch
        for group, section in groups.items()
        if section is not None
        for name, branch in section.branches().items()
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
