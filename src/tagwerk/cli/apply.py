"""Score the jets of a file that was not ingested, next to its entries."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tagwerk.errors import UserError, escaped
from tagwerk.files import atomic_write
from tagwerk.remote import data_path
from tagwerk.scores.file_scores import FileScores
from tagwerk.scores.friend_tree import write_friend_tree
from tagwerk.scores.jet_table import write_jet_table, write_puma

_SUFFIXES = (".root", ".h5", ".parquet")


def apply(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    file: Annotated[Path, typer.Argument(parser=data_path, help="file or URL with jets, in the layout of the dataset")],
    out: Annotated[Path, typer.Argument(help="file to write: .root, .h5 in puma's layout, or .parquet")],
    rntuple: Annotated[
        bool, typer.Option("--rntuple", help="write an RNTuple into the .root file, not a TTree")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="of the tagger, in .root and .h5; by default that of its card")
    ] = None,
    selection: Annotated[
        str | None, typer.Option(help="of jets, in terms of branches, instead of the dataset card's; 1 for all")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
) -> None:
    """Score the jets of a file that was not ingested, next to its entries.

    A .root file is a friend tree: entry by entry next to the input, with NaN for jets that are not selected. Jets are
    selected and read by the dataset card in the model's directory; neither truth nor weights are needed.
    """
    if out.suffix not in _SUFFIXES:
        raise UserError(f"{out}: the suffix decides what is written; give one of {', '.join(_SUFFIXES)}")
    if rntuple and out.suffix != ".root":
        raise UserError(f"{out}: --rntuple is for .root files; leave it out")
    if out.exists():
        raise UserError(f"{out}: already exists; choose another name or remove it")
    scores = FileScores(model, file, selection, threads)
    with atomic_write(out) as draft:
        if out.suffix == ".root":
            write_friend_tree(draft, scores, name, rntuple)
        elif out.suffix == ".h5":
            write_puma(draft, scores, name)
        else:
            write_jet_table(draft, scores)
    for note in scores.notes:
        print(escaped(f"tagwerk: {note}"), file=sys.stderr)
