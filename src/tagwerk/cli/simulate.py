"""Simulate jets of one process with Pythia 8, a parametric detector and FastJet, into a ROOT file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import awkward as ak
import typer

from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import UserError, error_context
from tagwerk.files import atomic_write
from tagwerk.progress import Bar, progress
from tagwerk.simulate.output import baskets, branch_arrays, jet_file, metadata
from tagwerk.simulate.simulated_jets import columns, simulated_jets


def simulate(
    card: Annotated[
        Path,
        typer.Argument(autocompletion=complete_cards("datasets"), help="dataset card with a generator, or its name"),
    ],
    part: Annotated[str, typer.Argument(help="process and file number, such as top_0003")],
    out: Annotated[Path, typer.Option(help="ROOT file to write")],
) -> None:
    """Simulate jets of one process with Pythia 8, a parametric detector and FastJet, into a ROOT file."""
    path, dataset = Dataset.located(card)
    generator = _generator(path, dataset, part)
    with (
        error_context(path),
        atomic_write(out) as draft,
        jet_file(draft, metadata(generator, part), *columns(generator)) as tree,
        progress(f"simulate {part}", generator.jets_per_file, "jets") as bar,
    ):
        for jets in baskets(_counted(simulated_jets(generator, part), bar)):
            tree.extend(branch_arrays(jets))


def _counted(chunks: Iterator[ak.Array], bar: Bar) -> Iterator[ak.Array]:
    """Yield the chunks and show their jets as progress."""
    for jets in chunks:
        bar.update(len(jets))
        yield jets


def _generator(card: Path, dataset: Dataset, part: str) -> AnyGenerator:
    """Return the card's generator, after checking that it has this part."""
    generator = dataset.generator
    if generator is None:
        raise UserError(
            f"{card}: key 'generator' is missing, so there is nothing to simulate; add it, or ingest the card's files"
        )
    parts = generator.parts()
    if part not in parts:
        hint = suggestion(part, parts)
        if not hint.startswith("did you mean"):
            hint = f"parts are {parts[0]} to {parts[-1]}, of {', '.join(generator.process_names)}"
        raise UserError(f"{card}: key 'generator.processes': there is no part '{part}'; {hint}")
    return generator
