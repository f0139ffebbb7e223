"""Compare taggers on the same test jets: the best one, the differences and their uncertainties, with figures."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study_cards import Cards
from tagwerk.checksums import write_json
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.interactive import interactive
from tagwerk.evaluation.optimum import find, without
from tagwerk.evaluation.runs import load_runs, rows_by_size
from tagwerk.evaluation.working_point_file import working_point_file, write_working_points
from tagwerk.files import atomic_write
from tagwerk.plots.report_figure import Results
from tagwerk.plots.write_figures import write_figures
from tagwerk.provenance.notes import note_files, note_seed
from tagwerk.report.markdown import markdown
from tagwerk.summaries.summary import Summary


def compare(
    study: Annotated[Path, typer.Argument(autocompletion=complete_cards("studies"), help="study card, or its name")],
    summary: Annotated[
        Path | None,
        typer.Argument(
            help="summary of the study's dataset, written by `tagwerk summarise`; not for score files alone"
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="one directory per tagger, training size and seed, with scores/ and model/ in it"),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="output directory for comparison.json, table.md and the figures")],
) -> None:
    """Compare taggers on the same test jets: the best one, the differences and their uncertainties, with figures."""
    cards = load_cards(study)
    dataset_summary = _read_summary(study, cards, summary)
    loaded, matches = load_runs(cards, runs or [])
    note_files("scores", [file for card in cards.scores.values() for file in card.paths()])
    classes = [each.name for each in cards.classes]
    sample, scores = sample_and_scores(loaded, classes, cards.study.signal, cards.study.backgrounds)
    comparison = compare_runs(cards, loaded, sample, scores, matches=matches)
    note_seed("bootstrap replicas", comparison.seed)
    by_size = rows_by_size(loaded)
    rows = list(without(cards.study.optimum, by_size).values())[-1]
    histories = {
        name: [loaded[row].history for row in seeds if loaded[row].history is not None] for name, seeds in rows.items()
    }
    with atomic_write(out) as draft:
        draft.mkdir()
        (draft / "table.md").write_text(markdown(comparison), encoding="utf-8")
        discriminants = {name: scores[seeds] for name, seeds in rows.items()}
        results = Results(
            comparison, sample, discriminants, histories, dataset_summary, cards.dataset, cards.experiment()
        )
        write_figures(draft, results)
        write_working_points(draft / "working_points.json", working_point_file(comparison))
        limit = find(cards.study.optimum, by_size)
        drawn = rows | ({} if limit is None else {loaded[limit[0]].about.tagger: limit})
        curves = {name: scores[seeds] for name, seeds in drawn.items()}
        shown = interactive(comparison, sample, curves, loaded, drawn, classes)
        (draft / "interactive.json").write_text(shown.model_dump_json(), encoding="utf-8")
        write_json(draft / "comparison.json", comparison, sorted(draft.iterdir()))


def _read_summary(study: Path, cards: Cards, summary: Path | None) -> Summary | None:
    """Return the summary of the study's dataset, None for a study of score files alone.

    Raises:
        UserError: it is missing, of another dataset, or given for a study that has none.
    """
    if cards.dataset is None:
        if summary is not None:
            raise UserError(
                f"{summary}: {study} compares score files alone and has no dataset; leave summary and runs out"
            )
        return None
    if summary is None:
        raise UserError(f"{study}: has taggers; give the summary of its dataset and the directories of their runs")
    loaded = Summary.load(summary)
    loaded.check_classes(summary, [each.name for each in cards.classes])
    return loaded
