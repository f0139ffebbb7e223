"""Per-constituent weights, such as PUPPI's: whether the jet's momentum is the sum with or without them."""

from typing import Any

import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.jets.ragged import Ragged, flatten_lists

_WEIGHTS = ("puppi_weight", "constituent_weight")
_CLOSER = 0.8  # one pT sum decides if its distance from the jet's pT is below this fraction of the other's


def add_constituent_weights(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with its sequences' weights, where the jets' pT shows that they scale the momenta."""
    sequences: dict[str, Any] = {}
    for name, sequence in draft.sequences.items():
        branch = next((branch for extra, branch in sequence.get("extra", {}).items() if extra in _WEIGHTS), None)
        sequences[name] = sequence
        if branch is None:
            continue
        weights, slots, key = flatten_lists(sample.jets[branch])[0], sample.slots[name], f"sequences.{name}"
        if len(weights) != len(slots.jet_index) or not np.isfinite(weights).all() or (weights == 1).all():
            continue
        if "jet" not in draft.values:
            sequences[name] = {**sequence, "weight": branch}
            draft = draft.with_check(f"{key}.weight", "scales the momenta: are they unweighted in the file?")
            continue
        with_, without = (_pt_share(slots, each, sample.momentum["pt"]) for each in (weights, np.ones(len(weights))))
        text = f"with {branch} their pT sums to {with_:.2f} of the jet's, without it to {without:.2f}"
        if abs(without - 1) < _CLOSER * abs(with_ - 1):
            draft = draft.with_comment(key, f"{text}: not applied")
            continue
        sequences[name] = {**sequence, "weight": branch}
        decided = abs(with_ - 1) < _CLOSER * abs(without - 1)
        if decided:
            draft = draft.with_comment(key, text)
        else:
            draft = draft.with_check(f"{key}.weight", f"{text}: does it scale the momenta?")
    return draft.with_values(sequences=sequences)


def _pt_share(slots: Ragged, weights: Values, jet_pt: Values) -> float:
    """Return the median of the constituents' weighted pT sum over the jet's pT."""
    sums = np.bincount(slots.jet_index, weights * slots.values["pt"], len(slots.counts))
    valid = (slots.counts > 0) & (jet_pt > 0) & np.isfinite(sums)
    return float(np.median(sums[valid] / jet_pt[valid])) if valid.any() else np.nan
