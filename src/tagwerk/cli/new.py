"""Make a project of your own: cards, a study and a Snakefile that uses Tagwerk's workflow."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.projects.new_project import new_project
from tagwerk.remote import data_path


def new(
    folder: Annotated[Path, typer.Argument(help="folder to make, named after the project")],
    data: Annotated[
        Path | None,
        typer.Option(parser=data_path, help="ROOT, HDF5, Parquet or .npz file or URL to draft the dataset card from"),
    ] = None,
    jets: Annotated[str | None, typer.Option(help="jet collection to use; by default the best one")] = None,
) -> None:
    """Make a project of your own: cards, a study and a Snakefile that uses Tagwerk's workflow."""
    made = new_project(folder, data, jets)
    print(f"{made.folder}: a new project; its study compares {', '.join(made.taggers)}")
    card = f"config/datasets/{made.folder.name}.yaml"
    lines = f"{made.marks} line{'s' if made.marks != 1 else ''} marked CHECK"
    print(f"Next: cd {made.folder}, correct {card} ({lines}), and run snakemake --cores all")
