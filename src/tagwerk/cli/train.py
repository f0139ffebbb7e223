"""Train one tagger with one seed on the jet records of a dataset."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.schema import schema_of
from tagwerk.cards.study import LARGEST_SEED, Study, check_inputs
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import naming
from tagwerk.files import atomic_write
from tagwerk.layers.schema import Schema
from tagwerk.provenance import versions
from tagwerk.summaries.sufficiency import check_study
from tagwerk.summaries.summary import Summary
from tagwerk.training.checkpoint import Unfinished
from tagwerk.training.engine import engine
from tagwerk.training.model import Trained, TrainingRecord
from tagwerk.training.split_jets import SplitJets, read_split
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing


def train(
    card: Annotated[Path, typer.Argument(help="tagger card, as in config/taggers")],
    dataset: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    summary: Annotated[Path, typer.Argument(help="JSON file that `tagwerk summarise` wrote")],
    out: Annotated[Path, typer.Argument(help="directory to write the model to")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    epochs: Annotated[int, typer.Option(min=1, help="the most passes over the training jets")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="of weights and shuffling")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="processor threads to use")] = 1,
    fold: Annotated[int, typer.Option(min=0, help="of a dataset split into folds: the one to test")] = 0,
    training_jets: Annotated[
        int | None, typer.Option(min=1, help="how many of the training jets to learn from; all by default")
    ] = None,
    memory: Annotated[float, typer.Option(min=0, help="GB of jets to keep in memory; more are read each epoch")] = 2,
    study: Annotated[
        Path | None, typer.Option(help="card of the study to train for: stops now where there are too few jets for it")
    ] = None,
) -> None:
    """Train one tagger with one seed on the jet records of a dataset.

    A training that was stopped goes on where it was: until it ends, the directory OUT.unfinished keeps what that takes,
    and the curves for `tensorboard --logdir`. What another training left there, with other settings, is put aside.
    """
    tagger, source = Tagger.load(card), Dataset.load(dataset)
    check_inputs(card, tagger, source, dataset.stem)
    schema = schema_of(source, tagger.inputs)
    task = Task(tagger, schema.with_truth() if tagger.needs_truth else schema, Summary.load(summary), epochs, seed)
    task.check(summary, source)
    if study is not None:
        with naming(study, summary):
            check_study(Study.load(study), task.summary)
    with naming(dataset):
        pieces = source.split.pieces(fold)
    with naming(dataset, summary):
        jets, validation = _jets(task, parts, pieces, training_jets, memory * 1e9)
    unfinished = Unfinished(out.with_name(f"{out.name}.unfinished"), task, jets)
    with unfinished.locked():
        aside = unfinished.put_other_aside()
        if aside is not None:
            print(f"tagwerk: {aside}", file=sys.stderr, flush=True)
        engine(tagger).prepare(seed, threads)
        found = _trained(card.stem, task, jets, validation, unfinished, schema, pieces, training_jets, threads)
        with atomic_write(out) as directory:
            directory.mkdir()
            unfinished.hand_over(directory)
            found.save(directory)
        unfinished.remove()


def _trained(
    name: str,
    task: Task,
    jets: SplitJets,
    validation: SplitJets,
    unfinished: Unfinished,
    schema: Schema,
    pieces: dict[str, list[str]],
    drawn: int | None,
    threads: int,
) -> Trained:
    """Return the trained tagger with its history and record."""
    library, start = engine(task.tagger), perf_counter()
    model, history = library.train(task, jets, validation, unfinished)
    record = TrainingRecord(
        name=name,
        tagger=task.tagger,
        schema_=schema,
        pieces=pieces,
        seed=task.seed,
        drawn=drawn,
        parameters=library.parameters(model),
        threads=threads,
        training_jets=len(jets),
        # Those of another process included, where this one went on with its training.
        training_seconds=float(history["seconds"].sum()) if "seconds" in history else perf_counter() - start,
        epochs=len(history),
        versions=versions(),
    )
    return Trained(model, history, record)


def _jets(
    task: Task, parts: list[Path], pieces: dict[str, list[str]], training_jets: int | None, memory: float
) -> tuple[SplitJets, SplitJets]:
    """Return the jets to learn from, of which so many bytes may be in memory, and those to validate on."""
    weighing = Weighing.of(task.tagger.training, task.schema.classes, task.summary.reweighting)
    # ASSUME: features are normalised, and classes reweighted, by all training jets, however many are learnt from.
    jets, validation = (
        read_split(parts, pieces[split], task.schema, weighing, memory * share, count)
        for split, share, count in (("train", 0.8, training_jets), ("validation", 0.2, None))
    )
    return jets, validation
