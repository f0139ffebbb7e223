"""Boosted trees as ONNX's tree ensembles, and taggers of one variable."""

from typing import Any

import numpy as np

from tagwerk.arrays import Floats32, Floats64
from tagwerk.exports.dense_layers import activation
from tagwerk.exports.graph import BOOL, INT, OnnxGraph, Value, concatenate, where
from tagwerk.internals import baseline, tree_nodes
from tagwerk.layers.schema import Schema
from tagwerk.training.monotone import LogOddsCurve


def boosted_trees_scores(graph: OnnxGraph, model: Any, schema: Schema, jet: Value) -> Value:
    """Return the class probabilities (B, classes) of a HistGradientBoostingClassifier; zero for untrained classes."""
    columns = [schema.scalars.index(name) for name in model.feature_names_in_]
    outputs = model.n_trees_per_iteration_
    raw = graph.op(
        "TreeEnsembleRegressor",
        jet.take(graph.constant(columns, INT), 1),
        domain="ai.onnx.ml",
        n_targets=outputs,
        aggregate_function="SUM",
        base_values=[float(value) for value in np.ravel(baseline(model))],
        **_ensemble(tree_nodes(model), outputs),
    )
    if outputs == 1:
        probabilities = concatenate([activation("sigmoid", -raw), activation("sigmoid", raw)], 1)
    else:
        probabilities = activation("softmax", raw)
    placed = np.zeros((len(model.classes_), len(schema.classes)))
    placed[np.arange(len(model.classes_)), model.classes_] = 1
    return probabilities.matmul(placed)


def _ensemble(trees: list[Any], outputs: int) -> dict[str, Any]:
    """Return the attributes of an ensemble of scikit-learn's trees, of which each iteration has one per output."""
    attributes: dict[str, Any] = {f"nodes_{name}": [] for name in (
        "treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids",
        "missing_value_tracks_true",
    )}  # fmt: skip
    attributes |= {f"target_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}
    for tree, nodes in enumerate(trees):
        leaf, count = nodes["is_leaf"].astype(bool), len(nodes)
        columns = {
            "nodes_treeids": np.full(count, tree),
            "nodes_nodeids": np.arange(count),
            "nodes_featureids": np.where(leaf, 0, nodes["feature_idx"]),
            "nodes_values": np.where(leaf, 0, _below(nodes["num_threshold"])),
            "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ"),
            "nodes_truenodeids": np.where(leaf, 0, nodes["left"]),
            "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]),
            "nodes_missing_value_tracks_true": np.where(leaf, 0, nodes["missing_go_to_left"]),
            "target_treeids": np.full(leaf.sum(), tree),
            "target_nodeids": np.flatnonzero(leaf),
            "target_ids": np.full(leaf.sum(), tree % outputs),
            "target_weights": nodes["value"][leaf],
        }
        for name, values in columns.items():
            attributes[name] += values.tolist()
    return attributes


def _below(thresholds: Floats64) -> Floats32:
    """Return the largest numbers in single precision not above thresholds: x <= t is then the same for such x."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def one_variable_scores(graph: OnnxGraph, curve: LogOddsCurve, schema: Schema, jet: Value) -> Value:
    """Return the class probabilities (B, classes) of a tagger of one variable; zero for untrained classes."""
    values = jet.take(schema.scalars.index(curve.variable), 1)
    x, y = np.array(curve.x), np.array(curve.log_odds)
    slopes = np.diff(y) / np.diff(x)
    known = ~(graph.op("IsNaN", values, kind=BOOL) | graph.op("IsInf", values, kind=BOOL))
    inside = where(known, values, float(x[0])).expand_dims(1)
    piece = (
        (inside > graph.constant(x[1:-1].reshape(1, -1))).cast(INT).sum(1)
        if len(x) > 2
        else (inside.squeeze(1) * 0.0).cast(INT)
    )
    start, offset, slope = (graph.constant(each).take(piece, 0) for each in (x[:-1], y[:-1], slopes))
    log_odds = where(known, offset + slope * (inside.squeeze(1) - start), curve.missing).expand_dims(1)
    placed = np.zeros((2, len(schema.classes)))
    placed[[0, 1], list(curve.classes)] = 1
    both = concatenate([activation("sigmoid", -log_odds), activation("sigmoid", log_odds)], 1)
    return both.matmul(placed)
