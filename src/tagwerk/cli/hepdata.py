"""Write a comparison as a submission to HEPData."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write, check_new
from tagwerk.publication.hepdata_files import ARCHIVE, pack, write_submission
from tagwerk.report.page import check_cards


def hepdata(
    study: Annotated[Path, typer.Argument(help="study card, or its name")],
    comparison: Annotated[Path, typer.Argument(help="directory written by `tagwerk compare`")],
    *,
    out: Annotated[Path, typer.Option(help="file to write and upload, *.tar.gz")],
) -> None:
    """Write a comparison as a submission to HEPData.

    ROC curves, metrics, rejections, paired differences, working points and calibration, with their uncertainties.
    """
    if not out.name.endswith(ARCHIVE):
        raise UserError(f"{out}: HEPData takes an archive; give a name that ends in {ARCHIVE}")
    check_new(out)
    cards, file = load_cards(study), comparison / "comparison.json"
    result = Comparison.load(file)
    check_cards(file, result, cards)
    with atomic_write(out) as draft, TemporaryDirectory() as folder:
        write_submission(Path(folder) / "submission", result, cards, comparison)
        pack(Path(folder) / "submission", draft)
