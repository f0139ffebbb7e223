import json
from dataclasses import replace

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.exports.layouts.cms import preprocess_json
from tests.exports.conftest import CARDS, dataset_of, trained, trained_on
from tests.exports.layouts.cmssw import JetTags, tag_info
from tests.exports.layouts.layout_jets import around_pi, cut, in_cmssw, without_scalars
from tests.exports.test_export import keras_scores

NAMES = {"charge": "charge", "charged_hadron": "isChargedHad", "photon": "isGamma"}


def ten_classes():
    """A tagger of JetClass that sees the kind of its constituents."""
    card = CARDS["jetclass_gru"]
    features = ["log_pt_share", "log_energy_share", "delta_eta", "delta_phi", "along_axis", *NAMES]
    inputs = card.inputs.model_copy(update={"sequences": {"constituents": features}})
    return trained_on("ten_classes", card.model_copy(update={"inputs": inputs}), dataset_of("jetclass_gru"))


def of_kinds(tagger, jets, seed=4):
    """The same jets with charges, and kinds that go with them, where the tagger sees these."""
    random, columns = np.random.default_rng(seed), tagger.record.schema_.sequences["constituents"]
    mask = jets["constituents_mask"]
    charge = random.integers(-1, 2, mask.shape) * mask
    kinds = {
        "charge": charge,
        "charged_hadron": charge != 0,
        "photon": (charge == 0) & (random.uniform(size=mask.shape) < 0.5),
    }
    for name, values in kinds.items():
        if name in columns:
            jets["constituents"][..., columns.index(name)] = values * mask
    return jets, charge


@pytest.mark.parametrize("name", ["lstm", "particle_net", "constituent_labels"])
def test_candidates_in_any_order_and_number_score_as_in_tagwerk(name, tensorflow):
    from tagwerk.exports.export import export

    tagger = trained(name)
    jets, charges = of_kinds(tagger, around_pi(tagger, [1, 2, 30, 31, 32, 213]))
    proto = export(tagger, "cms")
    tags = JetTags(proto, preprocess_json(proto))
    expected = keras_scores(tagger, cut(jets, 200))
    for seed in (None, 3):
        for each, scores in zip(in_cmssw(tagger, jets, charges, NAMES, seed), expected, strict=True):
            np.testing.assert_allclose(tags(tag_info(*each)), scores, atol=1e-5)


def test_charges_and_kinds_score_as_in_tagwerk_with_ten_classes(tensorflow):
    from tagwerk.exports.export import export

    tagger = ten_classes()
    proto = export(tagger, "cms", names=NAMES)
    tags = JetTags(proto, preprocess_json(proto))
    jets, charges = of_kinds(tagger, around_pi(tagger, [1, 8, 60, 140]))
    jets["jet"][1, tagger.record.schema_.scalars.index("mass")] = 0
    expected = keras_scores(tagger, cut(jets, 128))
    for each, scores in zip(in_cmssw(tagger, jets, charges, NAMES, 2), expected, strict=True):
        np.testing.assert_allclose(tags(tag_info(*each)), scores, atol=1e-5)
    assert tags.names == [f"prob{each.name}" for each in dataset_of("jetclass_gru").classes]


def test_a_jet_of_lost_tracks_alone_has_no_constituents(tensorflow):
    from tagwerk.exports.export import export

    tagger = trained("lstm")
    proto = export(tagger, "cms")
    jets = around_pi(tagger, [0])
    ((jet, _),) = in_cmssw(tagger, jets, np.zeros((1, 1)), NAMES)
    lost = {"pt": 40.0, "eta": 0.1, "phi": 0.2, "energy": 90.0, "charge": 1, "isLostTrack": 1}
    found = JetTags(proto, preprocess_json(proto))(tag_info(jet, [lost]))
    np.testing.assert_allclose(found, keras_scores(tagger, jets)[0], atol=1e-5)


def test_a_tagger_of_jet_variables_alone_is_fed_these(tensorflow):
    from tagwerk.exports.export import export

    card = CARDS["dense"]
    card = card.model_copy(update={"inputs": card.inputs.model_copy(update={"scalars": ["mass", "pt"]})})
    tagger = trained_on("masses", card, dataset_of("dense"))
    proto = export(tagger, "cms")
    preprocess = preprocess_json(proto)
    assert json.loads(preprocess)["input_names"] == ["jet_features"]
    jet = dict(zip(tagger.record.schema_.scalars, np.ones(20), strict=False)) | {"mass": 80.0, "pt": 600.0}
    values = np.array([[jet[name] for name in tagger.record.schema_.scalars]], np.float32)
    candidate = {"pt": 1.0, "eta": 0.0, "phi": 0.0, "energy": 1.0, "charge": 0}
    found = JetTags(proto, preprocess)(tag_info(jet, [candidate]))
    np.testing.assert_allclose(found, keras_scores(tagger, {"jet": values})[0], atol=1e-5)


def error(tagger, **job):
    from tagwerk.exports.export import export

    with pytest.raises(UserError) as caught:
        export(tagger, "cms", **job)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_the_producer_does_not_provide_is_refused_by_name(tensorflow):
    assert "sees the tree 'constituents_kt'" in error(trained("recnn_simple_kt"))
    assert "sees the jet variable 'multiplicity'" in error(trained("dense"))
    assert "sees tracks and clusters, and the reader has one list" in error(without_scalars(trained("tau_rnn")))
    assert "say with --name tracks=pfcands that 'tracks' are all" in error(trained("track_labels"))
    assert "sees 'charge' of 'constituents'; say what" in error(ten_classes())
    wrong = error(ten_classes(), names=NAMES | {"charge": "dxy"})
    assert "has no variable 'dxy' of 'constituents', which --name charge=dxy asks for; known: charge, isEl" in wrong


def test_a_selection_that_the_job_does_not_apply_is_refused(tensorflow):
    tagger = trained("lstm")
    order = tagger.record.ordering["constituents"].model_copy(update={"selection": "puppi > 0"})
    record = tagger.record.model_copy(update={"ordering": {"constituents": order}})
    assert "saw only 'constituents' that pass 'puppi > 0'" in error(replace(tagger, record=record))
