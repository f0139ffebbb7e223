"""Train one tagger with one seed on the jet records of a dataset."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.study import MAX_SEED, Study, check_inputs
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import error_context
from tagwerk.files import atomic_write
from tagwerk.layers.schema import Schema
from tagwerk.provenance import versions
from tagwerk.summaries.sufficiency import check_study
from tagwerk.summaries.summary import Summary
from tagwerk.training.checkpoint import Checkpoint
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainedModel, TrainingRecord
from tagwerk.training.split_jets import SplitJets, read_split
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights


def train(
    card: Annotated[Path, typer.Argument(help="tagger card, as in config/taggers")],
    dataset: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    summary: Annotated[Path, typer.Argument(help="summary of the dataset, written by `tagwerk summarise`")],
    out: Annotated[Path, typer.Argument(help="output directory for the model")],
    parts: Annotated[list[Path], typer.Argument(help="directories written by `tagwerk ingest`")],
    epochs: Annotated[int, typer.Option(min=1, help="maximum number of epochs")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="seed of initial weights and shuffling")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
    fold: Annotated[int, typer.Option(min=0, help="index of the test fold, for a dataset split into folds")] = 0,
    training_jets: Annotated[
        int | None, typer.Option(min=1, help="number of training jets to use; by default all")
    ] = None,
    memory: Annotated[float, typer.Option(min=0, help="GB of jets to keep in memory; the rest is read each epoch")] = 2,
    study: Annotated[
        Path | None, typer.Option(help="study card, as in config/studies: stop before training if it needs more jets")
    ] = None,
) -> None:
    """Train one tagger with one seed on the jet records of a dataset.

    A training that was interrupted resumes: until it ends, the directory OUT.unfinished holds its checkpoint and the
    curves for `tensorboard --logdir`. The checkpoint of a training with other settings is moved aside.
    """
    tagger, source = Tagger.load(card), Dataset.load(dataset)
    check_inputs(card, tagger, source, dataset.stem)
    schema = schema_of(source, tagger.inputs)
    task = Task(tagger, schema.with_truth() if tagger.needs_truth else schema, Summary.load(summary), epochs, seed)
    task.check(summary, source)
    if study is not None:
        with error_context(study, summary):
            check_study(Study.load(study), task.summary)
    with error_context(dataset):
        pieces = source.split.pieces(fold)
    with error_context(dataset, summary):
        jets, validation = _read_jets(task, parts, pieces, training_jets, memory * 1e9)
    checkpoint = Checkpoint(out.with_name(f"{out.name}.unfinished"), task, jets)
    with checkpoint.locked():
        notice = checkpoint.move_mismatched_aside()
        if notice is not None:
            print(f"tagwerk: {notice}", file=sys.stderr, flush=True)
        engine(tagger).prepare(seed, threads)
        trained = _train(card.stem, task, jets, validation, checkpoint, schema, pieces, training_jets, threads)
        with atomic_write(out) as directory:
            directory.mkdir()
            checkpoint.copy_outputs(directory)
            trained.save(directory)
        checkpoint.remove()


def _train(
    name: str,
    task: Task,
    jets: SplitJets,
    validation: SplitJets,
    checkpoint: Checkpoint,
    schema: Schema,
    pieces: dict[str, list[str]],
    drawn: int | None,
    threads: int,
) -> TrainedModel:
    """Return the trained tagger with its history and record."""
    library, start = engine(task.tagger), perf_counter()
    model, history = library.train(task, jets, validation, checkpoint)
    record = TrainingRecord(
        name=name,
        tagger=task.tagger,
        schema_=schema,
        pieces=pieces,
        seed=task.seed,
        drawn=drawn,
        parameters=library.count_parameters(model),
        threads=threads,
        training_jets=len(jets),
        # Including time in earlier processes, if this one resumed their training.
        training_seconds=float(history["seconds"].sum()) if "seconds" in history else perf_counter() - start,
        epochs=len(history),
        versions=versions(),
    )
    return TrainedModel(model, history, record)


def _read_jets(
    task: Task, parts: list[Path], pieces: dict[str, list[str]], training_jets: int | None, memory: float
) -> tuple[SplitJets, SplitJets]:
    """Return the training and validation jets, which together keep at most `memory` bytes in memory."""
    jet_weights = JetWeights.of(task.tagger.training, task.schema.classes, task.summary.reweighting)
    # ASSUME: all training jets, not only the `training_jets` used, set the normalisation and the reweighting.
    jets, validation = (
        read_split(parts, pieces[split], task.schema, jet_weights, memory * share, count)
        for split, share, count in (("train", 0.8, training_jets), ("validation", 0.2, None))
    )
    return jets, validation
