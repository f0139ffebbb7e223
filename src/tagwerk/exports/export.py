"""A trained tagger as an ONNX model: features and normalisation inside, class probabilities out."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from onnx import ModelProto, checker

from tagwerk.errors import UserError, error_context
from tagwerk.exports.graph import FLOAT, OnnxGraph, Value, full, where
from tagwerk.exports.job import ExportJob, TaggerOutputs
from tagwerk.exports.layouts import export_layout
from tagwerk.exports.model_feeds import Order, model_values, too_long
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainedModel, TrainingRecord, load_model, load_record


def export(
    model: TrainedModel | Path | str,
    layout: str = "tagwerk",
    *,
    names: Mapping[str, str] | None = None,
    model_name: str | None = None,
    selected: bool = False,
) -> ModelProto:
    """Return a trained tagger as an ONNX model.

    In the layout `tagwerk`, all inputs are in single precision: `jet` (B, J), each sequence (B, T, K), in GeV and
    radians, and `<sequence>_mask` (B, T), 1 where real; their columns are in the metadata. Constituents may come in any
    order, as the model sorts and truncates them as ingest does. Outputs are `scores` (B, classes), and
    `constituent_scores` (B, T) or (B, T, origins) of taggers that label constituents. A jet with more constituents than
    its trees may have gets NaN. The layouts `atlas` and `cms` are what the software of these experiments reads, one jet
    at a time; the text of CMS's `preprocess.json` is in the metadata.

    Args:
        model: what `tagwerk.train` returned, or the directory that it wrote.
        layout: `tagwerk`, `atlas` or `cms`.
        names: in the others, what the experiment's software calls a sequence or a further variable, by Tagwerk's name.
        model_name: in `atlas`, prefix of the outputs; by default letters and digits of the tagger's name.
        selected: whether the job feeds only constituents that pass the selections of the dataset card.

    Raises:
        UserError: the directory is missing or damaged, an earlier version of Tagwerk wrote it, the model was an ONNX
            file, or the experiment's software does not read what the tagger sees.
    """
    path = None if isinstance(model, TrainedModel) else Path(model)
    record = model.record if isinstance(model, TrainedModel) else load_record(Path(model))
    graph, target, job = OnnxGraph(), export_layout(layout), ExportJob(names or {}, model_name, selected)
    with nullcontext() if path is None else error_context(path):
        _check(record)
        fed, metadata = target.feed(graph, record, job), target.metadata(record, job)
    engine(record.tagger).prepare(record.seed, threads=1)
    trained = model if isinstance(model, TrainedModel) else load_model(model)
    values, orders = model_values(fed, record.schema_, record.ordering)
    results = _results(graph, trained, values, orders)
    proto = graph.model(target.outputs(record, job, results), metadata)
    checker.check_model(proto, full_check=True)
    return proto


def _check(record: TrainingRecord) -> None:
    if record.tagger.model is not None:
        raise UserError(f"'{record.name}' is an ONNX file already: {record.tagger.model.file}; copy that")
    if set(record.schema_.sequences) - set(record.schema_.trees) != set(record.ordering):
        reason = "does not say in which order its constituents were, since an earlier version of Tagwerk wrote it"
        raise UserError(f"{reason}; train it again")


def _results(
    graph: OnnxGraph, trained: TrainedModel, values: dict[str, Value], orders: dict[str, Order]
) -> TaggerOutputs:
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
    if "constituent_scores" not in outputs:
        return TaggerOutputs(scores, None)
    ((name, order),) = orders.items()
    return TaggerOutputs(scores, order.restored(outputs["constituent_scores"], bool(schema.origins.get(name))))
