"""The training of one tagger with one seed on jet records."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import ordering_of
from tagwerk.cards.stored_card import card_text
from tagwerk.cards.tagger import Tagger, TrainingSettings
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.errors import error_context
from tagwerk.files import atomic_write
from tagwerk.provenance.versions import versions
from tagwerk.records.parts import Part, Records, parts_of
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summarise
from tagwerk.summaries.summary import Summary
from tagwerk.training.checkpoint import Checkpoint, resumable
from tagwerk.training.engine import engine
from tagwerk.training.memory import MemoryLimit
from tagwerk.training.model import TrainedModel, TrainingRecord
from tagwerk.training.split_jets import WINDOW, SplitJets, read_split
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights

Pieces = dict[str, list[str]]


def train(
    tagger: Tagger | Path | str,
    dataset: Dataset | Path | str,
    summary: Summary | Path | None,
    records: Records,
    *,
    name: str | None = None,
    epochs: int = 20,
    seed: int = 1,
    threads: int = 1,
    fold: int = 0,
    training_jets: int | None = None,
    mem_mb: int | None = None,
    settings: TrainingSettings | None = None,
    out: Path | None = None,
) -> TrainedModel:
    """Return a tagger trained on the training jets; the validation jets decide when to stop.

    Args:
        tagger: the card, or its path or name.
        dataset: the card of the jets, or its path or name.
        summary: of the jets, or its file; None to make it here.
        records: arrays that `tagwerk.read` returned, or directories that `tagwerk.ingest` wrote.
        name: of the tagger in results; by default that of its card.
        epochs: maximum number of epochs.
        seed: of initial weights and shuffling.
        threads: number of CPU threads, the same for all networks of a process.
        fold: index of the test fold, for a dataset split into folds.
        training_jets: number of training jets to use; all by default.
        mem_mb: limit on the peak memory of the process, in MB; jets that do not fit are read in each epoch. By default
            all jets are kept in memory. The result is the same with any limit.
        settings: that replace those of the card's section `training`.
        out: directory for the model. An interrupted training resumes: until it ends, the directory OUT.unfinished holds
            its checkpoint; that of a training with other settings is moved aside.

    Raises:
        UserError: the tagger needs an input that the dataset lacks, the summary is of another dataset, there are too
            few jets, another process trains into the same directory, or the loss became NaN.
    """
    tagger_path, tagger = Tagger.located(tagger)
    tagger = tagger.with_training(settings)
    dataset_path, dataset = Dataset.located(dataset)
    check_inputs(tagger_path, tagger, dataset, dataset_path.stem)
    parts, summary_path = parts_of(records), summary if isinstance(summary, Path) else Path("summary")
    if not isinstance(summary, Summary):
        features = features_of(tagger.inputs)
        summary = summarise(dataset, records, fold, features) if summary is None else Summary.load(summary)
    task = Task.of(tagger, dataset, summary, epochs, seed)
    task.check(summary_path, dataset)
    with error_context(dataset_path):
        pieces = dataset.split.pieces(fold)
    jets, validation = read_task_jets(task, parts, pieces, [dataset_path, summary_path], mem_mb, training_jets)
    with resumable(out, task, jets) as checkpoint:
        engine(tagger).prepare(seed, threads)
        trained = _train(
            name or tagger_path.stem, task, jets, validation, checkpoint, pieces, training_jets, threads, dataset
        )
        if out is not None:
            _save(trained, checkpoint, out)
    return trained


def read_task_jets(
    task: Task,
    parts: Sequence[Part],
    pieces: Pieces,
    files: Sequence[Path],
    mem_mb: int | None,
    training_jets: int | None = None,
) -> tuple[SplitJets, SplitJets]:
    """Return the training and validation jets of a task.

    Args:
        task: to train.
        parts: of the dataset.
        pieces: that make up each split.
        files: to name in messages about the jets.
        mem_mb: limit on the peak memory of the process in MB, if there is one.
        training_jets: number of training jets to use; all by default.

    Raises:
        UserError: as `read_split`; or the limit is too low to train on these jets.
    """
    limit = MemoryLimit(mem_mb) if mem_mb is not None else None
    jet_weights = JetWeights.of(task.tagger.training, task.schema.classes, task.summary.reweighting)
    # ASSUME: all training jets, not only the `training_jets` used, set the normalisation and the reweighting.
    windows = {"train": WINDOW * len(task.schema.classes), "validation": WINDOW}
    counts = {"train": training_jets, "validation": None}
    with error_context(*files):
        jets, validation = (
            read_split(parts, pieces[split], task.schema, jet_weights, window, counts[split], limit)
            for split, window in windows.items()
        )
    if limit is not None:
        limit.check(engine(task.tagger).least_memory(jets, validation), f"too little to train on {len(jets):,} jets")
    return jets, validation


def _train(
    name: str,
    task: Task,
    jets: SplitJets,
    validation: SplitJets,
    checkpoint: Checkpoint,
    pieces: Pieces,
    drawn: int | None,
    threads: int,
    dataset: Dataset,
) -> TrainedModel:
    """Return the trained tagger with its history and record."""
    library, start, is_file = engine(task.tagger), perf_counter(), task.tagger.model is not None
    model, history = library.train(task, jets, validation, checkpoint)
    epochs, limit = int(history["epoch"].iloc[-1]), library.most_epochs(task)
    record = TrainingRecord(
        name=name,
        tagger=task.tagger,
        schema_=task.schema.without_truth(),
        ordering=ordering_of(dataset, task.schema),
        pieces=pieces,
        seed=task.seed,
        drawn=drawn,
        parameters=library.count_parameters(model),
        threads=threads,
        training_jets=0 if is_file else len(jets),
        # Including time in earlier processes, if this one resumed their training.
        training_seconds=float(history["seconds"].sum()) if "seconds" in history else perf_counter() - start,
        epochs=epochs,
        limited=None if limit is None else epochs >= limit,
        versions=versions(),
    )
    return TrainedModel(model, history, record, card_text(dataset))


def _save(trained: TrainedModel, checkpoint: Checkpoint, out: Path) -> None:
    """Write the model, its history and its record to a new directory, with what the checkpoint holds for it."""
    with atomic_write(out) as directory:
        directory.mkdir()
        checkpoint.copy_outputs(directory)
        trained.save(directory)
