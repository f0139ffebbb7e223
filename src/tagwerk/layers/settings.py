"""The types of hyperparameters, apart from the layers so that a card can be checked without importing Keras."""

from typing import Annotated, Literal

from pydantic import Field

Width = Annotated[int, Field(gt=0)]
Units = Annotated[
    tuple[Width, ...], Field(min_length=1, description="widths of the recurrent layers, the first one first")
]
Dense = Annotated[tuple[Width, ...], Field(description="widths of the dense layers before the output")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="share of each dense layer's outputs left out in training")]
Cell = Annotated[Literal["simple_rnn", "lstm", "gru"], Field(description="the recurrent cell of every layer")]
Direction = Annotated[
    Literal["forward", "backward", "both"],
    Field(description="the way of every layer: as the constituents are ordered, backward, or both side by side"),
]
Pooling = Annotated[
    Literal["last", "mean", "mean_max"],
    Field(description="one vector a jet: the last state, the mean of the steps, or mean and maximum side by side"),
]
