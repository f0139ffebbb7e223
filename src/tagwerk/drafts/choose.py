"""Of several collections of jets, the one to draft a card of: read a little of each and see which has constituents."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tagwerk.cards.base import nearest
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import FAR, FirstJets, sample
from tagwerk.drafts.names import generated
from tagwerk.errors import UserError

_ROWS = 500
_LARGE = re.compile(r"fat|large|ak8|ak10|ak15|ca15|kt10|fj", re.IGNORECASE)
_TAUS = re.compile(r"tau", re.IGNORECASE)


def choose(candidates: Sequence[Draft], file: Path, wanted: str | None) -> Draft:
    """Return the draft of the wanted collection, or the best: large jets before taus, before others, most constituents.

    Where no links lead to constituents near their jets it is the first.

    Raises:
        UserError: there is no such collection.
    """
    known = list(dict.fromkeys(draft.name for draft in candidates))
    if wanted is not None and wanted not in known:
        raise UserError(f"{file}: option --jets: no jets '{wanted}' with constituents; {nearest(wanted, known)}")
    if len(candidates) == 1:
        return candidates[0]
    tried = [each for draft in candidates if (each := _try(draft, file))]
    best = {name: _best([each for each in tried if each[0].name == name]) for name in known}
    reached = {name: each for name, each in best.items() if each is not None}
    ranked = sorted(reached.values(), key=lambda each: (_kind(each[0].name), -_mean(each[1])))
    chosen = reached.get(wanted) if wanted is not None else next(iter(ranked), None)
    if chosen is None:
        return next(each for each in candidates if wanted in (None, each.name))
    others = ", ".join(f"{draft.name} ({_mean(found):.1f})" for draft, found in ranked if draft.name != chosen[0].name)
    return _said(chosen[0], _mean(chosen[1]), others) if others else chosen[0]


def _said(draft: Draft, mean: float, others: str) -> Draft:
    said = f"{draft.name} has {mean:.1f} constituents a jet; --jets takes other jets instead: {others}"
    return draft.remark("jets" if "jets" in draft.values else "jet" if "jet" in draft.values else "tree", said)


def _try(draft: Draft, file: Path) -> tuple[Draft, FirstJets] | None:
    """Return a few jets read as a draft says; nothing if they cannot be, or their constituents are not theirs."""
    try:
        found = sample(file, replace(draft, labels=(), scalars={}, weights=()), _ROWS)
    except UserError:
        return None
    near = all(not each.distance > FAR for each in found.reached.values())
    return (draft, found) if near and _mean(found) > 0 else None


def _best(tried: list[tuple[Draft, FirstJets]]) -> tuple[Draft, FirstJets] | None:
    """Return, of several ways to the same jets, that with most constituents."""
    return max(tried, key=lambda each: _mean(each[1]), default=None)


def _mean(found: FirstJets) -> float:
    return sum(each.mean for each in found.reached.values())


def _kind(name: str) -> int:
    if generated(name):
        return 3
    return 0 if _LARGE.search(name) else 1 if _TAUS.search(name) else 2
