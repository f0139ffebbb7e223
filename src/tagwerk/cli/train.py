"""Train one tagger with one seed on the jet records of a dataset."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.study import check_inputs
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import naming
from tagwerk.files import whole
from tagwerk.provenance import versions
from tagwerk.shards.schema import Schema
from tagwerk.shards.summary import Summary
from tagwerk.training.engine import engine
from tagwerk.training.jets import load_jets
from tagwerk.training.model import Record, Trained
from tagwerk.training.reweight import as_asked
from tagwerk.training.task import Task
from tagwerk.training.weights import of_mean_one


def train(
    card: Annotated[Path, typer.Argument(help="tagger card, as in config/taggers")],
    dataset: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    summary: Annotated[Path, typer.Argument(help="JSON file that `tagwerk summarise` wrote")],
    out: Annotated[Path, typer.Argument(help="directory to write the model to")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    epochs: Annotated[int, typer.Option(min=1, help="the most passes over the training jets")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="of weights and shuffling")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="processor threads to use")] = 1,
    fold: Annotated[int, typer.Option(min=0, help="of a dataset split into folds: the one to test")] = 0,
) -> None:
    """Train one tagger with one seed on the jet records of a dataset."""
    tagger, source = Tagger.load(card), Dataset.load(dataset)
    check_inputs(card, tagger, source, dataset.stem)
    task = Task(tagger, Schema.of(source, tagger.inputs), Summary.load(summary), epochs, seed)
    task.check(summary)
    with naming(dataset):
        pieces = source.split.pieces(fold)
    splits = [load_jets(parts, pieces[split], task.schema) for split in ("train", "validation")]
    with naming(dataset, summary):
        asked = as_asked(splits, source.reweighting, task.summary.reweighting, seed)
        jets, validation = map(of_mean_one, asked)
    library = engine(tagger)
    library.prepare(seed, threads)
    start = perf_counter()
    model, history = library.train(task, jets, validation)
    record = Record(
        name=card.stem,
        tagger=tagger,
        schema_=task.schema,
        pieces=pieces,
        seed=seed,
        parameters=library.parameters(model),
        threads=threads,
        training_jets=len(jets),
        training_seconds=perf_counter() - start,
        epochs=len(history),
        versions=versions(),
    )
    with whole(out) as directory:
        directory.mkdir()
        Trained(model, history, record).save(directory)
