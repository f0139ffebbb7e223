"""The scores of one run, read and checked before anything is made of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table

IDENTITY = ["event", "source", "label", "weight"]

_AGAIN = "run `tagwerk score` again"


def read_scores(path: Path, classes: list[str]) -> pd.DataFrame:
    """Return `event`, `source`, `label`, `weight` and `p_<class>` of each test jet, one row per jet.

    Raises:
        UserError: the file is missing or damaged, or a column is missing, of another type or holds what is no score.
    """
    wanted = IDENTITY + [f"p_{each}" for each in classes]
    table = _decoded(path, lambda: read_table(path, "tagwerk score"))
    names = _decoded(path, lambda: table.schema.names)
    for column in wanted:
        if column not in names:
            raise UserError(f"{path}: column '{column}' is missing; score with the classes of this study's dataset")
        if names.count(column) > 1:
            raise UserError(f"{path}: column '{column}' is there {names.count(column)} times; {_AGAIN}")
        _check_type(path, column, table.column(column))
    # Without the metadata that pandas left: it may be damaged, and says nothing that is needed.
    columns = table.select(wanted).replace_schema_metadata(None)
    scores: pd.DataFrame = _decoded(path, lambda: columns.to_pandas(use_threads=False))
    _check_numbers(path, scores, wanted[3:])
    return scores


def _decoded(path: Path, read: Callable[[], Any]) -> Any:
    """Return what a function reads of a file, whatever damage Arrow meets there."""
    try:
        return read()
    except UserError:
        raise
    except Exception as error:  # of Arrow, or of Python where names or words are no UTF-8
        raise UserError(f"{path}: damaged ({' '.join(str(error).split()):.80}); {_AGAIN}") from None


def _check_type(path: Path, column: str, values: Any) -> None:
    """Raise UserError where a column is not of numbers, whole numbers or words, as it should, or lacks some of them."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if column == "source":
        fits, wanted = pa.types.is_string(kind) or pa.types.is_large_string(kind), "words"
    elif column in ("event", "label"):
        fits, wanted = pa.types.is_integer(kind), "whole numbers"
    else:
        fits, wanted = pa.types.is_floating(kind) or pa.types.is_integer(kind), "numbers"
    if not fits:
        raise UserError(f"{path}: column '{column}' holds {kind}, not {wanted}; {_AGAIN}")
    if values.null_count and wanted != "numbers":  # those become NaN
        raise UserError(f"{path}: column '{column}' lacks {values.null_count} of {len(values)} values; {_AGAIN}")


def _check_numbers(path: Path, scores: pd.DataFrame, columns: list[str]) -> None:
    if scores.empty:
        raise UserError(f"{path}: holds no jets; look for an empty test split, then {_AGAIN}")
    if scores["label"].min() < 0:
        raise UserError(f"{path}: column 'label' holds {scores['label'].min()}, which is no class; {_AGAIN}")
    for column in columns:
        values = scores[column].to_numpy(np.float64)
        if not np.isfinite(values).all():
            raise UserError(
                f"{path}: column '{column}' holds {values[~np.isfinite(values)][0]}; train this tagger again, "
                "with a lower learning rate if it happened while training"
            )
        if column != "weight" and values.min() < 0:
            raise UserError(
                f"{path}: column '{column}' holds {values.min():g}, less than zero: no probability; {_AGAIN}"
            )
