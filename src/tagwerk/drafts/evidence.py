"""What the first jets of a file tell about a draft: its unit, events, further variables, lengths and classes."""

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
from tagwerk.drafts.classes import add_classes, by_files
from tagwerk.drafts.first_jets import FAR, FirstJets, Reached
from tagwerk.drafts.variables import add_members, add_variables, add_weight

_LENGTHS = (5, 10, 20, 50, 100, 150, 200, 300, 400, 500)
# ASSUME: the median jet has a pT between 5 GeV and 5 TeV; near the border it could be either.
_MEV, _UNSURE = 5000, (2500, 12_000)
_COUNT = re.compile(r"(^|_|\.)n|num|count|length|mult", re.IGNORECASE)
_MOST_FAR = 0.01  # share of jets
# ASSUME: constituents carry between these shares of their jet's pT: charged ones alone, or weighted by the jet's own
# maker.
_SHARES = 0.2, 1.25


def complete(draft: Draft, found: FirstJets, file: Path) -> Draft:
    """Return the draft with all that its jets tell."""
    draft = add_classes(draft, found, file)
    for step in (_unit, _event, _jet, add_weight, add_variables, add_members, _lengths):
        draft = step(draft, found)
    return draft


def without(draft: Draft, file: Path, why: str) -> Draft:
    """Return the draft of a file whose jets cannot be read, with why."""
    said = f"could not be read with this card: {why.removeprefix(f'{file}: ')}"
    return by_files(draft.having(momentum_unit="GeV"), file).check("layout", said)


def _unit(draft: Draft, found: FirstJets) -> Draft:
    pt = found.momentum["pt"]
    pt = pt[np.isfinite(pt)]
    if not len(pt):
        return draft.having(momentum_unit="GeV").check("momentum_unit", "no jet in the file's first rows to tell it by")
    median = float(np.median(pt))
    unit = "MeV" if median > _MEV else "GeV"
    draft = draft.having(momentum_unit=unit).remark("momentum_unit", f"median pT {_number(median)}: taken as {unit}")
    return draft if not _UNSURE[0] < median < _UNSURE[1] else draft.check("momentum_unit", "GeV or MeV?")


def _event(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with an identity of events that holds in several files."""
    event = list(draft.values["event"])
    branches = [name for name in event if name not in (FILE, ROW)]
    numbers = [found.numbers(name) for name in branches]
    if not numbers:
        rows = "event" if "jets" in draft.values else "jet"
        return draft.remark("event", f"no number of the event was found: each {rows} is told by its file and row")
    many = len(set(zip(*(each.tolist() for each in numbers), strict=True)))
    draft = draft.remark("event", f"{len(numbers[0]):,} jets of {many:,} events in the file's first rows")
    if many == 1 and len(numbers[0]) > 20:
        return draft.having(event=names.of_rows()).remark("event", f"{', '.join(event)} would be alike for all")
    if wrong := [name for name, each in zip(branches, numbers, strict=True) if _merges(each)]:
        kind = numbers[branches.index(wrong[0])].dtype
        said = f"{', '.join(wrong)} as {kind} merges events or has fractions; so an event's jets may be split up"
        return draft.having(event=names.of_rows()).check("event", said)
    if len(event) == 1 and numbers[0].min(initial=2) <= 1:
        return draft.having(event=[FILE, *event]).remark("event", "events seem to be counted anew in each file")
    return draft


def _merges(numbers: Values) -> bool:
    """Return whether numbers are floating ones that cannot tell their neighbours apart, or no whole numbers."""
    if numbers.dtype.kind != "f":
        return False
    whole = np.isfinite(numbers) & (numbers == np.round(numbers))
    return not whole.all() or bool((np.abs(numbers) >= 2.0 ** (np.finfo(numbers.dtype).nmant + 1)).any())


def _jet(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with what its jets are like."""
    pt, eta = found.momentum["pt"], np.abs(found.momentum["eta"])
    sound = np.isfinite(pt) & np.isfinite(eta) & (pt > 0)
    key = "jet" if "jet" in draft.values else "sequences"
    if sound.any():
        said = f"pT {_number(pt[sound].min())} to {_number(pt[sound].max())}, |η| up to {eta[sound].max():.2f}"
        draft = draft.remark(key, f"{len(pt):,} jets: {said}; choose among them by the key 'selection'")
    if not sound.all():
        draft = draft.check(key, f"{(~sound).sum():,} jets have no pT or η; leave them out by 'selection'")
    return draft


def _lengths(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with the greatest length of its sequences, and what they are like."""
    sequences = {}
    for name, sequence in draft.sequences.items():
        reached = found.reached[name]
        longest = int(reached.counts.max(initial=0))
        most = next((each for each in _LENGTHS if each >= longest), longest)
        kept = {"selection": reached.padding.selection} if reached.padding is not None else {}
        sequences[name] = {**sequence, **kept, "max_length": most}
        draft = _reached(draft, f"sequences.{name}", reached, longest)
        if fewer := _fewer(draft, found, name, sequence):
            said = f"{fewer} is smaller than their number, and nothing tells the slots beyond it: is that padding?"
            draft = draft.check(f"sequences.{name}", said)
    return draft.having(sequences=sequences)


def _fewer(draft: Draft, found: FirstJets, name: str, sequence: Mapping[str, Any]) -> str | None:
    """Return a count of constituents by which a fixed array holds fewer than its values say; none if one fits."""
    branch = next(iter(names.form_of(sequence).values()), None)
    if branch is None or not isinstance(found.jets[branch].layout, RegularArray):
        return None
    held = found.reached[name].counts
    counts = {each: found.numbers(each) for each in draft.scalars.values() if _COUNT.search(each)}
    counts = {each: values for each, values in counts.items() if values.dtype.kind in "iu" and (values <= held).all()}
    return None if any((values == held).all() for values in counts.values()) else next(iter(counts), None)


def _reached(draft: Draft, key: str, reached: Reached, longest: int) -> Draft:
    said = f"{reached.mean:.1f} a jet, at most {longest}"
    if "jet" in draft.values and np.isfinite(reached.share):
        said += (
            f"; their pT adds up to {reached.share:.2f} of the jet's, half are within ΔR {reached.distance:.2f} of it"
        )
    draft = draft.remark(key, said)
    if (padding := reached.padding) is not None:
        said = f"{padding.slots:,} of {padding.of:,} slots hold no constituent ({padding.said})"
        draft = draft.remark(key, f"{said}: left out by 'selection'")
    for doubt in _doubts(reached, longest, "jet" in draft.values):
        draft = draft.check(key, doubt)
    return draft


def _doubts(reached: Reached, longest: int, has_jet: bool) -> Iterator[str]:
    """Yield what is to be looked at of a sequence."""
    links, dangling = reached.links
    if dangling:
        yield f"{dangling:,} of {links:,} links lead to nothing"
    if not longest:
        yield "no jet has any"
    if reached.distance > FAR:
        yield "they are far from their jets"
    elif reached.far > _MOST_FAR:
        yield f"in {reached.far:.1%} of the jets they are far from the axis"
    if has_jet and not _SHARES[0] <= reached.share <= _SHARES[1] and longest:
        yield f"their pT adds up to {reached.share:.2f} of the jet's"
    if reached.light:
        yield f"{reached.light:,} have less energy than momentum: is 'energy' the right branch?"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
