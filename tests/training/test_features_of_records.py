"""Features of jet records as arrays."""

import awkward as ak
import numpy as np
import pytest

import tagwerk as tw
from tests.conftest import jet_array


def test_features_are_those_of_each_constituent_relative_to_its_own_jet():
    records = jet_array([(50, 1.2, -3.1, 90), (10, 0.9, 3.0, 14)], [], [(100, 1.0, 3.0, 154)], axis=(1.0, 3.1))
    found = tw.constituent_features(records, ["log_pt_share", "delta_eta", "delta_phi", "pt"])
    assert ak.num(found).tolist() == [2, 0, 1]
    across = 2 * np.pi - 6.2  # from 3.1 over pi to -3.1
    expected = [[np.log(0.5), 0.2, across, 50], [np.log(0.1), -0.1, -0.1, 10], [0, 0, -0.1, 100]]
    np.testing.assert_allclose(ak.flatten(found).to_numpy(), expected, atol=1e-5)


def test_an_unknown_feature_or_sequence_is_refused_with_the_nearest_known_one():
    records = jet_array([(50, 1, 3, 90)])
    with pytest.raises(tw.UserError, match=r"^unknown feature 'log_pt_shar' of 'constituents'; did you mean 'log_pt_"):
        tw.constituent_features(records, ["log_pt_shar"])
    with pytest.raises(tw.UserError, match=r"^the records have no sequence 'constituent'; did you mean 'constituents'"):
        tw.constituent_features(records, ["log_pt"], "constituent")
