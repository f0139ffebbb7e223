import tracemalloc
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.layouts.energyflow import entries
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import error_message, fields, read

SHIPPED = Path(__file__).parents[3] / "config/datasets/quark_gluon.yaml"
CARD = Dataset.load(SHIPPED).model_copy(update={"event": ["row"]})
PHOTON, PION, PROTON, PION_MASS, PROTON_MASS = 22, -211, 2212, 0.13957039, 0.9382721


def card(key, value):
    return Dataset.model_validate(changed(CARD.model_dump(exclude_none=True), key, value))


ALL = card("sequences.constituents.extra", {"mass": "mass", "code": "pdg_id", "y": "rapidity"})


def arrays(number=50, slots=12, seed=1):
    """X and y in EnergyFlow's form: double precision, zero-padded, every second jet from a quark."""
    random = np.random.default_rng(seed)
    pt = random.exponential(30, (number, slots)) + 0.1
    codes = random.choice([22, 211, -211, 321, 130, 2112, -2212], (number, slots)).astype(float)
    particles = np.stack([pt, random.normal(0, 1, pt.shape), random.uniform(0, 2 * np.pi, pt.shape), codes], axis=2)
    counts = random.integers(1, slots + 1, number)
    counts[:2] = 1, slots
    particles[np.arange(slots) >= counts[:, None]] = 0
    return {"X": particles, "y": np.arange(number) % 2.0}


def write(path, **content):
    np.savez_compressed(path, **content)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("qg") / "QG_jets.npz", **arrays())


def test_fields_are_those_that_the_card_names(file):
    (found,) = read(file, CARD)
    assert set(ak.fields(found)) == fields(CARD)
    assert entries(file, CARD) == len(found) == 50


def test_values_are_those_of_the_file_without_the_padding(file):
    (found,) = read(file, ALL)
    particles, labels = arrays().values()
    for jet, expected in zip(found, particles, strict=True):
        real = expected[expected[:, 0] > 0]
        for column, name in enumerate(("pt", "rapidity", "phi", "pdg_id")):
            assert jet[name].tolist() == real[:, column].tolist()
    assert ak.num(found.pt)[:2].tolist() == [1, 12]
    assert found.y.tolist() == labels.tolist()
    assert found.row.tolist() == list(range(50))


def test_a_photon_of_rapidity_asinh_four_thirds_is_the_triangle_of_three_four_five(tmp_path):
    file = write(tmp_path / "a.npz", X=[[[3.0, np.arcsinh(4 / 3), 1.0, PHOTON]]], y=[0.0])
    (jet,) = next(read(file, ALL)).tolist()
    photon = {name: value[0] for name, value in jet.items() if isinstance(value, list)}
    assert photon == pytest.approx(
        {"pt": 3, "energy": 5, "mass": 0, "rapidity": np.arcsinh(4 / 3), "eta": np.arcsinh(4 / 3), "phi": 1,
         "pdg_id": 22}
    )  # fmt: skip
    assert (jet["y"], jet["row"]) == (0, 0)


def test_where_pt_equals_the_mass_the_transverse_mass_is_root_two_times_it(tmp_path):
    momentum = [[PION_MASS, 0.0, 0.0, PION], [PROTON_MASS, np.arcsinh(1), 0.0, PROTON]]
    (jet,) = next(read(write(tmp_path / "a.npz", X=[momentum], y=[0.0]), ALL)).tolist()
    assert jet["energy"] == pytest.approx([np.sqrt(2) * PION_MASS, 2 * PROTON_MASS])
    assert jet["eta"] == pytest.approx([0, np.arcsinh(np.sqrt(2))])
    assert jet["mass"] == [PION_MASS, PROTON_MASS]


def test_energy_and_pseudorapidity_give_mass_and_rapidity_back(file):
    (found,) = read(file, ALL)
    along = found.pt * np.sinh(found.eta)
    assert ak.all(np.isclose(np.arctanh(along / found.energy), found.rapidity))
    assert ak.all(np.isclose(found.energy**2 - (found.pt * np.cosh(found.eta)) ** 2, found.mass**2, atol=1e-6))


def test_an_unknown_code_is_massless(tmp_path):
    file = write(tmp_path / "a.npz", X=[[[1.0, 0.0, 0.0, 9_999_999], [0, 0, 0, 0]]], y=[1.0])
    assert next(read(file, ALL)).mass.tolist() == [[0]]


def test_the_jet_is_the_sum_of_its_constituents(tmp_path):
    # 3 GeV along x and 4 GeV along y: pT 5, energy 7, mass sqrt(49 - 25).
    file = write(tmp_path / "a.npz", X=[[[3.0, 0, 0, PHOTON], [4.0, 0, np.pi / 2, PHOTON]]], y=[1.0])
    records = jet_records(next(read(file, CARD)), card("substructure", []), "QG_jets")
    (jet,) = records.jet.tolist()
    assert jet == pytest.approx({"pt": 5, "eta": 0, "phi": np.arctan2(4, 3), "mass": np.sqrt(24)}, abs=1e-6)
    assert records.label.tolist() == [1]
    assert records.constituents.pt.tolist() == [[4, 3]]


@pytest.mark.parametrize("step", [1, 7, 49, 50, 51])
def test_reading_in_steps_gives_the_same_as_at_once(file, step):
    (at_once,) = read(file, ALL)
    parts = list(read(file, ALL, step))
    assert [len(part) for part in parts[:-1]] == [step] * (len(parts) - 1)
    assert ak.array_equal(ak.concatenate(parts), at_once)


def test_an_uncompressed_file_in_another_precision_and_order_gives_the_same_jets(file, tmp_path):
    content = {name: values.astype("f4") for name, values in arrays().items()}
    np.savez(tmp_path / "a.npz", y=content["y"], X=content["X"])
    (expected,), (found,) = read(file, ALL), read(tmp_path / "a.npz", ALL)
    assert all(ak.all(np.isclose(found[name], expected[name], rtol=1e-4, atol=1e-4)) for name in ak.fields(expected))


def test_memory_is_set_by_the_step_not_by_the_file(tmp_path):
    file = write(tmp_path / "a.npz", X=np.zeros((20_000, 100, 4)), y=np.zeros(20_000))  # 64 MB
    tracemalloc.start()
    try:
        assert sum(len(part) for part in read(file, CARD, 100)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": None}, "there is no array 'X'; known: y"),
        ({"y": None}, "there is no array 'y'; known: X"),
        ({"X": np.zeros((50, 12))}, "array 'X' has the shape (50, 12), not (jets, constituents, 4)"),
        ({"X": np.zeros((50, 12, 3))}, "array 'X' has the shape (50, 12, 3), not (jets, constituents, 4)"),
        ({"y": np.zeros(49)}, "array 'y' has the shape (49,), not (50,), one per jet of 'X'"),
        ({"y": np.zeros((50, 1))}, "array 'y' has the shape (50, 1), not (50,)"),
        ({"X": np.asfortranarray(arrays()["X"])}, "array 'X' is stored in Fortran order"),
        ({"y": np.full(50, "quark")}, "array 'y' is stored as <U5"),
        ({"y": np.array([None] * 50)}, "array 'y' is stored as object"),
    ],
)
def test_arrays_of_another_form_are_refused(tmp_path, change, message):
    content = {name: values for name, values in (arrays() | change).items() if values is not None}
    assert message in error_message(write(tmp_path / "a.npz", **content), CARD)


def test_a_file_without_rows_gives_no_jets(tmp_path):
    file = write(tmp_path / "a.npz", X=np.zeros((0, 12, 4)), y=np.zeros(0))
    (found,) = read(file, CARD)
    assert (len(found), entries(file, CARD)) == (0, 0)
    assert set(ak.fields(found)) == fields(CARD)


def test_a_missing_file_and_another_kind_of_file_are_refused(tmp_path):
    assert "no such file" in error_message(tmp_path / "a.npz", CARD)
    (tmp_path / "a.npz").write_bytes(b"")
    assert "cannot be read as an .npz file" in error_message(tmp_path / "a.npz", CARD)
    np.save(tmp_path / "b.npy", np.zeros(3))
    assert "cannot be read as an .npz file, it is a NumPy array" in error_message(tmp_path / "b.npy", CARD)
    (tmp_path / "c.npz").write_bytes(b"<html>404</html>")
    assert "cannot be read as an .npz file, it is HTML" in error_message(tmp_path / "c.npz", CARD)


def test_an_array_shorter_or_longer_than_its_header_says_is_refused(file, tmp_path):
    for name, change in (("short", lambda content: content[:-8]), ("long", lambda content: content + bytes(8))):
        changed = tmp_path / f"{name}.npz"
        with ZipFile(file) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
            for member in old.namelist():
                content = old.read(member)
                new.writestr(member, change(content) if member == "X.npy" else content)
        assert "array 'X' is damaged before row 50 (holds " in error_message(changed, CARD)


@given(st.data())
def test_a_file_truncated_anywhere_is_refused(file, data):
    content = file.read_bytes()
    cut = file.with_name("cut.npz")
    cut.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert "cannot be read as an .npz file, it may be truncated" in error_message(cut, CARD)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@given(st.data())
def test_a_wrong_byte_anywhere_is_reported_or_without_consequence(file, save, data):
    spoilt = file.with_name("spoilt.npz")
    save(spoilt, **arrays(5))
    content = bytearray(spoilt.read_bytes())
    expected = ak.concatenate(list(read(spoilt, ALL, 2)))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    spoilt.write_bytes(content)
    try:
        found = ak.concatenate(list(read(spoilt, ALL, 2)))
    except UserError:
        error_message(spoilt, ALL, 2)
    else:
        assert ak.array_equal(found, expected)


@pytest.mark.parametrize("at", range(0, 22, 1))
def test_a_damaged_directory_of_the_archive_is_reported_or_without_consequence(file, at):
    content = bytearray(file.read_bytes())
    for start in (content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")):
        for byte in (0x00, 0x7F, 0xFF):
            spoilt = file.with_name("directory.npz")
            spoilt.write_bytes(content[: start + at] + bytes([byte]) + content[start + at + 1 :])
            try:
                list(read(spoilt, CARD))
            except UserError:
                error_message(spoilt, CARD)


@pytest.mark.parametrize(
    "header",
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 12, 4), }", "{", "[" * 150, "{'descr': 'O'}",
     "{'descr': '<f8', 'fortran_order': False, 'shape': (10**18, 12, 4), }",
     "{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000000000, 12, 4), }"],
)  # fmt: skip
def test_a_damaged_header_of_an_array_is_reported(file, tmp_path, header):
    text = header.ljust(117) + "\n"
    with ZipFile(file) as old, ZipFile(tmp_path / "a.npz", "w") as new:
        new.writestr("y.npy", old.read("y.npy"))
        new.writestr("X.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode())
    assert "array" in error_message(tmp_path / "a.npz", CARD)


def test_damage_inside_the_compressed_stream_is_reported(file):
    spoilt = file.with_name("stream.npz")
    content = bytearray(file.read_bytes())
    content[1000:1004] = b"\xff\x00\xff\x00"
    spoilt.write_bytes(content)
    assert "array 'X' is damaged before row" in error_message(spoilt, CARD)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sequences.constituents.eta", "etta", "there is no 'etta' in EnergyFlow's files; did you mean 'eta'?"),
        ("event", ["rows"], "there is no 'rows' in EnergyFlow's files; known: energy"),
        ("sequences.constituents.link", {"mask": "pt"}, "key 'sequences.constituents.link'"),
    ],
)
def test_names_that_the_files_do_not_have_are_refused(file, key, value, message):
    assert message in error_message(file, card(key, value))
