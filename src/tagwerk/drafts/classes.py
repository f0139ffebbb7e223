"""The classes of a draft: of the label that tells most, of a number that is 0 or 1, or of files."""

from glob import escape
from pathlib import Path

import numpy as np

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import some
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.drafts.label_values import Guess, binary, by_many_values, by_value, flags, is_label, one_hot
from tagwerk.drafts.roles import why_not
from tagwerk.drafts.words import distinct, quotable

_FEW = 5  # jets of a class; of fewer, train, validation and test may get none
_COLORS = (
    "#5790fc", "#e42536", "#f89c20", "#964a8b", "#9c9ca1", "#7a21dd", "#86c8dd", "#a96b59", "#b9ac70", "#717581",
)  # fmt: skip


def add_classes(draft: Draft, found: FirstJets, file: Path) -> Draft:
    """Return the draft with classes, the counts that they follow from, and what is unsure of them."""
    guess = _guess(draft, found)
    if guess is None:
        draft = by_files(draft, file)
        numbers = dict.fromkeys([*draft.labels, *draft.scalars.values()])
        alike = [f"{branch} ({found.numbers(branch)[0]:g})" for branch in numbers if found.alike(branch)]
        return draft.remark("classes", f"alike for all jets here: {some(alike)}") if alike else draft
    others = [branch for branch in draft.labels if branch not in guess.said and is_label(branch)]
    draft = draft.remark("classes", guess.said)
    draft = draft.remark("classes", f"there are also {some(others)}") if others else draft
    draft = _doubted(draft, guess)
    names: list[str] = []
    for name, _, _ in guess.classes:
        names.append(distinct(name, names))
    classes = [
        {"name": name, "label": label, "color": _COLORS[index % len(_COLORS)], "selection": selection}
        for index, (name, (_, label, selection)) in enumerate(zip(names, guess.classes, strict=True))
    ]
    return draft.having(classes=classes)


def _doubted(draft: Draft, guess: Guess) -> Draft:
    """Return the draft with what is to be looked at in its classes."""
    if not guess.several:
        said = "the label is the same for all jets here: add files of the others, or give each class its 'files'"
        draft = draft.check("classes", said)
    if not guess.sure:
        draft = draft.check("classes", "what do these values mean?")
    for index, count in enumerate(guess.counts):
        if count < _FEW:
            said = f"only {count} such jets" if count else "no such jet"
            draft = draft.check(f"classes.{index}", f"{said} in the file's first rows")
    return draft


def by_files(draft: Draft, file: Path) -> Draft:
    """Return the draft with a class of this file and one of others."""
    other = f"{escape(str(file.parent))}/signal_*{escape(file.suffix)}".removeprefix("./")
    classes = [
        {"name": "background", "label": "Background", "color": _COLORS[0], "files": draft.values["files"]},
        {"name": "signal", "label": "Signal", "color": _COLORS[1], "files": [other]},
    ]
    draft = draft.having(files=None, classes=classes)
    draft = draft.remark("classes", "no branch was found that tells the truth about a jet: each class has its files")
    return draft.check("classes.0", "what are these jets?").check("classes.1", "which files are of other jets?")


def _guess(draft: Draft, found: FirstJets) -> Guess | None:
    """Return the classes of the likeliest label with jets of several; else of any label, or any number of 0 and 1."""
    if len(found.jets) < 2:
        return None
    columns = {branch: found.numbers(branch) for branch in dict.fromkeys([*draft.labels, *draft.scalars.values()])}
    hot = [guess for each in flags(columns) if (guess := one_hot(each))]
    labels = [guess for name in draft.labels if (guess := by_value(name, columns[name], draft.meanings.get(name, {})))]
    likely = [*(each for each in hot if each.sure), *labels, *hot]
    several = [guess for guess in likely if guess.several]
    many = [guess for name in _likeliest(draft) if (guess := by_many_values(name, columns[name]))]
    # Of a label that is the same for all jets the other classes are only known if its meaning is.
    known = [guess for guess in likely if guess.sure]
    return next(iter([*several, *many, *known, *_binary(draft, found)]), None)


def _likeliest(draft: Draft) -> list[str]:
    """Return the branches that are called a label, not only something that tells the truth."""
    return [name for name in draft.labels if is_label(name)]


def _binary(draft: Draft, found: FirstJets) -> list[Guess]:
    """Return classes of the jets' numbers that are 0 for some and 1 for the others."""
    free = [branch for name, branch in draft.scalars.items() if why_not(name) is None and quotable(branch)]
    columns = {branch: found.numbers(branch) for branch in free}
    both = {name: values for name, values in columns.items() if binary(values) and len(np.unique(values)) == 2}
    return [guess for name, values in both.items() if (guess := by_value(name, values, {}))]
