"""Tables as named tuples of columns: selection of rows and concatenation."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from tagwerk.arrays import Bools, Ints

Table = TypeVar("Table", bound=tuple[Any, ...])


def take_rows(table: Table, rows: Bools | Ints | slice) -> Table:
    """Return rows of a table, by mask, indices or slice."""
    return type(table)(*(column[rows] for column in table))


def concatenate_tables(tables: Sequence[Table]) -> Table:
    """Return one table with the rows of all."""
    return type(tables[0])(*(np.concatenate(columns) for columns in zip(*tables, strict=True)))


def merge_events(tables: Sequence[Table]) -> Table:
    """Return one table, in ascending order of its first column, the event, with the rows of all."""
    if len(tables) == 1:
        return tables[0]
    merged = concatenate_tables(tables)
    return take_rows(merged, np.argsort(merged[0], kind="stable"))
