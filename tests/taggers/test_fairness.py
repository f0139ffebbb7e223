"""No shipped network is handicapped: all see all constituents, and the same features of each."""

from pathlib import Path

import pytest

from tagwerk.cards.tagger import Tagger

FEATURES = [
    "log_pt_share",
    "log_energy_share",
    "delta_eta",
    "delta_phi",
    "delta_r",
    "log_pt",
    "log_energy",
    "along_axis",
    "across_axis",
]
ANGLES = {"delta_eta", "delta_phi", "delta_r", "along_axis", "across_axis"}
# These use the features listed in the paper that they reproduce (arXiv:1702.00748), only the Lund plane, or tracks'
# impact parameters.
OTHER_FEATURES = ("recnn_", "lund_lstm", "track_labels")
# Constituents of the dataset `exact` are functions of these.
EXACT_FEATURES = ["log_pt", "delta_eta", "delta_phi", "delta_r"]
CARDS = {path.stem: Tagger.load(path) for path in sorted((Path(__file__).parents[2] / "config/taggers").glob("*.yaml"))}
NETWORKS = [name for name, card in CARDS.items() if card.inputs.sequences or card.inputs.trees]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_sees_the_same_features(name):
    seen = CARDS[name].inputs.sequences | CARDS[name].inputs.trees
    for features in seen.values():
        if name == "energy_flow":
            assert set(features) == ANGLES
        elif name.startswith("exact_"):
            assert [feature for feature in features if not feature.startswith("lund_")] == EXACT_FEATURES
        elif not name.startswith(OTHER_FEATURES):
            assert [feature for feature in features if not feature.startswith("lund_")] == FEATURES


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_sees_all_constituents(name):
    assert CARDS[name].all_hyperparameters.get("constituents") is None


def test_only_networks_on_trees_see_lund_coordinates():
    assert any(CARDS[name].inputs.trees for name in NETWORKS)
    for name in NETWORKS:
        assert all("lund_kt" not in features for features in CARDS[name].inputs.sequences.values())
