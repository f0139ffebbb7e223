from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.ftag import entries
from tagwerk.readers.links import Tally
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import error_message, fields, read

CARD = Dataset.load(Path(__file__).parents[3] / "config/datasets/ftag_h5.yaml")
JETS = [("pt", "f4"), ("eta", "f4"), ("mass", "f4"), ("eventNumber", "i8"), ("HadronConeExclTruthLabelID", "i4")]
TRACKS = [
    ("qOverP", "f4"), ("deta", "f2"), ("dphi", "f2"), ("d0", "f4"), ("z0SinTheta", "f4"),
    ("IP3D_signed_d0_significance", "f4"), ("IP3D_signed_z0_significance", "f4"), ("valid", "?"),
]  # fmt: skip


def arrays(number=60, slots=40):
    """Jets and tracks as the dumper writes them; padded tracks hold NaN."""
    random = np.random.default_rng(1)
    jets = np.zeros(number, JETS)
    jets["pt"], jets["eta"] = random.uniform(10e3, 300e3, number), random.uniform(-2.7, 2.7, number)
    jets["mass"], jets["eventNumber"] = 5e3, 1000 + np.arange(number) // 2
    jets["HadronConeExclTruthLabelID"] = random.choice([0, 4, 5, 15], number)
    tracks = np.zeros((number, slots), TRACKS)
    for name, _ in TRACKS[:-1]:
        tracks[name] = random.normal(0, 0.1, (number, slots))
    tracks["qOverP"] *= 1e-3
    tracks["d0"] = np.arange(number)[:, None] + np.arange(slots) / 100
    tracks["valid"] = np.arange(slots) < np.resize([0, 1, slots, 7], number)[:, None]
    for name, _ in TRACKS[:-1]:
        tracks[name][~tracks["valid"]] = np.nan
    return jets, tracks


def write(path, jets, tracks):
    with h5py.File(path, "w") as opened:
        opened.create_dataset("jets", data=jets, compression="gzip", chunks=True)
        opened.create_dataset("tracks", data=tracks, compression="gzip", chunks=True)
    return path


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "ftag.h5", *arrays())


def card(key, value):
    return Dataset.model_validate(changed(CARD.model_dump(exclude_none=True), key, value))


def test_fields_are_those_that_the_card_names(file):
    (found,) = read(file, CARD)
    assert set(ak.fields(found)) == fields(CARD)
    assert entries(file, CARD) == len(found) == 60


def test_values_are_h5pys_without_the_padding(file):
    (found,) = read(file, CARD)
    with h5py.File(file) as opened:
        jets, tracks = opened["jets"][:], opened["tracks"][:]
    for index in range(len(jets)):
        assert found["jets/pt"][index] == found["pt"][index] == jets[index]["pt"]
        assert found["tracks/d0"][index].tolist() == [each["d0"] for each in tracks[index] if each["valid"]]
    assert ak.num(found["tracks/d0"])[:4].tolist() == [0, 1, 40, 7]


def test_momenta_are_computed_from_what_the_dumper_writes(tmp_path):
    # A jet of eta 1 and a track of p = 5 GeV at deta = -1, dphi = 0.5: pT 5 GeV at eta 0, phi 0.5.
    jets, tracks = np.zeros(1, JETS), np.zeros((1, 2), TRACKS)
    jets["eta"] = 1
    tracks[0, 1] = (-1 / 5000, -1, 0.5, 0, 0, 0, 0, True)
    (found,) = read(write(tmp_path / "a.h5", jets, tracks), CARD)
    momentum = {name: found[f"tracks/{name}"].tolist() for name in ("pt", "eta", "phi", "mass")}
    assert momentum == {
        "pt": [pytest.approx([5000])],
        "eta": [[0]],
        "phi": [[0.5]],
        "mass": [[pytest.approx(139.57039)]],
    }
    assert found["jets/phi"].tolist() == [0]


def test_momenta_beyond_half_precision_are_computed_from_half_precision(tmp_path):
    # A track of p = 200 GeV, which in MeV is beyond half precision.
    half = [(name, "f2" if name == "qOverP" else kind) for name, kind in TRACKS]
    jets, tracks = np.zeros(1, JETS), np.zeros((1, 1), half)
    tracks[0, 0] = (1 / 200e3, 0, 0, 0, 0, 0, 0, True)
    (found,) = read(write(tmp_path / "a.h5", jets, tracks), CARD)
    assert found["tracks/pt"].tolist() == [pytest.approx([200e3], rel=0.01)]


def test_momenta_in_the_file_take_precedence_over_computed_ones(tmp_path):
    jets, tracks = np.ones(1, [*JETS, ("phi", "f4")]), np.ones((1, 1), [*TRACKS, ("pt", "f4"), ("eta", "f4")])
    tracks["eta"], jets["phi"], tracks["dphi"] = 2, 3, 0.5
    (found,) = read(write(tmp_path / "a.h5", jets, tracks), CARD)
    assert (found["tracks/pt"].tolist(), found["tracks/eta"].tolist()) == ([[1]], [[2]])
    assert found["tracks/phi"].tolist() == [pytest.approx([3.5 - 2 * np.pi])]


@pytest.mark.parametrize("step", [1, 7, 59, 60, 61])
def test_reading_in_steps_gives_the_same_as_at_once(file, step):
    (at_once,) = read(file, CARD)
    parts = list(read(file, CARD, step))
    assert [len(part) for part in parts[:-1]] == [step] * (len(parts) - 1)
    assert ak.array_equal(ak.concatenate(parts), at_once)


def test_a_track_stays_with_its_jet_after_a_selection(file):
    records = ak.concatenate([jet_records(part, CARD, "ftag") for part in read(file, CARD, 7)])
    jets, tracks = arrays()
    kept = [
        index
        for index, jet in enumerate(jets)
        if 20e3 < jet["pt"] < 250e3 and abs(jet["eta"]) < 2.5 and jet["HadronConeExclTruthLabelID"] != 15
    ]
    assert 10 < len(kept) < 50
    assert records.event.tolist() == [1000 + index // 2 for index in kept]
    # d0 is the jet's index plus a hundredth per track.
    assert [sorted(each) for each in records.tracks.d0.tolist()] == [
        pytest.approx(sorted(tracks[index]["d0"][tracks[index]["valid"]])) for index in kept
    ]
    pt = records.tracks.pt
    assert ak.all(pt[:, :-1] >= pt[:, 1:])
    assert records.jet.pt.tolist() == pytest.approx([jets[index]["pt"] / 1000 for index in kept])


def test_a_mask_of_another_name_is_named_by_the_link(tmp_path):
    jets, tracks = arrays()
    tracks.dtype.names = [*tracks.dtype.names[:-1], "used"]
    file = write(tmp_path / "a.h5", jets, tracks)
    (found,) = read(file, card("sequences.tracks.link", {"mask": "tracks/used"}))
    assert ak.num(found["tracks/d0"])[:4].tolist() == [0, 1, 40, 7]
    assert "'tracks' has no field 'valid' for the key 'link'; known" in error_message(file, CARD)


def test_rows_identify_jets_without_event_numbers(file):
    found = ak.concatenate(list(read(file, card("event", ["row"]), 7)))
    assert found.row.tolist() == list(range(60))


def test_a_missing_dataset_or_field_is_named_with_the_nearest(file):
    line = error_message(file, card("tree", "jet"))
    assert "has no dataset 'jet'; did you mean 'jets'?" in line
    line = error_message(file, card("sequences.tracks.extra", {"d0": "tracks/d_0"}))
    assert "dataset 'tracks' has no field 'd_0'; did you mean 'd0'?" in line
    assert "has no field 'pt_'; did you mean 'pt'?" in error_message(file, card("selection", "pt_ > 1"))


def test_a_field_that_cannot_be_computed_is_reported_as_missing(tmp_path):
    jets, tracks = arrays()
    names = [name for name in tracks.dtype.names if name not in ("deta",)]
    line = error_message(write(tmp_path / "a.h5", jets, tracks[names]), CARD)
    assert "dataset 'tracks' has no field 'pt'" in line


def test_tracks_that_do_not_belong_to_the_jets_are_refused(tmp_path):
    jets, tracks = arrays()
    line = error_message(write(tmp_path / "a.h5", jets, tracks[:-1]), CARD)
    assert "dataset 'tracks' has the shape (59, 40), not (60, tracks)" in line
    assert "has the shape (60,), not (60, tracks)" in error_message(write(tmp_path / "b.h5", jets, tracks[:, 0]), CARD)


def test_an_unknown_link_is_refused(file):
    line = error_message(file, card("sequences.tracks.link", {"counts": "jets/n_tracks"}))
    assert "key 'sequences.tracks.link': must be {mask: field} in this layout" in line


def test_a_file_without_rows_gives_no_jets(tmp_path):
    jets, tracks = arrays()
    file = tmp_path / "a.h5"
    with h5py.File(file, "w") as opened:
        opened["jets"], opened["tracks"] = jets[:0], tracks[:0]
    (found,) = read(file, CARD)
    assert (len(found), entries(file, CARD)) == (0, 0)
    assert set(ak.fields(found)) == fields(CARD)


def test_azimuths_of_tracks_need_those_of_jets(tmp_path):
    jets, tracks = arrays()
    with_phi = np.zeros(tracks.shape, [*TRACKS, ("phi", "f4")])
    for name, _ in TRACKS:
        with_phi[name] = tracks[name]
    line = error_message(write(tmp_path / "a.h5", jets, with_phi), CARD)
    assert "'tracks' has azimuths 'phi', but 'jets' has none, and they would be taken as zero" in line


@pytest.mark.parametrize("name", ["d0", "qOverP", "valid"])
@pytest.mark.parametrize(("kind", "called"), [("S3", "strings"), ("c8", "complex numbers"), ("V2", "opaque bytes")])
def test_a_field_that_is_not_numeric_is_refused_by_name_and_type(tmp_path, name, kind, called):
    jets, tracks = arrays(8)
    spoilt = np.zeros(tracks.shape, [(each, kind if each == name else own) for each, own in TRACKS])
    assert f"'/tracks', field '{name}', holds {called}" in error_message(write(tmp_path / "a.h5", jets, spoilt), CARD)


def test_tracks_that_were_never_written_are_refused(tmp_path):
    jets, tracks = arrays()
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        opened["jets"] = jets
        opened.create_dataset("tracks", tracks.shape, tracks.dtype, chunks=(20, 40))[:40] = tracks[:40]
    assert "dataset '/tracks' is incomplete: rows 40 to 59 were never written" in error_message(tmp_path / "a.h5", CARD)


def test_a_sequence_has_one_dataset_and_one_mask(file):
    tracks = CARD.model_dump(exclude_none=True)["sequences"]["tracks"]
    line = error_message(file, card("sequences.tracks.extra", {"d0": "flows/d0"}))
    assert "key 'sequences.tracks': is of the datasets 'tracks' and 'flows'" in line
    line = error_message(file, card("sequences", {"tracks": tracks, "leptons": tracks | {"link": {"mask": "lepton"}}}))
    assert "key 'sequences.leptons.link': 'tracks' already has the mask 'valid'" in line


@pytest.mark.parametrize("filling", [np.nan, 0, -1])
def test_masked_slots_are_counted(tmp_path, filling):
    jets, tracks = arrays()
    real = int(tracks["valid"].sum())
    for name, _ in TRACKS[:-1]:
        tracks[name][~tracks["valid"]] = filling
    for valid, lost in ((tracks["valid"].copy(), 0), (~tracks["valid"], real)):
        tracks["valid"], tally = valid, Tally()
        assert sum(map(len, read(write(tmp_path / "a.h5", jets, tracks), CARD, 7, tally))) == 60
        assert (tally.masked["tracks"], tally.lost["tracks"]) == ((~valid).sum(), lost)
