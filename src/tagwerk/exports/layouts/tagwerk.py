"""Tagwerk's own layout: a batch of padded jets, every column by its own name."""

from collections.abc import Sequence

from tagwerk.exports.about import about_json
from tagwerk.exports.graph import FLOAT, INT, OnnxGraph, Shape, Value, concatenate
from tagwerk.exports.job import ExportJob, FedJets, TaggerOutputs
from tagwerk.training.model import TrainingRecord

_JETS = "jets"  # the number of jets of a batch


def feed(graph: OnnxGraph, record: TrainingRecord, job: ExportJob) -> FedJets:
    """Return the inputs `jet` (B, J), each sequence (B, T, K) and `<sequence>_mask` (B, T), 1 where real, else 0.

    The merges of trees are fed in the same way. T may differ from sequence to sequence. If the key by which
    constituents are sorted is no column of the sequence, it is one more input, `<sequence>_order` (B, T).
    """
    schema = record.schema_
    shape: list[str | int] = [_JETS, len(schema.scalars)]
    fed = FedJets(_input(graph, "jet", shape) if schema.sequences else graph.input("jet", FLOAT, shape), {}, {}, {})
    for name, columns in schema.sequences.items():
        shape = [_JETS, _length(name)]
        fed.sequences[name] = _input(graph, name, [*shape, len(columns)])
        fed.masks[name] = _input(graph, f"{name}_mask", shape) > 0.5
        if name in schema.trees:
            continue
        key = record.ordering[name].key
        fed.keys[name] = (
            fed.sequences[name].take(columns.index(key), 2) if key in columns else _input(graph, f"{name}_order", shape)
        )
    return fed


def outputs(record: TrainingRecord, job: ExportJob, results: TaggerOutputs) -> dict[str, tuple[Value, Shape]]:
    """Return `scores` (B, classes), and `constituent_scores` (B, T) or (B, T, origins) if there are labels."""
    schema = record.schema_
    scores = _as_fed(results.scores, _JETS) if schema.sequences else results.scores
    named: dict[str, tuple[Value, Shape]] = {"scores": (scores, [_JETS, len(schema.classes)])}
    if results.labels is not None:
        (name,) = schema.sequences
        origins = schema.origins.get(name, [])
        labels = _as_fed(results.labels, _JETS, _length(name))
        named["constituent_scores"] = labels, [_JETS, _length(name), *([len(origins)] if origins else [])]
    return named


def metadata(record: TrainingRecord, job: ExportJob) -> dict[str, str]:
    """Return what to feed, as JSON."""
    return {"tagwerk": about_json(record, job, "tagwerk")}


def _length(sequence: str) -> str:
    return f"{sequence}_length"


def _input(graph: OnnxGraph, name: str, shape: Sequence[str | int]) -> Value:
    """Return an input, with one jet and one constituent of zeros where there are none.

    ONNX Runtime 1.32 ends the process at a recurrent operator without jets, and refuses a convolution without steps.
    """
    given, nothing = graph.input(name, FLOAT, shape), graph.constant([0], INT)

    def added(axis: int, size: str | int) -> Value:
        if isinstance(size, int):
            return nothing
        fed = graph.once("fed", size, make=lambda: given.size(axis))
        return graph.once("added", size, make=lambda: graph.op("Max", 1 - fed, nothing, kind=INT))

    behind = [added(axis, size) for axis, size in enumerate(shape)]
    return graph.op("Pad", given, concatenate([*[nothing] * len(shape), *behind], 0))


def _as_fed(values: Value, *sizes: str) -> Value:
    """Return values without what was added along the first axes, which have these sizes."""
    graph = values.graph
    fed = [graph.made("fed", size) for size in sizes]
    starts, axes = graph.constant([0] * len(sizes), INT), graph.constant([*range(len(sizes))], INT)
    return graph.op("Slice", values, starts, concatenate(fed, 0), axes)
