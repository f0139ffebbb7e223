"""Print a card with all its defaults; of a tagger also its layers and parameters."""

from typing import Annotated

import typer

from tagwerk.cards.tagger import Tagger
from tagwerk.cli.completion import complete_cards
from tagwerk.listings.find_card import KINDS, find_card, origin
from tagwerk.listings.full_card import full_text
from tagwerk.listings.layers import dataset_for, layers_text


def show(
    card: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_cards(*KINDS),
            help="name or path of a card of any kind; searches/lstm names the kind too",
        ),
    ],
    layers: Annotated[bool, typer.Option("--layers", help="print the layers of a tagger, with parameters")] = False,
    dataset: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete_cards("datasets"), help="dataset card, or its name: print the layers on its jets"
        ),
    ] = None,
) -> None:
    """Print a card with all its defaults; of a tagger also its layers and parameters.

    What is printed is a card again: the rest is in comments.
    """
    found = find_card(card)
    print(_comment(origin(found.path)))
    for folder in found.others:
        print(_comment(f"There is another card of this name: tagwerk show {folder}/{card}"))
    print(full_text(found.card), end="", flush=True)
    if layers or dataset is not None:
        print(_comment(layers_text(found, dataset or dataset_for(found))))
    elif isinstance(found.card, Tagger):
        print(_comment(f"Layers and parameters: tagwerk show {card} --layers"))


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())
