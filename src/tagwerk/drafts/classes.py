"""The classes of a draft: from the most informative label, from a variable that is 0 or 1, or from files."""

from glob import escape
from pathlib import Path

import numpy as np

from tagwerk.cards.input_files import pattern_of
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import abbreviate
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.drafts.label_values import (
    Guess,
    flag_groups,
    from_frequent_values,
    from_one_hot,
    from_values,
    is_binary,
    is_label,
)
from tagwerk.drafts.roles import exclusion_reason
from tagwerk.drafts.words import is_quotable, unique_name

_MIN_JETS = 5  # per class; with fewer, train, validation or test may get none
_COLORS = (
    "#5790fc", "#e42536", "#f89c20", "#964a8b", "#9c9ca1", "#7a21dd", "#86c8dd", "#a96b59", "#b9ac70", "#717581",
)  # fmt: skip


def add_classes(draft: Draft, sample: FirstJets, file: Path) -> Draft:
    """Return the draft with classes, the counts behind them, and what is uncertain about them."""
    guess = _guess(draft, sample)
    if guess is None:
        draft = classes_by_file(draft, file)
        branches = dict.fromkeys([*draft.labels, *draft.scalars.values()])
        constant = [f"{branch} ({sample.values(branch)[0]:g})" for branch in branches if sample.is_constant(branch)]
        text = f"the same for all jets here: {abbreviate(constant)}"
        return draft.with_comment("classes", text) if constant else draft
    others = [branch for branch in draft.labels if branch not in guess.evidence and is_label(branch)]
    draft = draft.with_comment("classes", guess.evidence)
    draft = draft.with_comment("classes", f"other labels: {abbreviate(others)}") if others else draft
    draft = _with_checks(draft, guess)
    names: list[str] = []
    for name, _, _ in guess.classes:
        names.append(unique_name(name, names))
    classes = [
        {"name": name, "label": label, "color": _COLORS[index % len(_COLORS)], "selection": selection}
        for index, (name, (_, label, selection)) in enumerate(zip(names, guess.classes, strict=True))
    ]
    return draft.with_values(classes=classes)


def _with_checks(draft: Draft, guess: Guess) -> Draft:
    """Return the draft with what to check about its classes."""
    if not guess.is_mixed:
        text = "the label is the same for all jets here: add files of other classes, or give each class its own 'files'"
        draft = draft.with_check("classes", text)
    if not guess.is_certain:
        draft = draft.with_check("classes", "what do these values mean?")
    for index, count in enumerate(guess.counts):
        if count < _MIN_JETS:
            number = f"only {count} such jet{'s' * (count > 1)}" if count else "no such jet"
            draft = draft.with_check(f"classes.{index}", f"{number} in the file's first rows")
    return draft


def classes_by_file(draft: Draft, file: Path) -> Draft:
    """Return the draft with one class for this file and one for others."""
    other = f"{pattern_of(file.parent)}/signal_*{escape(file.suffix)}".removeprefix("./")
    classes = [
        {"name": "background", "label": "Background", "color": _COLORS[0], "files": draft.values["files"]},
        {"name": "signal", "label": "Signal", "color": _COLORS[1], "files": [other]},
    ]
    draft = draft.with_values(files=None, classes=classes)
    draft = draft.with_comment("classes", "no truth label was found: each class has its own files")
    draft = draft.with_check("classes.0", "what are these jets?")
    return draft.with_check("classes.1", "which files contain the other jets?")


def _guess(draft: Draft, sample: FirstJets) -> Guess | None:
    """Return the classes of the likeliest label with several classes here; else of any label or binary variable."""
    if len(sample.jets) < 2:
        return None
    columns = {branch: sample.values(branch) for branch in dict.fromkeys([*draft.labels, *draft.scalars.values()])}
    one_hot = [guess for group in flag_groups(columns) if (guess := from_one_hot(group))]
    labels = [
        guess for name in draft.labels if (guess := from_values(name, columns[name], draft.meanings.get(name, {})))
    ]
    likely = [*(guess for guess in one_hot if guess.is_certain), *labels, *one_hot]
    mixed = [guess for guess in likely if guess.is_mixed]
    named = [name for name in draft.labels if is_label(name)]
    frequent = [guess for name in named if (guess := from_frequent_values(name, columns[name]))]
    # If a label is the same for all jets, the other classes are known only if its meaning is.
    certain = [guess for guess in likely if guess.is_certain]
    return next(iter([*mixed, *frequent, *certain, *_from_binary(draft, sample)]), None)


def _from_binary(draft: Draft, sample: FirstJets) -> list[Guess]:
    """Return classes from per-jet variables that are 0 for some jets and 1 for the others."""
    allowed = [
        branch for name, branch in draft.scalars.items() if exclusion_reason(name) is None and is_quotable(branch)
    ]
    columns = {branch: sample.values(branch) for branch in allowed}
    both = {name: values for name, values in columns.items() if is_binary(values) and len(np.unique(values)) == 2}
    return [guess for name, values in both.items() if (guess := from_values(name, values, {}))]
