"""Variables of hadronic taus, from a ROOT file through ingest to the jet record."""

import math

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.records.store import read_records
from tests.conftest import changed, jet_records, run, write_card, write_root

TRACK, TRACK_EXTRA = ("pt", "eta", "phi", "energy"), ("charge", "d0", "z0_sin_theta", "d0_error", "z0_sin_theta_error")
CLUSTER_EXTRA = ("em_fraction", "spread")
CARD = {
    "title": "Hadronic taus",
    "files": ["tau.root"],
    "event": ["event"],
    "jet": {
        **{name: f"jet_{name}" for name in ("pt", "eta", "phi", "mass")},
        "extra": {"charge": "jet_charge", "prongs": "jet_prongs"},
    },
    "classes": [
        {"name": "qcd", "label": "Jets", "color": "#5790fc", "selection": "jet_tau == 0"},
        {"name": "tau", "label": "Taus", "color": "#e42536", "selection": "jet_tau == 1"},
    ],
    "sequences": {
        "tracks": {name: f"tracks_{name}" for name in TRACK}
        | {"extra": {name: f"tracks_{name}" for name in TRACK_EXTRA}, "truth": "tracks_origin", "max_length": 30},
        "clusters": {name: f"clusters_{name}" for name in TRACK}
        | {"extra": {name: f"clusters_{name}" for name in CLUSTER_EXTRA}, "selection": "energy > 0", "max_length": 30},
    },
    "tau_variables": list(TAU_VARIABLES),
}
# One prong with a cluster on it; nothing at all; and two tracks from (2, 0) mm, far from the clusters, one of noise.
CANDIDATES = [
    ([(10, 0.0, 0.0, 0.0), (1, 0.0, 0.3, 1.0)], [(12, 0.0, 0.05, 0.5)]),
    ([], []),
    ([(5, 0.0, 0.1, -2 * math.sin(0.1)), (4, 0.0, -0.1, 2 * math.sin(0.1))], [(-3, 0.0, 0.0, 1.0), (4, 0.0, 0.3, 0.0)]),
]


def lists(rows, names, others):
    """The branches of lists of (pt or energy, eta, phi, one more), whose energy is their momentum."""
    flat = np.array([each for one in rows for each in one], np.float32).reshape(-1, 4)
    counts = [len(one) for one in rows]
    columns = dict(zip(names, flat.T, strict=True)) | {name: np.ones(len(flat), np.float32) for name in others}
    return {name: ak.unflatten(np.ascontiguousarray(values), counts) for name, values in columns.items()}


def branches():
    """The candidates, as the generator of taus writes them."""
    tracks, clusters = zip(*CANDIDATES, strict=True)
    track = lists(tracks, ("pt", "eta", "phi", "d0"), ("charge", "z0_sin_theta", "z0_sin_theta_error", "origin"))
    track |= {"energy": track["pt"], "d0_error": 0.02 * track["charge"]}
    cluster = lists(clusters, ("pt", "eta", "phi", "em_fraction"), ("spread",))
    cluster |= {"energy": cluster["pt"]}
    one = np.ones(3, np.float32)
    jets = {"pt": 20 * one, "eta": 0 * one, "phi": 0 * one, "mass": one, "charge": one, "prongs": one}
    found = {"event": np.arange(3), "jet_tau": np.array([1, 0, 1], np.int32)}
    for prefix, group in (("jet", jets), ("tracks", track), ("clusters", cluster)):
        found |= {f"{prefix}_{name}": values for name, values in group.items()}
    return found


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """The jet records of the candidates, in the order of the file."""
    root = tmp_path_factory.mktemp("tau")
    file, card = write_root(root / "tau.root", branches()), write_card(root / "config/datasets/tau.yaml", CARD)
    assert run("ingest", card, file, "--out", root / "jets") == 0
    records = ak.concatenate([read_records(root / "jets", piece) for piece in ("train", "validation", "test")])
    return records[ak.argsort(records.event)]


def test_ingest_writes_the_variables_behind_those_of_the_file(records):
    assert records.jet.fields == [*Dataset.model_validate(CARD).scalars]
    assert records.jet.fields == ["pt", "eta", "phi", "mass", "charge", "prongs", *TAU_VARIABLES]
    for name in TAU_VARIABLES:
        assert np.isfinite(ak.to_numpy(records.jet[name])).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("core_tracks", [1, 0, 2]),
        ("isolation_tracks", [1, 0, 0]),
        ("cent_frac", [1, 0, 0]),
        ("et_over_pt_lead_track", [1.2, 0, 0]),
        ("dr_max", [0, 0, 0.1]),
        ("ip_sig_lead_track", [0, 0, 100 * math.sin(0.1)]),
        ("tr_flight_path_sig", [0, 0, 2 * math.sqrt(2) * math.sin(0.1) / 0.02]),
        ("sum_pt_track_fraction", [1 / 11, 0, 0]),
        ("em_over_track_system_p", [0.6, 0, 0]),
        ("pt_intermediate_axis", [12, 0, 0]),
    ],
)
def test_values_are_those_of_the_candidates_by_hand(records, name, expected):
    assert records.jet[name].tolist() == pytest.approx(expected, rel=1e-5)


def test_variables_are_of_the_tracks_that_the_record_keeps():
    short = changed(CARD, "sequences.tracks.max_length", 1)
    found = jet_records(ak.zip(branches(), depth_limit=1), Dataset.model_validate(short), "tau")
    assert found.jet.core_tracks.tolist() == [1, 0, 1]
