"""Toy trees with branches of any type, their drafts, and the records that ingest writes with them."""

import re

import awkward as ak
import uproot
import yaml

from tests.conftest import run, toy_branches

TOY = toy_branches(0, 100)
WIDE = TOY["is_wide"]
WIDTH = 20
LISTS = ("c_pt", "c_eta", "c_phi", "c_energy")


def card_of(file, folder, *options):
    """The path of the drafted card, its values, the texts of its CHECK marks, and its whole text."""
    path = folder / "card.yaml"
    assert run("draft", file, "--out", path, "--force", *options) == 0
    text = path.read_text(encoding="utf-8")
    return path, yaml.safe_load(text), re.findall(r"# CHECK: (.*)$", text, re.MULTILINE), text


def records(file, card, out):
    assert run("check", card, file) == 0
    assert run("ingest", card, file, "--out", out) == 0
    return ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])


def tree_of(folder, **changes):
    """Toy jets as in `files.tree`, with branches of any type; None removes one."""
    branches = {name: array for name, array in (TOY | changes).items() if array is not None}
    types = {
        name: f"var * {array.type.content.content}" if isinstance(array, ak.Array) else (array.dtype, array.shape[1:])
        for name, array in branches.items()
    }
    path = folder / "toy.root"
    with uproot.recreate(path) as file:
        file.mktree("jets", types)
        file["jets"].extend(branches)
    return path


def padded(name, fill_value):
    """A toy list as an array (N, WIDTH)."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(TOY[name], WIDTH, clip=True), fill_value)).astype("f4")
