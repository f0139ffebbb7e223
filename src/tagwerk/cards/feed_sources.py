"""What a file is fed, as those who wrote it say: Tagwerk and salt in its metadata, weaver in `preprocess.json`."""

import json
from collections.abc import Mapping, Sequence
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tagwerk.cards.excerpts import suggestion
from tagwerk.cards.external_model import Axis, ExternalModel
from tagwerk.cards.feeds import MASK, POSITION, Feed, InputColumn, group_of
from tagwerk.cards.onnx_file import OnnxFile
from tagwerk.errors import UserError, error_context
from tagwerk.jets.nodes import MERGE_FIELDS

TAGWERK, SALT = "tagwerk", "gnn_config"  # keys of metadata

_PER_JET: list[Axis] = ["jets", "columns"]
_PADDED: list[Axis] = ["jets", "constituents", "columns"]
_WEAVER: list[Axis] = ["jets", "columns", "constituents"]


def feeds_by_hand(model: ExternalModel) -> list[Feed]:
    """Return the inputs that a card describes itself."""
    feeds = []
    for name, given in model.inputs.items():
        columns = [InputColumn(value=value) for value in given.columns]
        with error_context(Path(f"key 'model.inputs.{name}'")):
            group = group_of(columns)
        lengths = {"min_length": given.min_length, "max_length": given.max_length}
        feeds.append(Feed(name=name, columns=columns, group=group, axes=given.axes, **lengths))
    return feeds


class _TagwerkSequence(BaseModel):
    columns: list[str]
    key: str = ""


class _TagwerkMetadata(BaseModel):
    classes: list[str]
    jet: list[str]
    sequences: dict[str, _TagwerkSequence] = {}
    trees: dict[str, Any] = {}
    layout: str = "tagwerk"


def tagwerk_feeds(file: OnnxFile) -> tuple[list[Feed], list[str]]:
    """Return the inputs and the classes of a file that Tagwerk wrote, which sorts constituents itself.

    Raises:
        UserError: its metadata are damaged, or it is in the layout of an experiment.
    """
    try:
        about = _TagwerkMetadata.model_validate_json(file.metadata[TAGWERK])
    except ValidationError:
        raise UserError(f"its metadata '{TAGWERK}' are damaged; export the model again") from None
    if about.layout != "tagwerk":
        raise UserError(f"is in the layout '{about.layout}'; export the model in the layout 'tagwerk'")
    feeds = [_feed("jet", [f"jet.{name}" for name in about.jet], _PER_JET)] if about.jet else []
    columns = {name: each.columns for name, each in about.sequences.items()}
    for name, names in (columns | {tree: [*MERGE_FIELDS] for tree in about.trees}).items():
        feeds.append(_feed(name, [f"{name}.{each}" for each in names], _PADDED))
        feeds.append(_feed(f"{name}_mask", [f"{name}.{MASK}"], _PADDED[:2]))
        # ASSUME: where the file needs the sort key itself, the dataset's order is the one that it was trained with.
        feeds.append(_feed(f"{name}_order", [f"-{name}.{POSITION}"], _PADDED[:2]))
    return [feed for feed in feeds if feed.name in file.inputs], about.classes


def _feed(name: str, expressions: Sequence[str], axes: list[Axis]) -> Feed:
    columns = [InputColumn(value=value) for value in expressions]
    return Feed(name=name, columns=columns, group=group_of(columns), axes=axes)


class _WeaverVariable(BaseModel):
    median: float = 0
    norm_factor: float = 1
    lower_bound: float = -1e32
    upper_bound: float = 1e32
    pad: float = 0


class _WeaverInput(BaseModel):
    var_names: list[str]
    var_infos: dict[str, _WeaverVariable]
    var_length: int | None = None
    min_length: int | None = None
    max_length: int | None = None


def weaver_feeds(model: ExternalModel, file: OnnxFile) -> tuple[list[Feed], list[str]]:
    """Return the inputs that a `preprocess.json` of weaver describes, and the names of the outputs' columns.

    Raises:
        UserError: it is missing or of something else, or one of its variables has no expression.
    """
    path = Path(model.preprocess or "")
    content = _json(path)
    with error_context(path):
        try:
            inputs = {name: _WeaverInput.model_validate(content[name]) for name in content["input_names"]}
        except (KeyError, TypeError, ValidationError):
            raise UserError("is no preprocess.json of weaver; give the one that it wrote next to the model") from None
    expressions = _expressions(model.variables, {name: each.var_names for name, each in inputs.items()}, file)
    # Inputs that a network does not use are in this file, but not in the network's.
    feeds = [_weaver_feed(name, inputs[name], columns) for name, columns in expressions.items()]
    labels = content.get("output_names", [])
    return feeds, labels if isinstance(labels, list) else []


def _weaver_feed(name: str, given: _WeaverInput, expressions: list[str]) -> Feed:
    infos = [given.var_infos.get(variable, _WeaverVariable()) for variable in given.var_names]
    columns = [
        InputColumn(
            value=value,
            center=info.median,
            scale=info.norm_factor,
            low=info.lower_bound if info.lower_bound > -1e31 else None,
            high=info.upper_bound if info.upper_bound < 1e31 else None,
            pad=info.pad,
            tolerant=True,
        )
        for value, info in zip(expressions, infos, strict=True)
    ]
    with error_context(Path(f"key 'model.variables': input '{name}'")):
        group = group_of(columns)
    low, high = given.var_length or given.min_length, given.var_length or given.max_length
    return Feed(
        name=name, columns=columns, group=group, axes=_WEAVER if low or high else [], min_length=low, max_length=high
    )


class _SaltVariable(BaseModel):
    name: str
    offset: float = 0
    scale: float = 1


class _SaltInput(BaseModel):
    name: str
    variables: list[_SaltVariable]


class _SaltMetadata(BaseModel):
    inputs: list[_SaltInput] = []
    input_sequences: list[_SaltInput] = []


def salt_feeds(path: Path, model: ExternalModel, file: OnnxFile) -> list[Feed]:
    """Return the inputs of a file that salt wrote: those of the jet first, then sequences, of one jet at a time.

    Raises:
        UserError: its metadata are damaged, do not fit its inputs, or one of its variables has no expression.
    """
    try:
        about = _SaltMetadata.model_validate_json(file.metadata[SALT])
    except ValidationError:
        reason = f"its metadata '{SALT}' are damaged"
        raise UserError(f"{path}: {reason}; describe its inputs in the key 'model.inputs'") from None
    described = [*about.inputs, *about.input_sequences]
    if len(described) != len(file.inputs):
        counts = f"describe {len(described)} inputs, but it has {len(file.inputs)}"
        raise UserError(f"{path}: its metadata '{SALT}' {counts}; describe them in the key 'model.inputs'")
    given = dict(zip(file.inputs, described, strict=True))
    names = {name: [each.name for each in of.variables] for name, of in given.items()}
    expressions = _expressions(model.variables, names, file)
    return [_salt_feed(name, of, expressions[name]) for name, of in given.items()]


def _salt_feed(name: str, given: _SaltInput, expressions: list[str]) -> Feed:
    columns = [
        InputColumn(value=value, center=-each.offset, scale=each.scale)
        for value, each in zip(expressions, given.variables, strict=True)
    ]
    with error_context(Path(f"key 'model.variables': input '{name}'")):
        return Feed(name=name, columns=columns, group=group_of(columns), axes=[])


def _expressions(
    variables: Mapping[str, str], inputs: Mapping[str, Sequence[str]], file: OnnxFile
) -> dict[str, list[str]]:
    """Return the expressions of the columns of each input of the file, whose variables are named."""
    known = dict.fromkeys(key for name, names in inputs.items() for each in names for key in (each, f"{name}.{each}"))
    for key in variables:
        if key not in known:
            raise UserError(f"key 'model.variables': there is no variable '{key}'; {suggestion(key, list(known))}")
    found: dict[str, list[str]] = {}
    for name, names in inputs.items():
        if name not in file.inputs:
            continue
        for each in names:
            if each not in variables and f"{name}.{each}" not in variables:
                raise UserError(f"key 'model.variables': '{each}' of input '{name}' has no expression; add it")
        found[name] = [variables.get(f"{name}.{each}", variables.get(each, "")) for each in names]
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; correct the key 'model.preprocess'") from None
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise UserError(f"{path}: is not JSON; give the preprocess.json that weaver wrote next to the model") from None
