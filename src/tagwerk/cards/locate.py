"""Where cards are: in `config` of the working directory, or among those that come with Tagwerk."""

from pathlib import Path

from tagwerk.cards.excerpts import suggestion
from tagwerk.errors import UserError

_PACKAGE = Path(__file__).parents[1]
# Inside an installed package; in a checkout, where `pip install -e` leaves it, at its top.
SHIPPED = next(
    (path for path in (_PACKAGE / "config", _PACKAGE.parents[1] / "config") if path.is_dir()), Path("config")
)
# Next to the cards, in a package as in a checkout.
WORKFLOW = SHIPPED.parent / "workflow"
_SUFFIXES = (".yaml", ".yml")


def card_path(folder: str, card: Path | str) -> Path:
    """Return the path of a card given by path or by name: that of the working directory, else Tagwerk's own.

    Args:
        folder: datasets, taggers, scores, studies or searches.
        card: such as `config/taggers/lstm.yaml` or `lstm`.

    Raises:
        UserError: there is no card of this name.
    """
    path = Path(card)
    if path.suffix in _SUFFIXES or len(path.parts) != 1:
        return path
    folders = [config / folder for config in (Path("config"), SHIPPED)]
    found = next((file for each in folders if (file := each / f"{card}.yaml").is_file()), None)
    if found is None:
        raise UserError(f"{folders[0] / f'{card}.yaml'}: no such card; {suggestion(str(card), _names(*folders))}")
    return found


def card_and_file(first: Path, second: Path) -> tuple[Path, Path]:
    """Return a card and a data file in this order; on the command line they may be swapped, since cards are YAML."""
    swapped = second.suffix in _SUFFIXES and first.suffix not in _SUFFIXES
    return (second, first) if swapped else (first, second)


def named_card(folder: str, name: str, path: Path, key: str) -> Path:
    """Return the path of the card that a key of another card names: next to that card, else Tagwerk's own.

    For one of Tagwerk's own cards, that of the working directory comes first, as in `card_path`.

    Raises:
        UserError: there is none of this name.
    """
    config = path.parent.parent if path.parent.name else path.resolve().parent.parent
    own = Path("config") if config.resolve() == SHIPPED.resolve() else config
    folders = [own / folder, SHIPPED / folder]
    for candidate in folders:
        if name in _names(candidate):
            return candidate / f"{name}.yaml"
    raise UserError(f"{path}: key '{key}': there is no '{name}' in {folders[0]}; {suggestion(name, _names(*folders))}")


def _names(*folders: Path) -> list[str]:
    """Return the names of all cards in these folders."""
    return sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})
