import json
from dataclasses import replace

import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tests.exports.conftest import CARDS, CONFIG, jets_for, trained, trained_on
from tests.exports.layouts.athena import PION, SaltModel
from tests.exports.layouts.layout_jets import around_pi, cut, in_athena, without_scalars
from tests.exports.test_export import keras_scores

FTAG = Dataset.load(CONFIG / "datasets/ftag_h5.yaml")
NAMES = {
    "tracks": "tracks_r22default_ptsort",
    "d0": "d0",
    "z0": "z0SinTheta",
    "d0_significance": "IP3D_signed_d0_significance",
}
COUNTS = [0, 1, 2, 7, 40]


def flavour_tagger(architecture="gru", max_length=None):
    """A tagger of light, c and b jets by their tracks."""
    card = CARDS[architecture]
    features = ["log_pt_share", "delta_eta", "delta_phi", "log_energy", "log_abs_d0", "z0", "d0_significance"]
    inputs = card.inputs.model_copy(update={"sequences": {"tracks": features}, "scalars": []})
    hyperparameters = dict(card.hyperparameters) | ({"signal": "b"} if architecture == "constituent_labels" else {})
    card = card.model_copy(update={"inputs": inputs, "hyperparameters": hyperparameters})
    return trained_on("flavour_tagger", card, FTAG, max_length=max_length)


def as_pions(jets, sequence):
    """The same jets with the energies of charged pions."""
    pt, eta = jets[sequence][..., 0], jets[sequence][..., 1]
    jets[sequence][..., 3] = np.sqrt((pt * np.cosh(eta)) ** 2 + (PION / 1000) ** 2) * jets[f"{sequence}_mask"]
    return jets


@pytest.mark.parametrize("name", ["lstm", "particle_net", "deep_sets"])
@pytest.mark.parametrize("seed", [None, 3])
def test_flows_in_any_order_and_number_score_as_in_tagwerk(name, seed, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name)
    model, jets = SaltModel(export(tagger, "atlas")), around_pi(tagger, [0, 1, 2, 30, 213])
    expected = keras_scores(tagger, cut(jets, 200))
    for each, scores in zip(in_athena(tagger, jets, "flows", {}, seed), expected, strict=True):
        found = model.decorate(*each)
        np.testing.assert_allclose([found[f"{model.name}_pqcd"], found[f"{model.name}_ptop"]], scores, atol=1e-5)


def test_tracks_and_their_variables_score_as_in_tagwerk_with_three_classes(tensorflow):
    from tagwerk.exports.export import export

    tagger = flavour_tagger(max_length=20)
    model = SaltModel(export(tagger, "atlas", names=NAMES, model_name="GN2Tagwerk"))
    jets = as_pions(jets_for(tagger.record.schema_, COUNTS), "tracks")
    expected = keras_scores(tagger, cut(jets, 20))
    for each, scores in zip(in_athena(tagger, jets, "tracks", NAMES, 5), expected, strict=True):
        found = model.decorate(*each)
        assert [*found] == ["GN2Tagwerk_plight", "GN2Tagwerk_pc", "GN2Tagwerk_pb"]
        np.testing.assert_allclose([*found.values()], scores, atol=1e-5)
    assert np.abs(expected[0] - expected[3]).max() > 1e-2


def test_labels_are_those_of_the_tracks_that_the_job_links(tensorflow):
    from tagwerk.exports.export import export

    tagger = flavour_tagger("constituent_labels", max_length=20)
    model = SaltModel(export(tagger, "atlas", names=NAMES))
    jets = as_pions(jets_for(tagger.record.schema_, COUNTS), "tracks")
    expected = keras_scores(tagger, cut(jets, 20), "constituent_scores")
    for (jet, constituents), labels in zip(in_athena(tagger, jets, "tracks", NAMES, 5), expected, strict=True):
        found = model.decorate(jet, constituents)
        links = found["flavourtagger_TrackLinks"]
        rank = np.argsort(np.argsort([-each["pt"] for each in links], kind="stable"), kind="stable")
        wanted = [labels[each] if each < 20 else 0 for each in rank]
        np.testing.assert_allclose(found["flavourtagger_track_score"], wanted, atol=1e-5)


def test_labels_of_several_origins_are_one_list_each(tensorflow):
    from tagwerk.exports.export import export

    names = {
        "tracks": "tracks_all_absSd0sort",
        "d0": "d0",
        "d0_error": "d0Uncertainty",
        "z0_sin_theta": "z0SinTheta",
        "z0_sin_theta_error": "z0SinThetaUncertainty",
    }
    tagger = trained("track_labels")
    model, jets = SaltModel(export(tagger, "atlas", names=names)), jets_for(tagger.record.schema_, [3, 0])
    jets = as_pions(jets, "tracks")
    expected = keras_scores(tagger, jets, "constituent_scores")
    origins = tagger.record.schema_.origins["tracks"]
    for each, labels in zip(in_athena(tagger, jets, "tracks", names), expected, strict=True):
        found, number = model.decorate(*each), len(each[1]["tracks"])
        for index, origin in enumerate(origins):
            np.testing.assert_allclose(found[f"tracklabels_track_p{origin}"], labels[:number, index], atol=1e-5)


def test_labels_of_flows_are_left_out(tensorflow):
    from tagwerk.exports.export import export

    model = SaltModel(export(trained("constituent_labels"), "atlas"))
    assert [each.name for each in model.session.get_outputs()] == ["constituentlabels_pqcd", "constituentlabels_ptop"]


def test_the_metadata_says_what_made_the_model_and_what_to_feed(tensorflow):
    from tagwerk.exports.export import export

    tagger = flavour_tagger(max_length=20)
    model = SaltModel(export(tagger, "atlas", names=NAMES))
    assert model.config["model_name"] == "flavourtagger"
    assert model.config["tagwerk_version"]
    assert "outputs" not in model.config
    about = json.loads(model.session.get_modelmeta().custom_metadata_map["tagwerk"])
    assert about["layout"] == "atlas"
    assert about["names"] == NAMES
    assert about["sequences"]["tracks"]["max_length"] == 20
    assert about["exported_by"]["git_hash"] == model.config["export_git_hash"]


def error(tagger, **job):
    from tagwerk.exports.export import export

    with pytest.raises(UserError) as caught:
        export(tagger, "atlas", **job)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_the_software_does_not_read_is_refused_by_name(tensorflow):
    tagger = flavour_tagger()
    assert "sees the tree 'constituents_cambridge_aachen'" in error(trained("tree_lstm_child_sum"))
    assert "sees the jet variable 'multiplicity'" in error(trained("dense"))
    assert "'tracks', such as --name tracks=flows, or tracks=tracks_r22default_ptsort" in error(tagger)
    assert "not 'tracks_mine_ptsort'; selections: all, " in error(tagger, names={"tracks": "tracks_mine_ptsort"})
    assert "sees 'd0' of 'tracks'; say what" in error(tagger, names={"tracks": "tracks_all_ptsort"})
    assert "has no variable 'IP' of 'tracks', which --name z0=IP asks for" in error(tagger, names=NAMES | {"z0": "IP"})
    assert "has no variable 'd0' of 'tracks'" in error(tagger, names=NAMES | {"tracks": "flows"})
    assert "the model's name 'GN2_x' must consist of letters" in error(tagger, names=NAMES, model_name="GN2_x")
    two = {"tracks": "flows", "clusters": "flows"}
    taus = without_scalars(trained("tau_rnn"))
    assert "tracks and clusters are both flows, of which a model has one" in error(taus, names=two, selected=True)


def test_an_order_or_a_selection_that_the_software_does_not_know_is_refused(tensorflow):
    from tagwerk.exports.export import export

    tagger = trained("lstm")

    def with_order(**changes):
        order = tagger.record.ordering["constituents"].model_copy(update=changes)
        return replace(tagger, record=tagger.record.model_copy(update={"ordering": {"constituents": order}}))

    assert "is ordered by 'abs(d0)', which is no column" in error(with_order(key="abs(d0)"))
    assert "saw only 'constituents' that pass 'w > 0'" in error(with_order(selection="w > 0"))
    assert export(with_order(selection="w > 0"), "atlas", selected=True)
