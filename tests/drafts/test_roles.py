import pytest

from tagwerk.drafts import names, roles
from tagwerk.drafts.words import named, quotable, snake, spelled

TRUTH = """isB isC isG isUDS label_QCD truth_pt hadronFlavour partonFlavour nbhadrons n_bhadrons nBHadrons nCHadrons
    genPartFlav gen_match genJetPt mcFlavour pdgId dR_truth isMatched origin truthDecayMode
    mc_decay_mode target class_id
    HadronConeExclTruthLabelID flavour_label mother_pdgid fromTop GhostBHadronsFinalCount is_signal aux_genpart_eta"""
SCORES = """particleNet_QCD particleNetMD_Xbb btagDeepB btagDeepFlavB BTag TauTag RNNJetScore JetDeepSetScoreTrans
    DL1dv01_pb GN2v01_pb MV2c10 globalParT3_QCD rawDeepTau2018v2p5VSjet qgl deepTagMD_probQCDb btagHbb EleRNNLoose_v1"""
NUMBERS = "run lumi lumiBlock eventNumber evt_id jetIdx index id mcChannelNumber"
WEIGHTS = "weights genWeight mcEventWeight event_weight evt_w weight TauWeight"
FREE = """pt mass tau21 msoftdrop area charge nConstituents NCharged decayMode PanTau_DecayMode chHEF
    neutralHadronMultiplicity chargedHadronEnergyFraction ptd width dRmax ipSigLeadTrk trFlightPathSig centFrac
    etOverPtLeadTrk EMFrac chargedIso n_tracks NSubJetsTrimmed rawFactor"""


@pytest.mark.parametrize("name", [*TRUTH.split(), *SCORES.split(), *NUMBERS.split(), *WEIGHTS.split()])
def test_what_taggers_must_not_see_has_a_reason(name):
    assert roles.why_not(snake(name)) is not None


@pytest.mark.parametrize("name", FREE.split())
def test_what_a_detector_measures_has_none(name):
    assert roles.why_not(snake(name)) is None


@pytest.mark.parametrize("name", TRUTH.split())
def test_whatever_tells_the_truth_may_be_a_label(name):
    assert names.labels({name: name}) == (name,)


def test_weights_of_jets_and_events_are_found_by_their_names():
    assert roles.weights({each: each for each in (*WEIGHTS.split(), "width", "w2", "TauWeight")}) == (
        "weights", "genWeight", "mcEventWeight", "event_weight", "evt_w", "weight",
    )  # fmt: skip


@pytest.mark.parametrize(
    "prefix",
    ["jet_", "Jet.", "FatJet_", "AK4Jets_", "jets/", "fj_", "j_", "ak8_", "tau_", "jets_ak4_", "JetPUPPIAK15."],
)
def test_lists_of_jets_are_known_by_the_last_word(prefix):
    assert names.of_jets(prefix)


@pytest.mark.parametrize("prefix", ["subjet_", "sub_jet_", "jet_trk_", "jetConst_", "part_", "jet_constituents_", ""])
def test_what_a_jet_is_made_of_is_no_list_of_jets(prefix):
    assert not names.of_jets(prefix)


@pytest.mark.parametrize(
    ("name", "said"),
    [("jet größe", "jet_grosse"), ("n-tracks", "n_tracks"), ("Größe", "Grosse"), ("π", "is"), ("2nd[pt]", "is_2nd_pt")],
)
def test_any_name_becomes_one_that_a_card_takes(name, said):
    assert named(snake(name) if name[0] in "jn" else name) == said


def test_two_names_do_not_become_one():
    assert names.scalars({"n-trk": "a", "n trk": "b", "Pt": "c"}) == {"n_trk": "a", "n_trk_2": "b"}


def test_names_that_python_would_change_stand_in_backticks():
    assert [spelled(name) for name in ("µ", "ﬁt", "is", "a b")] == ["`µ`", "`ﬁt`", "`is`", "`a b`"]
    assert [quotable(name) for name in ("a b", "a`b", "a\nb")] == [True, False, False]
