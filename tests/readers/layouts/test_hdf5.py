from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.hdf5 import entries
from tests.conftest import changed, jet_records, toy_branches
from tests.readers.layouts.reading import fields, read, said

CARD = Dataset.load(Path(__file__).parents[3] / "config/datasets/plain_h5.yaml")
LISTS = {f"constituent_{name}": f"c_{name}" for name in ("pt", "eta", "phi", "energy")}
TOY = toy_branches(0, 60)
SLOTS = 15


def card(link="counts", **changes):
    """The shipped card with another kind of link, and other values at its keys, a dot written as two underscores."""
    values = changed(CARD.model_dump(exclude_none=True), "sequences.constituents.link", {link: link.removesuffix("s")})
    for key, value in changes.items():
        values = values | {key: value} if "__" not in key else changed(values, key.replace("__", "."), value)
    return Dataset.model_validate(values)


def write(path, link="counts", group="/", **changes):
    """The toy jets, their constituents padded with -1 or flat."""
    counts = ak.num(TOY["c_pt"]).to_numpy()
    datasets = {name: TOY[name] for name in ("jet_pt", "jet_eta", "jet_phi", "jet_mass")}
    datasets |= {"is_signal": TOY["is_wide"], "number": np.arange(60)}
    datasets |= {"count": counts, "mask": np.arange(SLOTS) < counts[:, None], "offset": np.append(0, counts.cumsum())}
    for name, toy in LISTS.items():
        padded = ak.fill_none(ak.pad_none(TOY[toy], SLOTS, clip=True), -1)
        datasets[name] = ak.flatten(TOY[toy]) if link == "offsets" else ak.to_numpy(padded).astype(np.float32)
    with h5py.File(path, "w") as opened:
        for name, values in (datasets | changes).items():
            if values is not None:
                opened.require_group(group)[name] = np.asarray(values)
    return path


@pytest.mark.parametrize("link", ["mask", "counts", "offsets"])
@pytest.mark.parametrize("step", [7, 60, 100])
def test_every_link_gives_each_jet_its_constituents(tmp_path, link, step):
    file = write(tmp_path / "jets.h5", link)
    found = ak.concatenate(list(read(file, card(link), step)))
    assert set(ak.fields(found)) == fields(CARD)
    assert entries(file, card(link)) == len(found) == 60
    for index in range(60):
        assert found.jet_pt[index] == TOY["jet_pt"][index]
        for name, toy in LISTS.items():
            assert found[name][index].tolist() == TOY[toy][index].tolist()
    assert found.row.tolist() == list(range(60))


def test_values_by_hand(tmp_path):
    flat = {name: np.array([10, 20, 30], "f4") for name in LISTS}
    changes = {name: np.arange(3.0) for name in ("jet_pt", "jet_eta", "jet_phi", "jet_mass", "is_signal")}
    file = write(tmp_path / "jets.h5", "offsets", offset=[0, 2, 2, 3], **changes, **flat)
    (found,) = read(file, card("offsets"))
    assert found.constituent_pt.tolist() == [[10, 20], [], [30]]


@pytest.mark.parametrize("link", ["mask", "counts", "offsets"])
def test_a_constituent_stays_with_its_jet_after_a_selection(tmp_path, link):
    chosen = card(link, selection="row % 3 == 2", event=["row"])
    parts = read(write(tmp_path / "jets.h5", link), chosen, 7)
    records = ak.concatenate([jet_records(part, chosen, "jets") for part in parts])
    assert records.event.tolist() == list(range(2, 60, 3))
    assert records.label.tolist() == TOY["is_wide"][2::3].tolist()
    assert [sorted(each) for each in records.constituents.energy.tolist()] == [
        pytest.approx(sorted(each), rel=1e-6) for each in TOY["c_energy"][2::3].tolist()
    ]


def test_a_mask_may_have_holes(tmp_path):
    mask = np.zeros((60, SLOTS), np.int8)
    mask[0, [1, 3]] = 1
    file = write(tmp_path / "jets.h5", "mask", mask=mask, constituent_pt=np.tile(np.arange(SLOTS), (60, 1)))
    (found,) = read(file, card("mask"))
    assert found.constituent_pt[:2].tolist() == [[1, 3], []]


def test_datasets_in_a_group_are_read(tmp_path):
    file = write(tmp_path / "jets.h5", group="sample/train")
    (found,) = read(file, card(tree="sample/train"))
    assert len(found) == 60
    assert "no group 'sample/tran' (there is none); did you mean 'sample/train'?" in said(
        file, card(tree="sample/tran")
    )


def test_a_missing_dataset_is_named_with_the_nearest(tmp_path):
    file = write(tmp_path / "jets.h5")
    assert "has no dataset 'jet_pT'; did you mean 'jet_pt'?" in said(file, card(jet__pt="jet_pT"))
    line = said(file, card(sequences__constituents__link={"counts": "cuont"}))
    assert "has no dataset 'cuont'; did you mean 'count'?" in line


@pytest.mark.parametrize("link", [{}, {"count": "count"}, {"mask": "mask", "counts": "count"}])
def test_a_link_must_be_one_of_three(tmp_path, link):
    line = said(write(tmp_path / "jets.h5"), card(sequences__constituents__link=link))
    assert "key 'sequences.constituents.link': is one of {mask: name}, {counts: name}, {offsets: name}" in line


@pytest.mark.parametrize(
    ("link", "changes", "line"),
    [
        ("counts", {"jet_eta": np.zeros(59)}, "'/jet_eta' has the shape (59,), not (60,)"),
        ("counts", {"count": np.full(60, 16)}, "'/count' holds 16 in row 0, but there is room for 15"),
        ("counts", {"count": np.full(60, -1)}, "'/count' holds -1 in row 0"),
        ("counts", {"count": np.zeros(59, int)}, "'/count' has the shape (59,), not (60,)"),
        ("counts", {"constituent_pt": np.zeros(60)}, "'/constituent_pt' has the shape (60,), not (jets, constituents)"),
        ("mask", {"mask": np.ones((60, 14), bool)}, "'/mask' has the shape (60, 14), not (60, 15)"),
        ("offsets", {"offset": np.zeros(60, int)}, "'/offset' has the shape (60,), not (61,)"),
        ("offsets", {"offset": np.arange(61)[::-1]}, "'/offset' falls or leaves"),
        ("offsets", {"offset": np.arange(61) * 1000}, "'/offset' falls or leaves"),
        ("offsets", {"constituent_pt": np.zeros((9, 2))}, "'/constituent_pt' has the shape (9, 2)"),
        ("counts", {"jet_pt": np.zeros(0)}, "'/jet_pt' is empty"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, link, changes, line):
    assert line in said(write(tmp_path / "jets.h5", link, **changes), card(link))


def test_a_dataset_is_reached_by_one_link(tmp_path):
    constituents = CARD.model_dump(exclude_none=True)["sequences"]["constituents"]
    both = {"constituents": constituents, "tracks": constituents | {"link": {"mask": "mask"}}}
    assert "'constituent_pt' is reached by count already" in said(write(tmp_path / "a.h5"), card(sequences=both))
