"""The meaning of a label's values, and the classes that follow from them."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Values
from tagwerk.drafts.words import card_name, quoted, snake_case

# A class: its name, its label in figures, and the label values of its jets.
# Name, label in figures, and the values of the class.
Meaning = tuple[str, str, tuple[int, ...]]

_MAX_VALUES = 30  # of a label with one class per value
_MAX_FREQUENT, _MIN_JETS = 10, 10  # classes for the most frequent of more values, and jets needed to find them
_FLAG = re.compile(r"(.*?(^|_))(is|label|truth|true|target|class|flag)(?=_)")
# Names of labels, whatever their values.
_LABEL = re.compile(r"(.+_)?(is_.+|label(_.+)?|truth(_.+)?|target|signal|sig)")
_LIGHT = ("light", "Light jets")
_HEAVY: tuple[Meaning, ...] = (("c", "c jets", (4,)), ("b", "b jets", (5,)))
_TAU: Meaning = ("tau", "Tau jets", (15,))
_HADRONS = ((*_LIGHT, (0,)), *_HEAVY, _TAU)
_PARTONS = ((*_LIGHT, (1, 2, 3, 21)), *_HEAVY, _TAU)
_SIGNAL = (("background", "Background", (0,)), ("signal", "Signal", (1,)))
_MATCHED = (("unmatched", "Not truth-matched", (0,)), ("matched", "Truth-matched", (1,)))
# ASSUME: electrons and muons (1 to 4) in NanoAOD's genPartFlav are left out: they have their own taggers.
_TAUS = (("jet", "Jets", (0,)), ("tau", "Hadronic taus", (5,)))
# LargeRJetTruthLabel of Athena's ParticleJetTools; partially contained and unmatched jets are left out.
_LARGE_R = (
    ("qcd", "QCD jets", (10,)), ("top", "Top jets", (1,)), ("w", "W jets", (2,)), ("zbb", "Z to bb", (3,)),
    ("zcc", "Z to cc", (4,)), ("zqq", "Z to qq", (5,)),
)  # fmt: skip
# By the label's name in the form that `snake_case` gives.
_MEANINGS: tuple[tuple[str, tuple[Meaning, ...]], ...] = (
    (r"hadron_flavou?r|(hadron_)?cone_.*truth_label_id", _HADRONS),
    (r"gen_part_flav", _TAUS),
    (r"is_truth_matched", _MATCHED),
    (r"r10_?truth_label.*", _LARGE_R),
    (r"is_sig(nal)?(_new)?|signal|sig", _SIGNAL),
)
_FLAVOUR = re.compile(r"(.+_)?flavou?r|parton_truth_label_id")


@dataclass(frozen=True)
class Guess:
    """Guessed classes, in the order of a card.

    Attributes:
        classes: name, label in figures, selection.
        counts: number of jets of each class in the sample.
        evidence: the label's values and how often they occur.
        is_certain: whether the meaning of the values is known.
    """

    classes: list[tuple[str, str, str]]
    counts: list[int]
    evidence: str
    is_certain: bool

    @property
    def is_mixed(self) -> bool:
        """Whether the sample has jets of more than one class."""
        return sum(count > 0 for count in self.counts) > 1


def from_one_hot(columns: Mapping[str, Values]) -> Guess | None:
    """Return one class per branch if all are 0 or 1 and at most one of them is 1 for each jet; None otherwise."""
    if len(columns) < 2 or not all(is_binary(values) for values in columns.values()):
        return None
    ones = np.sum([values.astype(np.int64) for values in columns.values()], axis=0)
    if (ones > 1).any() or not ones.any():
        return None
    labels = [_label_text(name) for name in _without_common_prefix(list(columns))]
    classes = [(card_name(label), label, f"{quoted(name)} == 1") for label, name in zip(labels, columns, strict=True)]
    counts, none = [int(np.sum(values)) for values in columns.values()], int(np.sum(ones == 0))
    evidence = f"one of these is 1 for each jet: {_listing(columns, counts)}"
    return Guess(classes, counts, evidence + (f"; none for {none:,}" if none else ""), not none)


def flag_groups(columns: Mapping[str, Values]) -> list[dict[str, Values]]:
    """Return branches of 0 and 1, grouped by the common beginning of their names, such as isB, isC and isG."""
    groups: dict[str, dict[str, Values]] = {}
    for branch, values in columns.items():
        name = snake_case(_last_part(branch))
        stem, _, last = name.rpartition("_")
        flag = _FLAG.match(name)
        if last and is_binary(values):
            groups.setdefault(flag[0] if flag else stem, {})[branch] = values
    return [group for group in groups.values() if len(group) > 1]


def from_frequent_values(branch: str, values: Values) -> Guess | None:
    """Return one class for each of the most frequent values of a label with too many for one class each."""
    if not _are_integers(values) or len(values) < _MIN_JETS:
        return None
    unique, counts = np.unique(values.astype(np.int64), return_counts=True)
    if len(unique) <= _MAX_VALUES:
        return None
    frequent = sorted(np.argsort(-counts, kind="stable")[:_MAX_FREQUENT].tolist())
    frequent_values, frequent_counts = [int(unique[at]) for at in frequent], [int(counts[at]) for at in frequent]
    evidence = f"{branch} has {len(unique)} values; the most frequent are {_listing(frequent_values, frequent_counts)}"
    classes = [
        (name, label, _selection(quoted(branch), its_values))
        for name, label, its_values in _unknown_meanings(branch, frequent_values)
    ]
    return Guess(classes, frequent_counts, f"{evidence}; the others belong to no class", False)


def from_values(branch: str, values: Values, meanings: Mapping[int, str]) -> Guess | None:
    """Return the classes that a label's values stand for; None if the values are not those of a label."""
    if not _are_integers(values) or len(unique := np.unique(values)) > _MAX_VALUES:
        return None
    signed = bool((values < 0).any())
    counts = {int(value): int(np.sum(values == value)) for value in unique}
    known = _known_meanings(branch, {abs(value) for value in counts}, meanings)
    if not known and len(counts) == 1 and not set(counts) <= {0, 1}:
        return None  # if all jets have the same value, the others are unknown
    classes = known or _unknown_meanings(branch, list(counts))
    expression = f"abs({quoted(branch)})" if signed and known else quoted(branch)
    jets = [sum(number for value, number in counts.items() if _is(value, each, bool(known))) for each in classes]
    kept = [index for index, each in enumerate(classes) if jets[index] or not _is_optional(each)]
    unused = [str(value) for value in counts if not any(_is(value, classes[index], bool(known)) for index in kept)]
    evidence = f"{branch}: {_listing(counts, counts.values())}"
    return Guess(
        [(classes[index][0], classes[index][1], _selection(expression, classes[index][2])) for index in kept],
        [jets[index] for index in kept],
        evidence + (f"; in no class: {', '.join(unused)}" if unused else ""),
        bool(known),
    )


def is_label(branch: str) -> bool:
    """Return whether a branch has the name of a label."""
    name = snake_case(_last_part(branch))
    return _LABEL.fullmatch(name) is not None or _FLAVOUR.fullmatch(name) is not None


def is_binary(values: Values) -> bool:
    """Return whether all values are 0 or 1."""
    return bool(np.isin(values, (0, 1)).all())


def _known_meanings(branch: str, values: set[int], meanings: Mapping[int, str]) -> tuple[Meaning, ...]:
    if meanings:
        return tuple((card_name(text), text, (value,)) for value, text in meanings.items())
    name = snake_case(_last_part(branch))
    # NanoAOD names begin with the collection.
    for pattern, known in _MEANINGS:
        if re.fullmatch(rf"(.+_)?({pattern})", name):
            return known
    if _FLAVOUR.fullmatch(name) and values & {4, 5, 15, 21}:
        return _PARTONS if values & {1, 2, 3, 21} else _HADRONS
    return ()


def _unknown_meanings(branch: str, values: list[int]) -> tuple[Meaning, ...]:
    """Return one class per value; for a label of 0 and 1 only, its name and the negation."""
    label = _label_text(branch)
    name = card_name(snake_case(label))
    if set(values) <= {0, 1}:
        return (f"not_{name}", f"Not {label}", (0,)), (name, label, (1,))
    return tuple((f"{name}_{str(value).replace('-', 'minus_')}", f"{label} {value}", (value,)) for value in values)


def _is(value: int, meaning: Meaning, either_sign: bool) -> bool:
    return value in meaning[2] or (either_sign and -value in meaning[2])


def _is_optional(meaning: Meaning) -> bool:
    """Return whether a class is omitted if it has no jets."""
    return meaning == _TAU or meaning in _LARGE_R[2:]


def _selection(expression: str, values: tuple[int, ...]) -> str:
    return " or ".join(f"{expression} == {value}" for value in values)


def _label_text(branch: str) -> str:
    """Return a label's name as shown in figures: Wide for is_wide."""
    last = re.sub(r"^(label|is)(_|(?=[A-Z]))", "", _last_part(branch)) or branch
    return last[0].upper() + last[1:]


def _last_part(branch: str) -> str:
    """Return a branch name without its collections."""
    return re.split(r"[./]", branch)[-1] or branch


def _without_common_prefix(branches: list[str]) -> list[str]:
    """Return names without the common prefix, up to its last word."""
    names = [_last_part(branch) for branch in branches]
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    common = "".join(letters[0] for letters in same)
    prefix = re.match(r"(.*(?:_|label|is(?=$)|truth))?", common, re.IGNORECASE)
    return [name[prefix.end() if prefix else 0 :] or name for name in names]


def _are_integers(values: Values) -> bool:
    return values.dtype.kind in "iub" or bool((np.isfinite(values) & (values == np.round(values))).all())


def _listing(names: Iterable[object], counts: Iterable[int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in zip(names, counts, strict=True))
