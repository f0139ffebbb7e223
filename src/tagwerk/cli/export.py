"""Export a trained tagger as an ONNX file."""

from pathlib import Path
from typing import Annotated

import typer

from tagwerk.errors import UserError
from tagwerk.exports.export import export as export_model
from tagwerk.files import atomic_write


def export(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write")],
) -> None:
    """Export a trained tagger as an ONNX file.

    Features and their normalisation are inside: the file takes jets and constituents in GeV and radians, in any order.
    """
    if out.exists():
        raise UserError(f"{out}: already exists; choose another name or remove it")
    proto = export_model(model)
    with atomic_write(out) as draft:
        draft.write_bytes(proto.SerializeToString())
