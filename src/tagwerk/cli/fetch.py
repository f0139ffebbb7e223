"""Download a public data set by its DOI, verified; a second run goes on where the first was interrupted."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.fetch.catalogue import CATALOGUE, PublicFile, PublicSet, public_set
from tagwerk.fetch.download import DownloadError
from tagwerk.fetch.obtain import obtain


def fetch(
    name: Annotated[str, typer.Argument(help=f"public data set: {', '.join(CATALOGUE)}")],
    folder: Annotated[Path | None, typer.Argument(help="folder for its files; by default data/NAME")] = None,
    only: Annotated[str, typer.Option(help="pattern of the files to fetch, such as '*_val_*'")] = "*",
) -> None:
    """Download a public data set by its DOI, verified; a second run goes on where the first was interrupted."""
    public = public_set(name)
    files = public.choose(only)
    place = folder or Path("data") / name
    print(f"{public.title}: {len(files)} of {len(public.files)} files, which are {public.gigabytes:g} GB in all")
    for number, file in enumerate(files):
        try:
            done = obtain(public, file, place)
        except DownloadError as trouble:
            raise DownloadError(f"{trouble}; {_what_to_do(public, files[number:], place)}") from None
        print(f"{place / file.name}: {done}")
    print(f"Cite {public.citation}, {public.page}. Licence: {public.licence or 'see there'}.")
    if public.card:
        print(f"The dataset card is {public.card}.")


def _what_to_do(public: PublicSet, missing: list[PublicFile], place: Path) -> str:
    """Return how to go on without a network or after trouble with it."""
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return (
        f"run the same command again to go on, or put {missing[0].name}{more} from {public.page} into {place} by hand"
        " and run it then"
    )
