"""Tables as named tuples of columns: rows are taken and tables joined column by column."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from tagwerk.arrays import Bools, Ints

Table = TypeVar("Table", bound=tuple[Any, ...])


def take(table: Table, rows: Bools | Ints | slice) -> Table:
    """Return the rows of a table that a mask, indices or a slice name."""
    return type(table)(*(column[rows] for column in table))


def join(tables: Sequence[Table]) -> Table:
    """Return one table with the rows of all, one table after the other."""
    return type(tables[0])(*(np.concatenate(columns) for columns in zip(*tables, strict=True)))
