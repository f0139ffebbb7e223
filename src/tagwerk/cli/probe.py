"""Probe a trained tagger: what it loses with perturbed jets, and which of its inputs it relies on."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.checksums import write_json
from tagwerk.cli.completion import complete_cards
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.provenance.notes import note_seed
from tagwerk.robustness.probe import probe as probe_tagger


def probe(
    study: Annotated[Path, typer.Argument(autocompletion=complete_cards("studies"), help="study card, or its name")],
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="output file, JSON")],
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
) -> None:
    """Probe a trained tagger: what it loses with perturbed jets, and which of its inputs it relies on."""
    result = probe_tagger(study, model, listed(parts), threads)
    note_seed("perturbations", result.random_seed)
    with atomic_write(out) as draft:
        write_json(draft, result)
