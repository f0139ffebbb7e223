"""Particles that the detector can see."""

import awkward as ak
import numpy as np

from tagwerk.simulate.visible_particles import Species, visible_particles


def test_particles_at_rest_along_the_beam_or_too_far_forward_are_not_seen():
    momenta = [[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.01, 0.0, 5.0]]
    px, py, pz = np.transpose(momenta)
    vectors = ak.zip({"px": px, "py": py, "pz": pz, "e": np.full(4, 6.0)})
    record = ak.unflatten(ak.zip({"status": [1] * 4, "id": [211] * 4, "p": vectors, "vProd": vectors}), [4])
    species = Species(np.array([211]), np.array([1.0]), np.array([True]))
    seen = visible_particles(record, species, np.full(4, -1))
    assert seen.pt.tolist() == [1.0]
    assert seen.eta.tolist() == [np.arcsinh(2.0)]
