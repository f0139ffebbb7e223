"""Tagwerk's own layout: a batch of padded jets, every column by its own name."""

from tagwerk.exports.about import about_json
from tagwerk.exports.graph import FLOAT, OnnxGraph, Shape, Value
from tagwerk.exports.job import ExportJob, FedJets, TaggerOutputs
from tagwerk.training.model import TrainingRecord


def feed(graph: OnnxGraph, record: TrainingRecord, job: ExportJob) -> FedJets:
    """Return the inputs `jet` (B, J), each sequence (B, T, K) and `<sequence>_mask` (B, T), 1 where real, else 0.

    The merges of trees are fed in the same way. T may differ from sequence to sequence. If the key by which
    constituents are sorted is no column of the sequence, it is one more input, `<sequence>_order` (B, T).
    """
    schema = record.schema_
    fed = FedJets(graph.input("jet", FLOAT, ["jets", len(schema.scalars)]), {}, {}, {})
    for name, columns in schema.sequences.items():
        length = f"{name}_length"
        fed.sequences[name] = graph.input(name, FLOAT, ["jets", length, len(columns)])
        fed.masks[name] = graph.input(f"{name}_mask", FLOAT, ["jets", length]) > 0.5
        if name in schema.trees:
            continue
        key = record.ordering[name].key
        fed.keys[name] = (
            fed.sequences[name].take(columns.index(key), 2)
            if key in columns
            else graph.input(f"{name}_order", FLOAT, ["jets", length])
        )
    return fed


def outputs(record: TrainingRecord, job: ExportJob, results: TaggerOutputs) -> dict[str, tuple[Value, Shape]]:
    """Return `scores` (B, classes), and `constituent_scores` (B, T) or (B, T, origins) if there are labels."""
    schema = record.schema_
    named: dict[str, tuple[Value, Shape]] = {"scores": (results.scores, ["jets", len(schema.classes)])}
    if results.labels is not None:
        (name,) = schema.sequences
        origins = schema.origins.get(name, [])
        named["constituent_scores"] = results.labels, ["jets", f"{name}_length", *([len(origins)] if origins else [])]
    return named


def metadata(record: TrainingRecord, job: ExportJob) -> dict[str, str]:
    """Return what to feed, as JSON."""
    return {"tagwerk": about_json(record, job, "tagwerk")}
