"""The choice among several jet collections: a few rows of each are read to see which have constituents."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tagwerk.cards.base import suggestion
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import MAX_DELTA_R, FirstJets, read_first_jets
from tagwerk.drafts.names import is_generated
from tagwerk.errors import UserError
from tagwerk.remote import RemoteError

_ROWS = 500
_LARGE = re.compile(r"fat|large|ak8|ak10|ak15|ca15|kt10|fj", re.IGNORECASE)
_TAUS = re.compile(r"tau", re.IGNORECASE)


def choose(candidates: Sequence[Draft], file: Path, wanted: str | None) -> Draft:
    """Return the draft of the wanted or the best collection.

    Large-R jets are preferred to taus, taus to others, and more constituents to fewer. If no candidate has constituents
    near its jets, the first is returned.

    Raises:
        UserError: there is no such collection.
    """
    known = list(dict.fromkeys(draft.name for draft in candidates))
    if wanted is not None and wanted not in known:
        raise UserError(
            f"{file}: option --jets: no jet collection '{wanted}' with constituents; {suggestion(wanted, known)}"
        )
    if len(candidates) == 1:
        return candidates[0]
    read = [result for draft in candidates if (result := _try_reading(draft, file))]
    best = {name: _most_constituents([result for result in read if result[0].name == name]) for name in known}
    usable = {name: result for name, result in best.items() if result is not None}
    ranked = sorted(usable.values(), key=lambda result: (_rank(result[0].name), -_mean_count(result[1])))
    chosen = usable.get(wanted) if wanted is not None else next(iter(ranked), None)
    if chosen is None:
        return next(draft for draft in candidates if wanted in (None, draft.name))
    others = [result for result in ranked if result[0].name != chosen[0].name]
    return _with_others(*chosen, others) if others else chosen[0]


def _with_others(draft: Draft, sample: FirstJets, others: list[tuple[Draft, FirstJets]]) -> Draft:
    means = ", ".join(f"{other.name} ({_mean_count(jets):.1f})" for other, jets in others)
    text = (
        f"{draft.name} has {_mean_count(sample):.1f} constituents per jet; --jets selects another collection: {means}"
    )
    return draft.with_comment("jets" if "jets" in draft.values else "jet" if "jet" in draft.values else "tree", text)


def _try_reading(draft: Draft, file: Path) -> tuple[Draft, FirstJets] | None:
    """Return a draft and a few of its jets; None if they cannot be read or their constituents are not near them."""
    try:
        sample = read_first_jets(file, replace(draft, labels=(), scalars={}, weights=()), _ROWS)
    except RemoteError:
        raise
    except UserError:
        return None
    near = all(not stats.delta_r > MAX_DELTA_R for stats in sample.stats.values())
    return (draft, sample) if near and _mean_count(sample) > 0 else None


def _most_constituents(results: list[tuple[Draft, FirstJets]]) -> tuple[Draft, FirstJets] | None:
    """Return, of several drafts of the same collection, the one with the most constituents."""
    return max(results, key=lambda result: _mean_count(result[1]), default=None)


def _mean_count(sample: FirstJets) -> float:
    return sum(stats.mean for stats in sample.stats.values())


def _rank(name: str) -> int:
    if is_generated(name):
        return 3
    return 0 if _LARGE.search(name) else 1 if _TAUS.search(name) else 2
