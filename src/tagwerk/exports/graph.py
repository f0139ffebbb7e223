"""An ONNX graph under construction, and its tensors, which take Python's operators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Union

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

# Of the operators used, LayerNormalization is the youngest; ONNX Runtime 1.15.1 is the oldest that was tried.
OPSET, IR_VERSION, ML_OPSET = 17, 8, 3

FLOAT, DOUBLE, BOOL = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.BOOL
INT, INT32 = TensorProto.INT64, TensorProto.INT32
_DTYPES: dict[int, type] = {FLOAT: np.float32, DOUBLE: np.float64, INT: np.int64, BOOL: np.bool_, INT32: np.int32}

Number = float | int | bool
Operand = Union["Value", Number]
Shape = Sequence[str | int]  # of an input or output; strings name variable sizes


class _Shared:
    """What a model and the bodies of its loops share: names, and constants by type, shape and content."""

    def __init__(self) -> None:
        self.names = count(1)
        self.initializers: list[TensorProto] = []
        self.constants: dict[tuple[Any, ...], str] = {}


class OnnxGraph:
    """An ONNX graph under construction.

    Args:
        outer: the graph of which this one is the body of a loop; its values can be used in the body.
    """

    def __init__(self, outer: "OnnxGraph | None" = None) -> None:
        self.nodes: list[NodeProto] = []
        self.inputs: list[ValueInfoProto] = []
        self.shared: _Shared = outer.shared if outer is not None else _Shared()
        self._memo: dict[tuple[Any, ...], Value] = {}

    def input(self, name: str, kind: int, shape: Shape | None) -> "Value":
        """Return an input of this name, type and shape, in which strings name variable sizes."""
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return Value(self, name, kind)

    def constant(self, values: npt.ArrayLike, kind: int = FLOAT) -> "Value":
        """Return a constant, which is stored once."""
        array: npt.NDArray[Any] = np.array(values, _DTYPES[kind], order="C")
        key = (kind, array.shape, array.tobytes())
        constants = self.shared.constants
        if key not in constants:
            constants[key] = self.new_name("c")
            self.shared.initializers.append(numpy_helper.from_array(array, constants[key]))
        return Value(self, constants[key], kind)

    def op(
        self, operator: str, *inputs: "Value | None", kind: int = FLOAT, domain: str = "", **attributes: Any
    ) -> "Value":
        """Return the only output of an operator, of this type."""
        return self.ops(operator, *inputs, kinds=(kind,), domain=domain, **attributes)[0]

    def ops(
        self, operator: str, *inputs: "Value | None", kinds: Sequence[int], domain: str = "", **attributes: Any
    ) -> list["Value"]:
        """Return the outputs of an operator, of these types; an input that is None is left out."""
        names = [self.new_name("v") for _ in kinds]
        given = ["" if value is None else value.name for value in inputs]
        self.nodes.append(helper.make_node(operator, given, names, domain=domain, **attributes))
        return [Value(self, name, kind) for name, kind in zip(names, kinds, strict=True)]

    def once(self, *key: Any, make: Callable[[], "Value"]) -> "Value":
        """Return what `make` returned when this key was first given."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]

    def made(self, *key: Any) -> "Value":
        """Return what `once` has made for this key."""
        return self._memo[key]

    def body(self, outputs: Sequence["Value"], shapes: Sequence[Shape | None]) -> GraphProto:
        """Return the graph as the body of a loop, with the shapes of its outputs where they are known."""
        infos = [
            helper.make_tensor_value_info(value.name, value.kind, shape)
            for value, shape in zip(outputs, shapes, strict=True)
        ]
        return helper.make_graph(self.nodes, "body", self.inputs, infos)

    def model(self, outputs: Mapping[str, tuple["Value", Shape]], metadata: dict[str, str]) -> ModelProto:
        """Return the model with these outputs, given with their shapes, and metadata."""
        infos = []
        for name, (value, shape) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value.name], [name]))
            infos.append(helper.make_tensor_value_info(name, value.kind, list(shape)))
        graph = helper.make_graph(self.nodes, "tagger", self.inputs, infos, self.shared.initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="tagwerk")
        helper.set_model_props(model, metadata)
        return model

    def new_name(self, prefix: str) -> str:
        """Return a name that no other tensor of the model has."""
        return f"{prefix}{next(self.shared.names)}"


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of a graph.

    Attributes:
        graph: that it belongs to.
        name: within the graph.
        kind: its type, of `onnx.TensorProto`.
    """

    graph: OnnxGraph
    name: str
    kind: int

    @property
    def dtype(self) -> type:
        """The type by NumPy's name."""
        return _DTYPES[self.kind]

    def __add__(self, other: Operand) -> "Value":
        return self.binary("Add", other)

    def __radd__(self, other: Operand) -> "Value":
        return self.binary("Add", other)

    def __sub__(self, other: Operand) -> "Value":
        return self.binary("Sub", other)

    def __rsub__(self, other: Operand) -> "Value":
        return self.like(other).binary("Sub", self)

    def __mul__(self, other: Operand) -> "Value":
        return self.binary("Mul", other)

    def __rmul__(self, other: Operand) -> "Value":
        return self.binary("Mul", other)

    def __truediv__(self, other: Operand) -> "Value":
        return self.binary("Div", other)

    def __rtruediv__(self, other: Operand) -> "Value":
        return self.like(other).binary("Div", self)

    def __floordiv__(self, other: int) -> "Value":
        return self.binary("Div", other)

    def __pow__(self, power: int) -> "Value":
        if power != 2:
            raise NotImplementedError(f"power {power}")
        return self * self

    def __neg__(self) -> "Value":
        return self.graph.op("Neg", self, kind=self.kind)

    def __lt__(self, other: Operand) -> "Value":
        return self.binary("Less", other, BOOL)

    def __le__(self, other: Operand) -> "Value":
        return self.binary("LessOrEqual", other, BOOL)

    def __gt__(self, other: Operand) -> "Value":
        return self.binary("Greater", other, BOOL)

    def __ge__(self, other: Operand) -> "Value":
        return self.binary("GreaterOrEqual", other, BOOL)

    def __and__(self, other: "Value") -> "Value":
        return self.binary("And", other, BOOL)

    def __or__(self, other: "Value") -> "Value":
        return self.binary("Or", other, BOOL)

    def __invert__(self) -> "Value":
        return self.graph.op("Not", self, kind=BOOL)

    def equals(self, other: Operand) -> "Value":
        """Return where both are equal."""
        return self.binary("Equal", other, BOOL)

    def cast(self, kind: int) -> "Value":
        """Return the values in another type."""
        return self if kind == self.kind else self.graph.op("Cast", self, kind=kind, to=kind)

    def expand_dims(self, *axes: int) -> "Value":
        """Return the values with additional axes of size one."""
        return self.graph.op("Unsqueeze", self, self.graph.constant(axes, INT), kind=self.kind)

    def squeeze(self, *axes: int) -> "Value":
        """Return the values without these axes of size one."""
        return self.graph.op("Squeeze", self, self.graph.constant(axes, INT), kind=self.kind)

    def reshape(self, *sizes: "int | Value") -> "Value":
        """Return the values in another shape; a size may be a value (1,), or -1."""
        constant = self.graph.constant
        if all(isinstance(size, int) for size in sizes):
            shape = constant([size for size in sizes if isinstance(size, int)], INT)
        else:
            parts = [size if isinstance(size, Value) else constant([size], INT) for size in sizes]
            shape = self.graph.op("Concat", *parts, kind=INT, axis=0)
        return self.graph.op("Reshape", self, shape, kind=self.kind, allowzero=1)

    def transpose(self, *axes: int) -> "Value":
        """Return the values with their axes in this order."""
        return self.graph.op("Transpose", self, kind=self.kind, perm=list(axes))

    def size(self, axis: int) -> "Value":
        """Return the size of an axis, (1,)."""
        return self.graph.op("Shape", self, kind=INT, start=axis, end=axis + 1)

    def take(self, index: "Value | int", axis: int) -> "Value":
        """Return entries along an axis; a number removes the axis."""
        index = index if isinstance(index, Value) else self.graph.constant(index, INT)
        return self.graph.op("Gather", self, index, kind=self.kind, axis=axis)

    def slice(self, start: int, stop: int, axis: int, step: int = 1) -> "Value":
        """Return a range of entries along an axis."""
        bounds = [self.graph.constant([number], INT) for number in (start, stop, axis, step)]
        return self.graph.op("Slice", self, *bounds, kind=self.kind)

    def sum(self, axis: int, keepdims: bool = False) -> "Value":
        """Return the sum along an axis."""
        return self.graph.op(
            "ReduceSum", self, self.graph.constant([axis], INT), kind=self.kind, keepdims=int(keepdims)
        )

    def max(self, axis: int, keepdims: bool = False) -> "Value":
        """Return the largest value along an axis."""
        return self.graph.op("ReduceMax", self, kind=self.kind, axes=[axis], keepdims=int(keepdims))

    def matmul(self, other: "Value | npt.ArrayLike") -> "Value":
        """Return the matrix product."""
        return self.graph.op("MatMul", self, other if isinstance(other, Value) else self.graph.constant(other))

    def binary(self, operator: str, other: Operand, kind: int | None = None) -> "Value":
        """Return the result of an operator with two operands, of this type."""
        return self.graph.op(operator, self, self.like(other), kind=self.kind if kind is None else kind)

    def like(self, other: Operand) -> "Value":
        """Return a number as a constant of the same type as these values."""
        return other if isinstance(other, Value) else self.graph.constant(other, self.kind)


def concatenate(values: Sequence[Value], axis: int) -> Value:
    """Return the values one after the other along an axis."""
    return values[0].graph.op("Concat", *values, kind=values[0].kind, axis=axis)


def where(condition: Value, chosen: Operand, other: Operand) -> Value:
    """Return one of two values, one of which at least is not a number."""
    sample = chosen if isinstance(chosen, Value) else other
    assert isinstance(sample, Value)
    operands = [
        each if isinstance(each, Value) else sample.graph.constant(each, sample.kind) for each in (chosen, other)
    ]
    return sample.graph.op("Where", condition, *operands, kind=sample.kind)


def full(value: float, kind: int, *sizes: "Value | int") -> Value:
    """Return a tensor of one value; a size may be a value (1,), of which there is at least one."""
    (graph, *_) = [size.graph for size in sizes if isinstance(size, Value)]
    parts = [size if isinstance(size, Value) else graph.constant([size], INT) for size in sizes]
    shape = graph.op("Concat", *parts, kind=INT, axis=0)
    return graph.op(
        "ConstantOfShape", shape, kind=kind, value=numpy_helper.from_array(np.array([value], _DTYPES[kind]))
    )


def arange(count: Value) -> Value:
    """Return 0, 1, ... up to a count, (1,)."""
    graph = count.graph
    return graph.op("Range", graph.constant(0, INT), count.squeeze(0), graph.constant(1, INT), kind=INT)
