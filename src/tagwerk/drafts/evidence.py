"""What the first jets of a file tell about a draft: its unit, events, further variables, lengths and classes."""

from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import FILE, ROW
from tagwerk.drafts import names
from tagwerk.drafts.classes import add_classes, by_files
from tagwerk.drafts.draft import Draft
from tagwerk.drafts.sample import Reached, Sample
from tagwerk.drafts.text import some

_SUBSTRUCTURE = ["multiplicity", "width", "pt_dispersion", "tau21", "tau32"]
_LENGTHS = (5, 10, 20, 50, 100, 150, 200, 300, 400, 500)
# ASSUME: the median jet has a pT between 5 GeV and 5 TeV; near the border it could be either.
_MEV, _UNSURE = 5000, (2500, 12_000)
_FEW = 12  # further variables of a jet; of more, only those that are well known are taken
_FAR = 1.0  # ΔR beyond which constituents are those of other jets


def complete(draft: Draft, found: Sample, file: Path) -> Draft:
    """Return the draft with all that its jets tell."""
    draft = add_classes(draft, found, file)
    for step in (_unit, _event, _jet, _variables, _members, _lengths):
        draft = step(draft, found)
    return draft


def without(draft: Draft, file: Path, why: str) -> Draft:
    """Return the draft of a file whose jets cannot be read, with why."""
    said = f"could not be read with this card: {why.removeprefix(f'{file}: ')}"
    return by_files(draft.having(momentum_unit="GeV"), file).check("layout", said)


def _unit(draft: Draft, found: Sample) -> Draft:
    pt = found.momentum["pt"]
    pt = pt[np.isfinite(pt)]
    if not len(pt):
        return draft.having(momentum_unit="GeV").check("momentum_unit", "no jet in the file's first rows to tell it by")
    median = float(np.median(pt))
    unit = "MeV" if median > _MEV else "GeV"
    draft = draft.having(momentum_unit=unit).remark("momentum_unit", f"median pT {_number(median)}: taken as {unit}")
    return draft if not _UNSURE[0] < median < _UNSURE[1] else draft.check("momentum_unit", "GeV or MeV?")


def _event(draft: Draft, found: Sample) -> Draft:
    """Return the draft with an identity of events that holds in several files."""
    event = list(draft.values["event"])
    numbers = [found.numbers(name) for name in event if name not in (FILE, ROW)]
    if not numbers:
        rows = "event" if "jets" in draft.values else "jet"
        return draft.remark("event", f"no number of the event was found: each {rows} is told by its file and row")
    many = len(set(zip(*(each.tolist() for each in numbers), strict=True)))
    draft = draft.remark("event", f"{len(numbers[0]):,} jets of {many:,} events in the file's first rows")
    if many == 1 and len(numbers[0]) > 20:
        return draft.having(event=names.of_rows()).remark("event", f"{', '.join(event)} would be alike for all")
    if len(event) == 1 and numbers[0].min(initial=2) <= 1:
        return draft.having(event=[FILE, *event]).remark("event", "events seem to be counted anew in each file")
    return draft


def _jet(draft: Draft, found: Sample) -> Draft:
    """Return the draft with what its jets are like."""
    pt, eta = found.momentum["pt"], np.abs(found.momentum["eta"])
    sound = np.isfinite(pt) & np.isfinite(eta)
    key = "jet" if "jet" in draft.values else "sequences"
    if sound.any():
        said = f"pT {_number(pt[sound].min())} to {_number(pt[sound].max())}, |η| up to {eta[sound].max():.2f}"
        draft = draft.remark(key, f"{len(pt):,} jets: {said}; choose among them by the key 'selection'")
    if not sound.all():
        draft = draft.check(key, f"of {(~sound).sum():,} jets pT or η is no number; leave them out by 'selection'")
    return draft


def _variables(draft: Draft, found: Sample) -> Draft:
    """Return the draft with the jet's further variables: all if they are few, else those that are well known."""
    if "jet" not in draft.values:
        return draft
    # Whoever gave a network the truth would not notice.
    truth = {*draft.labels, *(branch for branch in draft.scalars.values() if draft.tells_classes(branch))}
    free = {name: branch for name, branch in draft.scalars.items() if branch not in truth}
    free = {name: branch for name, branch in free.items() if not found.alike(branch)}
    sound = {name: branch for name, branch in free.items() if np.isfinite(found.numbers(branch)).all()}
    taken = sound if len(sound) <= _FEW else {name: sound[name] for name in sound if names.well_known(name)}
    others = [branch for branch in free.values() if branch not in taken.values()]
    if others:
        draft = draft.remark("jet", f"there are also {some(others)}")
    return draft.having(jet={**draft.values["jet"], **({"extra": taken} if taken else {})})


def _members(draft: Draft, found: Sample) -> Draft:
    """Return the draft without those further variables of sequences that hold what is no number."""
    sequences = {}
    for name, sequence in draft.sequences.items():
        extra = dict(sequence.get("extra", {}))
        wrong = [each for each, branch in extra.items() if not _finite(found.jets[branch])]
        if wrong:
            said = f"left out, as values are no numbers: {some([extra.pop(each) for each in wrong])}"
            draft = draft.remark(f"sequences.{name}", said)
        rest = {key: value for key, value in sequence.items() if key != "extra"}
        sequences[name] = {**rest, **({"extra": extra} if extra else {})}
    return draft.having(sequences=sequences)


def _lengths(draft: Draft, found: Sample) -> Draft:
    """Return the draft with the greatest length of its sequences, and what they are like."""
    sequences = {}
    for name, sequence in draft.sequences.items():
        reached = found.reached[name]
        longest = int(reached.counts.max(initial=0))
        sequences[name] = {**sequence, "max_length": next((each for each in _LENGTHS if each >= longest), longest)}
        draft = _reached(draft, f"sequences.{name}", reached, longest)
    substructure = _SUBSTRUCTURE if "constituents" in sequences else None
    return draft.having(sequences=sequences, substructure=substructure)


def _reached(draft: Draft, key: str, reached: Reached, longest: int) -> Draft:
    said = f"{reached.mean:.1f} a jet, at most {longest}"
    if "jet" in draft.values and np.isfinite(reached.share):
        said += (
            f"; their pT adds up to {reached.share:.2f} of the jet's, half are within ΔR {reached.distance:.2f} of it"
        )
    draft = draft.remark(key, said)
    links, dangling = reached.links
    if dangling:
        draft = draft.check(key, f"{dangling:,} of {links:,} links lead to nothing")
    if not longest:
        draft = draft.check(key, "no jet has any")
    return draft.check(key, "they are far from their jets") if reached.distance > _FAR else draft


def _finite(values: ak.Array) -> bool:
    return bool(np.isfinite(ak.to_numpy(ak.flatten(values, axis=None))).all())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
