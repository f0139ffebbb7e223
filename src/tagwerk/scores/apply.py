"""The scores of a file's jets as arrays next to its entries."""

from pathlib import Path

import awkward as ak

from tagwerk.readers.reading import Source
from tagwerk.scores.file_scores import STEP, FileScores
from tagwerk.scores.friend_tree import FriendColumns
from tagwerk.training.model import TrainedModel


def apply(
    model: TrainedModel | Path | str,
    source: Source,
    *,
    name: str | None = None,
    selection: str | None = None,
    threads: int = 1,
    step: int = STEP,
) -> ak.Array:
    """Return the scores of all jets of a file that was not ingested, one entry per entry of the file.

    The fields are the columns of the friend tree that `tagwerk apply` writes: `<tagger>_p_<class>`, one number per
    entry, or where entries are events `<jets>_<tagger>_p_<class>`, one list per event, aligned with the collection of
    the jets in the file; and `..._split`, 0, 1 and 2 for training, validation and test jets, where the file tells it.
    A jet that the card does not select, or that has an invalid number, has NaN and -1.

    Args:
        model: what `tagwerk.train` returned, or the directory that it wrote.
        source: the file, or the branches of jets in memory by name.
        name: of the tagger in the fields; by default that of its card.
        selection: of jets, in terms of branches, instead of the card's.
        threads: number of CPU threads, the same for all networks of a process.
        step: maximum number of rows that are handled at a time.

    Raises:
        UserError: the model's directory is incomplete or without the dataset's card, or the file lacks a branch that
            the model needs, is damaged or does not fit the card.
    """
    scores = FileScores(model, source, selection, threads, step)
    columns = FriendColumns(scores, name)
    chunks = [ak.zip(columns.per_entry(entries), depth_limit=1) for entries in scores]
    return ak.concatenate(chunks)
