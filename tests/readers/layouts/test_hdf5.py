from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.hdf5 import entries
from tagwerk.readers.links import Tally
from tests.conftest import changed, jet_records, run, toy_branches, write_card
from tests.readers.layouts.reading import error_message, fields, read

CARD = Dataset.load(Path(__file__).parents[3] / "config/datasets/plain_h5.yaml")
LISTS = {f"constituent_{name}": f"c_{name}" for name in ("pt", "eta", "phi", "energy")}
TOY = toy_branches(0, 60)
SLOTS = 15


def card(link="counts", **changes):
    """The shipped card with another kind of link and other values, two underscores in a key standing for a dot."""
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
    assert "there is no group 'sample/tran'; did you mean 'sample/train'?" in error_message(
        file, card(tree="sample/tran")
    )


def test_a_missing_dataset_is_named_with_the_nearest(tmp_path):
    file = write(tmp_path / "jets.h5")
    assert "has no dataset 'jet_pT'; did you mean 'jet_pt'?" in error_message(file, card(jet__pt="jet_pT"))
    line = error_message(file, card(sequences__constituents__link={"counts": "cuont"}))
    assert "has no dataset 'cuont'; did you mean 'count'?" in line


@pytest.mark.parametrize("link", [{}, {"count": "count"}, {"mask": "mask", "counts": "count"}])
def test_a_link_must_be_one_of_three(tmp_path, link):
    line = error_message(write(tmp_path / "jets.h5"), card(sequences__constituents__link=link))
    assert "key 'sequences.constituents.link': must be one of {mask: name}, {counts: name}, {offsets: name}" in line


@pytest.mark.parametrize(
    ("link", "changes", "line"),
    [
        ("counts", {"jet_eta": np.zeros(59)}, "'/jet_eta' has the shape (59,), not (60,)"),
        ("counts", {"count": np.full(60, 16)}, "'/count' holds 16 in row 0, but there are 15 slots"),
        ("counts", {"count": np.full(60, -1)}, "'/count' holds -1 in row 0"),
        ("counts", {"count": np.full(60, 2.5)}, "'/count' holds 2.5 in row 0, not a whole number"),
        ("counts", {"count": np.full(60, np.nan)}, "'/count' holds nan in row 0, not a whole number"),
        ("offsets", {"offset": np.arange(61) + 0.5}, "'/offset' holds 0.5 in row 0, not a whole number"),
        ("counts", {"jet_pt": np.ones((60, 2))}, "not (60,); name a column of it, such as '/jet_pt:0'"),
        ("counts", {"jet_pt": 1.0}, "'/jet_pt' holds a single value, not rows"),
        ("counts", {"count": np.zeros(59, int)}, "'/count' has the shape (59,), not (60,)"),
        ("counts", {"constituent_pt": np.zeros(60)}, "'/constituent_pt' has the shape (60,), not (jets, constituents)"),
        ("mask", {"mask": np.ones((60, 14), bool)}, "'/mask' has the shape (60, 14), not (60, 15)"),
        ("offsets", {"offset": np.zeros(60, int)}, "'/offset' has the shape (60,), not (61,)"),
        ("offsets", {"offset": np.arange(61)[::-1]}, "'/offset' decreases or is outside"),
        ("offsets", {"offset": np.arange(61) * 1000}, "'/offset' decreases or is outside"),
        ("offsets", {"constituent_pt": np.zeros((9, 2))}, "'/constituent_pt' has the shape (9, 2)"),
        ("counts", {"jet_pt": np.zeros(0)}, "'/jet_pt' has the shape (0,), not (60,)"),
    ],
)
def test_datasets_that_do_not_fit_are_refused(tmp_path, link, changes, line):
    assert line in error_message(write(tmp_path / "jets.h5", link, **changes), card(link))


def test_a_dataset_has_one_link(tmp_path):
    constituents = CARD.model_dump(exclude_none=True)["sequences"]["constituents"]
    both = {"constituents": constituents, "tracks": constituents | {"link": {"mask": "mask"}}}
    assert "'constituent_pt' already has the link 'count'" in error_message(
        write(tmp_path / "a.h5"), card(sequences=both)
    )


VLEN = h5py.vlen_dtype(np.float32)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array(["a"] * 60, object), "strings"),
        (np.array([b"1"] * 60), "strings"),
        (np.ones(60, complex), "complex numbers"),
        (
            np.ones(60, [("pt", "f4"), ("eta", "f4")]),
            "records of pt, eta, not numbers; name one of them, such as '.pt'",
        ),
        (np.ones(60, "V8"), "opaque bytes"),
    ],
)
@pytest.mark.parametrize("name", ["jet_pt", "constituent_pt", "count"])
def test_a_dataset_that_is_not_numeric_is_refused_by_name_and_type(tmp_path, values, kind, name):
    line = error_message(write(tmp_path / "jets.h5", **{name: values}), card())
    assert f"dataset '/{name}' holds {kind}" in line


@pytest.mark.parametrize(
    ("kind", "value", "called"),
    [
        (VLEN, np.ones(2, "f4"), "lists of varying length of float32"),
        (h5py.string_dtype(), "a", "strings"),
        (h5py.ref_dtype, None, "references to other objects"),
        (np.dtype(("f4", (3,))), np.ones(3, "f4"), "arrays of float32 with shape (3,)"),
    ],
)
def test_types_that_only_hdf5_has_are_refused_by_type(tmp_path, kind, value, called):
    file = write(tmp_path / "jets.h5", jet_pt=None)
    with h5py.File(file, "r+") as opened:
        found = opened.create_dataset("jet_pt", (60,), kind)
        for row in range(60):
            found[row] = opened["jet_eta"].ref if value is None else value
    assert called in error_message(file, card())


def test_enumerations_and_flags_are_numbers(tmp_path):
    file = write(tmp_path / "jets.h5", is_signal=None)
    with h5py.File(file, "r+") as opened:
        kind = h5py.enum_dtype({"background": 0, "signal": 1}, "u1")
        opened.create_dataset("is_signal", data=TOY["is_wide"].astype("u1"), dtype=kind)
    (found,) = read(file, card())
    assert found.is_signal.tolist() == TOY["is_wide"].tolist()


@pytest.mark.parametrize("link", ["mask", "counts", "offsets"])
def test_a_file_without_rows_gives_no_jets(tmp_path, link):
    names = [*LISTS, "jet_pt", "jet_eta", "jet_phi", "jet_mass", "is_signal", "number", "count"]
    padded = np.zeros((0, SLOTS), "f4")
    none = {name: padded if name in LISTS and link != "offsets" else np.zeros(0, "f4") for name in names}
    for offset in (np.zeros(1, int), np.zeros(0, int)):
        file = write(tmp_path / f"{len(offset)}.h5", link, **none, mask=padded.astype(bool), offset=offset)
        (found,) = read(file, card(link))
        assert (len(found), entries(file, card(link))) == (0, 0)
        assert set(ak.fields(found)) == fields(CARD)


FEATURES = ["px", "pt", "eta", "phi", "energy", "real"]
JETS = ["jet_pt", "jet_eta", "jet_phi", "jet_mass", "is_signal"]


def arrays():
    """The toy jets as two arrays: particles (60, 15, 6) and jets (60, 5)."""
    mask = np.arange(SLOTS) < ak.num(TOY["c_pt"]).to_numpy()[:, None]
    particles = np.full((60, SLOTS, len(FEATURES)), -7, "f4")
    for index, name in enumerate(FEATURES[1:5], 1):
        particles[mask, index] = ak.flatten(TOY[f"c_{name}"])
    particles[..., 5] = mask
    return particles, np.stack([TOY[name] for name in [*JETS[:4], "is_wide"]], axis=1)


def array_card(particles, jets, mask):
    """A card with these column names in two arrays."""
    jet = dict(zip(("pt", "eta", "phi", "mass"), jets[:4], strict=True))
    classes = [{"name": n, "label": n, "color": "#000000", "selection": f"`{jets[4]}` == {n[1]}"} for n in ("c0", "c1")]
    sequence = dict(zip(("pt", "eta", "phi", "energy"), particles, strict=True)) | {"link": {"mask": mask}}
    return card(jet=jet, classes=classes, sequences={"constituents": sequence}, event=["row"], selection=None)


def write_arrays(path, names=FEATURES, where="attribute", group="/"):
    particles, jets = arrays()
    with h5py.File(path, "w") as opened:
        inside = opened.require_group(group)
        inside["particles"], inside["jets"] = particles, jets
        for array, own, key in ((inside["particles"], names, "particleNames"), (inside["jets"], JETS, "jetNames")):
            if where == "attribute":
                array.attrs["columns"] = own
            elif where == "bytes":
                array.attrs["columns"] = np.array(own, "S10")
            elif where == "line":
                array.attrs["columns"] = ", ".join(own)
            elif where == "group":
                inside[key] = own
            elif where == "root":
                opened[key] = np.array(own, "S10")
    return path


BY_NAME = array_card(
    [f"particles.{name}" for name in FEATURES[1:5]], [f"jets.{name}" for name in JETS], "particles.real"
)
BY_INDEX = array_card([f"particles:{n}" for n in range(1, 5)], [f"jets:{n}" for n in range(5)], "particles:5")


@pytest.mark.parametrize("where", ["attribute", "bytes", "line", "group", "root", "nowhere"])
@pytest.mark.parametrize("step", [7, 100])
def test_columns_of_arrays_are_found_by_name_or_index(tmp_path, where, step):
    dataset = BY_INDEX if where == "nowhere" else BY_NAME
    dataset = dataset.model_copy(update={"tree": "data"})
    file = write_arrays(tmp_path / "jets.h5", where=where, group="data")
    records = ak.concatenate([jet_records(part, dataset, "jets") for part in read(file, dataset, step)])
    assert entries(file, dataset) == len(records) == 60
    assert records.label.tolist() == TOY["is_wide"].tolist()
    assert records.jet.pt.tolist() == TOY["jet_pt"].astype("f4").tolist()
    for name in ("pt", "eta", "phi", "energy"):
        expected = [sorted(each) for each in TOY[f"c_{name}"].tolist()]
        assert [sorted(each) for each in records.constituents[name].tolist()] == [pytest.approx(e) for e in expected]


def test_fields_of_records_are_columns_too(tmp_path):
    particles, jets = arrays()
    with h5py.File(tmp_path / "jets.h5", "w") as opened:
        for key, names, values in (("particles", FEATURES, particles), ("jets", JETS, jets)):
            records = np.zeros(values.shape[:-1], [(name, "f4") for name in names])
            for index, name in enumerate(names):
                records[name] = values[..., index]
            opened[key] = records
    from_records = next(read(tmp_path / "jets.h5", BY_NAME))
    from_arrays = next(read(write_arrays(tmp_path / "other.h5"), BY_NAME))
    assert ak.array_equal(ak.values_astype(from_records, np.float32), ak.values_astype(from_arrays, np.float32))
    line = error_message(tmp_path / "jets.h5", changed_card(BY_NAME, "jet.pt", "jets.jet_pT"))
    assert "'/jets' has no field 'jet_pT'; did you mean 'jet_pt'?" in line


def changed_card(dataset, key, value):
    return Dataset.model_validate(changed(dataset.model_dump(exclude_none=True), key, value))


def test_a_flat_array_is_read_by_offsets(tmp_path):
    counts = ak.num(TOY["c_pt"]).to_numpy()
    particles, jets = arrays()
    with h5py.File(tmp_path / "jets.h5", "w") as opened:
        opened["particles"], opened["jets"] = particles[particles[..., 5] > 0], jets
        opened["ends"] = np.append(0, counts.cumsum())
    by_offsets = changed_card(BY_INDEX, "sequences.constituents.link", {"offsets": "ends"})
    parts = ak.concatenate(list(read(tmp_path / "jets.h5", by_offsets, 7)))
    assert parts["particles:1"].tolist() == TOY["c_pt"].tolist()


def test_a_dataset_of_that_exact_name_takes_precedence(tmp_path):
    file = write_arrays(tmp_path / "jets.h5")
    with h5py.File(file, "r+") as opened:
        opened["jets.jet_pt"] = np.arange(60.0)
    assert next(read(file, BY_NAME))["jets.jet_pt"].tolist() == list(range(60))


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("jet.pt", "jets.jet_pT", "'/jets' has no column 'jet_pT'; did you mean 'jet_pt'?"),
        ("jet.pt", "jets:5", "'/jets' has 5 columns, 'jets:0' to 'jets:4'"),
        ("jet.pt", "jet.jet_pt", "has no dataset 'jet.jet_pt'"),
        ("jet.pt", "jets", "'/jets' has the shape (60, 5), not (60,); name a column of it, such as '/jets:0'"),
        ("jet.pt", "particles.px", "has the shape (60, 15), not (60,); correct"),
        ("sequences.constituents.pt", "particles", "not (jets, constituents); name a column of it"),
        ("sequences.constituents.link", {"mask": "particles.rael"}, "did you mean 'real'?"),
    ],
)
def test_a_missing_column_is_reported_with_the_known_ones(tmp_path, key, value, line):
    assert line in error_message(write_arrays(tmp_path / "jets.h5"), changed_card(BY_NAME, key, value))


def test_names_that_do_not_fit_the_columns_are_not_used(tmp_path):
    line = error_message(write_arrays(tmp_path / "jets.h5", [*FEATURES, "one more"]), BY_NAME)
    assert "'/particles' has no names for its 6 columns" in line
    assert "name columns by index, 'particles:0' to 'particles:5'" in line


def test_two_lists_of_names_that_differ_are_refused(tmp_path):
    file = write_arrays(tmp_path / "jets.h5", where="group")
    with h5py.File(file, "r+") as opened:
        opened["otherNames"] = ["pt", "px", *FEATURES[2:]]
    assert "'/particles' has several columns 'pt', [0, 1]; name one, such as 'particles:0'" in error_message(
        file, BY_NAME
    )


def test_a_name_that_two_columns_have_is_refused(tmp_path):
    file = write_arrays(tmp_path / "jets.h5", ["pt", *FEATURES[1:]])
    assert "has several columns 'pt', [0, 1]" in error_message(file, BY_NAME)


def lost(path, link="mask", **changes):
    """The number of slots left out, and how many of these hold a momentum."""
    tally = Tally()
    for _ in read(write(path, link, **changes), card(link), 7, tally):
        pass
    return tally.masked["constituents"], tally.lost["constituents"]


COUNTS = ak.num(TOY["c_pt"]).to_numpy()
REAL = int(COUNTS.sum())


def test_slots_that_masks_and_counts_leave_out_are_counted(tmp_path):
    mask = np.arange(SLOTS) < COUNTS[:, None]
    assert lost(tmp_path / "a.h5") == lost(tmp_path / "b.h5", "counts") == (60 * SLOTS - REAL, 0)
    assert lost(tmp_path / "c.h5", mask=~mask) == (REAL, REAL)
    assert lost(tmp_path / "d.h5", "counts", count=np.maximum(COUNTS - 1, 0)) == (
        60 * SLOTS - REAL + (COUNTS > 0).sum(),
        (COUNTS > 0).sum(),
    )


@pytest.mark.parametrize("filling", [0, -999, np.nan, 7])
def test_fill_values_are_not_counted_as_momenta(tmp_path, filling):
    pt = ak.to_numpy(ak.fill_none(ak.pad_none(TOY["c_pt"], SLOTS, clip=True), filling))
    assert lost(tmp_path / "a.h5", constituent_pt=pt) == (60 * SLOTS - REAL, 0)


@pytest.mark.parametrize("filling", [0, -1, np.nan])
def test_an_inverted_mask_is_an_error_of_the_check(tmp_path, filling, capsys):
    padded = {
        name: ak.to_numpy(ak.fill_none(ak.pad_none(TOY[toy], SLOTS, clip=True), filling)) for name, toy in LISTS.items()
    }
    mask = np.arange(SLOTS) >= COUNTS[:, None]
    file = write(tmp_path / "a.h5", "mask", mask=mask, **padded)
    lenient = {"not_finite": "warning", "negative_energy": "warning"}
    for selection in (None, "pt > 0"):
        values = card("mask", sequences__constituents__selection=selection, checks=lenient).model_dump(
            exclude_unset=True, exclude_none=True
        )
        assert run("check", write_card(tmp_path / "card.yaml", values), file) == 2
        captured = capsys.readouterr()
        assert "error (inverted, constituents): " in captured.err
        assert f"warning (masked, constituents): {REAL:,} of {REAL:,} (100 %) slots that the mask" in captured.out
