import pytest

from tagwerk.drafts import names, roles
from tagwerk.drafts.words import card_name, is_quotable, quoted, snake_case

TRUTH = """isB isC isG isUDS label_QCD truth_pt hadronFlavour partonFlavour nbhadrons n_bhadrons nBHadrons nCHadrons
    genPartFlav gen_match genJetPt mcFlavour pdgId dR_truth isMatched origin truthDecayMode
    mc_decay_mode target class_id
    HadronConeExclTruthLabelID flavour_label mother_pdgid fromTop GhostBHadronsFinalCount is_signal aux_genpart_eta"""
SCORES = """particleNet_QCD particleNetMD_Xbb btagDeepB btagDeepFlavB BTag TauTag RNNJetScore JetDeepSetScoreTrans
    DL1dv01_pb GN2v01_pb MV2c10 globalParT3_QCD rawDeepTau2018v2p5VSjet qgl deepTagMD_probQCDb btagHbb EleRNNLoose_v1"""
BOOKKEEPING = "run lumi lumiBlock eventNumber evt_id jetIdx index id mcChannelNumber"
WEIGHTS = "weights genWeight mcEventWeight event_weight evt_w weight TauWeight"
MEASURED = """pt mass tau21 msoftdrop area charge nConstituents NCharged decayMode PanTau_DecayMode chHEF
    neutralHadronMultiplicity chargedHadronEnergyFraction ptd width dRmax ipSigLeadTrk trFlightPathSig centFrac
    etOverPtLeadTrk EMFrac chargedIso n_tracks NSubJetsTrimmed rawFactor"""


@pytest.mark.parametrize("name", [*TRUTH.split(), *SCORES.split(), *BOOKKEEPING.split(), *WEIGHTS.split()])
def test_variables_that_taggers_must_not_see_have_a_reason(name):
    assert roles.exclusion_reason(snake_case(name)) is not None


@pytest.mark.parametrize("name", MEASURED.split())
def test_measured_variables_have_none(name):
    assert roles.exclusion_reason(snake_case(name)) is None


@pytest.mark.parametrize("name", TRUTH.split())
def test_any_truth_information_may_be_a_label(name):
    assert names.labels({name: name}) == (name,)


def test_jet_and_event_weights_are_found_by_name():
    assert roles.weights({name: name for name in (*WEIGHTS.split(), "width", "w2", "TauWeight")}) == (
        "weights", "genWeight", "mcEventWeight", "event_weight", "evt_w", "weight",
    )  # fmt: skip


@pytest.mark.parametrize(
    "prefix",
    ["jet_", "Jet.", "FatJet_", "AK4Jets_", "jets/", "fj_", "j_", "ak8_", "tau_", "jets_ak4_", "JetPUPPIAK15."],
)
def test_jet_collections_are_recognised_by_the_last_word(prefix):
    assert names.is_jet_collection(prefix)


@pytest.mark.parametrize("prefix", ["subjet_", "sub_jet_", "jet_trk_", "jetConst_", "part_", "jet_constituents_", ""])
def test_constituents_of_jets_are_not_a_jet_collection(prefix):
    assert not names.is_jet_collection(prefix)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("jet größe", "jet_grosse"), ("n-tracks", "n_tracks"), ("Größe", "Grosse"), ("π", "is"), ("2nd[pt]", "is_2nd_pt")],
)
def test_any_name_becomes_one_that_a_card_accepts(name, expected):
    assert card_name(snake_case(name) if name[0] in "jn" else name) == expected


def test_distinct_names_stay_distinct():
    assert names.scalars({"n-trk": "a", "n trk": "b", "Pt": "c"}) == {"n_trk": "a", "n_trk_2": "b"}


def test_names_that_python_would_change_are_in_backticks():
    assert [quoted(name) for name in ("µ", "ﬁt", "is", "a b")] == ["`µ`", "`ﬁt`", "`is`", "`a b`"]
    assert [is_quotable(name) for name in ("a b", "a`b", "a\nb")] == [True, False, False]
