"""Small ONNX models, and the jets that weaver-core's small networks were evaluated on."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.describe_model import describe_model
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.records.parts import parts_of
from tagwerk.training.loading import Jets
from tagwerk.training.onnx_runtime import ExternalTagger
from tagwerk.training.split_jets import iterate_jets

WEAVER = Path(__file__).parent / "weaver"
CARD = {"title": "From elsewhere", "color": "#7a21dd", "architecture": "onnx"}
COLUMNS = ["constituents.log_pt_share", "constituents.delta_eta"]
SUMS = {"x": {"columns": COLUMNS, "axes": ["jets", "constituents", "columns"]}}


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Sequence[int | str | None]],
    outputs: Mapping[str, Sequence[int | str | None]],
    constants: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    opset: int = 17,
    **options: Any,
) -> Path:
    """Write a model with inputs and outputs of these shapes."""
    kinds = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each.items()]
        for each in (inputs, outputs)
    ]
    arrays = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(list(nodes), "model", *kinds, arrays)
    opsets = [helper.make_opsetid("", opset), *options.pop("opsets", [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, **options)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value if isinstance(value, str) else json.dumps(value))
    path.write_bytes(model.SerializeToString())
    return path


WEIGHTS = np.array([[0.5, -0.5], [1.0, -2.0]], np.float32)


def save_sums(path: Path, columns: int = 2, classes: int = 2, activation: str = "Softmax", **options: Any) -> Path:
    """Write a model whose logits are weighted sums of the columns over the constituents, (B, T, F)."""
    weights = np.resize(WEIGHTS, (columns, classes))
    nodes = [
        helper.make_node("ReduceSum", ["x", "axis"], ["sums"], keepdims=0),
        helper.make_node("MatMul", ["sums", "weights"], ["logits"]),
        helper.make_node(activation, ["logits"], ["scores"]),
    ]
    shapes = {"x": ["jets", "constituents", columns]}, {"scores": ["jets", classes]}
    return save(path, nodes, *shapes, {"axis": [1], "weights": weights}, **options)


def tagger(file: Path, **model: Any) -> Tagger:
    """Return the card of a model in a file."""
    return Tagger.model_validate(CARD | {"model": {"file": str(file)} | model})


def opened(card: Tagger) -> ExternalTagger:
    """Return the model of a card, ready to score."""
    assert card.model is not None
    description = describe_model(card.model)
    return ExternalTagger.of(Path(description.file).read_bytes(), description)


def jets_of(card: Tagger, dataset: Dataset, records: Any) -> Jets:
    """Return all jets of records, with the columns of a card."""
    (jets,) = iterate_jets(parts_of(records), dataset.split.piece_names(), schema_of(dataset, card.inputs))
    return jets
