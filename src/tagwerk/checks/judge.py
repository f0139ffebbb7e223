"""From counts to faults: what is wrong, how grave the card takes it, and what to do."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.momenta import CONSTITUENT
from tagwerk.checks.check_result import Check, CheckedVariable, Fault
from tagwerk.checks.findings import Findings
from tagwerk.checks.range import Range

# ASSUME: the median jet's pT lies between these, in GeV; outside, MeV were taken for GeV or the other way round.
_PLAUSIBLE_PT = 1.0, 7000.0
# ASSUME: the constituents of the median jet carry between these shares of its pT: some tracks of a jet, or all of it.
_PLAUSIBLE_SHARE = 0.05, 3.0
# ASSUME: no more than this share of slots are padding, if not a mask is inverted.
_MOST_PADDING = 0.95
# ASSUME: in at most this share of jets the last two constituents happen to be alike.
_MOST_REPEATED = 0.01
# ASSUME: in at most this share of jets the constituents lie far from the axis.
_MOST_FAR = 0.01

# Check, sequence or variable, count, of how many, text.
_Found = tuple[str, str, int, int, str]

_GRAVITY = ("error", "warning", "note")
_LEAVE_OUT = "leave them out by a selection, or let ingest do so with `checks: {%s: warning}`"
_TEXTS = {
    "not_finite": f"jets hold NaN or infinities{{overflows}}; {_LEAVE_OUT % 'not_finite'}",
    "negative_energy": f"jets hold a pT or energy below zero; {_LEAVE_OUT % 'negative_energy'}",
    "mass_shell": "have an energy smaller than their momentum, or a negative mass; correct the branches or the unit",
    "padding": "slots of {name} hold no constituent ({said}); write `selection: {selection}` in the section {name}",
    "empty_rows": "jets have no momentum, as rows that were never written; leave them out by a 'selection'",
    "inverted": "slots of {name} hold no constituent ({said}); is its mask inverted, or its link or branch wrong?",
    "none": "no jet has any {name}; is a mask inverted, or the link, the 'selection' or a branch wrong?",
    "sentinels": "values are {listed}, as where nothing was measured; leave such jets or constituents out by a"
    " 'selection', or the variable",
    "spikes": "values are exactly {listed} among others that hardly ever repeat; if that stands for none, leave them"
    " out by a 'selection', or the variable",
    "outliers": "values are far from all others, up to {furthest:.3g} where the median is {median:.3g}; leave them out"
    " by a 'selection', or training sees them clipped",
    "negative_weights": "jets have a weight below zero; correct 'weight', or set `checks: {negative_weights: note}`",
    "duplicates": "jets stand here a second time, with the same event and momentum; correct 'event' or the file",
    "empty_jets": "jets are without {name}; they are kept",
    "long_jets": "jets have more {name} than 'max_length: {most}', the longest {longest:,}; the last are left out",
    "unordered": "jets have their {name} out of order; ingest orders them",
    "far": "jets have their {name} further than ΔR = 1 from the axis; are they those of other jets?",
    "balance": "the {name} of the median jet carry {share:.3g} times its pT; is the unit or the link wrong?",
    "masked": "slots that the mask or counts of {name} leave out hold a momentum; is it inverted, or of other {name}?",
    "dangling_links": "links lead to no object in the file; these {name} are left out",
}


def check_of(
    file: Path,
    findings: Findings,
    links: Mapping[str, int],
    dangling: Mapping[str, int],
    masked: Mapping[str, int] | None = None,
    lost: Mapping[str, int] | None = None,
) -> Check:
    """Return what was found in a file.

    Args:
        file: its path.
        findings: in its jets.
        links: how many each sequence has.
        dangling: how many of these lead to nothing.
        masked: how many slots of each sequence a mask leaves out.
        lost: how many of these hold a momentum.
    """
    dataset = findings.dataset
    found = [*_of_jets(findings), *_of_units(findings), *_of_values(findings), *_of_sequences(findings)]
    found += _of_links("dangling_links", dangling, links)
    found += _of_links("masked", lost or {}, masked or {})
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
            yield (
                check,
                _where(check, findings),
                count,
                jets,
                _TEXTS[check].replace("{overflows}", _overflows(findings)),
            )
    if count := findings.duplicates():
        yield "duplicates", "", count, jets, _TEXTS["duplicates"]
    for index, each in enumerate(findings.dataset.classes):
        if not findings.classes[index]:
            yield "empty_classes", each.name, 0, jets, f"no jet is of the class '{each.name}'"


def _overflows(findings: Findings) -> str:
    """Return which branches hold numbers that are infinite in single precision."""
    found = ", ".join(f"up to {largest:.3g} in {branch}" for branch, largest in findings.overflows.items())
    return found and f" in single precision, whose largest number is 3.4e38 ({found})"


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


def _of_values(findings: Findings) -> Iterator[_Found]:
    if count := findings.counts["mass_shell", "jet"]:
        yield "mass_shell", "jet", count, findings.selected, f"jets {_TEXTS['mass_shell']}"
    if count := findings.counts["padding", "jet"]:
        yield "padding", "jet", count, findings.selected, _TEXTS["empty_rows"]
    for name, each in findings.ranges.items():
        # Of a sequence's momenta sentinels are padding.
        momentum = name.rpartition(".")[2] in CONSTITUENT[:4] and not name.startswith("jet.")
        found = each.sentinels.found() if name != "jet.weight" and not momentum else {}
        spikes = each.sentinels.spikes() if name != "jet.weight" and not momentum else {}
        for check, values in (("sentinels", found), ("spikes", spikes)):
            if values:
                listed = ", ".join(f"{value:.6g}" for value in values)
                yield check, name, sum(values.values()), each.values, _TEXTS[check].format(listed=listed)
        if (furthest := each.furthest) is not None and furthest not in found:
            text = _TEXTS["outliers"].format(furthest=furthest, median=each.median)
            yield "outliers", name, each.outside, each.values, text


def _of_slots(findings: Findings, name: str) -> Iterator[_Found]:
    slots = findings.slots[name]
    if findings.selected and findings.counts["empty_jets", name] == findings.selected:
        yield "inverted", name, 0, 0, _TEXTS["none"].format(name=name)
    if (padding := slots.padding) is not None:
        check = "inverted" if padding.slots > _MOST_PADDING * padding.of else "padding"
        own = findings.dataset.sequences[name].selection
        selection = padding.selection if own is None else f"({own}) and {padding.selection}"
        text = _TEXTS[check].format(name=name, said=padding.said, selection=selection)
        yield check, name, padding.slots, padding.of, text
    if (repeated := findings.repeated.get(name)) is not None and repeated.jets > _MOST_REPEATED * findings.selected:
        yield "repeated", name, repeated.constituents, slots.of, repeated.text(findings.dataset.sequences[name])
    if count := findings.counts["mass_shell", name]:
        yield "mass_shell", name, count, slots.of, f"{name} {_TEXTS['mass_shell']}"


def _of_sequences(findings: Findings) -> Iterator[_Found]:
    for name, sequence in findings.dataset.sequences.items():
        if name in findings.slots:
            yield from _of_slots(findings, name)
        for check in ("long_jets", "empty_jets", "unordered"):
            if count := findings.counts[check, name]:
                text = _TEXTS[check].format(name=name, most=sequence.max_length, longest=findings.longest[name])
                yield check, name, count, findings.selected, text
        # Jets that are the sum of their constituents agree with them anyway.
        if findings.dataset.jet is not None and findings.selected:
            yield from _of_geometry(findings, name)


def _of_geometry(findings: Findings, name: str) -> Iterator[_Found]:
    shares = np.concatenate(findings.shares.get(name, [np.empty(0)]))
    share = float(np.median(shares)) if len(shares) else 1.0
    if not _PLAUSIBLE_SHARE[0] <= share <= _PLAUSIBLE_SHARE[1]:
        yield "balance", name, 0, 0, _TEXTS["balance"].format(name=name, share=share)
    far, looked = findings.counts["far", name], findings.looked[name]
    if far > _MOST_FAR * looked:
        yield "far", name, far, looked, _TEXTS["far"].format(name=name)


def _of_links(check: str, counts: Mapping[str, int], of: Mapping[str, int]) -> Iterator[_Found]:
    for name, count in counts.items():
        if count:
            yield check, name, count, of[name], _TEXTS[check].format(name=name)


def _variables(findings: Findings) -> list[CheckedVariable]:
    branches = _branches(findings.dataset)
    return [
        CheckedVariable(
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
