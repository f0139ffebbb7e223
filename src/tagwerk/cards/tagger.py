"""The tagger card: architecture, input features, hyperparameters and training."""

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
    ValidationInfo,
    create_model,
    model_validator,
)

import tagwerk.taggers
from tagwerk.cards.base import Card, Section, describe_error, first_duplicate, root_errors, suggestion
from tagwerk.cards.dataset import Color
from tagwerk.cards.external_model import ExternalModel
from tagwerk.cards.momenta import Name
from tagwerk.cards.titles import FigureText
from tagwerk.errors import UserError

Engine = Literal["keras", "scikit-learn", "one variable", "onnx"]


def _known_architecture(name: str) -> str:
    known = [module.name for module in iter_modules(tagwerk.taggers.__path__)]
    if name not in known:
        raise ValueError(f"unknown architecture; {suggestion(name, known)}")
    return name


class Inputs(Section):
    """The input features of a tagger."""

    sequences: dict[Name, list[str]] = Field(default={}, description="constituent features, by sequence")
    trees: dict[Name, list[str]] = Field(
        default={},
        description="node features, by tree; a tree is named by sequence and topology, such as constituents_kt",
    )
    scalars: list[str] = Field(default=[], description="jet variables")

    @model_validator(mode="after")
    def _has_a_feature(self) -> Self:
        if not self.scalars and not any(self.sequences.values()) and not any(self.trees.values()):
            raise ValueError("give at least one feature in 'sequences' or 'trees', or one variable in 'scalars'")
        for kind, by_name in {"sequence": self.sequences, "tree": self.trees}.items():
            for name, features in by_name.items():
                if not features:
                    raise ValueError(f"{kind} '{name}' has no feature; give at least one, or leave the {kind} out")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for key, names in {"scalars": self.scalars, **self.sequences, **self.trees}.items():
            if (name := first_duplicate(names)) is not None:
                raise ValueError(f"'{name}' is duplicated in '{key}'; name it once")
        return self


class TrainingSettings(Section):
    """How a tagger is trained; classical taggers use only the class weights."""

    batch_size: PositiveInt = Field(default=256, description="jets per batch")
    learning_rate: PositiveFloat = Field(default=2e-3, description="peak learning rate, after warm-up")
    schedule: Literal["cosine", "linear", "exponential", "constant", "plateau"] = Field(
        default="cosine",
        description="decay of the learning rate after warm-up: to zero; `exponential` to one hundredth; `plateau` "
        "linearly, in a quarter of the epochs so far, once the validation loss no longer improves",
    )
    warmup: float = Field(
        default=0.05, ge=0, lt=1, description="share of the steps used for linear warm-up; with `plateau` of 20 epochs"
    )
    weight_decay: float = Field(
        default=1e-4, ge=0, description="weight decay of AdamW, on all but biases and normalisation"
    )
    gradient_clip: PositiveFloat = Field(default=1.0, description="maximum global norm of the gradient")
    patience: NonNegativeInt = Field(
        default=5,
        description="epochs without a better validation loss before training stops, or with `plateau` the decay begins",
    )
    class_weights: dict[str, PositiveFloat] = Field(default={}, description="factors on the jet weights, by class")
    classes: list[str] = Field(default=[], description="classes to train on; all by default")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = Field(
        default="float32",
        description="Keras dtype policy; the mixed ones are for GPUs, `mixed_bfloat16` also for processors with AMX, "
        "where it rounds the operands of most products of matrices, and nothing else",
    )


class Tagger(Card):
    """A tagger: architecture, inputs, hyperparameters and training; each variant has its own card."""

    FOLDER = "taggers"

    title: FigureText = Field(description="name in figures and tables")
    color: Color = Field(description="colour in figures, as #rrggbb")
    architecture: Annotated[str, AfterValidator(_known_architecture)] = Field(description="a module of tagwerk.taggers")
    inputs: Inputs = Field(description="input features; those of a file follow from the section `model`")
    hyperparameters: dict[str, Any] = Field(default={}, description="keyword arguments of the architecture's `build`")
    training: TrainingSettings = Field(default=TrainingSettings(), description="training settings")
    model: ExternalModel | None = Field(
        default=None, description="for the architecture `onnx`: the file of a trained model, what it takes and returns"
    )

    @model_validator(mode="before")
    @classmethod
    def _inputs_follow_from_the_file(cls, values: Any, info: ValidationInfo) -> Any:
        """Add the inputs of a file; in the record of a model they are there, and the file may not be."""
        if not isinstance(values, dict) or values.get("architecture") != "onnx":
            return values
        if values.get("model") is None:
            raise ValueError("key 'model' is missing; add it, with the key 'file'")
        in_card = info.context is not None
        for key in ("inputs", "hyperparameters", "training") if in_card else ():
            if key in values:
                raise ValueError(f"key '{key}': a file is scored as it is; drop the key")
        return values if "inputs" in values else values | {"inputs": _inputs_of_file(values["model"])}

    @model_validator(mode="after")
    def _only_a_file_has_a_model(self) -> Self:
        if self.engine != "onnx" and self.model is not None:
            raise ValueError(f"key 'model' is for architecture 'onnx', not '{self.architecture}'; drop it")
        return self

    @model_validator(mode="after")
    def _architecture_takes_hyperparameters(self) -> Self:
        try:
            hyperparameters(self.architecture).model_validate(self.hyperparameters)
        except ValidationError as error:
            raise ValueError(
                "; ".join(describe_error(detail, "hyperparameters") for detail in root_errors(error))
            ) from None
        return self

    @model_validator(mode="after")
    def _hyperparameters_are_of_inputs(self) -> Self:
        """Require that a hyperparameter given by sequence or tree has one value for each of them."""
        names = [*self.inputs.sequences, *self.inputs.trees]
        for key, value in self.all_hyperparameters.items():
            for name in value if isinstance(value, dict) else ():
                if name not in names:
                    reason = f"there is no '{name}' in 'inputs'; {suggestion(name, names)}"
                    raise ValueError(f"key 'hyperparameters.{key}': {reason}")
            for name in names if isinstance(value, dict) else ():
                if name not in value:
                    reason = f"there is no value for '{name}'; add it, or give one value instead of a mapping"
                    raise ValueError(f"key 'hyperparameters.{key}': {reason}")
        return self

    @model_validator(mode="after")
    def _architecture_takes_inputs(self) -> Self:
        sequences, trees = list(self.inputs.sequences), list(self.inputs.trees)
        takes = import_module(f"tagwerk.taggers.{self.architecture}").INPUTS
        if not _FITS_INPUTS[takes](len(sequences), len(trees)):
            given = f"the sequences {sequences}" + (f" and the trees {trees}" if trees else "")
            raise ValueError(f"key 'inputs': architecture '{self.architecture}' takes {takes}, not {given}")
        if takes == "scalars" and not self.inputs.scalars:
            raise ValueError("key 'inputs.scalars': give at least one variable")
        return self

    @model_validator(mode="after")
    def _architecture_agrees(self) -> Self:
        """Call the architecture's own `check`, if it has one."""
        check = getattr(import_module(f"tagwerk.taggers.{self.architecture}"), "check", None)
        if check is not None:
            check(self)
        return self

    def with_training(self, settings: TrainingSettings | None) -> "Tagger":
        """Return the tagger with the settings that are given here in place of its own; None for its own."""
        if settings is None or self.model is not None:
            return self
        training = self.training.model_copy(update=settings.model_dump(exclude_unset=True))
        return self.model_copy(update={"training": training})

    @property
    def engine(self) -> Engine:
        """The library that trains this architecture; `one variable` or `onnx` where there is little or nothing to."""
        library: Engine = import_module(f"tagwerk.taggers.{self.architecture}").ENGINE
        return library

    @property
    def loss_weights(self) -> dict[str, float]:
        """The trained outputs of a network, with the weight of each in the loss."""
        architecture = import_module(f"tagwerk.taggers.{self.architecture}")
        return architecture.losses(**self.all_hyperparameters) if hasattr(architecture, "losses") else {"scores": 1.0}

    @property
    def needs_truth(self) -> bool:
        """Whether training needs to know which constituents come from the signal decay."""
        return "constituent_scores" in self.loss_weights

    @property
    def all_hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters of the architecture, including the defaults of those not in the card."""
        return dict(hyperparameters(self.architecture).model_validate(self.hyperparameters))

    def build(self, *arguments: Any) -> Any:
        """Return the untrained model: the architecture's `build` with the card's hyperparameters."""
        return import_module(f"tagwerk.taggers.{self.architecture}").build(*arguments, **self.all_hyperparameters)


# Whether an architecture's `INPUTS` allow these numbers of sequences and trees; scalar variables may always be added.
_FITS_INPUTS: dict[str, Callable[[int, int], bool]] = {
    "scalars": lambda sequences, trees: sequences == 0 and trees == 0,
    "one sequence": lambda sequences, trees: sequences == 1 and trees == 0,
    "one sequence or more": lambda sequences, trees: sequences > 0 and trees == 0,
    "one tree": lambda sequences, trees: sequences == 0 and trees == 1,
    "one tree or more": lambda sequences, trees: sequences == 0 and trees > 0,
    "what its file takes": lambda sequences, trees: True,
}


def _inputs_of_file(section: Any) -> Any:
    """Return the section `inputs` that the section `model` amounts to."""
    from tagwerk.cards.describe_model import describe_model
    from tagwerk.cards.feeds import inputs_of

    try:
        model = ExternalModel.model_validate(section)
    except ValidationError as error:
        raise ValueError("; ".join(describe_error(detail, "model") for detail in root_errors(error))) from None
    try:
        return inputs_of(describe_model(model))
    except UserError as mistake:
        raise ValueError(str(mistake) if str(mistake).startswith("key ") else f"key 'model': {mistake}") from None


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
