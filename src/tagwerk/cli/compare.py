"""Write who wins, by how much and how sure that is: numbers and figures of all taggers on the same test jets."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.study import load_cards
from tagwerk.checksums import write_json
from tagwerk.evaluation.compare import compare as compare_taggers
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.runs import read_runs, rows_by_size
from tagwerk.files import atomic_write
from tagwerk.plots.figures import write_figures
from tagwerk.report.markdown import markdown
from tagwerk.summaries.summary import Summary


def compare(
    study: Annotated[Path, typer.Argument(help="study card, as in config/studies")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, as `summarise` writes it")],
    out: Annotated[Path, typer.Argument(help="directory to write comparison.json, table.md and the figures in")],
    runs: Annotated[
        list[Path], typer.Argument(help="a directory a tagger, size and seed, with scores/ and model/ in it")
    ],
) -> None:
    """Write who wins, by how much and how sure that is: numbers and figures of all taggers on the same test jets."""
    cards = load_cards(study)
    numbers = Summary.load(summary)
    classes = [each.name for each in cards.dataset.classes]
    numbers.check_classes(summary, classes)
    found = read_runs(runs, cards.study.taggers, classes, cards.study.training_jets)
    sample, scores = sample_and_scores(found, classes, cards.study.signal, cards.study.background)
    comparison = compare_taggers(cards, found, sample, scores)
    rows = list(rows_by_size(found).values())[-1]
    histories = {name: [found[i].history for i in some if found[i].history is not None] for name, some in rows.items()}
    with atomic_write(out) as draft:
        draft.mkdir()
        (draft / "table.md").write_text(markdown(comparison), encoding="utf-8")
        discriminants = {name: scores[some] for name, some in rows.items()}
        write_figures(draft, comparison, sample, discriminants, histories, numbers, cards.dataset)
        write_json(draft / "comparison.json", comparison, sorted(draft.iterdir()))
