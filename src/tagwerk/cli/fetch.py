"""Download a public data set by its DOI and verify its checksums; run again to resume."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.fetch.catalogue import CATALOGUE, PublicDataset, PublicFile, public_dataset
from tagwerk.fetch.download import DownloadError
from tagwerk.fetch.obtain import obtain


def fetch(
    name: Annotated[str, typer.Argument(help=f"public data set: {', '.join(CATALOGUE)}")],
    out: Annotated[Path | None, typer.Option(help="folder for the files; by default data/NAME")] = None,
    only: Annotated[str, typer.Option(help="pattern of the files to download, such as '*_val_*'")] = "*",
) -> None:
    """Download a public data set by its DOI and verify its checksums; run again to resume."""
    public = public_dataset(name)
    files = public.matching(only)
    target = out or Path("data") / name
    print(f"{public.title}: {len(files)} of {len(public.files)} files; the whole set is {public.gigabytes:g} GB")
    for index, file in enumerate(files):
        try:
            status = obtain(public, file, target)
        except DownloadError as error:
            raise DownloadError(f"{error}; {_how_to_resume(public, files[index:], target)}") from None
        print(f"{target / file.name}: {status}")
    print(f"Cite {public.citation}, {public.page}. Licence: {public.licence or 'see there'}.")
    if public.card:
        print(f"The dataset card is {public.card}.")


def _how_to_resume(public: PublicDataset, missing: list[PublicFile], target: Path) -> str:
    """Return how to continue after a network error, or without a network."""
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return (
        f"run the same command again to resume, or first download {missing[0].name}{more} from {public.page} to"
        f" {target} by hand"
    )
