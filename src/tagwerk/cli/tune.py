"""Search for better settings of a tagger, alone or together with other processes."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import optuna
import typer

from tagwerk.cards.search import SearchCards, load_search
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import error_context
from tagwerk.files import atomic_write, remove
from tagwerk.path_lists import listed
from tagwerk.plots.search_history import plot_search
from tagwerk.plots.style import write_figure
from tagwerk.summaries.summary import Summary
from tagwerk.training.engine import engine
from tagwerk.training.memory import DEFAULT_MB, MEM_MB_HELP
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.train import read_task_jets
from tagwerk.tuning.best import best_card, describe_gain
from tagwerk.tuning.journal import open_study
from tagwerk.tuning.losses import TrialLosses
from tagwerk.tuning.pruner import pruner
from tagwerk.tuning.queue import TrialQueue
from tagwerk.tuning.run import run_trials
from tagwerk.tuning.sampler import SeededTPESampler
from tagwerk.tuning.search_identity import search_identity
from tagwerk.tuning.search_result import SearchResult
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import Worker


def tune(
    search: Annotated[Path, typer.Argument(autocompletion=complete_cards("searches"), help="search card, or its name")],
    summary: Annotated[Path, typer.Argument(help="summary of the study's dataset, written by `tagwerk summarise`")],
    journal: Annotated[Path, typer.Argument(help="journal file of the search, shared by all its processes")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    tagger: Annotated[str | None, typer.Option(help="one of the search's taggers, if it has several")] = None,
    out: Annotated[Path | None, typer.Option(help="output directory for best card, table and figure")] = None,
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
    mem_mb: Annotated[int, typer.Option(min=1, help=MEM_MB_HELP)] = DEFAULT_MB,
) -> None:
    """Search for better settings of a tagger, alone or together with other processes.

    The search ends when all its trials are done. Processes that take part, now or later, give the same JOURNAL; an
    interrupted search resumes.
    """
    loaded = load_search(search, tagger)
    task, jets, validation = _read(loaded, summary, listed(parts), mem_mb)
    space = Space.of(loaded.tagger, loaded.search.space)
    sampler = SeededTPESampler(loaded.search.seed, loaded.search.random_trials)
    study = open_study(journal, search_identity(loaded.search, task, jets), sampler, pruner(loaded.search.pruning))
    losses, unfinished = (journal.with_name(f"{journal.name}.{name}") for name in ("losses", "unfinished"))
    engine(loaded.tagger).prepare(loaded.search.seed, threads)
    from tagwerk.tuning.objective import Objective  # imports TensorFlow, which `prepare` has configured

    with Worker(journal) as worker:
        queue = TrialQueue(study, journal, space, loaded.search.trials, worker)
        objective = Objective(space, task, jets, validation, TrialLosses(losses), unfinished)
        run_trials(queue, objective, lambda trial: _print_settings(space, trial))
    remove(unfinished)
    if out is not None:
        with error_context(journal):
            result = SearchResult.of(study, space, TrialLosses(losses))
        _write_result(loaded, result, len(validation), out)


def _read(loaded: SearchCards, summary: Path, parts: list[Path], mem_mb: int) -> tuple[Task, SplitJets, SplitJets]:
    """Return the task that all trials share, the training jets and the validation jets."""
    cards = loaded.cards
    dataset, epochs = cards.require_dataset(), cards.study.max_epochs(None)
    task = Task.of(loaded.tagger, dataset, Summary.load(summary), epochs, loaded.search.seed)
    task.check(summary, dataset)
    with error_context(cards.dataset_path, summary):
        pieces = dataset.split.pieces(cards.study.fold)
    files = [cards.dataset_path, summary]
    return task, *read_task_jets(task, parts, pieces, files, mem_mb, loaded.search.training_jets)


def _print_settings(space: Space, trial: optuna.Trial) -> None:
    settings = ", ".join(f"{key} {value}" for key, value in space.values(trial.params).items())
    print(f"trial {trial.number}: {settings}", file=sys.stderr, flush=True)


def _write_result(loaded: SearchCards, result: SearchResult, jets: int, out: Path) -> None:
    with atomic_write(out) as draft:
        draft.mkdir()
        (draft / "best.yaml").write_text(best_card(result), encoding="utf-8")
        result.table().to_csv(draft / "trials.csv", index=False)
        caption = f"{loaded.cards.title}, {jets:,} validation jets"
        draw = partial(plot_search, result, loaded.title, caption)
        write_figure(draw, draft, "search", loaded.cards.experiment())
    best = f"best of {len(result.trials)} trials: number {result.best.number}, validation loss {result.best.loss:.4f}"
    print(f"{best}, {describe_gain(result)}")
