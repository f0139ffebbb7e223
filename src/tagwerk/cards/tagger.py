"""The tagger card: an architecture, what it sees of a jet, its hyperparameters and how it is trained."""

import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    create_model,
    model_validator,
)

import tagwerk.taggers
from tagwerk.cards.base import Card, Section, describe, mistakes, nearest, repeated
from tagwerk.cards.dataset import Color
from tagwerk.cards.momenta import Name
from tagwerk.cards.titles import Drawn


def _known_architecture(name: str) -> str:
    known = [module.name for module in iter_modules(tagwerk.taggers.__path__)]
    if name not in known:
        raise ValueError(f"unknown architecture; {nearest(name, known)}")
    return name


class Inputs(Section):
    """What a tagger sees of a jet."""

    sequences: dict[Name, list[str]] = Field(default={}, description="the features of each sequence's constituents")
    trees: dict[Name, list[str]] = Field(
        default={}, description="the features of the nodes of a tree, by sequence and topology: constituents_kt"
    )
    scalars: list[str] = Field(default=[], description="the jet's own variables")

    @model_validator(mode="after")
    def _sees_something(self) -> Self:
        if not self.scalars and not any(self.sequences.values()) and not any(self.trees.values()):
            raise ValueError("give at least one feature in 'sequences' or 'trees', or one variable in 'scalars'")
        for kind, named in {"sequence": self.sequences, "tree": self.trees}.items():
            for name, features in named.items():
                if not features:
                    raise ValueError(f"{kind} '{name}' has no feature; give at least one, or leave the {kind} out")
        return self

    @model_validator(mode="after")
    def _names_stand_once(self) -> Self:
        for key, names in {"scalars": self.scalars, **self.sequences, **self.trees}.items():
            if (name := repeated(names)) is not None:
                raise ValueError(f"'{name}' stands twice in '{key}'; name it once")
        return self


class TrainingSettings(Section):
    """How a tagger is trained; of all these, classical taggers know the weights of classes only."""

    batch_size: PositiveInt = Field(default=256, description="jets a step")
    learning_rate: PositiveFloat = Field(default=2e-3, description="the highest, after the warm-up")
    schedule: Literal["cosine", "linear", "exponential", "constant"] = Field(
        default="cosine", description="how the rate falls after the warm-up: to zero, or exponentially to a hundredth"
    )
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the steps in which the rate rises linearly")
    weight_decay: float = Field(default=1e-4, ge=0, description="AdamW's, on all but biases and normalisation")
    gradient_clip: PositiveFloat = Field(default=1.0, description="largest global norm of a step's gradient")
    patience: NonNegativeInt = Field(default=5, description="epochs without a better validation loss before the end")
    class_weights: dict[str, PositiveFloat] = Field(default={}, description="factors on the weights of classes' jets")
    classes: list[str] = Field(default=[], description="the classes to train on; all by default")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = Field(
        default="float32", description="what layers compute in; the mixed ones are for graphics processors"
    )


class Tagger(Card):
    """All that makes one tagger; a variant of it is a card of its own."""

    title: Drawn = Field(description="what figures and tables call it")
    color: Color = Field(description="its colour in figures, as #rrggbb")
    architecture: Annotated[str, AfterValidator(_known_architecture)] = Field(description="a module of tagwerk.taggers")
    inputs: Inputs = Field(description="what it sees of a jet")
    hyperparameters: dict[str, Any] = Field(default={}, description="arguments of the architecture's `build`")
    training: TrainingSettings = Field(default=TrainingSettings(), description="how it is trained")

    @model_validator(mode="after")
    def _architecture_takes_hyperparameters(self) -> Self:
        try:
            hyperparameters(self.architecture).model_validate(self.hyperparameters)
        except ValidationError as error:
            raise ValueError("; ".join(describe(mistake, "hyperparameters") for mistake in mistakes(error))) from None
        return self

    @model_validator(mode="after")
    def _architecture_takes_inputs(self) -> Self:
        sequences, trees = list(self.inputs.sequences), list(self.inputs.trees)
        takes = import_module(f"tagwerk.taggers.{self.architecture}").INPUTS
        if not _FITS[takes](len(sequences), len(trees)):
            given = f"the sequences {sequences}" + (f" and the trees {trees}" if trees else "")
            raise ValueError(f"key 'inputs': architecture '{self.architecture}' takes {takes}, not {given}")
        if takes == "scalars" and not self.inputs.scalars:
            raise ValueError("key 'inputs.scalars': give at least one variable")
        return self

    @model_validator(mode="after")
    def _architecture_agrees(self) -> Self:
        """What an architecture alone knows to be wrong, its function `check` says."""
        check = getattr(import_module(f"tagwerk.taggers.{self.architecture}"), "check", None)
        if check is not None:
            check(self)
        return self

    @property
    def engine(self) -> Literal["keras", "scikit-learn"]:
        """The library that trains this architecture."""
        library: Literal["keras", "scikit-learn"] = import_module(f"tagwerk.taggers.{self.architecture}").ENGINE
        return library

    @property
    def losses(self) -> dict[str, float]:
        """The outputs of a network that are trained, and the share of each in the loss."""
        architecture = import_module(f"tagwerk.taggers.{self.architecture}")
        return architecture.losses(**self.settings) if hasattr(architecture, "losses") else {"scores": 1.0}

    @property
    def needs_truth(self) -> bool:
        """Whether training needs to know which constituents are of the signal decay."""
        return "constituent_scores" in self.losses

    @property
    def settings(self) -> dict[str, Any]:
        """All hyperparameters of the architecture: the card's, and the defaults of those that it leaves out."""
        return dict(hyperparameters(self.architecture).model_validate(self.hyperparameters))

    def build(self, *arguments: Any) -> Any:
        """Return the untrained model: the architecture's `build` with the card's hyperparameters."""
        return import_module(f"tagwerk.taggers.{self.architecture}").build(*arguments, **self.settings)


# Whether an architecture's `INPUTS` fit so many sequences and trees; scalar variables may be added to all of them.
_FITS: dict[str, Callable[[int, int], bool]] = {
    "scalars": lambda sequences, trees: sequences == 0 and trees == 0,
    "one sequence": lambda sequences, trees: sequences == 1 and trees == 0,
    "one sequence or more": lambda sequences, trees: sequences > 0 and trees == 0,
    "one tree": lambda sequences, trees: sequences == 0 and trees == 1,
}


@cache
def hyperparameters(architecture: str) -> type[Section]:
    """Return the model of the keyword arguments that an architecture's `build` takes."""
    build = import_module(f"tagwerk.taggers.{architecture}").build
    fields: dict[str, Any] = {
        name: (parameter.annotation, parameter.default)
        for name, parameter in inspect.signature(build).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    return create_model("Hyperparameters", __base__=Section, **fields)
