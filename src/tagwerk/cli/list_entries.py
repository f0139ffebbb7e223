"""List datasets, taggers, studies, layouts, features and what else there is to choose from, one line each."""

import json as json_text
from typing import Annotated

import typer

from tagwerk.errors import escaped
from tagwerk.listings.listings import KINDS, listing, listing_text


def list_entries(
    kinds: Annotated[
        list[str] | None, typer.Argument(autocompletion=lambda: [*KINDS], help=f"{', '.join(KINDS)}; all by default")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False,
) -> None:
    """List datasets, taggers, studies, layouts, features and what else there is to choose from, one line each."""
    chosen = kinds or [*KINDS]
    if json:
        print(json_text.dumps({kind: listing(kind) for kind in chosen}, indent=1, ensure_ascii=False))
    else:
        print(escaped("\n\n".join(map(listing_text, chosen))))
