import pytest

from tagwerk.drafts import names, words


@pytest.mark.parametrize(
    ("given", "prefix", "form"),
    [
        (["jet_pt", "jet_eta", "jet_phi", "jet_m"], "jet_", ["pt", "eta", "phi", "mass"]),
        (["jetPt", "jetEta", "jetPhi", "jetE"], "jet", ["pt", "eta", "phi", "energy"]),
        (["Jet.PT", "Jet.Eta", "Jet.Phi", "Jet.Mass"], "Jet.", ["pt", "eta", "phi", "mass"]),
        (["PX", "PY", "PZ", "E"], "", ["px", "py", "pz", "energy"]),
        (["jets/px", "jets/py", "jets/pz", "jets/energy"], "jets/", ["px", "py", "pz", "energy"]),
    ],
)
def test_a_whole_momentum_is_found_by_what_stands_before_it(given, prefix, form):
    assert names.momenta([*given, "theta", "name"]) == {prefix: dict(zip(form, given, strict=True))}


def test_three_components_are_none():
    assert names.momenta(["part_eta", "part_phi", "part_pt", "part_deta"]) == {}


def test_an_event_has_its_number_whatever_else():
    assert names.identity(["EventInfoAuxDyn.runNumber", "x", "EventInfoAuxDyn.eventNumber"]) == [
        "EventInfoAuxDyn.runNumber",
        "EventInfoAuxDyn.eventNumber",
    ]
    assert names.identity(["luminosityBlock", "event", "run"]) == ["run", "luminosityBlock", "event"]
    assert names.identity(["run", "luminosityBlock"]) == []


@pytest.mark.parametrize(
    ("name", "said"), [("PanTau_DecayMode", "pan_tau_decay_mode"), ("RNNJetScore", "rnn_jet_score"), ("d0val", "d0val")]
)
def test_words_are_told_apart(name, said):
    assert words.snake(name) == said


def test_a_name_with_dots_stands_as_it_is_and_others_in_backticks():
    assert [words.spelled(name) for name in ("Jet.PT", "tracks/d0", "is.pt")] == ["Jet.PT", "`tracks/d0`", "`is.pt`"]


def test_the_likeliest_label_is_the_first():
    found = names.labels({"partonFlavour": "Jet_partonFlavour", "pt": "Jet_pt", "hadronFlavour": "Jet_hadronFlavour"})
    assert found == ("Jet_hadronFlavour", "Jet_partonFlavour")
