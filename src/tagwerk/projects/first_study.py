"""The cards of a first study: which taggers to compare on the jets of a dataset, one of them to edit."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tagwerk.cards.card_names import shipped_names
from tagwerk.cards.card_yaml import card_yaml
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.draft_marks import MARK
from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.cards.yaml_text import read_yaml
from tagwerk.errors import UserError

_FOLDER = SHIPPED / Tagger.FOLDER
_AS_THEY_ARE = ("boosted_trees", "deep_sets")  # fast ones of two families
_TO_EDIT = "gru"
_OWN_COLOR = "#b5179e"  # of no included tagger


class FirstStudy(NamedTuple):
    """A study card and the card of its own tagger, with its name."""

    study: str
    tagger_name: str
    tagger: str


def first_study(name: str, dataset: Dataset | None, classes: Sequence[str]) -> FirstStudy:
    """Return the cards of a study of the dataset of the same name.

    Args:
        name: of the study and the dataset.
        dataset: its card; None if it must be corrected before it is valid.
        classes: of the dataset, the background first and the signal last.
    """
    fitting = [tagger for tagger in shipped_names(Tagger.FOLDER) if _runs(tagger, name, dataset)]
    networks = [tagger for tagger in fitting if Tagger.load(_path(tagger)).engine == "keras"]
    base = _TO_EDIT if _TO_EDIT in fitting or not networks else networks[0]
    own = f"my_{base}"
    taggers = [tagger for tagger in _AS_THEY_ARE if tagger in fitting and tagger != base]
    return FirstStudy(_study(name, [*taggers, own], classes), own, _tagger(base, own))


def _path(tagger: str) -> Path:
    return _FOLDER / f"{tagger}.yaml"


def _runs(tagger: str, name: str, dataset: Dataset | None) -> bool:
    """Return whether an included tagger has all its inputs in the dataset; the usual ones are assumed without it."""
    if dataset is None:
        return tagger in (*_AS_THEY_ARE, _TO_EDIT)
    try:
        check_inputs(_path(tagger), Tagger.load(_path(tagger)), dataset, name)
    except UserError:
        return False
    return True


def _study(name: str, taggers: list[str], classes: Sequence[str]) -> str:
    """Return the text of the study card, with comments."""
    others = f"of {', '.join(classes)}; " if len(classes) > 2 else ""
    mark = f"{MARK}: " if len(classes) > 2 else ""
    entries = [
        ("title", f"{name.replace('_', ' ')}: {classes[-1]} against {classes[0]}", ""),
        ("dataset", name, ""),
        ("taggers", taggers, "of `tagwerk list taggers`"),
        ("seeds", [1], "one training of each tagger per seed; several show how much trainings vary"),
        ("epochs", 8, "at most"),
        ("signal", classes[-1], f"{mark}{others}the class that is tagged" if others else ""),
        ("background", classes[0], "or a list, with `fractions`" if others else ""),
        ("working_points", [0.3, 0.5, 0.7], "signal efficiencies"),
    ]
    lines = [card_yaml({key: value}).strip() + (f"  # {text}" if text else "") for key, value, text in entries]
    head = f"# What is compared. All keys, with their defaults: tagwerk show studies/{name}"
    return "\n".join([head, *lines]) + "\n"


def _tagger(base: str, own: str) -> str:
    """Return the text of a copy of an included tagger card, with a title and a colour of its own."""
    values = read_yaml(_path(base))
    values |= {"title": f"{values['title']}, mine", "color": _OWN_COLOR}
    head = f"# A copy of Tagwerk's `{base}`, to edit. All keys, with their defaults: tagwerk show {own}"
    return f"{head}\n{card_yaml(values)}"
