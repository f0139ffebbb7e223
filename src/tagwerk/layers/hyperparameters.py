"""The types of hyperparameters, apart from the layers so that a card can be checked without importing Keras."""

from typing import Annotated, Literal

from pydantic import Field

Width = Annotated[int, Field(gt=0, le=16_384)]
Units = Annotated[
    tuple[Width, ...],
    Field(min_length=1, max_length=100, description="widths of the recurrent layers, the first one first"),
]
Dense = Annotated[tuple[Width, ...], Field(max_length=100, description="widths of the dense layers before the output")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="share of each dense layer's outputs left out in training")]
Cell = Annotated[Literal["simple_rnn", "lstm", "gru"], Field(description="the recurrent cell of every layer")]
TreeCell = Annotated[
    Literal["child_sum", "n_ary", "simple", "gated"], Field(description="the cell that joins a node's children")
]
Direction = Annotated[
    Literal["forward", "backward", "both"],
    Field(description="the way of every layer: as the constituents are ordered, backward, or both side by side"),
]
Order = Annotated[
    Literal["as_stored", "log_pt", "log_kt", "delta_r"],
    Field(description="which constituents come first: as the dataset has them, or by falling value of this feature"),
]
Pooling = Annotated[
    Literal["last", "mean", "mean_max"],
    Field(description="one vector a jet: the last state, the mean of the steps, or mean and maximum side by side"),
]
PoolingOfSteps = Annotated[
    Literal["mean", "mean_max"],
    Field(description="one vector a jet of the labelled steps: the mean, or mean and maximum side by side"),
]
Hardest = Annotated[
    int | None, Field(gt=0, description="the most constituents a jet that are seen, the hardest; all by default")
]
Share = Annotated[float, Field(gt=0, description="share of the constituents' labels in the loss beside the jet's")]
ClassName = Annotated[str | None, Field(description="the class whose decay products are to be found")]
Heads = Annotated[int, Field(gt=0, le=1024, description="attention heads; the width is a multiple of them")]
Blocks = Annotated[int, Field(gt=0, le=100, description="how many blocks stand one behind the other")]
