"""A card of any kind, by name or path."""

from pathlib import Path
from typing import NamedTuple

from tagwerk.cards.base import Card, suggestion
from tagwerk.cards.card_names import OWN, card_names, own_names, shipped_names
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import SHIPPED, card_path
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.search import Search
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.yaml_text import read_yaml
from tagwerk.errors import UserError

# In the order in which a name is looked for.
KINDS: dict[str, type[Card]] = {model.FOLDER: model for model in (Tagger, Dataset, Study, Search, ScoreFiles)}


class FoundCard(NamedTuple):
    """A card with its path, and the folders with other cards of its name."""

    path: Path
    card: Card
    others: list[str]


def find_card(name: str) -> FoundCard:
    """Return a card given by its path, by its name, or by folder and name, such as `lstm` and `searches/lstm`.

    Raises:
        UserError: there is no such card, or it is wrong.
    """
    folder, _, stem = name.rpartition("/")
    if folder in KINDS and Path(name).suffix not in (".yaml", ".yml"):
        return FoundCard(*KINDS[folder].located(card_path(folder, stem)), [])
    if folder or Path(name).suffix in (".yaml", ".yml"):
        return FoundCard(*_model_of(Path(name)).located(Path(name)), [])
    folders = [each for each in KINDS if name in card_names(each)]
    if not folders:
        known = sorted({known for each in KINDS for known in card_names(each)})
        raise UserError(f"{name}: no such card; {suggestion(name, known)}")
    return FoundCard(*KINDS[folders[0]].located(name), folders[1:])


def origin(path: Path) -> str:
    """Return a card's path as the user may open it, and that it is used in place of Tagwerk's own of this name."""
    folder, name = path.parent.name, path.stem
    if SHIPPED in path.parents:
        return f"{folder}/{path.name}, which comes with Tagwerk"
    shadows = path.parent.parent == OWN and name in own_names(folder) and name in shipped_names(folder)
    return str(path) + (", instead of the card of this name that comes with Tagwerk" if shadows else "")


def _model_of(path: Path) -> type[Card]:
    """Return the kind of card at a path: that of its folder, else the one that knows most of its keys."""
    if path.absolute().parent.name in KINDS:
        return KINDS[path.absolute().parent.name]
    keys = read_yaml(path).keys()
    return max(KINDS.values(), key=lambda model: len(keys & model.model_fields.keys()))
