"""Print what made a result, back to its input files: commit, versions, cards, seeds, checksums and machines."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.errors import UserError, escaped
from tagwerk.provenance.lineage import trace
from tagwerk.provenance.overview import Overview
from tagwerk.provenance.provenance_text import provenance_text
from tagwerk.provenance.verify import verify as verify_lineage


def provenance(
    result: Annotated[Path, typer.Argument(help="result of any command, or a folder of results")],
    verify: Annotated[bool, typer.Option("--verify", help="compare all files with their recorded checksums")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the whole record as JSON")] = False,
) -> None:
    """Print what made a result, back to its input files: commit, versions, cards, seeds, checksums and machines."""
    lineage = trace([result])
    if verify:
        count, problems = verify_lineage(lineage)
        lineage.problems += problems
    print(escaped(lineage.model_dump_json(indent=1) if json else provenance_text(result, Overview(lineage))))
    if verify and lineage.problems:
        what = f"{len(lineage.problems):,} problem{'s' if len(lineage.problems) > 1 else ''}"
        raise UserError(
            f"{result}: {what}, listed above; restore these files, or make them and all that depends on them again"
        )
    if verify and not json:
        print(f"All {count:,} files match their recorded checksums.")
