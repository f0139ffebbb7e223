"""Toy trees with branches of any type, their drafts, and what ingest makes of these."""

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
    """The text of the card, its values, and what is on the lines that are marked."""
    path = folder / "card.yaml"
    assert run("draft", file, path, "--force", *options) == 0
    text = path.read_text(encoding="utf-8")
    return path, yaml.safe_load(text), re.findall(r"# CHECK: (.*)$", text, re.MULTILINE), text


def records(file, card, out):
    assert run("check", file, card) == 0
    assert run("ingest", file, card, out) == 0
    return ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])


def tree_of(folder, **changes):
    """Toy jets as `files.tree` has them, with branches of any type besides; None takes one out."""
    branches = {name: each for name, each in (TOY | changes).items() if each is not None}
    kinds = {
        name: f"var * {each.type.content.content}" if isinstance(each, ak.Array) else (each.dtype, each.shape[1:])
        for name, each in branches.items()
    }
    path = folder / "toy.root"
    with uproot.recreate(path) as file:
        file.mktree("jets", kinds)
        file["jets"].extend(branches)
    return path


def padded(name, value):
    """The toy's lists as arrays (N, WIDTH)."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(TOY[name], WIDTH, clip=True), value)).astype("f4")
