"""The section `model` of a tagger card: a trained model in an ONNX file, what it takes and what it returns."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from tagwerk.cards.base import Section
from tagwerk.cards.identifiers import Name
from tagwerk.cards.momenta import Expression

Axis = Literal["jets", "constituents", "columns"]
Padding = Literal["zeros", "repeat"]
Scores = Literal["probabilities", "logits"]


class ExternalInput(Section):
    """One input of the file."""

    columns: list[Expression] = Field(
        min_length=1,
        description="one expression per column, of jet variables such as `jet.pt` and of features of one sequence such "
        "as `constituents.log_pt`; `mask` is 1 for each of its constituents, `position` counts them from 0",
    )
    axes: list[Axis] = Field(
        default=[],
        description="order of the axes, such as `[jets, columns, constituents]`, or `[constituents, columns]` of a "
        "file that takes one jet at a time; follows from the file where its shapes are unambiguous",
    )
    min_length: PositiveInt | None = Field(
        default=None, description="number of constituents to which shorter jets are padded; that of the batch's longest"
    )
    max_length: PositiveInt | None = Field(
        default=None, description="number of constituents after which jets are cut; none by default"
    )

    @model_validator(mode="after")
    def _lengths_are_ordered(self) -> Self:
        if self.min_length is not None and self.max_length is not None and self.min_length > self.max_length:
            raise ValueError(f"min_length {self.min_length} is larger than max_length {self.max_length}; swap them")
        return self


class ExternalModel(Section):
    """A trained model in an ONNX file."""

    file: str = Field(description="ONNX file, relative to the working directory")
    preprocess: str | None = Field(
        default=None,
        description="file `preprocess.json` that weaver wrote next to it, which has columns, standardisation, lengths",
    )
    variables: dict[str, Expression] = Field(
        default={},
        description="expressions as in `inputs.<name>.columns` for the variables that are named in `preprocess`, or in "
        "the metadata of a file of salt; `<input>.<variable>` if a name has two meanings",
    )
    inputs: dict[str, ExternalInput] = Field(
        default={},
        description="inputs of the file by name; not for files of Tagwerk and salt, and not with `preprocess`",
    )
    padding: Padding = Field(
        default="zeros",
        description="what pads constituents: zeros (the pad values of `preprocess`), or the jet's own ones `repeat`ed, "
        "as with weaver's `pad_mode: wrap`; masks always end with zeros",
    )
    outputs: list[Name | None] | dict[Name, str] = Field(
        default=[],
        description="the class of each column of the output, in order, null for one that the dataset lacks; or for "
        "each class the name of its output. A single one is the probability of that class against the only other",
    )
    output: str | None = Field(default=None, description="name of the output, if the file has several; the first")
    scores: Scores = Field(default="probabilities", description="what the outputs are: `probabilities` or `logits`")
    empty_jets: dict[Name, Annotated[float, Field(ge=0, le=1)]] = Field(
        default={},
        description="probabilities of jets without constituents, which the model then does not see; by default it does",
    )

    @model_validator(mode="after")
    def _empty_jets_have_probabilities(self) -> Self:
        if self.empty_jets and abs(sum(self.empty_jets.values()) - 1) > 1e-6:
            raise ValueError(f"key 'empty_jets': {sum(self.empty_jets.values()):g} is not a sum of one; correct it")
        return self

    @model_validator(mode="after")
    def _inputs_have_one_source(self) -> Self:
        if self.preprocess is not None and self.inputs:
            raise ValueError("keys 'preprocess' and 'inputs' are both given; leave one of them out")
        if self.inputs and self.variables:
            raise ValueError("keys 'variables' and 'inputs' are both given; write the expressions in 'inputs'")
        return self
