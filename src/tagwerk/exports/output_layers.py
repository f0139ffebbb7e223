"""Converters of the outputs: labels of constituents, and class probabilities from them or from an error."""

from typing import Any

import numpy as np

from tagwerk.exports.constituent_rows import as_float
from tagwerk.exports.converters import converts
from tagwerk.exports.dense_layers import dense
from tagwerk.exports.graph import Value, where
from tagwerk.layers.anomaly import AnomalyScores
from tagwerk.layers.constituent_scores import ConstituentScores, OriginScores, PtShareScores
from tagwerk.layers.reconstruction import RepeatOverSteps, SquaredError


@converts(ConstituentScores)
def _constituent_scores(layer: ConstituentScores, steps: Value, mask: Value) -> Value:
    return where(mask, dense(layer.score, steps).squeeze(2), 0.0)


@converts(OriginScores)
def _origin_scores(layer: OriginScores, steps: Value, mask: Value) -> Value:
    return where(mask.expand_dims(2), dense(layer.score, steps), 0.0)


@converts(PtShareScores)
def _pt_share_scores(layer: PtShareScores, labels: Value, pt: Value, mask: Value) -> Value:
    pt = where(mask, pt, 0.0)
    total = pt.sum(1, keepdims=True)
    share = (labels * pt).sum(1, keepdims=True) / where(total > 0.0, total, 1.0)
    return _shared(share, layer.signal)


@converts(AnomalyScores)
def _anomaly_scores(layer: AnomalyScores, error: Value) -> Value:
    return _shared((error / (1.0 + error)).expand_dims(1), layer.anomalous)


def _shared(share: Value, chosen: list[bool]) -> Value:
    """Return class probabilities: equal parts of a share (B, 1) for the chosen classes, of the rest for the others."""
    graph, flags = share.graph, np.array(chosen, float)
    of_chosen, of_others = (graph.constant(each / max(each.sum(), 1)) for each in (flags, 1 - flags))
    return share * of_chosen + (1.0 - share) * of_others


@converts(RepeatOverSteps)
def _repeat_over_steps(layer: RepeatOverSteps, vectors: Value, mask: Value) -> Value:
    return vectors.expand_dims(1) * as_float(mask).expand_dims(2)


@converts(SquaredError)
def _squared_error(layer: SquaredError, features: Value, reconstructed: Value, mask: Value) -> Any:
    graph, real = features.graph, as_float(mask)
    errors = graph.op("ReduceMean", (features - reconstructed) ** 2, axes=[2], keepdims=0) * real
    number = real.sum(1)
    return errors.sum(1) / graph.op("Max", number, graph.constant(1.0))
