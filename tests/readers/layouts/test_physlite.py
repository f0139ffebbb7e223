import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.layouts.physlite import _follow, _index, entries
from tagwerk.readers.links import NOWHERE, Tally
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import error_message, fields, read

ROOT = Path(__file__).resolve().parents[3]
FILE = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data")) / "atlas/PHYSLITE_example.root"
CARD = Dataset.load(ROOT / "config/datasets/physlite_taus.yaml")
VALUES = CARD.model_dump(exclude_none=True)
real = pytest.mark.skipif(not FILE.exists(), reason=f"there is no {FILE}")
_TAUS, _TRACKS, _PARTICLES = "AnalysisTauJetsAuxDyn", "TauTracksAuxDyn", "InDetTrackParticlesAuxDyn"


def test_a_track_whose_particle_was_thinned_away_leads_nowhere():
    # Two events with 2 and 1 tracks; the second track has lost its particle, and a jet's link its track.
    targets = ak.Array([[4, NOWHERE], [6]])
    assert _follow(targets, ak.Array([[0, 1], [], [NOWHERE, 2]])).tolist() == [[4, NOWHERE], [], [NOWHERE, 6]]


def _links(*events):
    """Events of jets of (key, index) pairs."""
    keys, indices = (ak.Array([[[link[part] for link in jet] for jet in jets] for jets in events]) for part in (0, 1))
    links = ak.zip({"m_persKey": keys, "m_persIndex": indices})
    return ak.zip({"links": links}, depth_limit=1)


def test_a_link_without_a_key_leads_nowhere_whatever_its_index():
    events = _links([[(5, 2), (0, 0)]], [[(5, 0)]])
    assert _index(events, "links", None, {}).tolist() == [[[2, NOWHERE]], [[0]]]


def test_the_card_must_choose_between_containers_even_if_they_are_in_different_chunks():
    first, second = _links([[(5, 2)]]), _links([[(6, 1)]])
    seen = {}
    _index(first, "links", None, seen)
    with pytest.raises(UserError, match=r"'links' leads to several containers \(m_persKey 5, 6\); choose one"):
        _index(second, "links", None, seen)
    assert _index(second, "links", "5", {}).tolist() == [[[NOWHERE]]]


@real
def test_taus_of_a_real_file():
    tally = Tally()
    (jets,) = read(FILE, CARD, tally=tally)
    assert entries(FILE, CARD) == 100
    assert set(ak.fields(jets)) == fields(CARD)
    assert len(jets) == 143
    assert np.bincount(jets[f"{_TAUS}.IsTruthMatched"]).tolist() == [34, 109]
    assert np.bincount(ak.num(jets[f"{_TRACKS}.pt"])).tolist() == [0, 125, 0, 18]
    assert (tally.links["tracks"], tally.dangling["tracks"]) == (1787, 1608)


@real
def test_taus_have_the_tracks_of_a_plain_loop():
    (jets,) = read(FILE, CARD)
    names = [f"{_TAUS}.tauTrackLinks", f"{_TRACKS}.pt", f"{_TRACKS}.trackLinks", f"{_PARTICLES}.d0"]
    pts, d0s = [], []
    for row in uproot.open(FILE)["CollectionTree"].arrays(names):
        links, pt, onward, d0 = (row[name].tolist() for name in names)
        for tau in links:
            tracks = [link["m_persIndex"] for link in tau if link["m_persKey"]]
            pts.append([pt[track] for track in tracks])
            d0s.append([d0[onward[track][0]["m_persIndex"]] for track in tracks])
    assert jets[f"{_TRACKS}.pt"].tolist() == pts
    assert jets[f"{_PARTICLES}.d0"].tolist() == d0s


@real
def test_the_momentum_of_a_track_particle_is_that_of_its_tau_track():
    extra = {"particle_pt": f"{_PARTICLES}.pt", "particle_eta": f"{_PARTICLES}.eta"}
    (jets,) = read(FILE, Dataset.model_validate(changed(VALUES, "sequences.tracks.extra", extra)))
    for name in ("pt", "eta"):
        tracks, particles = (ak.flatten(jets[f"{container}.{name}"]) for container in (_TRACKS, _PARTICLES))
        assert np.allclose(tracks, particles, rtol=1e-5)


@real
def test_without_a_mass_a_track_is_a_charged_pion():
    (jets,) = read(FILE, CARD)
    assert np.allclose(ak.flatten(jets[f"{_TRACKS}.m"]), 139.57)


@real
@pytest.mark.parametrize("step", [7, 99])
def test_chunk_size_does_not_matter(step):
    assert ak.array_equal(ak.concatenate(list(read(FILE, CARD, step))), next(read(FILE, CARD)))


@real
def test_links_that_are_not_nested_lead_to_one_object_per_jet():
    vertices = {
        "link": {"jet": f"{_TAUS}.vertexLink"},
        **{name: f"PrimaryVerticesAuxDyn.{name[1]}" for name in ("px", "py", "pz")},
        "energy": "PrimaryVerticesAuxDyn.z",
    }
    card = Dataset.model_validate(VALUES | {"sequences": {"vertices": vertices}, "tau_variables": []})
    (jets,) = read(FILE, card)
    arrays = uproot.open(FILE)["CollectionTree"]
    z = arrays["PrimaryVerticesAuxDyn.z"].array().tolist()
    index = arrays[f"{_TAUS}.vertexLink/{_TAUS}.vertexLink.m_persIndex"].array().tolist()
    assert jets["PrimaryVerticesAuxDyn.z"].tolist() == [
        [z[event][vertex]] for event, taus in enumerate(index) for vertex in taus
    ]


@real
def test_links_to_particles_of_any_class_lead_to_tracks():
    momentum = {name: f"{_PARTICLES}.{name}" for name in ("pt", "eta", "phi")} | {"mass": f"{_PARTICLES}.m"}
    jet = {name: f"AnalysisJetsAuxDyn.{name}" for name in ("pt", "eta", "phi")} | {"mass": "AnalysisJetsAuxDyn.m"}
    tracks = {"tracks": {"link": {"jet": "AnalysisJetsAuxDyn.GhostTrack"}, **momentum}}
    classes = [each | {"selection": "AnalysisJetsAuxDyn.pt >= 0"} for each in VALUES["classes"]]
    card = {"jets": "AnalysisJetsAuxDyn", "jet": jet, "sequences": tracks, "classes": classes}
    (jets,) = read(FILE, Dataset.model_validate(changed(VALUES, "selection", None) | card))
    assert (len(jets), ak.count(jets[f"{_PARTICLES}.pt"])) == (881, 1126)


@real
def test_a_key_chooses_the_container():
    link = VALUES["sequences"]["tracks"]["link"]
    for key, tracks in {"215277022": 179, "1": 0}.items():
        card = Dataset.model_validate(changed(VALUES, "sequences.tracks.link", link | {"jet_key": key}))
        (jets,) = read(FILE, card)
        assert ak.count(jets[f"{_TRACKS}.pt"]) == tracks


@real
def test_a_track_stays_with_its_tau_after_a_selection():
    card = Dataset.model_validate(VALUES | {"selection": f"{_TAUS}.pt > 60000"})
    (jets,) = read(FILE, card)
    records = jet_records(jets, card, "physlite")
    kept = jets[jets[f"{_TAUS}.pt"] > 60000]
    assert 0 < len(records) < 143
    assert np.allclose(records.jet.pt, kept[f"{_TAUS}.pt"] / 1000)
    pts = [sorted((pt / 1000 for pt in tau), reverse=True) for tau in kept[f"{_TRACKS}.pt"].tolist()]
    assert ak.num(records.tracks.pt).tolist() == [len(tau) for tau in pts]
    assert np.allclose(ak.flatten(records.tracks.pt), ak.flatten(ak.Array(pts)))


@real
@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("jets", None, "needs the key 'jets'"),
        ("jets", "AnalysisTauJets", "no collection 'AnalysisTauJets'; did you mean"),
        ("jet.pt", f"{_TAUS}.ptt", f"has no branch '{_TAUS}.ptt'; did you mean '{_TAUS}.pt'?"),
        ("sequences.tracks.link.constituent", None, f"'link' does not reach '{_PARTICLES}'"),
        ("sequences.tracks.link.jet", f"{_TRACKS}.trackLinks", f"is not in the jet collection '{_TAUS}'"),
        ("sequences.tracks.link.jet", f"{_TAUS}.tauTracksLinks", f"did you mean '{_TAUS}.tauTrackLinks'?"),
        ("sequences.tracks.link.jet", f"{_TAUS}.charge", "holds no ElementLinks"),
        ("sequences.tracks.link.jet_key", "tracks", "an m_persKey is a whole number, not 'tracks'"),
        (
            "sequences.tracks.link.jet",
            f"{_TAUS}.truthParticleLink",
            "leads to xAOD::TruthParticle_v1, not to the xAOD::TauTrack_v1 of 'TauTracks'",
        ),
        ("selection", f"{_PARTICLES}.theta > 0", "holds a list per event"),
    ],
)
def test_a_mistake_is_named(key, value, line):
    with pytest.raises(UserError) as mistake:
        list(read(FILE, Dataset.model_validate(changed(VALUES, key, value))))
    assert str(mistake.value).startswith(f"{FILE}: ")
    assert line in str(mistake.value)
    assert "\n" not in str(mistake.value)


@real
def test_links_to_another_container_are_refused_even_if_their_class_is_ambiguous():
    jet = {name: f"AnalysisLargeRJetsAuxDyn.{name}" for name in ("pt", "eta", "phi")}
    jet |= {"mass": "AnalysisLargeRJetsAuxDyn.m"}
    momentum = {name: f"{_PARTICLES}.{name}" for name in ("pt", "eta", "phi")} | {"mass": f"{_PARTICLES}.m"}
    tracks = {"tracks": {"link": {"jet": "AnalysisLargeRJetsAuxDyn.constituentLinks"}, **momentum}}
    classes = [each | {"selection": "AnalysisLargeRJetsAuxDyn.pt >= 0"} for each in VALUES["classes"]]
    card = {"jets": "AnalysisLargeRJetsAuxDyn", "jet": jet, "sequences": tracks, "classes": classes}
    line = error_message(FILE, Dataset.model_validate(changed(VALUES, "selection", None) | card))
    assert f"has indices beyond the end of '{_PARTICLES}', so leads elsewhere" in line
