"""Write the model card of a trained tagger."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.files import atomic_write, check_new
from tagwerk.publication.model_card import model_card
from tagwerk.report.page import check_cards
from tagwerk.summaries.summary import Summary
from tagwerk.training.model import load_record


def modelcard(
    study: Annotated[Path, typer.Argument(help="study card, or its name")],
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, written by `tagwerk summarise`")],
    comparison: Annotated[Path, typer.Argument(help="directory written by `tagwerk compare`")],
    *,
    out: Annotated[Path, typer.Option(help="Markdown file to write")],
) -> None:
    """Write the model card of a trained tagger.

    What it was trained on, on what jets it holds, performance, calibration, robustness, limits, licence, how to cite.
    """
    check_new(out)
    cards, record, file = load_cards(study), load_record(model), comparison / "comparison.json"
    if record.name not in (*cards.taggers, cards.study.optimum):
        raise UserError(f"{model}: is of tagger '{record.name}', which {study} does not have; give one of its taggers")
    if record.tagger.model is not None:
        raise UserError(f"{model}: is a file that was trained elsewhere; its card is with those who trained it")
    result = Comparison.load(file)
    check_cards(file, result, cards)
    dataset_summary = Summary.load(summary)
    dataset_summary.check_classes(summary, record.schema_.classes)
    text = model_card(record, cards, dataset_summary, result)
    with atomic_write(out) as draft:
        draft.write_text(text, encoding="utf-8")
