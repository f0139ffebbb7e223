"""The scores of one run, checked on reading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tagwerk.checksums import unreadable_file, unusable_file
from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table

IDENTITY = ["event", "source", "label", "weight"]

# The column of scores from elsewhere that are not probabilities; no variable's name has a space.
SCORE = "raw score"

_MADE_BY = "tagwerk score"


def read_scores(path: Path, classes: list[str]) -> pd.DataFrame:
    """Return `event`, `source`, `label`, `weight`, `p_<class>` and all variables of each jet, one row per jet.

    Variables are the other columns of numbers; they may be NaN.

    Raises:
        UserError: the file is missing or damaged, or a column is missing, of another type or holds invalid values.
    """
    columns = IDENTITY + [f"p_{name}" for name in classes]
    table = _decode(path, lambda: read_table(path, _MADE_BY))
    names = _decode(path, lambda: table.schema.names)
    for column in columns:
        if column not in names:
            raise UserError(f"{path}: column '{column}' is missing; score with the classes of this study's dataset")
        if names.count(column) > 1:
            raise unusable_file(path, f"column '{column}' occurs {names.count(column)} times", _MADE_BY)
        _check_type(path, column, table.column(column))
    # Without the metadata of pandas, which may be damaged and is not needed.
    selected = table.select([*columns, *_variables(table, columns)]).replace_schema_metadata(None)
    scores: pd.DataFrame = _decode(path, lambda: selected.to_pandas(use_threads=False))
    _check_values(path, scores, columns[3:])
    return scores


def _variables(table: pa.Table, columns: list[str]) -> list[str]:
    """Return the names of the other columns that hold numbers."""
    others = (field for field in table.schema if field.name not in columns)
    numbers = [field.name for field in others if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)]
    return [name for name in numbers if table.schema.names.count(name) == 1]


def variables_of(scores: pd.DataFrame) -> list[str]:
    """Return the names of the jet variables among the columns of a table of scores."""
    return [name for name in scores if name not in (*IDENTITY, SCORE) and not name.startswith("p_")]


def _decode(path: Path, read: Callable[[], Any]) -> Any:
    """Return the result of a function that reads a file; raise UserError for any damage that Arrow finds."""
    try:
        return read()
    except UserError:
        raise
    except Exception as error:  # from Arrow, or from Python if names or strings are not UTF-8
        raise unreadable_file(path, "damaged", _MADE_BY, error) from None


def _check_type(path: Path, column: str, values: Any) -> None:
    """Raise UserError if a column does not hold floats, integers or strings as expected, or has missing values."""
    dtype = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if column == "source":
        fits, expected = pa.types.is_string(dtype) or pa.types.is_large_string(dtype), "strings"
    elif column in ("event", "label"):
        fits, expected = pa.types.is_integer(dtype), "integers"
    else:
        fits, expected = pa.types.is_floating(dtype) or pa.types.is_integer(dtype), "numbers"
    if not fits:
        raise unusable_file(path, f"column '{column}' holds {dtype}, not {expected}", _MADE_BY)
    if values.null_count and expected != "numbers":  # missing numbers become NaN
        raise unusable_file(path, f"column '{column}' lacks {values.null_count} of {len(values)} values", _MADE_BY)


def _check_values(path: Path, scores: pd.DataFrame, columns: list[str]) -> None:
    if scores.empty:
        raise UserError(f"{path}: holds no jets; check for an empty test split, then run `{_MADE_BY}` again")
    if scores["label"].min() < 0:
        raise unusable_file(path, f"column 'label' holds {scores['label'].min()}, which is not a class", _MADE_BY)
    for column in columns:
        values = scores[column].to_numpy(np.float64)
        if not np.isfinite(values).all():
            raise UserError(
                f"{path}: column '{column}' holds {values[~np.isfinite(values)][0]}; train this tagger again, "
                "with a lower learning rate if the loss diverged"
            )
        if column != "weight" and values.min() < 0:
            raise unusable_file(path, f"column '{column}' holds {values.min():g}, a negative probability", _MADE_BY)
