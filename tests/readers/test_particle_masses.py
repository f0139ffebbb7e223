import numpy as np

from tagwerk.readers.particle_masses import PION, masses


def test_masses_are_those_of_the_particle_data_group():
    found = masses(np.array([211, -211, 22, -2212, 13]), 0.0)
    np.testing.assert_allclose(found, [0.13957039, 0.13957039, 0, 0.9382721, 0.1056583755])


def test_unknown_pdg_ids_have_the_default_mass():
    assert masses(np.array([10211.0, 22.0]), PION).tolist() == [PION, 0]
    assert masses(np.empty(0), 1.0).tolist() == []
