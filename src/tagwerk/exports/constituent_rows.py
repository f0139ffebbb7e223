"""Packed constituents in ONNX: the real ones of all jets one after the other, followed by a row of zeros."""

from tagwerk.exports.graph import BOOL, FLOAT, INT, Value, arange, concatenate, full, where


def pack(values: Value, mask: Value) -> Value:
    """Return the real constituents (M + 1, F) of values (B, T, F), as `tagwerk.layers.packed_constituents.Pack`."""
    graph = values.graph

    def positions() -> Value:
        return graph.op("NonZero", mask, kind=INT).transpose(1, 0)

    where_real = graph.once("positions", mask.name, make=positions)
    rows = graph.op("GatherND", values, where_real, kind=values.kind)
    return concatenate([rows, full(0, values.kind, graph.constant([1], INT), values.size(2))], 0)


def unpack(rows: Value, mask: Value) -> Value:
    """Return rows (M + 1, F) as (B, T, F), zero where padded."""
    return rows.take(row_indices(mask), 0)


def row_indices(mask: Value) -> Value:
    """Return the row of each constituent, (B, T); of padding, that of the zeros."""
    graph = mask.graph

    def make() -> Value:
        flat = mask.reshape(-1).cast(INT)
        running = graph.op("CumSum", flat, graph.constant(0, INT), kind=INT)
        total = flat.sum(0, keepdims=True)
        shape = graph.op("Shape", mask, kind=INT)
        indices = where(flat > 0, running - 1, total)
        return graph.op("Reshape", indices, shape, kind=INT, allowzero=1)

    return graph.once("row indices", mask.name, make=make)


def counts(mask: Value) -> Value:
    """Return the number of constituents of each jet, (B,)."""
    return mask.graph.once("counts", mask.name, make=lambda: mask.cast(INT).sum(1))


def compact_indices(mask: Value) -> Value:
    """Return the row of each jet's first constituent, second and so on, (B, T); beyond the last, that of the zeros."""
    graph = mask.graph

    def make() -> Value:
        number = counts(mask)
        ends = graph.op("CumSum", number, graph.constant(0, INT), kind=INT)
        steps = arange(mask.size(1)).expand_dims(0)
        beyond = steps >= number.expand_dims(1)
        return where(beyond, number.sum(0, keepdims=True).expand_dims(1), (ends - number).expand_dims(1) + steps)

    return graph.once("compact indices", mask.name, make=make)


def compact_steps(rows: Value, mask: Value) -> Value:
    """Return rows (M + 1, F) as steps (T, B, F): each jet's first constituent, second and so on, then zeros."""
    graph = mask.graph
    indices = graph.once("compact steps", mask.name, make=lambda: compact_indices(mask).transpose(1, 0))
    return rows.take(indices, 0)


def spread(steps: Value, mask: Value) -> Value:
    """Return compact steps (B, T, F), real ones first, at the positions of the mask, zero where padded."""
    graph = steps.graph
    rank = graph.op("CumSum", mask.cast(INT), graph.constant(1, INT), kind=INT) - 1
    index = where(mask, rank, 0).expand_dims(2)
    moved = graph.op("GatherND", steps, index, kind=steps.kind, batch_dims=1)
    return where(mask.expand_dims(2), moved, 0.0)


def real_rows(mask: Value) -> Value:
    """Return which rows are real constituents, (M + 1, 1), as numbers."""
    graph = mask.graph
    ones = full(1.0, FLOAT, counts(mask).sum(0, keepdims=True))
    return concatenate([ones, graph.constant([0.0])], 0).expand_dims(1)


def as_float(mask: Value) -> Value:
    """Return a mask as numbers."""
    assert mask.kind == BOOL
    return mask.graph.once("float", mask.name, make=lambda: mask.cast(FLOAT))
