"""The shipped card of JetClass, on a file with the names and types of its trees."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tests.conftest import jet_records, run
from tests.readers.layouts.reading import fields, read

SHIPPED = Path(__file__).parents[3] / "config/datasets/jetclass.yaml"
CARD = Dataset.load(SHIPPED)
LABELS = [f"label_{each.name}" for each in CARD.classes]
KINDS = ("isChargedHadron", "isNeutralHadron", "isPhoton", "isElectron", "isMuon")


@pytest.fixture(scope="module")
def content():
    """Twenty jets, two of each class, each the sum of its one to ten constituents."""
    random = np.random.default_rng(5)
    counts = random.integers(1, 11, 20)
    momenta = random.normal([60, 0, 0], [5, 5, 5], (counts.sum(), 3))
    energy = np.hypot(np.linalg.norm(momenta, axis=1), 0.14)
    lists = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"energy": energy}
    lists |= dict.fromkeys(("deta", "dphi", "d0val", "d0err", "dzval", "dzerr", "charge"), 0 * energy)
    lists |= {kind: np.full(len(energy), kind == "isPhoton", float) for kind in KINDS}
    parts = {f"part_{name}": ak.unflatten(values, counts) for name, values in lists.items()}
    px, py, pz, total = (ak.to_numpy(ak.sum(parts[f"part_{name}"], axis=1)) for name in ("px", "py", "pz", "energy"))
    pt = np.hypot(px, py)
    jets = {"pt": pt, "eta": np.arcsinh(pz / pt), "phi": np.arctan2(py, px), "energy": total, "nparticles": counts}
    jets |= dict.fromkeys(("sdmass", "tau1", "tau2", "tau3", "tau4"), np.ones(20))
    labels = {name: (np.arange(20) % 10 == number).astype(np.int32) for number, name in enumerate(LABELS)}
    return parts | {f"jet_{name}": values for name, values in jets.items()} | labels


@pytest.fixture(scope="module")
def file(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("jetclass") / "TTBar_000.root"
    kinds = {name: "var * float32" if name.startswith("part") else "float32" for name in content}
    kinds |= dict.fromkeys(LABELS[1:], "int32") | {"label_QCD": "float32"}
    with uproot.recreate(path) as root:
        root.mktree("tree", kinds)
        root["tree"].extend(content)
    return path


def test_all_classes_and_constituents_of_the_file_are_read(file, content):
    (jets,) = read(file, CARD)
    assert set(ak.fields(jets)) == fields(CARD)
    records = jet_records(jets, CARD, "TTBar_000")
    assert records.label.tolist() == [number % 10 for number in range(20)]
    assert ak.num(records.constituents).tolist() == content["jet_nparticles"].tolist()
    assert records.jet.multiplicity.tolist() == content["jet_nparticles"].tolist()
    pt = np.hypot(content["part_px"], content["part_py"])
    assert np.allclose(ak.flatten(records.constituents.pt), ak.flatten(pt[ak.argsort(pt, ascending=False)]))
    assert ak.all(records.constituents.photon == 1)


def test_the_jet_is_the_sum_of_its_constituents(file, content):
    (jets,) = read(file, CARD)
    records = jet_records(jets, CARD, "TTBar_000")
    assert np.allclose(ak.sum(records.constituents.energy, axis=1), content["jet_energy"], rtol=1e-5)
    momentum = content["jet_pt"] * np.cosh(content["jet_eta"])
    assert np.allclose(records.jet.mass, np.sqrt(content["jet_energy"] ** 2 - momentum**2), atol=0.1)


def test_rows_are_distinguished_without_event_numbers(file):
    (jets,) = read(file, CARD)
    assert len(set(jet_records(jets, CARD, "TTBar_000").event.tolist())) == 20


def test_the_file_passes_the_check(file):
    assert run("check", SHIPPED, file) == 0
