"""What a model in an ONNX file is fed, and what its outputs mean, whoever wrote it."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from tagwerk.cards.excerpts import suggestion
from tagwerk.cards.expressions import branch_names
from tagwerk.cards.external_model import Axis, Padding, Scores
from tagwerk.cards.onnx_file import TensorInfo
from tagwerk.errors import UserError
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.jets.topologies import TOPOLOGIES

JET = "jet"
MASK, POSITION = "mask", "position"  # of constituents: one for each, and 0, 1, 2 ...


class InputColumn(BaseModel):
    """A column of an input: an expression, minus `center`, times `scale`, within `low` and `high`.

    Attributes:
        pad: value of padding.
        tolerant: whether NaN is zero and infinity a large number, instead of an error.
    """

    model_config = ConfigDict(frozen=True)

    value: str
    center: float = 0.0
    scale: float = 1.0
    low: float | None = None
    high: float | None = None
    pad: float = 0.0
    tolerant: bool = False


class Feed(BaseModel):
    """An input of the file.

    Attributes:
        group: the sequence or tree that its columns are of; `jet` for an input with one row per jet.
        axes: in the order of the file; without `jets` it takes one jet at a time.
        min_length, max_length: numbers of constituents to which jets are padded and cut.
        dtype: NumPy's name.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    columns: list[InputColumn]
    group: str
    axes: list[Axis]
    min_length: int | None = None
    max_length: int | None = None
    dtype: str = "float32"


class Description(BaseModel):
    """What a file is fed, and what it returns.

    Attributes:
        file: its name, for messages.
        feeds: its inputs.
        outputs: those to compute: one with a column per class, or one per class.
        classes: of the columns, or of the outputs; None for a class that the dataset lacks.
        partial: whether the file has further outputs like these, which may be of classes that the dataset lacks.
        single: whether the file takes one jet at a time.
        scores: what the outputs are.
        padding: what pads constituents.
        empty_jets: probabilities of jets without constituents by class, if the file does not see these.
        parameters: number of weights.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    feeds: list[Feed]
    outputs: list[str]
    classes: list[str | None]
    partial: bool
    single: bool
    scores: Scores
    padding: Padding
    empty_jets: dict[str, float]
    parameters: int

    @property
    def variables(self) -> dict[str, list[str]]:
        """The features of each sequence and the variables of the jet that the columns need, by group."""
        found: dict[str, list[str]] = {}
        for feed in self.feeds:
            for column in feed.columns:
                for name in sorted(branch_names(column.value)):
                    group, _, variable = name.partition(".")
                    found.setdefault(group, []).append(variable)
        return {group: list(dict.fromkeys(names)) for group, names in found.items()}


def inputs_of(description: Description) -> dict[str, dict[str, list[str]] | list[str]]:
    """Return the section `inputs` of a tagger's card that the columns amount to."""
    variables = description.variables
    groups = {group: [each for each in names if each not in (MASK, POSITION)] for group, names in variables.items()}
    scalars = groups.pop(JET, [])
    trees = {group: ["log_pt"] for group in groups if is_tree(group)}
    # A mask alone needs some feature, so that the sequence is read.
    sequences = {group: names or ["pt"] for group, names in groups.items() if group not in trees}
    return {"sequences": sequences, "trees": trees, "scalars": scalars}


def is_tree(group: str) -> bool:
    """Return whether a group of columns has the name of a tree."""
    return any(group.endswith(f"_{topology}") for topology in TOPOLOGIES)


def group_of(columns: Sequence[InputColumn]) -> str:
    """Return the sequence or tree that some columns are of, `jet` if they are of jets alone.

    Raises:
        UserError: they are of several, or a name has no group.
    """
    groups: dict[str, None] = {}
    for name in (name for column in columns for name in sorted(branch_names(column.value))):
        group, dot, variable = name.partition(".")
        if not dot:
            raise UserError(f"'{name}' is neither jet.<variable> nor <sequence>.<feature>; write it as one of these")
        if is_tree(group) and variable not in (*MERGE_FIELDS, MASK, POSITION):
            known = [*MERGE_FIELDS, MASK, POSITION]
            raise UserError(f"there is no '{variable}' of the tree '{group}'; {suggestion(variable, known)}")
        if group != JET:
            groups[group] = None
    if len(groups) > 1:
        raise UserError(f"has columns of {' and '.join(groups)}; an input is of one sequence")
    return next(iter(groups), JET)


def fitted(feed: Feed, tensor: TensorInfo) -> Feed:
    """Return a feed with axes, lengths and type as in the file.

    Raises:
        UserError: they do not fit, or the order of the axes is not clear.
    """
    shape, width = tensor.shape, len(feed.columns)
    if feed.group == JET and "constituents" in feed.axes:
        raise UserError(f"takes constituents, but no column names a sequence; write such as 'constituents.{MASK}'")
    if shape is None:
        axes = feed.axes or (["jets", "columns"] if feed.group == JET else ["jets", "constituents", "columns"])
        return feed.model_copy(update={"axes": axes, "dtype": tensor.dtype})
    axes = feed.axes or _axes(feed, shape)
    if len(axes) != len(shape):
        raise UserError(f"has {len(shape)} axes in the file, {_text(shape)}, not {', '.join(axes)}; correct its 'axes'")
    sizes = dict(zip(axes, shape, strict=True))
    found = sizes.get("columns", 1)
    if found not in (None, width):
        raise UserError(f"takes {found} columns, but {width} are given; give those that the model was trained with")
    if sizes.get("jets") not in (None, 1):
        raise UserError(f"takes exactly {sizes['jets']} jets at a time; export the model with any number of them")
    lengths = _lengths(feed, sizes.get("constituents"))
    return feed.model_copy(update={"axes": axes, "dtype": tensor.dtype} | lengths)


def is_single(feed: Feed, tensor: TensorInfo) -> bool:
    """Return whether an input takes one jet at a time."""
    return "jets" not in feed.axes or (tensor.shape is not None and tensor.shape[feed.axes.index("jets")] == 1)


def _axes(feed: Feed, shape: tuple[int | None, ...]) -> list[Axis]:
    """Return the order of the axes, where the shape tells."""
    width = len(feed.columns)
    if feed.group == JET:
        return ["jets", "columns"] if len(shape) == 2 else ["jets"]
    if len(shape) == 2:
        return ["constituents", "columns"] if shape[1] == width else ["jets", "constituents"]
    fits = [size == width for size in shape[1:]]
    if len(shape) != 3 or fits[0] == fits[1]:
        raise UserError(f"has axes {_text(shape)} in the file, whose order is not clear; give its 'axes'")
    return ["jets", "columns", "constituents"] if fits[0] else ["jets", "constituents", "columns"]


def _lengths(feed: Feed, fixed: int | None) -> dict[str, int | None]:
    if fixed is None:
        return {"min_length": feed.min_length, "max_length": feed.max_length}
    for length in (feed.min_length, feed.max_length):
        if length not in (None, fixed):
            raise UserError(f"takes exactly {fixed} constituents, not {length}; correct its lengths")
    return {"min_length": fixed, "max_length": fixed}


def _text(shape: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("any" if size is None else str(size) for size in shape) + "]"
