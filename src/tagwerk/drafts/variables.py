"""A draft's further variables: those that taggers may see, and what is left out of them, with why."""

from collections.abc import Iterator
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards import expressions
from tagwerk.checks.sentinels import sentinel
from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import some
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.drafts.label_values import binary
from tagwerk.drafts.words import quotable, spelled
from tagwerk.jets.ragged import flat

_FEW = 12  # further variables of a jet; of more, only those that are well known are taken
_TELLING, _VALUES = 20, 10  # jets in which, and values by which, a variable may tell the classes
_FLAGS = "0 or 1 for every jet, so they may tell the truth"


def add_weight(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with the weight of its jets, where a branch is one; or with why it is not used."""
    known = [branch for branch in draft.weights if quotable(branch)]
    if not known:
        return draft
    varied = [branch for branch in known if not found.alike(branch)]
    if not varied:
        said = f"weights, the same for all jets here and not used: {some(known)}"
        return draft.remark("classes", said)
    values, others = found.numbers(varied[0]), [branch for branch in known if branch != varied[0]]
    draft = draft.remark("weight", f"there are also {some(others)}") if others else draft
    if not np.isfinite(values).all():
        return draft.having(weight="1").check("weight", f"'{varied[0]}' is NaN or infinite for some jets: not used")
    if (values < 0).any():
        said = f"'{varied[0]}' is below zero for {np.mean(values < 0):.1%} of the jets: not used"
        return draft.having(weight="1").check("weight", said)
    return draft.having(weight=spelled(varied[0])).check("weight", f"is '{varied[0]}' the weight of a jet?")


def add_variables(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft with the jet's further variables: all if they are few, else those that are well known."""
    if "jet" not in draft.values:
        return draft
    left = roles.grouped(_left_out(draft, found))
    for why, branches in left.items():
        draft = draft.remark("jet", f"left out, {why}: {some(branches)}")
    out = {*draft.labels, *draft.weights, *(branch for branches in left.values() for branch in branches)}
    out |= {branch for branch in draft.scalars.values() if draft.tells_classes(branch) or found.alike(branch)}
    free = {name: branch for name, branch in draft.scalars.items() if branch not in out}
    taken = free if len(free) <= _FEW else {name: free[name] for name in free if names.well_known(name)}
    others = [branch for branch in free.values() if branch not in taken.values()]
    draft = draft.remark("jet", f"there are also {some(others)}") if others else draft
    draft = draft.having(jet={**draft.values["jet"], **({"extra": taken} if taken else {})})
    for name, branch in taken.items():
        if found_value := sentinel(found.numbers(branch)):
            value, share = found_value
            draft = draft.check(f"jet.extra.{name}", f"{value:g} for {share:.1%} of the jets: not measured?")
    return draft


def _left_out(draft: Draft, found: FirstJets) -> Iterator[tuple[str, str]]:
    """Yield why a branch is no variable for taggers, and the branch."""
    # Whoever gave a network the truth would not notice.
    label = _label(draft, found)
    for branch in draft.labels:
        if not draft.tells_classes(branch) and not found.alike(branch):
            yield "may tell the truth", branch
    for name, branch in draft.scalars.items():
        values = found.numbers(branch)
        if draft.tells_classes(branch) or branch in draft.weights or branch in draft.labels:
            continue
        if why := roles.why_not(name):
            yield why, branch
        elif not np.isfinite(values).all():
            yield "NaN or infinite for some jets", branch
        elif binary(values) and not found.alike(branch):
            yield _FLAGS, branch
        elif _tells(values, label):
            yield "each value is of one class alone, so they may tell the truth", branch


def _label(draft: Draft, found: FirstJets) -> Values:
    """Return the class of each jet (N,), -1 for none; nothing where a class is not a selection."""
    chosen = [each.get("selection") for each in draft.values["classes"]]
    label = np.full(len(found.jets), -1)
    if None in chosen:
        return label[:0]
    for index, selection in enumerate(chosen):
        of = {name: found.numbers(name) for name in expressions.names(selection)}
        label[np.broadcast_to(expressions.evaluate(selection, of), len(label)).astype(bool)] = index
    return label


def _tells(values: Values, label: Values) -> bool:
    """Return whether whole numbers tell the classes (N,) of jets, without a jet to the contrary."""
    values, label = values[: len(label)][label >= 0], label[label >= 0]
    if len(label) < _TELLING or (values != np.round(values)).any() or len(np.unique(values)) > _VALUES:
        return False
    pairs = np.unique(np.stack([values.astype(np.float64), label]), axis=1)
    return len(np.unique(label)) > 1 and pairs.shape[1] == len(np.unique(values))


def add_members(draft: Draft, found: FirstJets) -> Draft:
    """Return the draft without those further variables of sequences that cannot be used, and with their weights."""
    sequences: dict[str, dict[str, Any]] = {}
    for name, sequence in draft.sequences.items():
        extra, key = dict(sequence.get("extra", {})), f"sequences.{name}"
        number = ak.count(found.jets[next(iter(names.form_of(sequence).values()))])
        odd = [each for each, branch in extra.items() if ak.count(found.jets[branch]) != number]
        if odd:
            draft = draft.remark(key, f"left out, of other lengths: {some([extra.pop(each) for each in odd])}")
        wrong = [each for each, branch in extra.items() if not np.isfinite(flat(found.jets[branch])[0]).all()]
        if wrong:
            said = f"left out, as values are no numbers: {some([extra.pop(each) for each in wrong])}"
            draft = draft.remark(key, said)
        for each, branch in extra.items():
            if (often := sentinel(flat(found.jets[branch])[0])) and not found.reached[name].padding:
                draft = draft.check(f"{key}.extra.{each}", f"{often[0]:g} for {often[1]:.1%} of them: not measured?")
        rest = {which: value for which, value in sequence.items() if which != "extra"}
        sequences[name] = {**rest, **({"extra": extra} if extra else {})}
    return draft.having(sequences=sequences)
