"""The inputs of a network: constituents in the order, and of the number, that it was trained on."""

from dataclasses import dataclass

from tagwerk.cards.input_columns import Ordering
from tagwerk.exports.graph import FLOAT, INT, Value, arange, concatenate, full, where
from tagwerk.exports.job import FedJets
from tagwerk.layers.schema import Schema


@dataclass(frozen=True)
class Order:
    """The order of a sequence's constituents in the model.

    Attributes:
        rank: new position of each constituent that is fed, (B, T).
        mask: which of these are real, (B, T).
        max_length: number of constituents that the model sees at most.
    """

    rank: Value
    mask: Value
    max_length: int

    @property
    def too_long(self) -> Value:
        """Which jets have more constituents than the model sees, (B,)."""
        return self.mask.cast(INT).sum(1) > self.max_length

    def restored(self, values: Value, origins: bool) -> Value:
        """Return labels of ordered constituents in the order of the input; zero for those that the model does not see.

        Args:
            values: (B, T'), or (B, T', F) with several origins.
            origins: whether there are several.
        """
        seen = self.mask & (self.rank < self.max_length)
        index = where(seen, self.rank, 0).expand_dims(2)
        # One more, for jets without constituents.
        shape: list[Value | int] = [values.size(0), 1, *([values.size(2)] if origins else [])]
        padded = concatenate([values, full(0, FLOAT, *shape)], 1)
        found = values.graph.op("GatherND", padded, index, batch_dims=1)
        return where(seen.expand_dims(2) if origins else seen, found, 0.0)


def model_values(
    fed: FedJets, schema: Schema, ordering: dict[str, Ordering]
) -> tuple[dict[str, Value], dict[str, Order]]:
    """Return the values of a network's inputs by name, and the order of each sequence.

    Constituents may come in any order: they are sorted, those of equal key in the order given, and cut.
    """
    values, orders = {"jet": fed.jet}, {}
    for name in schema.sequences:
        values[name], values[f"{name}_mask"] = fed.sequences[name], fed.masks[name]
        if name not in schema.trees:
            values[name], values[f"{name}_mask"], orders[name] = _ordered(
                fed.sequences[name], fed.masks[name], fed.keys[name], ordering[name].max_length
            )
    for tree, sequence in schema.trees.items():
        values[tree] = _with_ordered_children(values[tree], orders[sequence])
        # Merges of constituents that were cut; the jet gets no score.
        values[f"{tree}_mask"] &= ~orders[sequence].too_long.expand_dims(1)
    return values, orders


def too_long(schema: Schema, orders: dict[str, Order]) -> Value | None:
    """Return which jets have more constituents than their trees were trained on, (B,); None without trees."""
    flags = [orders[sequence].too_long for sequence in dict.fromkeys(schema.trees.values())]
    return None if not flags else flags[0] if len(flags) == 1 else flags[0] | flags[1]


def _ordered(fed: Value, mask: Value, key: Value, max_length: int) -> tuple[Value, Value, Order]:
    graph = fed.graph
    # Padding comes last. ONNX's TopK puts the first of equal keys first.
    keys = where(mask, -key, float("inf"))
    _, indices = graph.ops("TopK", keys, mask.size(1), kinds=(FLOAT, INT), axis=1, largest=0, sorted=1)
    steps = arange(mask.size(1)).expand_dims(0)
    every = graph.op("Expand", steps, graph.op("Shape", mask, kind=INT), kind=INT)
    rank = graph.op("ScatterElements", every, indices, every, kind=INT, axis=1)
    kept = indices.slice(0, max_length, 1)
    ordered = graph.op("GatherND", fed, kept.expand_dims(2), batch_dims=1)
    real = steps.slice(0, max_length, 1) < mask.cast(INT).sum(1, keepdims=True)
    return ordered, real, Order(rank, mask, max_length)


def _with_ordered_children(merges: Value, order: Order) -> Value:
    """Return merges whose children refer to ordered constituents."""
    graph, count = merges.graph, order.mask.cast(INT).sum(1, keepdims=True).expand_dims(2)
    children = merges.slice(0, 2, 2).cast(INT)
    leaf = (children < count) & (children >= 0)
    index = where(leaf, children, 0)
    # One more, for jets without constituents.
    rank = concatenate([order.rank, full(0, INT, order.rank.size(0), 1)], 1)
    positions = graph.op("GatherND", rank, index.expand_dims(3), kind=INT, batch_dims=1)
    return concatenate([where(leaf, positions, children).cast(FLOAT), merges.slice(2, 2**62, 2)], 2)
