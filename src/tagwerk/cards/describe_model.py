"""The inputs and outputs of the model that a tagger card names, checked against its file."""

from pathlib import Path

from tagwerk.cards.excerpts import first_duplicate, suggestion
from tagwerk.cards.external_model import ExternalModel
from tagwerk.cards.feed_sources import SALT, TAGWERK, feeds_by_hand, salt_feeds, tagwerk_feeds, weaver_feeds
from tagwerk.cards.feeds import Description, Feed, fitted, is_single
from tagwerk.cards.onnx_file import OnnxFile, read_onnx_file
from tagwerk.errors import UserError, error_context


def describe_model(model: ExternalModel) -> Description:
    """Return what the file of a model is fed, and what it returns.

    Raises:
        UserError: the file cannot be used, or the card does not fit it.
    """
    path = Path(model.file)
    file = read_onnx_file(path)
    feeds, names, outputs = _feeds(path, model, file)
    feeds = _fitted(path, feeds, file)
    single = any(is_single(feed, file.inputs[feed.name]) for feed in feeds)
    tensors, classes = _outputs(model.model_copy(update={"outputs": outputs}), file, names)
    return Description(
        file=model.file,
        feeds=feeds,
        outputs=tensors,
        classes=classes,
        partial=len(tensors) == len(classes) > 1 and _has_others(file, tensors),
        single=single,
        scores=model.scores,
        padding=model.padding,
        empty_jets=model.empty_jets,
        parameters=file.parameters,
    )


def _feeds(
    path: Path, model: ExternalModel, file: OnnxFile
) -> tuple[list[Feed], list[str], list[str | None] | dict[str, str]]:
    """Return the inputs, names of the outputs' columns if the file has any, and the outputs."""
    if model.inputs:
        return feeds_by_hand(model), [], model.outputs
    if model.preprocess is not None:
        return *weaver_feeds(model, file), model.outputs
    if TAGWERK in file.metadata:
        with error_context(path):
            feeds, classes = tagwerk_feeds(file)
        return feeds, classes, model.outputs or [*classes]
    if SALT in file.metadata:
        return salt_feeds(path, model, file), [], model.outputs
    names = ", ".join(file.inputs)
    raise UserError(f"{path}: does not say what its inputs {names} are; describe each in the key 'model.inputs'")


def _fitted(path: Path, feeds: list[Feed], file: OnnxFile) -> list[Feed]:
    given = {feed.name: feed for feed in feeds}
    for name in given:
        if name not in file.inputs:
            hint = suggestion(name, list(file.inputs))
            raise UserError(f"key 'model.inputs': there is no input '{name}' in the file; {hint}")
    found = []
    for name, tensor in file.inputs.items():
        if name not in given:
            raise UserError(f"key 'model.inputs': the file's input '{name}' is missing; add it")
        with error_context(path, Path(f"input '{name}'")):
            found.append(fitted(given[name], tensor))
    return found


def _outputs(model: ExternalModel, file: OnnxFile, columns: list[str]) -> tuple[list[str], list[str | None]]:
    """Return the outputs to compute, and the classes of their columns, or of themselves if there are several."""
    if not model.outputs:
        raise UserError(f"key 'model.outputs' is missing; name the class of each output ({_names(file, columns)})")
    if isinstance(model.outputs, list):
        named = [name for name in model.outputs if name is not None]
        if (name := first_duplicate(named)) is not None:
            raise UserError(f"key 'model.outputs': class '{name}' is duplicated; name it once")
        return [_output(model, file, len(model.outputs))], model.outputs
    if all(name in file.outputs for name in model.outputs.values()):
        return list(model.outputs.values()), list(model.outputs)
    for name in model.outputs.values():
        if name not in columns:
            hint = suggestion(name, [*columns, *file.outputs])
            raise UserError(f"key 'model.outputs': there is no output '{name}'; {hint}")
    classes = {name: each for each, name in model.outputs.items()}
    return [_output(model, file, len(columns))], [classes.get(name) for name in columns]


def _has_others(file: OnnxFile, outputs: list[str]) -> bool:
    shapes = {file.outputs[name].shape for name in outputs}
    return any(name not in outputs and each.shape in shapes for name, each in file.outputs.items())


def _output(model: ExternalModel, file: OnnxFile, width: int) -> str:
    """Return the name of an output with one column per class."""
    name = model.output or next(iter(file.outputs))
    if name not in file.outputs:
        raise UserError(f"key 'model.output': there is no output '{name}'; {suggestion(name, list(file.outputs))}")
    shape = file.outputs[name].shape
    if shape and len(shape) > 1 and shape[-1] not in (None, width):
        reason = f"'{name}' has {shape[-1]} columns, but {width} are named"
        raise UserError(f"key 'model.outputs': {reason}; name the class of each, null for one that is not needed")
    return name


def _names(file: OnnxFile, columns: list[str]) -> str:
    return ", ".join(columns or file.outputs)


def check_classes(description: Description, classes: list[str], dataset: str) -> None:
    """Raise UserError unless each class of a dataset has an output, and each named output is one of its classes."""
    named = [name for name in description.classes if name is not None]
    where = f"among the classes of dataset '{dataset}'"
    for name in named:
        if name not in classes:
            hint = f"{suggestion(name, classes)}, or null to leave it out"
            raise UserError(f"key 'model.outputs': there is no '{name}' {where}; {hint}")
    if len(description.classes) == 1 and len(classes) == 2 and len(named) == 1:
        named = classes
    for name in classes:
        if name not in named:
            raise UserError(f"key 'model.outputs': class '{name}' of dataset '{dataset}' has no output; name it")
    for name in description.empty_jets:
        if name not in classes:
            raise UserError(f"key 'model.empty_jets': there is no '{name}' {where}; {suggestion(name, classes)}")
