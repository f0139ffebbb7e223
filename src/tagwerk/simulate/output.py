"""The file of simulated jets: a ROOT TTree beside a note of how it was made, the same bytes for the same seed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from uuid import NAMESPACE_URL, uuid5

import awkward as ak
import uproot

from tagwerk.cards.generator import Generator
from tagwerk.provenance import versions
from tagwerk.simulate.output_record import BRANCHES, CONSTITUENTS

_NO_DATE = 0  # ROOT's code for its first second, 1 January 1995


def metadata(generator: Generator, part: str) -> str:
    """Return, as JSON, what decides a part's content: the generator's settings, the part and the versions."""
    return json.dumps({"generator": generator.model_dump(mode="json"), "part": part, "versions": versions()})


@contextmanager
def jet_file(path: Path, note: str) -> Iterator["uproot.WritableTree"]:
    """Give the tree `jets` of a new ROOT file, to `extend` chunk by chunk, each a basket; `note` becomes `metadata`.

    The same jets give the same bytes: no date is written, the file's identifier is made from the note, and uproot is
    handed an open file, whose name it does not know.
    """
    with (
        patch("uproot._util.datetime_to_code", lambda _: _NO_DATE),
        path.open("w+b") as stream,
        uproot.recreate(stream, compression=uproot.LZ4(1), uuid_function=lambda: uuid5(NAMESPACE_URL, note)) as file,
    ):
        file["metadata"] = note
        yield file.mktree("jets", _types())


def columns(jets: ak.Array) -> dict[str, ak.Array]:
    """Return the branches of a chunk of jet records."""
    return {name: jets[name] for name in (*BRANCHES, "constituents")}


def _types() -> dict[str, str]:
    constituent = ", ".join(f'"{name}": {dtype}' for name, dtype in CONSTITUENTS.items())
    return BRANCHES | {"constituents": f"var * {{{constituent}}}"}
