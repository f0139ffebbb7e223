"""What an HDF5 dataset holds, for what must be numbers."""

from typing import Any

import h5py
import numpy as np

from tagwerk.errors import UserError
from tagwerk.readers.h5_links import DAMAGE, short


def check_numbers(dataset: h5py.Dataset, field: str | None = None) -> None:
    """Make sure that a dataset, or a field of a table, holds plain numbers, in a field one or an array of them.

    Raises:
        UserError: it holds something else, which the line names.
    """
    kind = type_of(dataset)
    kind = kind if field is None else np.dtype(kind[field]).base
    if kind.kind not in "biuf":
        where = f"dataset '{dataset.name}'" + (f", field '{field}'," if field is not None else "")
        raise UserError(f"{dataset.file.filename}: {where} holds {_called(kind)}, not numbers; {_advice(kind)}")


def type_of(dataset: h5py.Dataset) -> np.dtype[Any]:
    """Return the type of a dataset's values.

    Raises:
        UserError: NumPy has none like it.
    """
    try:
        kind: np.dtype[Any] = dataset.dtype
        return kind
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' is of a type that NumPy does not know ({short(error)});"
            " write it as numbers"
        ) from None


def _called(kind: np.dtype[Any]) -> str:
    """Return what values are, in words."""
    if h5py.check_string_dtype(kind) is not None or kind.kind == "S":
        return "strings"
    inner = h5py.check_vlen_dtype(kind)
    if inner is not None:
        return f"lists of varying length of {inner}"
    if h5py.check_ref_dtype(kind) is not None:
        return "references to other objects"
    if kind.names is not None:
        return f"records of {', '.join(kind.names)}"
    if kind.subdtype is not None:
        return f"arrays of {kind.subdtype[1]} times {kind.subdtype[0]}"
    return {"c": "complex numbers", "V": "opaque bytes", "M": "times", "m": "times"}.get(kind.kind, str(kind))


def _advice(kind: np.dtype[Any]) -> str:
    if kind.names is not None:
        return f"name one of them, such as '.{kind.names[0]}' behind the dataset's name"
    if h5py.check_vlen_dtype(kind) is not None:
        return "write them one after the other in a dataset and their offsets in another, or padded with a mask"
    return "name another dataset, or write it as numbers"
