"""A trained tagger as an ONNX model: features and normalisation inside, class probabilities out."""

import json
from pathlib import Path

from onnx import ModelProto, checker

from tagwerk.errors import UserError
from tagwerk.exports.graph import FLOAT, OnnxGraph, Value, full, where
from tagwerk.exports.model_feeds import Order, model_values, too_long
from tagwerk.layers.schema import Schema
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainedModel, TrainingRecord, load_model, load_record


def export(model: TrainedModel | Path | str) -> ModelProto:
    """Return a trained tagger as an ONNX model.

    All inputs are in single precision: `jet` (B, J), each sequence (B, T, K), in GeV and radians, and `<sequence>_mask`
    (B, T), 1 where real; their columns are in the metadata. Constituents may come in any order, as the model sorts and
    truncates them as ingest does. Outputs are `scores` (B, classes), and `constituent_scores` (B, T) or (B, T, origins)
    of taggers that label constituents. A jet with more constituents than its trees may have gets NaN.

    Args:
        model: what `tagwerk.train` returned, or the directory that it wrote.

    Raises:
        UserError: the directory is missing or damaged, an earlier version of Tagwerk wrote it, or the model was an ONNX
            file.
    """
    record = model.record if isinstance(model, TrainedModel) else load_record(Path(model))
    _check(record, None if isinstance(model, TrainedModel) else Path(model))
    engine(record.tagger).prepare(record.seed, threads=1)
    trained = model if isinstance(model, TrainedModel) else load_model(model)
    graph = OnnxGraph()
    values, orders = model_values(graph, record.schema_, record.ordering)
    proto = graph.model(_outputs(graph, trained, values, orders), _metadata(record))
    checker.check_model(proto, full_check=True)
    return proto


def _check(record: TrainingRecord, path: Path | None) -> None:
    if record.tagger.model is not None:
        prefix = "" if path is None else f"{path}: "
        raise UserError(f"{prefix}'{record.name}' is an ONNX file already: {record.tagger.model.file}; copy that")
    if set(record.schema_.sequences) - set(record.schema_.trees) != set(record.ordering):
        prefix = "" if path is None else f"{path}: "
        reason = "does not say in which order its constituents were, since an earlier version of Tagwerk wrote it"
        raise UserError(f"{prefix}{reason}; train it again")


def _outputs(
    graph: OnnxGraph, trained: TrainedModel, values: dict[str, Value], orders: dict[str, Order]
) -> dict[str, tuple[Value, list[str | int]]]:
    record, schema = trained.record, trained.record.schema_
    if record.tagger.engine == "keras":
        from tagwerk.exports.network_graph import network_outputs

        outputs = network_outputs(graph, trained.model, values)
        scores = outputs["scores"]
    else:
        from tagwerk.exports.tree_ensembles import boosted_trees_scores, one_variable_scores

        convert = one_variable_scores if record.tagger.engine == "one variable" else boosted_trees_scores
        scores, outputs = convert(graph, trained.model, schema, values["jet"]), {}
    long = too_long(schema, orders)
    if long is not None:
        scores = where(long.expand_dims(1), full(float("nan"), FLOAT, scores.size(0), 1), scores)
    results: dict[str, tuple[Value, list[str | int]]] = {"scores": (scores, ["jets", len(schema.classes)])}
    if "constituent_scores" in outputs:
        ((name, order),) = orders.items()
        origins = schema.origins.get(name, [])
        labels = order.restored(outputs["constituent_scores"], bool(origins))
        results["constituent_scores"] = labels, ["jets", f"{name}_length", *([len(origins)] if origins else [])]
    return results


def _metadata(record: TrainingRecord) -> dict[str, str]:
    """Return what a job that feeds the model needs to know, as JSON."""
    schema: Schema = record.schema_
    about = {
        "tagger": record.name,
        "classes": schema.classes,
        "jet": schema.scalars,
        "sequences": {
            name: {"columns": columns, **record.ordering[name].model_dump()}
            for name, columns in schema.sequences.items()
            if name not in schema.trees
        },
        "trees": {name: {"columns": schema.sequences[name], "of": of} for name, of in schema.trees.items()},
        "units": {"momenta, energies and masses": "GeV", "azimuths": "radians"},
        "versions": record.versions,
    }
    return {"tagwerk": json.dumps(about)}
