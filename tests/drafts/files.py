"""A small file of each layout that can be written here, and real files of the others."""

import os
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import uproot

from tests.conftest import toy_branches, write_root
from tests.readers.layouts import test_energyflow, test_ftag, test_hdf5, test_pytables

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data"))
NANO = DATA / "cms/nano_tt_v15.root"
PHYSLITE = DATA / "atlas/PHYSLITE_example.root"
DELPHES = DATA / "delphes/delphes_10_events.root"
JETCLASS = ("QCD", "Hbb", "Tbqq")


def tree(folder, **changes):
    """Toy jets in a TTree; None removes a branch."""
    branches = {name: values for name, values in (toy_branches(0, 100) | changes).items() if values is not None}
    return write_root(folder / "toy.root", branches)


def rntuple(folder):
    """The same jets in an RNTuple."""
    with uproot.recreate(folder / "toy.root") as file:
        file.mkrntuple("jets", toy_branches(0, 100))
    return folder / "toy.root"


def one_hot(folder):
    """Jets with one label per class and no event number, as in JetClass; with three of its classes."""
    toy = toy_branches(0, 100)
    labels = {f"label_{name}": (np.arange(100) % 3 == index).astype("f4") for index, name in enumerate(JETCLASS)}
    renamed = {f"part_{name.removeprefix('c_')}": toy[name] for name in toy if name.startswith("c_")}
    renamed |= {"part_d0val": toy["c_eta"], "part_d0err": toy["c_eta"] * np.nan}
    jets = {name: np.asarray(toy[name], "f4") for name in ("jet_pt", "jet_eta", "jet_phi", "jet_mass")}
    path = folder / "TTBar_000.root"
    with uproot.recreate(path) as file:
        file.mktree("tree", dict.fromkeys(renamed, "var * float32") | dict.fromkeys([*jets, *labels], "float32"))
        file["tree"].extend(renamed | jets | labels)
    return path


def pfnano(folder):
    """The same events with PFNano names."""
    return nanoaod(folder, "FatJetPFCands", "PFCands", "pFCandsIdx")


def nanoaod(folder, table="FatJetPFCand", candidates="PFCand", index="pfCandIdx"):
    """Fifty events of two large-R jets with two candidates each, and of muons that point nowhere."""
    pt = {"FatJet": [300, 200], candidates: [200, 100, 150, 50], "Muon": [10]}
    eta = {"FatJet": [1, -1], candidates: [1, 1.1, -1, -1.1], "Muon": [0]}
    lists = {f"{collection}_pt": values for collection, values in pt.items()}
    lists |= {f"{collection}_{name}": values for collection, values in eta.items() for name in ("eta", "phi", "mass")}
    lists |= {f"{table}_jetIdx": [0, 0, 1, 1], f"{table}_{index}": [0, 1, 2, 3], "Muon_jetIdx": [-1]}
    lists |= {"FatJet_hadronFlavour": [5, 0], f"{candidates}_pdgId": [211, 22, -211, 130]}
    dtypes = {name: "int32" if name.endswith(("Idx", "Id", "Flavour")) else "float32" for name in lists}
    columns = {name: ak.values_astype(ak.Array([values] * 50), dtypes[name]) for name, values in lists.items()}
    columns["FatJet_mass"] = columns["FatJet_mass"] + 60
    numbers = {"run": np.ones(50, "u4"), "luminosityBlock": np.ones(50, "u4"), "event": np.arange(50, dtype="u8")}
    path = folder / "nano.root"
    with uproot.recreate(path) as file:
        types = {name: f"var * {dtype}" for name, dtype in dtypes.items()}
        file.mktree("Events", types | {name: values.dtype for name, values in numbers.items()})
        file["Events"].extend(columns | numbers)
    return path


def ftag(folder):
    """Jets and tracks in ATLAS flavour-tagging HDF5."""
    jets, tracks = test_ftag.arrays()
    return test_ftag.write(folder / "ftag.h5", jets, tracks)


def pytables(folder):
    """Jets in the format of the reference top-tagging sample."""
    return test_pytables.write(folder / "top.h5", test_pytables.frame())


def energyflow(folder):
    """Jets in EnergyFlow's format."""
    return test_energyflow.write(folder / "QG_jets.npz", **test_energyflow.arrays())


def plain_hdf5(link):
    """Return a function that writes plain HDF5 whose constituents have this link."""
    return lambda folder: test_hdf5.write(folder / "plain.h5", link, **{"mask": None} if link == "counts" else {})


def zeros(folder):
    """Plain HDF5 in groups, where only zeros mark padding."""
    toy = toy_branches(0, 60)
    with h5py.File(folder / "zeros.h5", "w") as file:
        for name in ("pt", "eta", "phi", "mass"):
            file[f"jets/{name}"] = np.asarray(toy[f"jet_{name}"])
        for name in ("pt", "eta", "phi", "energy"):
            padded = ak.fill_none(ak.pad_none(toy[f"c_{name}"], 15, clip=True), 0)
            file[f"particles/{name}"] = ak.to_numpy(padded)
        file["jets/truth_label"] = toy["is_wide"] * 7
    return folder / "zeros.h5"


def h5_arrays(folder):
    """The same jets in two arrays with named columns."""
    return test_hdf5.write_arrays(folder / "arrays.h5", [*test_hdf5.FEATURES[:-1], "mask"], where="group")


def links(folder):
    """Plain HDF5 with links to its jets in another file."""
    test_hdf5.write(folder / "far.h5", "mask", count=None)
    with h5py.File(folder / "links.h5", "w") as file:
        file["sample"] = h5py.ExternalLink("far.h5", "/")
        file["gone"] = h5py.SoftLink("/nowhere")
    return folder / "links.h5"


def real(path):
    """Return a function that returns a real file."""
    return lambda folder: path
