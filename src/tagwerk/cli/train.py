"""Train one tagger with one seed on the jet records of a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.study import MAX_SEED, Study
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import error_context
from tagwerk.path_lists import listed
from tagwerk.summaries.sufficiency import check_study
from tagwerk.summaries.summary import Summary
from tagwerk.training.memory import DEFAULT_MB, MEM_MB_HELP
from tagwerk.training.train import train as train_tagger


def train(
    tagger: Annotated[Path, typer.Argument(autocompletion=complete_cards("taggers"), help="tagger card, or its name")],
    dataset: Annotated[
        Path, typer.Argument(autocompletion=complete_cards("datasets"), help="dataset card, or its name")
    ],
    summary: Annotated[Path, typer.Argument(help="summary of the dataset, written by `tagwerk summarise`")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="output directory for the model")],
    epochs: Annotated[int, typer.Option(min=1, help="maximum number of epochs")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="seed of initial weights and shuffling")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
    fold: Annotated[int, typer.Option(min=0, help="index of the test fold, for a dataset split into folds")] = 0,
    training_jets: Annotated[
        int | None, typer.Option(min=1, help="number of training jets to use; by default all")
    ] = None,
    mem_mb: Annotated[int, typer.Option(min=1, help=MEM_MB_HELP)] = DEFAULT_MB,
    study: Annotated[
        Path | None,
        typer.Option(
            autocompletion=complete_cards("studies"),
            help="study card, or its name: its settings of training; stop at once if it needs more jets",
        ),
    ] = None,
) -> None:
    """Train one tagger with one seed on the jet records of a dataset.

    A training that was interrupted resumes: until it ends, the directory OUT.unfinished holds its checkpoint and the
    curves for `tensorboard --logdir`. The checkpoint of a training with other settings is moved aside.
    """
    settings = None
    if study is not None:
        path, card = Study.located(study)
        settings = card.training
        with error_context(path, summary):
            check_study(card, Summary.load(summary))
    train_tagger(
        tagger,
        dataset,
        summary,
        listed(parts),
        epochs=epochs,
        seed=seed,
        threads=threads,
        fold=fold,
        training_jets=training_jets,
        mem_mb=mem_mb,
        settings=settings,
        out=out,
    )
