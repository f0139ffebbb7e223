"""Search for better settings of a tagger, alone or together with other processes."""

import sys
from pathlib import Path
from typing import Annotated

import optuna
import typer

from tagwerk.cards.schema import schema_of
from tagwerk.cards.search import Searched, load_search
from tagwerk.errors import naming
from tagwerk.files import atomic_write
from tagwerk.plots.search_history import search as draw
from tagwerk.plots.style import write_figure
from tagwerk.summaries.summary import Summary
from tagwerk.training.engine import engine
from tagwerk.training.split_jets import SplitJets, read_split
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing
from tagwerk.tuning.best import best_card, gain
from tagwerk.tuning.journal import open_study
from tagwerk.tuning.losses import Losses
from tagwerk.tuning.pruner import pruner
from tagwerk.tuning.queue import Queue
from tagwerk.tuning.run import search as search_together
from tagwerk.tuning.sampler import NumberedSampler
from tagwerk.tuning.search_identity import identity
from tagwerk.tuning.search_result import Result
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import Worker


def tune(
    search: Annotated[Path, typer.Argument(help="search card, as in config/searches")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, as `summarise` writes it")],
    journal: Annotated[Path, typer.Argument(help="file that holds the search, for all processes that take part in it")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    out: Annotated[Path | None, typer.Option(help="directory to write best card, table and figure to")] = None,
    threads: Annotated[int, typer.Option(min=1, help="processor threads to use")] = 1,
    memory: Annotated[float, typer.Option(min=0, help="GB of jets to keep in memory; more are read each epoch")] = 2,
) -> None:
    """Search for better settings of a tagger, alone or together with other processes.

    It ends when all trials of the search are done. Whatever takes part, now or later, names the same JOURNAL; a search
    that was stopped goes on where it was.
    """
    found = load_search(search)
    task, jets, validation = _read(found, summary, parts, memory)
    space = Space.of(found.tagger, found.search.space)
    sampler = NumberedSampler(found.search.seed, found.search.random_trials)
    study = open_study(journal, identity(found.search, task, jets), sampler, pruner(found.search.pruning))
    losses = Losses(journal.with_name(f"{journal.name}.losses"))
    engine(found.tagger).prepare(found.search.seed, threads)
    from tagwerk.tuning.objective import Objective  # which imports TensorFlow, as `engine` allows now

    with Worker(journal) as worker:
        queue = Queue(study, journal, space, found.search.trials, worker)
        objective = Objective(space, task, jets, validation, losses)
        search_together(queue, objective, lambda trial: _say(space, trial))
    if out is not None:
        with naming(journal):
            result = Result.of(study, space, losses)
        _write(found, result, len(validation), out)


def _read(found: Searched, summary: Path, parts: list[Path], memory: float) -> tuple[Task, SplitJets, SplitJets]:
    """Return what all trials share, the jets to learn from, and those to judge by."""
    cards, tagger = found.cards, found.tagger
    schema = schema_of(cards.dataset, tagger.inputs)
    schema = schema.with_truth() if tagger.needs_truth else schema
    task = Task(tagger, schema, Summary.load(summary), cards.study.epochs, found.search.seed)
    task.check(summary, cards.dataset)
    pieces = cards.dataset.split.pieces(cards.study.fold)
    weighing = Weighing.of(tagger.training, schema.classes, task.summary.reweighting)
    with naming(cards.dataset_path, summary):
        jets, validation = (
            read_split(parts, pieces[split], schema, weighing, memory * share * 1e9)
            for split, share in (("train", 0.8), ("validation", 0.2))
        )
    return task, jets, validation


def _say(space: Space, trial: optuna.Trial) -> None:
    settings = ", ".join(f"{key} {value}" for key, value in space.values(trial.params).items())
    print(f"trial {trial.number}: {settings}", file=sys.stderr, flush=True)


def _write(found: Searched, result: Result, jets: int, out: Path) -> None:
    with atomic_write(out) as draft:
        draft.mkdir()
        (draft / "best.yaml").write_text(best_card(result), encoding="utf-8")
        result.table().to_csv(draft / "trials.csv", index=False)
        words = f"{found.cards.dataset.title}, {jets:,} validation jets"
        write_figure(lambda: draw(result, found.search.title, words), draft, "search")
    best = f"best of {len(result.trials)} trials: number {result.best.number}, validation loss {result.best.loss:.4f}"
    print(f"{best}, {gain(result)}")
