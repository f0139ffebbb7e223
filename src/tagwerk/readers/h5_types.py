"""The type of an HDF5 dataset, and whether it is numeric."""

from typing import Any

import h5py
import numpy as np

from tagwerk.errors import UserError
from tagwerk.readers.h5_links import DAMAGE, first_words


def check_numeric(dataset: h5py.Dataset, field: str | None = None) -> None:
    """Check that a dataset holds numbers, or a field of a table numbers or arrays of them.

    Raises:
        UserError: it holds something else, which the line names.
    """
    dtype = dtype_of(dataset)
    dtype = dtype if field is None else np.dtype(dtype[field]).base
    if dtype.kind not in "biuf":
        where = f"dataset '{dataset.name}'" + (f", field '{field}'," if field is not None else "")
        raise UserError(f"{dataset.file.filename}: {where} holds {_describe(dtype)}, not numbers; {_advice(dtype)}")


def dtype_of(dataset: h5py.Dataset) -> np.dtype[Any]:
    """Return the NumPy dtype of a dataset.

    Raises:
        UserError: NumPy has no such type.
    """
    try:
        dtype: np.dtype[Any] = dataset.dtype
        return dtype
    except DAMAGE as error:
        raise UserError(
            f"{dataset.file.filename}: dataset '{dataset.name}' has a type that NumPy does not support"
            f" ({first_words(error)}); write it as numbers"
        ) from None


def _describe(dtype: np.dtype[Any]) -> str:
    """Return what values of this type are, in words."""
    if h5py.check_string_dtype(dtype) is not None or dtype.kind == "S":
        return "strings"
    inner = h5py.check_vlen_dtype(dtype)
    if inner is not None:
        return f"lists of varying length of {inner}"
    if h5py.check_ref_dtype(dtype) is not None:
        return "references to other objects"
    if dtype.names is not None:
        return f"records of {', '.join(dtype.names)}"
    if dtype.subdtype is not None:
        return f"arrays of {dtype.subdtype[0]} with shape {dtype.subdtype[1]}"
    return {"c": "complex numbers", "V": "opaque bytes", "M": "times", "m": "times"}.get(dtype.kind, str(dtype))


def _advice(dtype: np.dtype[Any]) -> str:
    if dtype.names is not None:
        return f"name one of them, such as '.{dtype.names[0]}' after the dataset's name"
    if h5py.check_vlen_dtype(dtype) is not None:
        return "write them flattened into one dataset and their offsets into another, or padded with a mask"
    return "name another dataset, or write it as numbers"
