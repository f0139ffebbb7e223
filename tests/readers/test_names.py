"""A branch may have any name that ROOT or HDF5 can hold."""

import h5py
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import quote_branch
from tagwerk.errors import UserError
from tagwerk.readers.layout import read
from tagwerk.readers.links import Tally
from tests.conftest import DATASET, changed, write_card

NAMES = [
    "jet-pt", "größe", "a b", "x.y", "a(b)", "a[b]", "a`b", "a*b", "a:b", "is", "a+b", "a'b", 'a"b', "$x", "#x", "a,b",
    "1a", "a\\b", "a{b}", "-", "µ", "a;1", "a|b", "a?b", "a@b", "a\tb", "not", "True", "1", "a > 1 and b",
]  # fmt: skip
VALUES = np.arange(4.0)


def toy(tmp_path, **others):
    """The toy card with other values, written to a file and read back."""
    return Dataset.load(write_card(tmp_path / "toy.yaml", DATASET | {"substructure": []} | others))


def jet(name):
    return {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": name, "extra": {"x": name}}


def sequence(name):
    return {"pt": name, "eta": "eta", "phi": "phi", "energy": name, "truth": name, "extra": {"z": name}}


def classes(name):
    return [each | {"selection": f"{quote_branch(name)} == {index}"} for index, each in enumerate(DATASET["classes"])]


@pytest.mark.parametrize("name", [*NAMES, "x/y"])
def test_every_name_is_read_from_a_tree(tmp_path, name):
    with uproot.recreate(tmp_path / "toy.root") as file:
        columns = dict.fromkeys(["jet_pt", "jet_eta", "jet_phi", "eta", "phi", name], VALUES)
        file.mktree("jets", dict.fromkeys(columns, np.dtype("f8"))).extend(columns)
    card = toy(
        tmp_path,
        event=[name],
        jet=jet(name),
        selection=f"{quote_branch(name)} >= 0 and abs({quote_branch(name)}) < 9",
        weight=f"1 + {quote_branch(name)}",
        classes=classes(name),
        sequences={"constituents": sequence(name)},
    )
    (branches,) = read(tmp_path / "toy.root", card, Tally())
    assert branches[name].tolist() == VALUES.tolist()


@pytest.mark.parametrize("name", [*NAMES, "x/y"])
def test_every_name_is_read_from_hdf5(tmp_path, name):
    with h5py.File(tmp_path / "toy.h5", "w") as file:
        for each in ("jet_pt", "jet_eta", "jet_phi"):
            file[each] = VALUES
        for each in ("eta", "phi", name):
            file[each] = np.repeat(VALUES[:, None], 2, axis=1)
        file["counts"] = np.full(4, 2)
    card = toy(
        tmp_path,
        layout="hdf5",
        tree="/",
        event=["jet_pt"],
        jet=jet("jet_pt"),
        selection=f"count({quote_branch(name)} > 1) > 0",
        classes=classes("jet_pt"),
        sequences={"constituents": sequence(name) | {"link": {"counts": "counts"}}},
    )
    (branches,) = read(tmp_path / "toy.h5", card, Tally())
    assert branches[name].tolist() == [[each, each] for each in VALUES]


def test_a_name_parsed_as_a_difference_is_refused_with_its_quoted_form(tmp_path):
    with uproot.recreate(tmp_path / "toy.root") as file:
        columns = dict.fromkeys(["event", "jet-weight"], VALUES)
        file.mktree("jets", dict.fromkeys(columns, np.dtype("f8"))).extend(columns)
    wanted = Dataset.model_validate(changed(DATASET, "weight", "jet-weight"))
    with pytest.raises(UserError, match=r"did you mean 'jet-weight'\? \(in an expression: `jet-weight`\)"):
        list(read(tmp_path / "toy.root", wanted, Tally()))
