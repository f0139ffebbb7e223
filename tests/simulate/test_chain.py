import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.errors import UserError
from tagwerk.simulate.chain import batch_size, simulate
from tagwerk.simulate.detector import detect
from tagwerk.simulate.output import branch_arrays, jet_file, metadata
from tagwerk.simulate.output_record import BRANCHES, CONSTITUENTS
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.seeds import event_numbers, seeds
from tagwerk.simulate.truth import find_tops
from tagwerk.simulate.visible_particles import visible_particles


@pytest.fixture(scope="module")
def top_jets(generator):
    return ak.concatenate(list(simulate(generator, "top_0000")))


@pytest.fixture(scope="module")
def qcd_jets(generator):
    return ak.concatenate(list(simulate(generator, "qcd_0000")))


def test_the_number_of_jets_is_that_of_the_card(generator, top_jets, qcd_jets):
    assert len(top_jets) == len(qcd_jets) == generator.jets_per_file


def test_every_jet_passes_the_selection(top_jets, qcd_jets):
    for jets in (top_jets, qcd_jets):
        assert ak.all((jets.jet_pt >= 550) & (jets.jet_pt <= 650))
        assert ak.all(abs(jets.jet_eta) <= 2)


def test_only_jets_of_a_matched_process_have_tops(top_jets, qcd_jets):
    assert ak.all(top_jets.jet_top == 1)
    assert ak.all(top_jets.jet_top_pt > 300)
    assert ak.all(qcd_jets.jet_top == 0)
    assert ak.all(qcd_jets.jet_top_pt == 0)
    assert ak.sum(qcd_jets.constituents.from_top) == 0


def test_most_of_a_top_jet_comes_from_its_top(top_jets):
    inside = top_jets.constituents
    share = ak.sum(inside.pt * inside.from_top, axis=1) / ak.sum(inside.pt, axis=1)
    assert np.median(share) > 0.9
    assert np.median(top_jets.jet_mass) == pytest.approx(173, abs=12)


def test_constituents_add_up_to_their_jet(top_jets):
    inside = top_jets.constituents
    px, py = (ak.sum(inside.pt * part(inside.phi), axis=1) for part in (np.cos, np.sin))
    pz, energy = ak.sum(inside.pt * np.sinh(inside.eta), axis=1), ak.sum(inside.energy, axis=1)
    assert np.hypot(px, py).to_numpy() == pytest.approx(top_jets.jet_pt.to_numpy(), rel=1e-4)
    assert np.arctan2(py, px).to_numpy() == pytest.approx(top_jets.jet_phi.to_numpy(), abs=1e-4)
    mass = np.sqrt(energy**2 - px**2 - py**2 - pz**2)
    assert mass.to_numpy() == pytest.approx(top_jets.jet_mass.to_numpy(), rel=1e-2)


def test_only_tracks_have_charge_and_impact_parameters(top_jets):
    inside = ak.flatten(top_jets.constituents)
    cell = inside.kind < 2
    assert ak.all((inside.charge == 0) == cell)
    assert ak.all(inside.d0[cell] == 0)
    assert ak.any(inside.d0[~cell] != 0)


def test_no_energy_is_lost_without_a_detector(with_changes):
    jets = next(simulate(with_changes(detector=False), "top_0000"))
    assert np.median(jets.jet_mass) == pytest.approx(173, abs=6)
    assert 40 < ak.mean(ak.num(jets.constituents)) < 100


def test_the_detector_preserves_the_mean_energy_of_events(source, record, rng):
    particles = visible_particles(record, source.species(), find_tops(record)[1])
    central = take_rows(particles, np.abs(particles.eta) < 2)
    ratio = detect(central, rng).energy.sum() / central.energy.sum()
    assert ratio == pytest.approx(1, abs=0.05)


def test_event_numbers_are_unique_over_processes_and_files():
    numbers = [event_numbers(process, file, np.arange(3)) for process in (0, 1) for file in (0, 1)]
    assert len(np.unique(numbers)) == 12


def test_a_chunk_has_at_most_one_jet_per_event(top_jets):
    assert len(np.unique(top_jets.event)) == len(top_jets)


def write(path, generator, part):
    with jet_file(path, metadata(generator, part), BRANCHES, {"constituents": CONSTITUENTS}) as tree:
        for jets in simulate(generator, part):
            tree.extend(branch_arrays(jets))
    return path


def test_the_same_seed_gives_the_same_file_and_another_part_other_jets(tmp_path, generator):
    first, again, other = (
        write(tmp_path / name, generator, part)
        for name, part in (("a.root", "qcd_0000"), ("b.root", "qcd_0000"), ("c.root", "qcd_0001"))
    )
    assert first.read_bytes() == again.read_bytes()
    with uproot.open(first) as one, uproot.open(other) as two:
        assert not set(one["jets/jet_pt"].array()) & set(two["jets/jet_pt"].array())
        assert one["jets"].classname == "TTree"


def test_the_file_has_the_jets_and_their_metadata(tmp_path, generator, qcd_jets):
    with uproot.open(write(tmp_path / "jets.root", generator, "qcd_0000")) as file:
        assert '"part": "qcd_0000"' in str(file["metadata"])
        assert '"pythia8mc"' in str(file["metadata"])
        read = file["jets"].arrays()
    assert read.jet_mass.to_list() == qcd_jets.jet_mass.to_list()
    assert read.constituents_energy.to_list() == qcd_jets.constituents.energy.to_list()


def test_seeds_depend_on_dataset_process_and_number_and_are_valid_in_pythia():
    parts = [seeds(*origin) for origin in ((1, "qcd", 0), (1, "qcd", 1), (1, "top", 0), (2, "qcd", 0), (1, "qcd", 0))]
    assert len({part.pythia for part in parts[:4]}) == 4
    assert parts[0].pythia == parts[4].pythia
    assert all(1 <= part.pythia <= 900_000_000 for part in parts)
    assert parts[0].detector.random() == parts[4].detector.random() != parts[1].detector.random()


def process(**changes):
    return {"qcd": {"pythia": ["HardQCD:all = on"], "pthat": [560, 680]} | changes}


def test_an_unknown_pythia_setting_is_refused_by_name(with_changes):
    wrong = with_changes(processes=process(pythia=["HardQCD:al = on"]))
    with pytest.raises(UserError, match=r"'generator.processes.qcd.pythia': Pythia does not know 'HardQCD:al = on'"):
        next(simulate(wrong, "qcd_0000"))


def test_settings_with_which_pythia_cannot_start_are_refused(with_changes):
    with pytest.raises(UserError, match="Pythia does not start"):
        next(simulate(with_changes(processes=process(pythia=["Next:numberCount = 0"])), "qcd_0000"))


def test_jets_outside_the_veto_windows_are_vetoed_early(with_changes):
    wide, narrow = ({"scale": 25, "at_scale": [300, 900], "at_end": window} for window in ([500, 750], [590, 610]))
    free, loose, tight = (
        next(simulate(with_changes(detector=False, processes=process(**veto)), "qcd_0000"))
        for veto in ({}, {"veto": wide}, {"veto": narrow})
    )
    assert np.std(tight.jet_pt) < 0.7 * np.std(loose.jet_pt)
    assert len(free) <= len(loose)


def test_the_batch_size_follows_from_the_missing_jets():
    assert batch_size(missing=1000, kept=0, done=0) == 500
    assert batch_size(missing=100, kept=300, done=600) == 205
    assert batch_size(missing=1, kept=999, done=999) == 2


def test_a_selection_that_nothing_passes_is_refused(with_changes, monkeypatch):
    monkeypatch.setattr("tagwerk.simulate.chain._PATIENCE", 50)
    with pytest.raises(UserError, match="no jet passes in"):
        list(simulate(with_changes(processes=process(pthat=[100, 120])), "qcd_0000"))
