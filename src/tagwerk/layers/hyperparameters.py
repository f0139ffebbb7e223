"""The types of hyperparameters, separate from the layers so that a card can be checked without importing Keras."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag

Value = TypeVar("Value")
# Start as `tagwerk.cards.base.UNION_TAG`, so that messages name the key as it is in the card.
_ONE, _EACH = "kind=one", "kind=each"


def _form(value: Any) -> str:
    return _EACH if isinstance(value, Mapping) else _ONE


# One value for all sequences or trees, or one for each: [32, 32] or {tracks: [32, 32], clusters: [24, 24]}.
PerBranch = Annotated[
    Annotated[Value, Tag(_ONE)] | Annotated[dict[str, Value], Tag(_EACH)],
    Discriminator(_form),
]


def of_branch(value: Value | Mapping[str, Value], name: str) -> Value:
    """Return the value of a `PerBranch` hyperparameter for one sequence or tree."""
    return value[name] if isinstance(value, Mapping) else value


Width = Annotated[int, Field(gt=0, le=16_384)]
Units = Annotated[
    tuple[Width, ...], Field(min_length=1, max_length=100, description="widths of the recurrent layers, in order")
]
BranchUnits = Annotated[
    PerBranch[Units], Field(description="widths of the recurrent layers, in order; may be given by sequence")
]
DenseUnits = Annotated[
    tuple[Width, ...], Field(max_length=100, description="widths of the dense layers before the output")
]
Dropout = Annotated[float, Field(ge=0, lt=1, description="dropout rate of the dense layers")]
Cell = Annotated[
    Literal["simple_rnn", "lstm", "gru", "min_gru", "min_lstm"], Field(description="the recurrent cell of every layer")
]
BlockCell = Annotated[Literal["mamba", "min_gru", "min_lstm"], Field(description="the recurrent cell of every block")]
TreeCell = Annotated[
    Literal["child_sum", "n_ary", "simple", "gated"],
    Field(description="the recursive cell, which combines the states of a node's children"),
]
Direction = Annotated[
    Literal["forward", "backward", "both"],
    Field(description="direction of every layer: in the order of the constituents, backward, or both concatenated"),
]
Order = Annotated[
    Literal["as_stored", "log_pt", "log_kt", "delta_r"],
    Field(description="order of the constituents: as in the dataset, or by descending value of this feature"),
]
Pooling = Annotated[
    Literal["last", "mean", "mean_max"],
    Field(description="one vector per jet: the last state, the mean over the steps, or mean and maximum concatenated"),
]
StepPooling = Annotated[
    Literal["mean", "mean_max"],
    Field(description="one vector per jet from all steps: the mean, or mean and maximum concatenated"),
]
MaxConstituents = Annotated[
    int | None, Field(gt=0, description="maximum number of constituents per jet, the hardest; all by default")
]
BranchMaxConstituents = Annotated[
    PerBranch[MaxConstituents],
    Field(description="maximum number of constituents per jet, the hardest; all by default; may be given by sequence"),
]
LossShare = Annotated[float, Field(gt=0, description="weight of the constituents' loss relative to the jet's")]
SignalClass = Annotated[
    str | None,
    Field(description="the class whose decay products are to be found; of several origins, theirs has its name"),
]
Heads = Annotated[int, Field(gt=0, le=1024, description="number of attention heads; must divide the width")]
Blocks = Annotated[int, Field(gt=0, le=100, description="number of attention blocks between constituents")]
ClassBlocks = Annotated[int, Field(gt=0, le=100, description="number of class attention blocks after them")]
