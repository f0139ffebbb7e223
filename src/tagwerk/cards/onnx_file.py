"""What an ONNX file says of itself: inputs, outputs, metadata, number of weights; and what ONNX Runtime cannot run."""

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import onnx
from onnx import TensorProto
from onnx.defs import onnx_opset_version
from onnx.external_data_helper import uses_external_data

from tagwerk.errors import UserError, error_context

# Of operators: ONNX's own, and those that ONNX Runtime adds.
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")


class TensorInfo(NamedTuple):
    """An input or output of a file.

    Attributes:
        shape: None where an axis has any length; None for an unknown number of axes.
        dtype: NumPy's name.
    """

    shape: tuple[int | None, ...] | None
    dtype: str


class OnnxFile(NamedTuple):
    """What an ONNX file says of itself.

    Attributes:
        inputs, outputs: by name.
        metadata: texts by key.
        parameters: number of weights: all floating-point numbers in its constants and tree ensembles.
    """

    inputs: dict[str, TensorInfo]
    outputs: dict[str, TensorInfo]
    metadata: dict[str, str]
    parameters: int


def read_onnx_file(path: Path) -> OnnxFile:
    """Return what an ONNX file says of itself.

    Raises:
        UserError: it is missing or no ONNX file, its weights are elsewhere, or it has operators that are not ONNX's.
    """
    try:
        stat = path.stat()
        with error_context(path):
            return _read(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; correct the path") from None


@lru_cache(maxsize=32)
def _read(path: Path, modified: int, size: int) -> OnnxFile:
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(path.read_bytes())
    except Exception:  # protobuf's, which is no package of ours
        proto.Clear()
    if not proto.graph.output or not proto.opset_import:
        raise UserError("is not an ONNX file, or damaged; export the model again")
    owners = [each for owner in (proto.graph, *proto.functions) for each in _with_bodies(owner)]
    _check_weights(path, [tensor for owner in owners for tensor in _tensors(owner)])
    functions = {(each.domain, each.name) for each in proto.functions}
    _check_operators({(node.domain, node.op_type) for owner in owners for node in owner.node} - functions)
    _check_opset({each.domain: each.version for each in proto.opset_import})
    constants = {each.name for each in proto.graph.initializer}
    return OnnxFile(
        {each.name: _tensor(each) for each in proto.graph.input if each.name not in constants},
        {each.name: _tensor(each) for each in proto.graph.output},
        {each.key: each.value for each in proto.metadata_props},
        sum(map(_parameters, owners)),
    )


def _with_bodies(owner: Any) -> Iterator[Any]:
    """Yield a graph or function, and the graphs in its nodes, such as the body of a loop."""
    yield owner
    for node in owner.node:
        for attribute in node.attribute:
            for body in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from _with_bodies(body)


def _tensors(owner: Any) -> Iterator[Any]:
    """Yield all constants of a graph or function."""
    yield from getattr(owner, "initializer", ())
    for sparse in getattr(owner, "sparse_initializer", ()):
        yield from (sparse.values, sparse.indices)
    for node in owner.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _check_weights(path: Path, tensors: list[Any]) -> None:
    """Raise UserError if weights are in another file, which may be any file of the machine."""
    for tensor in tensors:
        if uses_external_data(tensor):
            other = next((entry.value for entry in tensor.external_data if entry.key == "location"), "?")
            advice = f'write all in one file: onnx.save(onnx.load("{path.name}"), "{path.stem}_complete.onnx")'
            raise UserError(f"its weights are in another file, '{other:.80}'; {advice}")


def _check_operators(operators: set[tuple[str, str]]) -> None:
    custom = sorted({f"{domain}::{name}" for domain, name in operators if domain not in _DOMAINS})
    if custom:
        names = ", ".join(custom[:10]) + (", ..." if len(custom) > 10 else "")
        raise UserError(f"has custom operators, which Tagwerk does not load: {names}; export it with ONNX's own")


def _check_opset(versions: dict[str, int]) -> None:
    version = max(versions.get("", 0), versions.get("ai.onnx", 0))
    if version > onnx_opset_version():
        known = onnx_opset_version()
        raise UserError(f"has operators of ONNX opset {version}; export it with opset_version={known} or an older one")


def _tensor(value: Any) -> TensorInfo:
    kind = value.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name if kind.elem_type else "unknown"
    if not kind.HasField("shape"):
        return TensorInfo(None, dtype)
    return TensorInfo(tuple(each.dim_value if each.HasField("dim_value") else None for each in kind.shape.dim), dtype)


def _parameters(owner: Any) -> int:
    """Return the number of weights: of all constants but single numbers, and of trees."""
    floats = [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16]
    sizes = [math.prod(each.dims) for each in _tensors(owner) if each.dims and each.data_type in floats]
    trees = [len(attribute.floats) for node in owner.node for attribute in node.attribute]
    return sum(size for size in (*sizes, *trees) if size > 1)
