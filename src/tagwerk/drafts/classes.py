"""The classes of a draft: of the label that tells most, of a number that is 0 or 1, or of files."""

from pathlib import Path

import numpy as np

from tagwerk.drafts.draft import Draft
from tagwerk.drafts.labels import Guess, binary, by_value, one_hot
from tagwerk.drafts.sample import Sample
from tagwerk.drafts.text import some

_COLORS = (
    "#5790fc", "#e42536", "#f89c20", "#964a8b", "#9c9ca1", "#7a21dd", "#86c8dd", "#a96b59", "#b9ac70", "#717581",
)  # fmt: skip


def add_classes(draft: Draft, found: Sample, file: Path) -> Draft:
    """Return the draft with classes, the counts that they follow from, and what is unsure of them."""
    guess = _guess(draft, found)
    if guess is None:
        draft = by_files(draft, file)
        alike = [f"{branch} ({found.numbers(branch)[0]:g})" for branch in draft.scalars.values() if found.alike(branch)]
        return draft.remark("classes", f"alike for all jets here: {some(alike)}") if alike else draft
    others = [branch for branch in draft.labels if branch not in guess.said]
    draft = draft.remark("classes", guess.said)
    draft = draft.remark("classes", f"there are also {some(others)}") if others else draft
    draft = draft if guess.sure else draft.check("classes", "what do these values mean?")
    for index, count in enumerate(guess.counts):
        if not count and not guess.several:
            draft = draft.check(f"classes.{index}", "no such jet in the file's first rows")
    classes = [
        {"name": name, "label": label, "color": _COLORS[index % len(_COLORS)], "selection": selection}
        for index, (name, label, selection) in enumerate(guess.classes)
    ]
    return draft.having(classes=classes)


def by_files(draft: Draft, file: Path) -> Draft:
    """Return the draft with a class of this file and one of others."""
    other = str(file.with_name(f"signal_*{file.suffix}"))
    classes = [
        {"name": "background", "label": "Background", "color": _COLORS[0], "files": draft.values["files"]},
        {"name": "signal", "label": "Signal", "color": _COLORS[1], "files": [other]},
    ]
    draft = draft.having(files=None, classes=classes)
    draft = draft.remark("classes", "no branch was found that tells the truth about a jet: each class has its files")
    return draft.check("classes.0", "what are these jets?").check("classes.1", "which files are of other jets?")


def _guess(draft: Draft, found: Sample) -> Guess | None:
    """Return the classes of the likeliest label with jets of several; else of any label, or any number of 0 and 1."""
    if not len(found.jets):
        return None
    hot = {branch: found.numbers(branch) for branch in draft.labels if "label_" in branch}
    each = [by_value(branch, found.numbers(branch), draft.meanings.get(branch, {})) for branch in draft.labels]
    likely = [guess for guess in (one_hot(hot), *each) if guess is not None]
    several = [guess for guess in likely if guess.several]
    return next(iter([*several, *likely, *_binary(draft, found)]), None)


def _binary(draft: Draft, found: Sample) -> list[Guess]:
    """Return classes of the jets' numbers that are 0 for some and 1 for the others."""
    columns = {branch: found.numbers(branch) for branch in draft.scalars.values()}
    both = {name: values for name, values in columns.items() if binary(values) and len(np.unique(values)) == 2}
    return [guess for name, values in both.items() if (guess := by_value(name, values, {}))]
