"""From counts to faults: what is wrong, how severe it is by the card, and what to do."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.momenta import CONSTITUENT
from tagwerk.checks.check_result import CheckedVariable, CheckResult, Fault
from tagwerk.checks.findings import Findings
from tagwerk.checks.range import Range

# ASSUME: the median jet's pT is between these, in GeV; outside, MeV were read as GeV or GeV as MeV.
_PLAUSIBLE_PT = 1.0, 7000.0
# ASSUME: the constituents of the median jet carry a share of its pT between these: some of its tracks, or everything.
_PLAUSIBLE_SHARE = 0.05, 3.0
# ASSUME: at most this share of slots is padding, unless a mask is inverted.
_MAX_PADDING = 0.95
# ASSUME: in at most this share of jets the last two constituents are identical by chance.
_MAX_REPEATED = 0.01
# ASSUME: in at most this share of jets the constituents are far from the axis.
_MAX_FAR = 0.01

# Check; sequence or variable; count; of how many; text.
_FaultTuple = tuple[str, str, int, int, str]

_SEVERITIES = ("error", "warning", "note")
_EXCLUDE = "exclude them with a 'selection', or let ingest drop them with `checks: {%s: warning}`"
_TEXTS = {
    "not_finite": f"jets have NaN or infinite values{{overflows}}; {_EXCLUDE % 'not_finite'}",
    "negative_energy": f"jets have a negative pT or energy; {_EXCLUDE % 'negative_energy'}",
    "mass_shell": "have an energy smaller than their momentum, or a negative mass; correct the branches or the unit",
    "padding": "slots of {name} hold no constituent ({contents}); write `selection: {selection}` in the section {name}",
    "empty_rows": "jets have no momentum, like rows that were never written; exclude them with a 'selection'",
    "inverted": "slots of {name} hold no constituent ({contents}); is its mask inverted, or its link or branch wrong?",
    "none": "no jet has any {name}; is a mask inverted, or the link, the 'selection' or a branch wrong?",
    "sentinels": "values are {listed}, as if not measured; exclude such jets or constituents with a 'selection', or"
    " drop the variable",
    "spikes": "values are exactly {listed} in an otherwise continuous variable; if that means missing, exclude them"
    " with a 'selection', or drop the variable",
    "outliers": "values are far from all others, up to {outlier:.3g} with a median of {median:.3g}; exclude them with a"
    " 'selection', or training clips them",
    "negative_weights": "jets have a negative weight; correct 'weight', or set `checks: {negative_weights: note}`",
    "duplicates": "jets are duplicates, with the same event and momentum; correct 'event' or the file",
    "empty_jets": "jets have no {name}; they are kept",
    "long_jets": "jets have more {name} than 'max_length: {max_length}', up to {longest:,}; ingest drops the last ones",
    "unordered": "jets have {name} out of order; ingest orders them",
    "far": "jets have {name} further than ΔR = 1 from the axis; do they belong to other jets?",
    "balance": "the {name} of the median jet have {share:.3g} times its pT; is the unit or the link wrong?",
    "masked": "slots that the mask or counts of {name} exclude hold a momentum; is it inverted, or of other {name}?",
    "dangling_links": "links point to no object in the file; these {name} are dropped",
}


def judge_findings(
    file: Path,
    findings: Findings,
    links: Mapping[str, int],
    dangling: Mapping[str, int],
    masked: Mapping[str, int] | None = None,
    lost: Mapping[str, int] | None = None,
) -> CheckResult:
    """Return the result of a file's check.

    Args:
        file: its path.
        findings: in its jets.
        links: number of links by sequence.
        dangling: number of these that point to nothing.
        masked: number of slots that a mask excludes, by sequence.
        lost: number of these that hold a momentum.
    """
    dataset = findings.dataset
    tuples = [*_jet_faults(findings), *_unit_faults(findings), *_value_faults(findings), *_sequence_faults(findings)]
    tuples += _count_faults("dangling_links", dangling, links)
    tuples += _count_faults("masked", lost or {}, masked or {})
    faults = [
        Fault(check=check, severity=getattr(dataset.checks, check), where=where, count=count, of=of, text=text)
        for check, where, count, of, text in tuples
    ]
    return CheckResult(
        file=str(file),
        jets=findings.jets,
        selected=findings.selected,
        left_out=findings.selected - findings.usable,
        classes={jet_class.name: findings.classes[index] for index, jet_class in enumerate(dataset.classes)},
        variables=_variables(findings),
        faults=sorted(faults, key=lambda fault: _SEVERITIES.index(fault.severity)),
    )


def _jet_faults(findings: Findings) -> Iterator[_FaultTuple]:
    jets = findings.selected
    if not jets:
        advice = "the file is empty; leave it out or recreate it"
        if findings.jets:
            advice = "correct 'selection' or 'classes'"
        yield "no_jets", "", 0, findings.jets, f"no jet passes the selections; {advice}"
        return
    for check in ("not_finite", "negative_energy", "negative_weights"):
        if count := findings.counts[check, ""]:
            text = _TEXTS[check].replace("{overflows}", _overflows(findings))
            yield check, _where(check, findings), count, jets, text
    if count := findings.count_duplicates():
        yield "duplicates", "", count, jets, _TEXTS["duplicates"]
    for index, jet_class in enumerate(findings.dataset.classes):
        if not findings.classes[index]:
            yield "empty_classes", jet_class.name, 0, jets, f"no jet is of class '{jet_class.name}'"


def _overflows(findings: Findings) -> str:
    """Return which branches hold numbers that are infinite in single precision."""
    branches = ", ".join(f"up to {largest:.3g} in {branch}" for branch, largest in findings.overflows.items())
    return branches and f" in single precision, whose largest number is 3.4e38 ({branches})"


def _where(check: str, findings: Findings) -> str:
    """Return the variables with a fault."""
    if check == "not_finite":
        return ", ".join(name for name, variable in findings.ranges.items() if variable.nan + variable.infinite)
    suffixes = (".weight",) if check == "negative_weights" else (".pt", ".energy")
    return ", ".join(name for name, variable in findings.ranges.items() if name.endswith(suffixes) and variable.low < 0)


def _unit_faults(findings: Findings) -> Iterator[_FaultTuple]:
    median, unit = findings.ranges.get("jet.pt", Range()).median, findings.dataset.momentum_unit
    low, high = _PLAUSIBLE_PT
    if median < low or median > high:
        other = "MeV" if unit == "GeV" else "GeV"
        text = f"the median jet has pT = {median:,.4g} GeV; is the unit {other}? Correct 'momentum_unit: {unit}'"
        yield "units", "jet.pt", 0, 0, text
    for name, variable in findings.ranges.items():
        if count := findings.counts["angles", name]:
            text = "values are beyond 2π; azimuths are in radians, correct the branch"
            yield "angles", name, count, variable.values, text


def _value_faults(findings: Findings) -> Iterator[_FaultTuple]:
    if count := findings.counts["mass_shell", "jet"]:
        yield "mass_shell", "jet", count, findings.selected, f"jets {_TEXTS['mass_shell']}"
    if count := findings.counts["padding", "jet"]:
        yield "padding", "jet", count, findings.selected, _TEXTS["empty_rows"]
    for name, variable in findings.ranges.items():
        # In a sequence's momenta, sentinels are padding.
        momentum = name.rpartition(".")[2] in CONSTITUENT[:4] and not name.startswith("jet.")
        sentinels = variable.sentinels.detected() if name != "jet.weight" and not momentum else {}
        spikes = variable.sentinels.spikes() if name != "jet.weight" and not momentum else {}
        for check, counts in (("sentinels", sentinels), ("spikes", spikes)):
            if counts:
                listed = ", ".join(f"{value:.6g}" for value in counts)
                yield check, name, sum(counts.values()), variable.values, _TEXTS[check].format(listed=listed)
        if (outlier := variable.farthest_outlier) is not None and outlier not in sentinels:
            text = _TEXTS["outliers"].format(outlier=outlier, median=variable.median)
            yield "outliers", name, variable.outliers, variable.values, text


def _slot_faults(findings: Findings, name: str) -> Iterator[_FaultTuple]:
    slots = findings.slots[name]
    if findings.selected and findings.counts["empty_jets", name] == findings.selected:
        yield "inverted", name, 0, 0, _TEXTS["none"].format(name=name)
    if (padding := slots.padding) is not None:
        check = "inverted" if padding.slots > _MAX_PADDING * padding.of else "padding"
        current = findings.dataset.sequences[name].selection
        selection = padding.selection if current is None else f"({current}) and {padding.selection}"
        text = _TEXTS[check].format(name=name, contents=padding.contents, selection=selection)
        yield check, name, padding.slots, padding.of, text
    if (repeated := findings.repeated.get(name)) is not None and repeated.jets > _MAX_REPEATED * findings.selected:
        yield "repeated", name, repeated.constituents, slots.of, repeated.text(findings.dataset.sequences[name])
    if count := findings.counts["mass_shell", name]:
        yield "mass_shell", name, count, slots.of, f"{name} {_TEXTS['mass_shell']}"


def _sequence_faults(findings: Findings) -> Iterator[_FaultTuple]:
    for name, sequence in findings.dataset.sequences.items():
        if name in findings.slots:
            yield from _slot_faults(findings, name)
        for check in ("long_jets", "empty_jets", "unordered"):
            if count := findings.counts[check, name]:
                lengths = {"max_length": sequence.max_length, "longest": findings.longest[name]}
                yield check, name, count, findings.selected, _TEXTS[check].format(name=name, **lengths)
        # Jets that are sums of their constituents agree with them anyway.
        if findings.dataset.jet is not None and findings.selected:
            yield from _geometry_faults(findings, name)


def _geometry_faults(findings: Findings, name: str) -> Iterator[_FaultTuple]:
    shares = np.concatenate(findings.pt_shares.get(name, [np.empty(0)]))
    share = float(np.median(shares)) if len(shares) else 1.0
    if not _PLAUSIBLE_SHARE[0] <= share <= _PLAUSIBLE_SHARE[1]:
        yield "balance", name, 0, 0, _TEXTS["balance"].format(name=name, share=share)
    far, jets = findings.counts["far", name], findings.geometry_jets[name]
    if far > _MAX_FAR * jets:
        yield "far", name, far, jets, _TEXTS["far"].format(name=name)


def _count_faults(check: str, counts: Mapping[str, int], of: Mapping[str, int]) -> Iterator[_FaultTuple]:
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
            values=variable.values,
            nan=variable.nan,
            infinite=variable.infinite,
            low=_finite(variable.low),
            median=_finite(variable.median),
            high=_finite(variable.high),
        )
        for name, variable in findings.ranges.items()
        if name != "jet.weight" or findings.dataset.weight is not None
    ]


def _branches(dataset: Dataset) -> dict[str, str]:
    """Return the branch of each variable that is in the file itself."""
    groups = {"jet": dataset.jet, **dataset.sequences}
    return {
        f"{group}.{name}": branch
        for group, section in groups.items()
        if section is not None
        for name, branch in section.branches().items()
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
