import pytest

from tagwerk.drafts import names, words


@pytest.mark.parametrize(
    ("branches", "prefix", "components"),
    [
        (["jet_pt", "jet_eta", "jet_phi", "jet_m"], "jet_", ["pt", "eta", "phi", "mass"]),
        (["jetPt", "jetEta", "jetPhi", "jetE"], "jet", ["pt", "eta", "phi", "energy"]),
        (["Jet.PT", "Jet.Eta", "Jet.Phi", "Jet.Mass"], "Jet.", ["pt", "eta", "phi", "mass"]),
        (["PX", "PY", "PZ", "E"], "", ["px", "py", "pz", "energy"]),
        (["jets/px", "jets/py", "jets/pz", "jets/energy"], "jets/", ["px", "py", "pz", "energy"]),
    ],
)
def test_a_complete_four_momentum_is_found_by_its_prefix(branches, prefix, components):
    form = dict(zip(components, branches, strict=True))
    assert names.four_momenta([*branches, "theta", "name"]) == {prefix: form}


def test_three_components_are_not_a_four_momentum():
    assert names.four_momenta(["part_eta", "part_phi", "part_pt", "part_deta"]) == {}


def test_an_event_is_identified_only_with_its_number():
    assert names.event_branches(["EventInfoAuxDyn.runNumber", "x", "EventInfoAuxDyn.eventNumber"]) == [
        "EventInfoAuxDyn.runNumber",
        "EventInfoAuxDyn.eventNumber",
    ]
    assert names.event_branches(["luminosityBlock", "event", "run"]) == ["run", "luminosityBlock", "event"]
    assert names.event_branches(["run", "luminosityBlock"]) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("PanTau_DecayMode", "pan_tau_decay_mode"), ("RNNJetScore", "rnn_jet_score"), ("d0val", "d0val")],
)
def test_words_are_separated(name, expected):
    assert words.snake_case(name) == expected


def test_a_name_with_dots_is_plain_and_others_are_in_backticks():
    assert [words.quoted(name) for name in ("Jet.PT", "tracks/d0", "is.pt")] == ["Jet.PT", "`tracks/d0`", "`is.pt`"]


def test_the_most_likely_label_is_the_first():
    labels = names.labels({"partonFlavour": "Jet_partonFlavour", "pt": "Jet_pt", "hadronFlavour": "Jet_hadronFlavour"})
    assert labels == ("Jet_hadronFlavour", "Jet_partonFlavour")
