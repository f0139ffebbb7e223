"""The inputs of a model in an ONNX file: the columns that it was trained with, from the jets' momenta and variables."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats32, Floats64
from tagwerk.cards.expressions import branch_names, evaluate
from tagwerk.cards.feeds import JET, MASK, POSITION, Feed, InputColumn, is_tree
from tagwerk.errors import UserError
from tagwerk.jets.features import feature_of, flat_view
from tagwerk.jets.ordering import starts
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tagwerk.training.loading import Jets

Variables = dict[str, npt.NDArray[np.generic]]


def model_inputs(feeds: Sequence[Feed], repeat: bool, jets: Jets) -> dict[str, npt.NDArray[np.generic]]:
    """Return the inputs of a file for a batch of B jets, by name, with their axes in the order of the file.

    Args:
        feeds: what the file takes.
        repeat: whether padding repeats the constituents of a jet, instead of the columns' pad values.
        jets: of the batch.

    Raises:
        UserError: a column is NaN or infinite.
    """
    return {feed.name: _input(feed, repeat, jets) for feed in feeds}


def beyond_range(feeds: Sequence[Feed], jets: Jets) -> Iterator[tuple[str, str, float]]:
    """Yield the input, the expression and the share of values out of range of each column that has one."""
    for feed in feeds:
        for column in feed.columns:
            values = _scaled(column, _variables(feed, jets), _rows(feed, jets))
            if column.low is not None and column.high is not None and len(values):
                yield feed.name, column.value, float(np.mean((values < column.low) | (values > column.high)))


def _input(feed: Feed, repeat: bool, jets: Jets) -> npt.NDArray[np.generic]:
    variables, rows = _variables(feed, jets), _rows(feed, jets)
    columns = np.stack([_column(feed, column, variables, rows) for column in feed.columns], axis=1)
    if feed.group == JET:
        return _arranged(feed, columns[:, None])
    counts = jets.sequences[feed.group].counts
    length = _length(feed, counts)
    values, mask = pad(columns, starts(counts), counts, length)
    return _arranged(feed, _filled(feed, repeat, values, mask))


def _length(feed: Feed, counts: npt.NDArray[np.int64]) -> int:
    """Return the number of constituents to pad to; a file of one jet at a time gets none for a jet without any."""
    longest = int(counts.max(initial=0 if "jets" not in feed.axes else 1))
    longest = longest if feed.max_length is None else min(longest, feed.max_length)
    return longest if feed.min_length is None else max(longest, feed.min_length)


def _filled(feed: Feed, repeat: bool, values: Floats32, mask: Bools) -> Floats32:
    """Return values (B, T, F) with padding as the columns say; masks are zero there."""
    counts, steps = mask.sum(axis=1), np.arange(mask.shape[1])
    for index, column in enumerate(feed.columns):
        if repeat and not _is_mask(column):
            own = np.take_along_axis(values[..., index], steps % np.maximum(counts, 1)[:, None], axis=1)
            values[..., index] = np.where(counts[:, None] > 0, own, column.pad)
        elif column.pad:
            values[..., index][~mask] = column.pad
    return values


def _is_mask(column: InputColumn) -> bool:
    return any(name.endswith(f".{MASK}") for name in branch_names(column.value))


def _arranged(feed: Feed, values: Floats32) -> npt.NDArray[np.generic]:
    """Return values (B, T, F) with the axes of the file and its type."""
    order = ["jets", "constituents", "columns"]
    dropped = tuple(index for index, axis in enumerate(order) if axis not in feed.axes)
    kept = [axis for axis in order if axis in feed.axes]
    values = values.squeeze(axis=dropped).transpose([kept.index(axis) for axis in feed.axes])
    return np.ascontiguousarray(values.astype(feed.dtype, copy=False))


def _rows(feed: Feed, jets: Jets) -> int:
    return len(jets) if feed.group == JET else int(jets.sequences[feed.group].counts.sum())


def _column(feed: Feed, column: InputColumn, variables: Variables, rows: int) -> Floats32:
    """Return a column, (N,) or (M,)."""
    values = _scaled(column, variables, rows)
    if column.low is not None or column.high is not None:
        values = np.clip(values, column.low, column.high)
    if column.tolerant:
        values = np.nan_to_num(values)
    elif wrong := int((~np.isfinite(values)).sum()):
        reason = f"{wrong:,} values of '{column.value}' are NaN or infinite"
        raise UserError(f"input '{feed.name}': {reason}; exclude such jets in the dataset card, or change the column")
    return values.astype(np.float32)


def _scaled(column: InputColumn, variables: Variables, rows: int) -> Floats64:
    values = np.asarray(evaluate(column.value, variables, rows), np.float64)
    return (values - column.center) * column.scale


def _variables(feed: Feed, jets: Jets) -> Variables:
    """Return the variables that the columns of an input name, (M,) each, or (N,) for an input of jets."""
    names = sorted({name for column in feed.columns for name in branch_names(column.value)})
    scalars = dict(zip(jets.schema.scalars, jets.scalars.T, strict=True))
    if feed.group == JET:
        return {name: scalars[name.partition(".")[2]] for name in names}
    lists = jets.sequences[feed.group].to_packed()
    columns = dict(zip(jets.schema.sequences[feed.group], np.ascontiguousarray(lists.content.T), strict=True))
    constituents = Ragged(columns, lists.counts)
    view = flat_view(constituents, scalars)
    found: Variables = {}
    for name in names:
        group, _, variable = name.partition(".")
        if group == JET:
            found[name] = scalars[variable][constituents.jet_index]
        elif variable == MASK:
            found[name] = np.ones(len(constituents.jet_index))
        elif variable == POSITION:
            found[name] = np.arange(len(constituents.jet_index)) - constituents.starts[constituents.jet_index]
        else:
            found[name] = columns[variable] if is_tree(group) else feature_of(view, variable)
    return found
