"""The labels that a tagger gives to constituents, on disk: one row per constituent of the test jets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from tagwerk.arrays import Floats32
from tagwerk.cards.origins import SIGNAL_OR_NOT, UNKNOWN
from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table
from tagwerk.training.loading import Jets

FILE = "constituents.parquet"
_MADE_BY = "tagwerk score"


def constituent_table(jets: Jets, probabilities: Floats32, first: int = 0) -> pd.DataFrame:
    """Return jet, truth and probabilities of each constituent, one row per constituent in the order of the jets.

    The columns are `jet`, the row of its jet in the scores; `truth`, the index of its origin, -1 if it is not known;
    and one `p_<origin>` per origin, or `p_other` and `p_signal`.

    Args:
        jets: N jets with one sequence, of M constituents in total.
        probabilities: of signal (M,), or of K origins (M, K).
        first: row of the first of these jets in the scores.
    """
    ((sequence, lists),) = jets.sequences.items()
    names = jets.schema.origins.get(sequence) or [each.name for each in SIGNAL_OR_NOT]
    truth = np.full(lists.counts.sum(), UNKNOWN, np.int16)
    if sequence in jets.truth:
        truth = jets.truth[sequence].to_packed().content[:, 0].astype(np.int16)
    columns = probabilities if probabilities.ndim == 2 else np.stack([1 - probabilities, probabilities], axis=1)
    table = pd.DataFrame(columns, columns=[f"p_{name}" for name in names])
    table.insert(0, "jet", first + np.repeat(np.arange(len(jets)), lists.counts))
    table.insert(1, "truth", truth)
    return table


def read_constituents(path: Path, jets: int) -> pd.DataFrame | None:
    """Return the table of constituents in a file, None if there is none.

    Args:
        path: the file.
        jets: number of jets in the scores.

    Raises:
        UserError: the file is damaged, or a column is missing or holds invalid values.
    """
    if not path.is_file():
        return None
    table = read_table(path, _MADE_BY)
    names, types = table.schema.names, table.schema.types
    probabilities = [name for name in names if name.startswith("p_")]
    if names != ["jet", "truth", *probabilities] or not all(map(_is_number, types)):
        raise UserError(f"{path}: has other columns than jet, truth and probabilities; run `{_MADE_BY}` again")
    frame = table.replace_schema_metadata(None).to_pandas(use_threads=False)
    if not np.isfinite(frame.to_numpy(np.float64)).all() or not frame["jet"].between(0, jets - 1).all():
        raise UserError(f"{path}: holds NaN, or constituents of jets without scores; run `{_MADE_BY}` again")
    return frame


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
