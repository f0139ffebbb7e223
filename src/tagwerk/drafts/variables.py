"""A draft's further variables: those that taggers may see, and what is left out, with the reason."""

from collections.abc import Iterator
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards import expressions
from tagwerk.checks.sentinels import frequent_sentinel
from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import abbreviate
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.drafts.label_values import is_binary
from tagwerk.drafts.words import is_quotable, quoted
from tagwerk.jets.ragged import flatten_lists

_MAX_VARIABLES = 12  # per jet; of more, only well-known ones are taken
# A variable can be found to reveal the classes with at least this many jets and, by all its values, at most this many.
_MIN_JETS, _MAX_VALUES = 20, 10
_FLAGS = "0 or 1 for every jet, so possibly truth information"


def add_jet_weight(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with the weight of its jets, if there is a branch for it; or with the reason not to use it."""
    usable = [branch for branch in draft.weights if is_quotable(branch)]
    if not usable:
        return draft
    varying = [branch for branch in usable if not sample.is_constant(branch)]
    if not varying:
        return draft.with_comment("classes", f"weights, the same for all jets here and not used: {abbreviate(usable)}")
    values, others = sample.values(varying[0]), [branch for branch in usable if branch != varying[0]]
    draft = draft.with_comment("weight", f"other weights: {abbreviate(others)}") if others else draft
    if not np.isfinite(values).all():
        text = f"'{varying[0]}' is NaN or infinite for some jets: not used"
        return draft.with_values(weight="1").with_check("weight", text)
    if (values < 0).any():
        text = f"'{varying[0]}' is negative for {np.mean(values < 0):.1%} of the jets: not used"
        return draft.with_values(weight="1").with_check("weight", text)
    return draft.with_values(weight=quoted(varying[0])).with_check("weight", f"is '{varying[0]}' the jet weight?")


def add_jet_variables(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft with further variables of the jets: all if there are few, else the well-known ones."""
    if "jet" not in draft.values:
        return draft
    excluded = roles.by_reason(_excluded(draft, sample))
    for reason, branches in excluded.items():
        draft = draft.with_comment("jet", f"left out ({reason}): {abbreviate(branches)}")
    hidden = {*draft.labels, *draft.weights, *(branch for branches in excluded.values() for branch in branches)}
    hidden |= {
        branch for branch in draft.scalars.values() if draft.defines_classes(branch) or sample.is_constant(branch)
    }
    free = {name: branch for name, branch in draft.scalars.items() if branch not in hidden}
    few = len(free) <= _MAX_VARIABLES
    taken = free if few else {name: branch for name, branch in free.items() if names.is_well_known(name)}
    others = [branch for branch in free.values() if branch not in taken.values()]
    draft = draft.with_comment("jet", f"also available: {abbreviate(others)}") if others else draft
    draft = draft.with_values(jet={**draft.values["jet"], **({"extra": taken} if taken else {})})
    for name, branch in taken.items():
        if frequent := frequent_sentinel(sample.values(branch)):
            value, share = frequent
            draft = draft.with_check(f"jet.extra.{name}", f"{value:g} for {share:.1%} of the jets: not measured?")
    return draft


def _excluded(draft: Draft, sample: FirstJets) -> Iterator[tuple[str, str]]:
    """Yield the branches that taggers must not see, each after the reason."""
    # Truth information given to a network by mistake would go unnoticed.
    label = _label(draft, sample)
    for branch in draft.labels:
        if not draft.defines_classes(branch) and not sample.is_constant(branch):
            yield roles.TRUTH, branch
    for name, branch in draft.scalars.items():
        values = sample.values(branch)
        if draft.defines_classes(branch) or branch in draft.weights or branch in draft.labels:
            continue
        if reason := roles.exclusion_reason(name):
            yield reason, branch
        elif not np.isfinite(values).all():
            yield "NaN or infinite for some jets", branch
        elif is_binary(values) and not sample.is_constant(branch):
            yield _FLAGS, branch
        elif _reveals(values, label):
            yield "determines the class, so possibly truth information", branch


def _label(draft: Draft, sample: FirstJets) -> Values:
    """Return the class of each jet (N,), -1 for none; empty if some class has no selection."""
    selections = [each.get("selection") for each in draft.values["classes"]]
    label = np.full(len(sample.jets), -1)
    if None in selections:
        return label[:0]
    for index, selection in enumerate(selections):
        branches = {name: sample.values(name) for name in expressions.branch_names(selection)}
        label[np.broadcast_to(expressions.evaluate(selection, branches), len(label)).astype(bool)] = index
    return label


def _reveals(values: Values, label: Values) -> bool:
    """Return whether values tell the class (N,) of every jet, or the commonest marks all jets of a class alone."""
    values, label = values[: len(label)][label >= 0], label[label >= 0]
    if len(label) < _MIN_JETS or len(np.unique(label)) < 2:
        return False
    distinct, counts = np.unique(values, return_counts=True)
    marked = values == distinct[counts.argmax()]  # such as the pT of the true top: zero for every QCD jet
    if any(np.array_equal(marked, label == each) for each in np.unique(label)):
        return True
    if (values != np.round(values)).any() or len(distinct) > _MAX_VALUES:
        return False
    pairs = np.unique(np.stack([values.astype(np.float64), label]), axis=1)
    return bool(pairs.shape[1] == len(distinct))


def check_extras(draft: Draft, sample: FirstJets) -> Draft:
    """Return the draft without unusable further variables of its sequences, and with those to check marked."""
    sequences: dict[str, dict[str, Any]] = {}
    for name, sequence in draft.sequences.items():
        extra, key = dict(sequence.get("extra", {})), f"sequences.{name}"
        count = ak.count(sample.jets[next(iter(names.momentum_form(sequence).values()))])
        mismatched = [variable for variable, branch in extra.items() if ak.count(sample.jets[branch]) != count]
        if mismatched:
            branches = abbreviate([extra.pop(variable) for variable in mismatched])
            draft = draft.with_comment(key, f"left out (different lengths): {branches}")
        not_finite = [
            variable
            for variable, branch in extra.items()
            if not np.isfinite(flatten_lists(sample.jets[branch])[0]).all()
        ]
        if not_finite:
            branches = abbreviate([extra.pop(variable) for variable in not_finite])
            draft = draft.with_comment(key, f"left out (NaN or infinite values): {branches}")
        has_padding = sample.stats[name].padding is not None
        for variable, branch in extra.items():
            if (frequent := frequent_sentinel(flatten_lists(sample.jets[branch])[0])) and not has_padding:
                text = f"{frequent[0]:g} for {frequent[1]:.1%} of them: not measured?"
                draft = draft.with_check(f"{key}.extra.{variable}", text)
        rest = {field: value for field, value in sequence.items() if field != "extra"}
        sequences[name] = {**rest, **({"extra": extra} if extra else {})}
    return draft.with_values(sequences=sequences)
