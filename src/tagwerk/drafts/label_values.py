"""What the values of a label mean, and the classes that follow."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts.words import named, snake, spelled

Meaning = tuple[str, str, tuple[int, ...]]

_MOST = 30  # values of a label that get a class each
_CLASSES, _FEWEST = 10, 10  # classes for the most frequent of more values, and jets to tell those by
_FLAG = re.compile(r"(.*?(^|_))(is|label|truth|true|target|class|flag)(?=_)")
# A label by its name, whatever its values.
_NAMED = re.compile(r"(.+_)?(is_.+|label(_.+)?|truth(_.+)?|target|signal|sig)")
_LIGHT = ("light", "Light jets")
_HEAVY: tuple[Meaning, ...] = (("c", "c jets", (4,)), ("b", "b jets", (5,)))
_TAU: Meaning = ("tau", "Tau jets", (15,))
_HADRONS = ((*_LIGHT, (0,)), *_HEAVY, _TAU)
_PARTONS = ((*_LIGHT, (1, 2, 3, 21)), *_HEAVY, _TAU)
_SIGNAL = (("background", "Background", (0,)), ("signal", "Signal", (1,)))
_MATCHED = (("unmatched", "Not truth-matched", (0,)), ("matched", "Truth-matched", (1,)))
# ASSUME: of NanoAOD's genPartFlav, electrons and muons (1 to 4) are left out: they have taggers of their own.
_TAUS = (("jet", "Jets", (0,)), ("tau", "Hadronic taus", (5,)))
# LargeRJetTruthLabel of Athena's ParticleJetTools; what is partly contained or matched to nothing is left out.
_LARGE = (
    ("qcd", "QCD jets", (10,)), ("top", "Top jets", (1,)), ("w", "W jets", (2,)), ("zbb", "Z to bb", (3,)),
    ("zcc", "Z to cc", (4,)), ("zqq", "Z to qq", (5,)),
)  # fmt: skip
# By the label's name in the form that `snake` gives.
_MEANINGS: tuple[tuple[str, tuple[Meaning, ...]], ...] = (
    (r"hadron_flavou?r|(hadron_)?cone_.*truth_label_id", _HADRONS),
    (r"gen_part_flav", _TAUS),
    (r"is_truth_matched", _MATCHED),
    (r"r10_?truth_label.*", _LARGE),
    (r"is_sig(nal)?(_new)?|signal|sig", _SIGNAL),
)
_FLAVOUR = re.compile(r"(.+_)?flavou?r|parton_truth_label_id")


@dataclass(frozen=True)
class Guess:
    """Classes, in the order of a card, and how sure they are.

    Attributes:
        classes: name, what figures call it, selection.
        counts: how many jets of the sample are of each.
        said: the label's values and how often they occur.
        sure: whether what the values mean is known.
    """

    classes: list[tuple[str, str, str]]
    counts: list[int]
    said: str
    sure: bool

    @property
    def several(self) -> bool:
        """Whether the sample has jets of more than one class."""
        return sum(count > 0 for count in self.counts) > 1


def one_hot(columns: Mapping[str, Values]) -> Guess | None:
    """Return a class for each of several branches, if for no jet more than one of them is 1 and the others are 0."""
    if len(columns) < 2 or not all(binary(values) for values in columns.values()):
        return None
    true = np.sum([values.astype(np.int64) for values in columns.values()], axis=0)
    if (true > 1).any() or not true.any():
        return None
    short = [_short(each) for each in _without_start(list(columns))]
    classes = [(named(name), name, f"{spelled(each)} == 1") for name, each in zip(short, columns, strict=True)]
    counts, none = [int(np.sum(values)) for values in columns.values()], int(np.sum(true == 0))
    said = "one of these is 1 for each jet: " + _listed(columns, counts) + (f"; none for {none:,}" if none else "")
    return Guess(classes, counts, said, not none)


def flags(columns: Mapping[str, Values]) -> list[dict[str, Values]]:
    """Return branches of 0 and 1 in groups of names that begin alike, such as isB, isC and isG."""
    found: dict[str, dict[str, Values]] = {}
    for branch, values in columns.items():
        stem, _, last = snake(_last(branch)).rpartition("_")
        marked = _FLAG.match(snake(_last(branch)))
        if last and binary(values):
            found.setdefault(marked[0] if marked else stem, {})[branch] = values
    return [each for each in found.values() if len(each) > 1]


def by_many_values(branch: str, values: Values) -> Guess | None:
    """Return a class for each of the most frequent values of a label that has too many for one each."""
    if not _whole(values) or len(values) < _FEWEST:
        return None
    found, counts = np.unique(values.astype(np.int64), return_counts=True)
    if len(found) <= _MOST:
        return None
    often = sorted(np.argsort(-counts, kind="stable")[:_CLASSES].tolist())
    classes = _unknown(branch, [int(found[at]) for at in often])
    said = f"{branch} has {len(found)} values; those of the most jets: "
    said += (
        _listed([int(found[at]) for at in often], [int(counts[at]) for at in often]) + "; the others are of no class"
    )
    selected = [(name, label, _selection(spelled(branch), of)) for name, label, of in classes]
    return Guess(selected, [int(counts[at]) for at in often], said, False)


def by_value(branch: str, values: Values, meanings: Mapping[int, str]) -> Guess | None:
    """Return the classes that a label's values stand for; nothing if these are no label's."""
    if not _whole(values) or len(found := np.unique(values, return_counts=True)[0]) > _MOST:
        return None
    signed = bool((values < 0).any())
    counts = {int(value): int(np.sum(values == value)) for value in found}
    known = _known(branch, {abs(value) for value in counts}, meanings)
    if not known and len(counts) == 1 and not set(counts) <= {0, 1}:
        return None  # what is the same for all jets does not say which other values there are
    classes = known or _unknown(branch, list(counts))
    written = f"abs({spelled(branch)})" if signed and known else spelled(branch)
    of = [sum(number for value, number in counts.items() if _is(value, each, bool(known))) for each in classes]
    kept = [index for index, each in enumerate(classes) if of[index] or not _rare(each)]
    none = [str(value) for value in counts if not any(_is(value, classes[at], bool(known)) for at in kept)]
    return Guess(
        [(classes[at][0], classes[at][1], _selection(written, classes[at][2])) for at in kept],
        [of[at] for at in kept],
        f"{branch}: {_listed(counts, list(counts.values()))}" + (f"; no class has {', '.join(none)}" if none else ""),
        bool(known),
    )


def is_label(branch: str) -> bool:
    """Return whether a branch is called a label."""
    return _NAMED.fullmatch(snake(_last(branch))) is not None or _FLAVOUR.fullmatch(snake(_last(branch))) is not None


def binary(values: Values) -> bool:
    """Return whether all values are 0 or 1."""
    return bool(np.isin(values, (0, 1)).all())


def _known(branch: str, values: set[int], meanings: Mapping[int, str]) -> tuple[Meaning, ...]:
    if meanings:
        return tuple((named(said), said, (value,)) for value, said in meanings.items())
    name = snake(_last(branch))
    # NanoAOD puts the collection first.
    for pattern, known in _MEANINGS:
        if re.fullmatch(rf"(.+_)?({pattern})", name):
            return known
    if _FLAVOUR.fullmatch(name) and values & {4, 5, 15, 21}:
        return _PARTONS if values & {1, 2, 3, 21} else _HADRONS
    return ()


def _unknown(branch: str, values: list[int]) -> tuple[Meaning, ...]:
    """Return a class a value; for a label of 0 and 1 alone, what it says and its contrary."""
    short = _short(branch)
    name = named(snake(short))
    if set(values) <= {0, 1}:
        return (f"not_{name}", f"Not {short}", (0,)), (name, short, (1,))
    return tuple((f"{name}_{str(value).replace('-', 'minus_')}", f"{short} {value}", (value,)) for value in values)


def _is(value: int, meaning: Meaning, either_sign: bool) -> bool:
    return value in meaning[2] or (either_sign and -value in meaning[2])


def _rare(meaning: Meaning) -> bool:
    """Return whether a class without jets is better left away."""
    return meaning == _TAU or meaning in _LARGE[2:]


def _selection(written: str, values: tuple[int, ...]) -> str:
    return " or ".join(f"{written} == {value}" for value in values)


def _short(branch: str) -> str:
    """Return what a label's name says, to be read: Wide for is_wide."""
    last = re.sub(r"^(label|is)(_|(?=[A-Z]))", "", _last(branch)) or branch
    return last[0].upper() + last[1:]


def _last(branch: str) -> str:
    """Return a branch's name without the collections before it."""
    return re.split(r"[./]", branch)[-1] or branch


def _without_start(branches: list[str]) -> list[str]:
    """Return names without what all of them begin with, up to the last word of it."""
    short = [_last(each) for each in branches]
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*short, strict=False))
    common = "".join(letters[0] for letters in same)
    start = re.match(r"(.*(?:_|label|is(?=$)|truth))?", common, re.IGNORECASE)
    return [each[start.end() if start else 0 :] or each for each in short]


def _whole(values: Values) -> bool:
    return values.dtype.kind in "iub" or bool((np.isfinite(values) & (values == np.round(values))).all())


def _listed(names: Any, counts: list[int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in zip(names, counts, strict=True))
