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
MOMENTUM = ["log_pt", "log_jet_pt", "delta_eta", "delta_phi", "delta_r"]
TAU_FEATURES = {
    "tracks": [*MOMENTUM, "log_abs_d0", "log_abs_z0_sin_theta", "d0_significance"],
    "clusters": [*MOMENTUM, "em_fraction", "spread"],
}
# Those, and what else JetClass has of a particle: charge, identity, impact parameters.
JETCLASS_FEATURES = Tagger.load(Path(__file__).parents[2] / "config/taggers/jetclass_gru.yaml").inputs.sequences[
    "constituents"
]
# The published network (ATL-PHYS-PUB-2019-033) reads ten tracks and six clusters; the transformer, whose time grows
# with the square of their number, ten and twelve.
LIMITED = ("tau_rnn", "tau_gru", "tau_transformer")
CARDS = {
    path.stem: Tagger.load(path)
    for path in sorted((Path(__file__).parents[2] / "config/taggers").glob("*.yaml"))
    if path.stem != "tau_core_rnn"  # sees what the files of ATLAS and CMS have
}
NETWORKS = [name for name, card in CARDS.items() if card.inputs.sequences or card.inputs.trees]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_sees_the_same_features(name):
    seen = CARDS[name].inputs.sequences | CARDS[name].inputs.trees
    for group, features in seen.items():
        if name.startswith("jetclass_"):
            assert [feature for feature in features if not feature.startswith("lund_")] == JETCLASS_FEATURES
        elif name.startswith("tau_"):
            assert [feature for feature in features if not feature.startswith("lund_")] == TAU_FEATURES[
                group.partition("_")[0]
            ]
        elif name in ("energy_flow", "energy_flow_published"):
            assert set(features) == ANGLES
        elif name.startswith("exact_"):
            assert [feature for feature in features if not feature.startswith("lund_")] == EXACT_FEATURES
        elif not name.startswith(OTHER_FEATURES):
            assert [feature for feature in features if not feature.startswith("lund_")] == FEATURES


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_sees_all_constituents(name):
    assert (CARDS[name].all_hyperparameters.get("constituents") is None) == (not name.startswith(LIMITED))


def test_every_tau_tagger_with_jet_variables_sees_the_same():
    seen = {
        name: card.inputs.scalars for name, card in CARDS.items() if name.startswith("tau_") and card.inputs.scalars
    }
    assert {"tau_rnn", "tau_dense", "tau_trees"} < seen.keys()
    assert all(scalars == seen["tau_rnn"] for scalars in seen.values())


def test_tau_taggers_have_colours_of_their_own():
    colours = [card.color for name, card in CARDS.items() if name.startswith("tau_")]
    assert len(set(colours)) == len(colours)


def test_only_networks_on_trees_see_lund_coordinates():
    assert any(CARDS[name].inputs.trees for name in NETWORKS)
    for name in NETWORKS:
        assert all("lund_kt" not in features for features in CARDS[name].inputs.sequences.values())
