"""The features of constituents and nodes, by the functions of `tagwerk.jets`, and their normalisation."""

from typing import Any

from tagwerk.exports import array_library
from tagwerk.exports.converters import converts
from tagwerk.exports.graph import BOOL, INT, Value, arange, concatenate, full, where
from tagwerk.jets.features import PT_ETA_PHI_ENERGY, JetView, feature_of
from tagwerk.jets.node_features import node_feature
from tagwerk.jets.nodes import MERGE_FIELDS, NodeView
from tagwerk.layers.constituent_features import ConstituentFeatures, NormalisedFeatures
from tagwerk.layers.order import OrderByKey
from tagwerk.layers.tree_nodes import Children, NodeFeatures, PrimaryBranch


@converts(ConstituentFeatures)
def _constituent_features(layer: ConstituentFeatures, constituents: Value, jet: Value, mask: Value) -> Value:
    view = JetView(
        array_library.LIBRARY,
        {name: constituents.take(index, 2) for index, name in enumerate(layer.fields)},
        _scalars(layer, jet),
        mask,
    )
    values = array_library.stack([feature_of(view, name) for name in layer.names], 2)
    return where(mask.expand_dims(2), _normalised(layer, values), 0.0)


@converts(NodeFeatures)
def _node_features(
    layer: NodeFeatures, constituents: Value, merges: Value, jet: Value, mask: Value, merge_mask: Value
) -> Value:
    nodes = {
        name: concatenate([constituents.take(index, 2), _of_merges(merges, name)], 1)
        for index, name in enumerate(layer.fields)
    }
    real = concatenate([mask, merge_mask], 1)
    indices, count = child_indices(merges, mask, merge_mask), real.size(1)
    branches = []
    for child in (0, 1):
        index = indices.take(child, 2)
        index = where(real, where(index < 0, arange(count).expand_dims(0), index), 0)
        branches.append({name: _gathered(nodes[name], index) for name in PT_ETA_PHI_ENERGY})
    no_merges = full(False, BOOL, merge_mask.size(0), merge_mask.size(1))
    leaf = concatenate([mask, no_merges], 1)
    view = NodeView(
        array_library.LIBRARY, nodes, _scalars(layer, jet), real, leaf=leaf, harder=branches[0], softer=branches[1]
    )
    values, defined = zip(*(node_feature(view, name) for name in layer.names), strict=True)
    normalised = _normalised(layer, array_library.stack(values, 2))
    return where(array_library.stack(defined, 2), normalised, 0.0)


def _scalars(layer: NormalisedFeatures, jet: Value) -> dict[str, Value]:
    return {name: jet.slice(index, index + 1, 1) for index, name in enumerate(layer.scalars)}


def _normalised(layer: NormalisedFeatures, values: Value) -> Value:
    graph = values.graph
    if layer.low is not None and layer.high is not None:
        low, high = (graph.constant(bounds) for bounds in (layer.low, layer.high))
        values = graph.op("Min", graph.op("Max", values, low), high)
    return (values - graph.constant(layer.mean)) / graph.constant(layer.std)


def _of_merges(merges: Value, name: str) -> Value:
    if name in PT_ETA_PHI_ENERGY:
        return merges.take(MERGE_FIELDS.index(name), 2)
    return merges.take(0, 2) * 0.0


def _gathered(values: Value, index: Value) -> Value:
    """Return entries (B, N) of values (B, N) at indices (B, N)."""
    return values.graph.op("GatherElements", values, index, kind=values.kind, axis=1)


def child_indices(merges: Value, mask: Value, merge_mask: Value) -> Value:
    """Return the indices of the nodes' children, (B, 2 T, 2), as `tagwerk.layers.tree_nodes.child_indices`."""
    graph = merges.graph

    def make() -> Value:
        count = mask.cast(INT).sum(1, keepdims=True).expand_dims(2)
        children = merges.slice(0, 2, 2).cast(INT)
        children = where(children < count, children, children - count + mask.size(1))
        children = where(merge_mask.expand_dims(2), children, -1)
        return concatenate([full(-1, INT, mask.size(0), mask.size(1), 2), children], 1)

    return graph.once("children", merges.name, mask.name, make=make)


converts(Children)(lambda layer, merges, mask, merge_mask: child_indices(merges, mask, merge_mask))


@converts(PrimaryBranch)
def _primary_branch(layer: PrimaryBranch, children: Value, mask: Value) -> Value:
    graph, nodes = mask.graph, mask.size(1)
    index = graph.op("Expand", arange(nodes).expand_dims(0), graph.op("Shape", mask, kind=INT), kind=INT)
    harder = children.take(0, 2)
    merge = mask & (harder >= 0)
    # The parent of each node of which it is the harder child, itself where there is none.
    padded = concatenate([index, full(0, INT, mask.size(0), 1)], 1)
    target = where(merge, harder, nodes)
    parents = graph.op("ScatterElements", padded, target, index, kind=INT, axis=1).slice(0, -1, 1)
    for _ in range(15):
        parents = graph.op("GatherElements", parents, parents, kind=INT, axis=1)
    root = graph.op("ReduceMax", where(mask, index, -1), kind=INT, axes=[1])
    return merge & parents.equals(root)


@converts(OrderByKey)
def _order_by_key(layer: OrderByKey, constituents: Value, mask: Value, key: Value) -> list[Any]:
    graph = mask.graph
    keys = where(mask, -key, float("inf"))
    _, indices = graph.ops("TopK", keys, mask.size(1), kinds=[keys.kind, INT], axis=1, largest=0, sorted=1)
    ordered = graph.op("GatherND", constituents, indices.expand_dims(2), kind=constituents.kind, batch_dims=1)
    return [ordered, graph.op("GatherElements", mask.cast(INT), indices, kind=INT, axis=1).cast(BOOL)]
