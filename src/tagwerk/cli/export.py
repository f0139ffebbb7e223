"""Export a trained tagger as an ONNX file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tagwerk.errors import UserError
from tagwerk.exports.export import export as export_model
from tagwerk.exports.layouts.cms import preprocess_json
from tagwerk.files import atomic_write


def export(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    out: Annotated[
        Path, typer.Argument(help="ONNX file to write, with --layout cms also a JSON file of the same name")
    ],
    layout: Annotated[
        Literal["tagwerk", "atlas", "cms"], typer.Option(help="names and shapes of inputs and outputs: whose software")
    ] = "tagwerk",
    name: Annotated[
        list[str] | None,
        typer.Option(help="OURS=THEIRS: what the experiment's software calls a sequence or a further variable"),
    ] = None,
    model_name: Annotated[
        str | None, typer.Option(help="with --layout atlas, prefix of the outputs; by default the tagger's name")
    ] = None,
    selected: Annotated[
        bool, typer.Option("--selected", help="the job feeds only constituents that pass the dataset card's selections")
    ] = False,
) -> None:
    """Export a trained tagger as an ONNX file.

    Features and their normalisation are inside: the file takes jets and constituents, in any order.
    """
    if layout == "tagwerk" and (name or model_name or selected):
        raise UserError("--name, --model-name and --selected are for --layout atlas and cms; leave them out")
    if layout != "atlas" and model_name:
        raise UserError("--model-name is for --layout atlas; leave it out")
    json = out.with_suffix(".json")
    if layout == "cms" and out == json:
        hint = f"name the model otherwise, such as {out.with_suffix('.onnx')}"
        raise UserError(f"{out}: is the name of the preprocessing file; {hint}")
    for path in [out, json] if layout == "cms" else [out]:
        if path.exists():
            raise UserError(f"{path}: already exists; choose another name or remove it")
    proto = export_model(model, layout, names=_names(name or []), model_name=model_name, selected=selected)
    with atomic_write(out) as draft:
        draft.write_bytes(proto.SerializeToString())
        if layout == "cms":
            with atomic_write(json) as preprocess:
                preprocess.write_text(preprocess_json(proto), encoding="utf-8")


def _names(given: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for each in given:
        ours, equals, theirs = each.partition("=")
        if not (ours and equals and theirs) or ours in names:
            raise UserError(f"--name '{each}': give each sequence or variable once, as OURS=THEIRS")
        names[ours] = theirs
    return names
