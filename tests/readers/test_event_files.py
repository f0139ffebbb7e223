import pytest

from tagwerk.errors import UserError
from tagwerk.readers.event_files import keys_of


def test_a_key_is_found_in_its_folder_and_with_a_colon():
    known = ["Jet", "Jet/Jet.PT", "AnalysisJetsAuxDyn:pt"]
    assert keys_of(["Jet.PT", "Jet/Jet.PT", "AnalysisJetsAuxDyn.pt", "Jet.P"], known) == {
        "Jet.PT": "Jet/Jet.PT",
        "Jet/Jet.PT": "Jet/Jet.PT",
        "AnalysisJetsAuxDyn.pt": "AnalysisJetsAuxDyn:pt",
        "Jet.P": "Jet.P",
    }


@pytest.mark.parametrize(
    ("name", "known", "key"),
    [
        ("Jet.PT", ["Jet/Jet.PT"], "Jet/Jet.PT"),
        ("a/b/x", ["a/b/x", "x"], "a/b/x"),
        ("x", ["a/b/x"], "a/b/x"),
        ("x", ["a/x", "x"], "x"),
        ("A.pt", ["A:pt"], "A:pt"),
        ("A:pt", ["A.pt"], "A.pt"),
        ("A:pt", ["A:pt", "A.pt"], "A:pt"),
        ("A.links.m_persKey", ["A:links.m_persKey"], "A:links.m_persKey"),
        ("A.link.m_persKey", ["A.link/A.link.m_persKey"], "A.link/A.link.m_persKey"),
        ("FatJet_pt", ["_collection2.FatJet_pt", "FatJet_pt"], "FatJet_pt"),
        ("FatJet_pt", ["_collection2.FatJet_pt"], "FatJet_pt"),
    ],
)
def test_an_exact_key_is_preferred_to_a_similar_one(name, known, key):
    assert keys_of([name], known) == {name: key}


@pytest.mark.parametrize(("name", "known"), [("x", ["a/x", "b/x"]), ("A.x", ["f/A:x", "A:x"])])
def test_an_ambiguous_name_is_refused_with_its_keys(name, known):
    with pytest.raises(UserError, match=f"'{name}' may be any of '{known[0]}', '{known[1]}'; name one of them"):
        keys_of([name], known)
