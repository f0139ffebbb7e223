"""What there is to choose from: cards, one's own and Tagwerk's, and what cards can name; nothing is validated."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import tagwerk.readers.layouts
import tagwerk.taggers
from tagwerk.cards.base import suggestion
from tagwerk.cards.card_names import OWN, own_names, shipped_names
from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.yaml_text import read_yaml
from tagwerk.docstrings import module_summary, returned
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES
from tagwerk.jets.lund import LUND
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.jets.variable_features import log_abs, significance

Row = dict[str, str]


def listing(kind: str) -> list[Row]:
    """Return the entries of a kind, each with its name and what there is to say in one line.

    Args:
        kind: a folder of cards, such as `taggers`, or one of `layouts`, `architectures`, `features` and `variables`.

    Raises:
        UserError: there is no such kind.
    """
    if kind not in KINDS:
        raise UserError(f"{kind}: no such list; {suggestion(kind, [*KINDS])}")
    return list(KINDS[kind]())


def listing_text(kind: str) -> str:
    """Return the entries of a kind as a table with a heading; raises as `listing`."""
    rows = listing(kind)
    if not rows:
        return f"{kind}: none"
    cells = [[*rows[0]], *([*row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join([f"{kind}: {_HEADINGS[kind]}", *(line.rstrip() for line in lines)])


def _cards(folder: str, columns: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> Iterator[Row]:
    """Yield all cards of a folder: those in `config` of the working directory first, then Tagwerk's."""
    own, shipped = own_names(folder), shipped_names(folder)
    for name in own:
        where = f"{OWN}, instead of Tagwerk's" if name in shipped else str(OWN)
        yield _card(OWN / folder / f"{name}.yaml", columns, where)
    for name in shipped:
        if name not in own:
            yield _card(SHIPPED / folder / f"{name}.yaml", columns, "Tagwerk")


def _card(path: Path, columns: Mapping[str, Callable[[Mapping[str, Any]], str]], where: str) -> Row:
    """Return the row of a card; of one that is not YAML, or lacks a title, it says so."""
    try:
        values = read_yaml(path)
        title = str(values["title"]) if "title" in values else "(without a title)"
    except UserError as mistake:
        values, title = {}, f"({str(mistake).removeprefix(f'{path}: ')})"
    others = {heading: text(values) if values else "" for heading, text in columns.items()}
    return {"name": path.stem, "title": title, **others, "from": where}


def _dataset_files(values: Mapping[str, Any]) -> str:
    return "simulated" if "generator" in values else str(values.get("layout", "jets"))


def _count_of_taggers(values: Mapping[str, Any]) -> str:
    taggers = values.get("taggers", [])
    return str(len(taggers)) if isinstance(taggers, list) else "?"


def _taggers_searched(values: Mapping[str, Any]) -> str:
    taggers = values.get("taggers")
    if not isinstance(taggers, list) or not taggers:
        return str(values.get("tagger", "?"))
    return str(taggers[0]) if len(taggers) == 1 else f"{taggers[0]} and {len(taggers) - 1} more"


def _modules(package: Any, heading: str, hidden: Collection[str] = ()) -> Iterator[Row]:
    for path in sorted(Path(package.__path__[0]).glob("*.py")):
        if path.stem not in ("__init__", *hidden):
            yield {"name": path.stem, heading: module_summary(path).removesuffix(".")}


def _features() -> Iterator[Row]:
    constituents, merges = "constituents", "merges of trees"
    for name, feature in FEATURES.items():
        yield _described(name, returned(feature), constituents)
    for name, what in (("pt", "pT, in GeV"), ("eta", "η"), ("phi", "φ, in radians"), ("energy", "E, in GeV")):
        yield _described(name, what, constituents)
    yield _described("<x>", "any variable x of the key 'extra', in the unit of the file", constituents)
    yield _described("log_abs_<x>", returned(log_abs), constituents)
    yield _described("<x>_significance", returned(significance), constituents)
    for name, of_merge in LUND.items():
        yield _described(name, returned(of_merge), merges)


def _variables() -> Iterator[Row]:
    for name, variable in VARIABLES.items():
        yield _described(name, returned(variable), "substructure")
    for name, tau_variable in TAU_VARIABLES.items():
        yield _described(name, returned(tau_variable.compute), "tau_variables")


def _described(name: str, what: str, of: str) -> Row:
    return {"name": name, "what it is": what.removesuffix("."), "of": of}


KINDS: dict[str, Callable[[], Iterator[Row]]] = {
    "datasets": lambda: _cards("datasets", {"layout": _dataset_files}),
    "taggers": lambda: _cards("taggers", {"architecture": lambda card: str(card.get("architecture", "?"))}),
    "studies": lambda: _cards(
        "studies", {"dataset": lambda card: str(card.get("dataset", "none")), "taggers": _count_of_taggers}
    ),
    "searches": lambda: _cards("searches", {"taggers": _taggers_searched}),
    "scores": lambda: _cards("scores", {}),
    "layouts": lambda: _modules(tagwerk.readers.layouts, "files"),
    "architectures": lambda: _modules(tagwerk.taggers, "network or other model"),
    "features": _features,
    "variables": _variables,
}
_HEADINGS = {
    "datasets": "which jets; cards in config/datasets",
    "taggers": "what is trained; cards in config/taggers",
    "studies": "which taggers are compared; cards in config/studies",
    "searches": "which settings are tried; cards in config/searches",
    "scores": "score files from elsewhere; cards in config/scores",
    "layouts": "how files are laid out; key 'layout' of a dataset",
    "architectures": "key 'architecture' of a tagger",
    "features": "what networks see of each constituent; keys 'inputs.sequences' and 'inputs.trees' of a tagger",
    "variables": "of the jet, computed from its constituents; keys 'substructure' and 'tau_variables' of a dataset",
}
