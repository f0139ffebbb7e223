"""Weights next to constituents, such as PUPPI's: whether the jet's momentum is the sum with them or without."""

from typing import Any

import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.jets.ragged import Ragged, flat

_WEIGHTS = ("puppi_weight", "constituent_weight")
_BETTER = 0.8  # how much nearer the jet's pT the one sum must be to decide


def add_weights(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with the weights of its sequences, where the jets' pT says that they scale the momenta."""
    sequences: dict[str, Any] = {}
    for name, sequence in draft.sequences.items():
        branch = next((at for each, at in sequence.get("extra", {}).items() if each in _WEIGHTS), None)
        sequences[name] = sequence
        if branch is None:
            continue
        weights, columns, key = flat(found.jets[branch])[0], found.columns[name], f"sequences.{name}"
        if len(weights) != len(columns.owner) or not np.isfinite(weights).all() or (weights == 1).all():
            continue
        if "jet" not in draft.values:
            sequences[name] = {**sequence, "weight": branch}
            draft = draft.check(f"{key}.weight", "scales the momenta: are they not weighted yet?")
            continue
        with_, without = (_share(columns, each, found.momentum["pt"]) for each in (weights, np.ones(len(weights))))
        said = f"with {branch} their pT adds up to {with_:.2f} of the jet's, without to {without:.2f}"
        if abs(without - 1) < _BETTER * abs(with_ - 1):
            draft = draft.remark(key, f"{said}: not applied")
            continue
        sequences[name] = {**sequence, "weight": branch}
        decided = abs(with_ - 1) < _BETTER * abs(without - 1)
        draft = draft.remark(key, said) if decided else draft.check(f"{key}.weight", f"{said}: does it scale them?")
    return draft.having(sequences=sequences)


def _share(columns: Ragged, weights: Values, jet: Values) -> float:
    """Return the median of the constituents' summed pT over the jet's, weighted so."""
    sums = np.bincount(columns.owner, weights * columns.values["pt"], len(columns.counts))
    some = (columns.counts > 0) & (jet > 0) & np.isfinite(sums)
    return float(np.median(sums[some] / jet[some])) if some.any() else np.nan
