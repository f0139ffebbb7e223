"""What the first jets of a file show about a draft: momentum unit, events, further variables, lengths and classes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from awkward.contents import RegularArray

from tagwerk.arrays import Values
from tagwerk.cards.dataset import FILE, ROW
from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.classes import add_classes, classes_by_file
from tagwerk.drafts.first_jets import MAX_DELTA_R, FirstJets, SequenceStats
from tagwerk.drafts.variables import add_jet_variables, add_jet_weight, check_extras

_LENGTHS = (5, 10, 20, 50, 100, 150, 200, 300, 400, 500)
# ASSUME: the median jet has a pT between 5 GeV and 5 TeV; near the boundary it could be in either unit.
_MEV, _UNCERTAIN = 5000, (2500, 12_000)
_COUNT = re.compile(r"(^|_|\.)n|num|count|length|mult", re.IGNORECASE)
_MAX_FAR_SHARE = 0.01  # of the jets
# ASSUME: constituents carry between these shares of their jet's pT: charged ones only, or weighted by the
# producer of the jets.
_PT_SHARES = 0.2, 1.25


def add_evidence(draft: Draft, sample: FirstJets, file: Path) -> Draft:
    """Return the draft completed with everything that its jets show."""
    draft = add_classes(draft, sample, file)
    for step in (_unit, _event, _jet, add_jet_weight, add_jet_variables, check_extras, _lengths):
        draft = step(draft, sample)
    return draft


def without_evidence(draft: Draft, file: Path, reason: str) -> Draft:
    """Return the draft of a file whose jets cannot be read, with the reason."""
    text = f"could not be read with this card: {reason.removeprefix(f'{file}: ')}"
    return classes_by_file(draft.with_values(momentum_unit="GeV"), file).with_check("layout", text)


def _unit(draft: Draft, sample: FirstJets) -> Draft:
    pt = sample.momentum["pt"]
    pt = pt[np.isfinite(pt)]
    if not len(pt):
        text = "no jets in the file's first rows: GeV or MeV?"
        return draft.with_values(momentum_unit="GeV").with_check("momentum_unit", text)
    median = float(np.median(pt))
    unit = "MeV" if median > _MEV else "GeV"
    draft = draft.with_values(momentum_unit=unit)
    draft = draft.with_comment("momentum_unit", f"median pT {_number(median)}: taken as {unit}")
    return draft if not _UNCERTAIN[0] < median < _UNCERTAIN[1] else draft.with_check("momentum_unit", "GeV or MeV?")


def _event(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with an event identity that is valid across files."""
    event = list(draft.values["event"])
    branches = [name for name in event if name not in (FILE, ROW)]
    columns = [sample.values(name) for name in branches]
    if not columns:
        row = "event" if "jets" in draft.values else "jet"
        return draft.with_comment("event", f"no event number was found: each {row} is identified by its file and row")
    events = len(set(zip(*(column.tolist() for column in columns), strict=True)))
    draft = draft.with_comment("event", f"{len(columns[0]):,} jets from {events:,} events in the file's first rows")
    if events == 1 and len(columns[0]) > 20:
        text = f"the same for all jets here and not used: {', '.join(event)}"
        return draft.with_values(event=names.row_identity()).with_comment("event", text)
    if merging := [name for name, column in zip(branches, columns, strict=True) if _merges(column)]:
        kind = columns[branches.index(merging[0])].dtype
        text = f"{', '.join(merging)} as {kind} merges events or has fractions: not used"
        text += ", so jets of one event may land in different splits"
        return draft.with_values(event=names.row_identity()).with_check("event", text)
    if len(event) == 1 and columns[0].min(initial=2) <= 1:
        draft = draft.with_values(event=[FILE, *event])
        return draft.with_comment("event", "event numbers seem to restart in each file")
    return draft


def _merges(numbers: Values) -> bool:
    """Return whether numbers are floats that are not integers, or too large to distinguish neighbouring ones."""
    if numbers.dtype.kind != "f":
        return False
    integer = np.isfinite(numbers) & (numbers == np.round(numbers))
    return not integer.all() or bool((np.abs(numbers) >= 2.0 ** (np.finfo(numbers.dtype).nmant + 1)).any())


def _jet(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with the kinematic range of its jets."""
    pt, eta = sample.momentum["pt"], np.abs(sample.momentum["eta"])
    valid = np.isfinite(pt) & np.isfinite(eta) & (pt > 0)
    key = "jet" if "jet" in draft.values else "sequences"
    if valid.any():
        text = f"pT {_number(pt[valid].min())} to {_number(pt[valid].max())}, |η| up to {eta[valid].max():.2f}"
        draft = draft.with_comment(key, f"{len(pt):,} jets: {text}; add the key 'selection' to cut on them")
    if not valid.all():
        text = f"{(~valid).sum():,} jets have no valid pT or η; exclude them with the key 'selection'"
        draft = draft.with_check(key, text)
    return draft


def _lengths(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with the maximum length of its sequences, and their statistics."""
    sequences = {}
    for name, sequence in draft.sequences.items():
        stats = sample.stats[name]
        longest = int(stats.counts.max(initial=0))
        max_length = next((length for length in _LENGTHS if length >= longest), longest)
        selection = {"selection": stats.padding.selection} if stats.padding is not None else {}
        sequences[name] = {**sequence, **selection, "max_length": max_length}
        draft = _with_stats(draft, f"sequences.{name}", stats, longest)
        if count := _smaller_count(draft, sample, name, sequence):
            text = f"{count} is smaller than their number, and nothing marks the slots beyond it: are they padding?"
            draft = draft.with_check(f"sequences.{name}", text)
    return draft.with_values(sequences=sequences)


def _smaller_count(draft: Draft, sample: FirstJets, name: str, sequence: Mapping[str, Any]) -> str | None:
    """Return a branch that counts fewer constituents than a fixed-size array holds; None if some count agrees."""
    branch = next(iter(names.momentum_form(sequence).values()), None)
    if branch is None or not isinstance(sample.jets[branch].layout, RegularArray):
        return None
    held = sample.stats[name].counts
    counts = {scalar: sample.values(scalar) for scalar in draft.scalars.values() if _COUNT.search(scalar)}
    counts = {
        scalar: values for scalar, values in counts.items() if values.dtype.kind in "iu" and (values <= held).all()
    }
    return None if any((values == held).all() for values in counts.values()) else next(iter(counts), None)


def _with_stats(draft: Draft, key: str, stats: SequenceStats, longest: int) -> Draft:
    text = f"{stats.mean:.1f} per jet, at most {longest}"
    if "jet" in draft.values and np.isfinite(stats.pt_share):
        text += f"; their pT sums to {stats.pt_share:.2f} of the jet's"
        text += f", and half of them are within ΔR {stats.delta_r:.2f} of it"
    draft = draft.with_comment(key, text)
    if (padding := stats.padding) is not None:
        text = f"{padding.slots:,} of {padding.of:,} slots hold no constituent ({padding.contents})"
        draft = draft.with_comment(key, f"{text}: excluded by 'selection'")
    for doubt in _doubts(stats, longest, "jet" in draft.values):
        draft = draft.with_check(key, doubt)
    return draft


def _doubts(stats: SequenceStats, longest: int, has_jet: bool) -> Iterator[str]:
    """Yield what to check about a sequence."""
    links, dangling = stats.links
    if dangling:
        yield f"{dangling:,} of {links:,} links lead nowhere"
    if not longest:
        yield "empty in every jet"
    if stats.delta_r > MAX_DELTA_R:
        yield "they are far from their jets"
    elif stats.far_share > _MAX_FAR_SHARE:
        yield f"in {stats.far_share:.1%} of the jets they are far from the axis"
    if has_jet and not _PT_SHARES[0] <= stats.pt_share <= _PT_SHARES[1] and longest:
        yield f"their pT sums to {stats.pt_share:.2f} of the jet's"
    if stats.spacelike:
        yield f"{stats.spacelike:,} have less energy than momentum: is 'energy' the right branch?"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
