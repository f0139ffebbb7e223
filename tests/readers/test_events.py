from tagwerk.readers.events import keys_of


def test_a_key_is_found_below_its_folder_and_with_a_colon():
    known = ["Jet", "Jet/Jet.PT", "AnalysisJetsAuxDyn:pt"]
    assert keys_of(["Jet.PT", "Jet/Jet.PT", "AnalysisJetsAuxDyn.pt", "Jet.P"], known) == {
        "Jet.PT": "Jet/Jet.PT",
        "Jet/Jet.PT": "Jet/Jet.PT",
        "AnalysisJetsAuxDyn.pt": "AnalysisJetsAuxDyn:pt",
        "Jet.P": "Jet.P",
    }
