from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Inputs
from tests.conftest import DATASET, changed


def schema(*features):
    return schema_of(Dataset.model_validate(DATASET), Inputs(sequences={"constituents": list(features)}))


def test_the_columns_are_four_vectors_and_the_requested_extras():
    assert schema("log_pt").sequences == {"constituents": ["pt", "eta", "phi", "energy"]}
    assert schema("charge", "log_pt").sequences == {"constituents": ["pt", "eta", "phi", "energy", "charge"]}


def test_columns_include_what_features_of_further_variables_need():
    extra = {name: name for name in ("charge", "d0", "d0_error")}
    dataset = Dataset.model_validate(changed(DATASET, "sequences.constituents.extra", extra))
    momentum = ["pt", "eta", "phi", "energy"]
    for inputs, needed in [
        ({"sequences": {"constituents": ["log_abs_d0"]}}, ["d0"]),
        ({"sequences": {"constituents": ["d0_significance", "charge"]}}, ["charge", "d0", "d0_error"]),
        ({"trees": {"constituents_random": ["d0_significance", "log_pt"]}}, ["d0", "d0_error"]),
    ]:
        assert schema_of(dataset, Inputs(**inputs)).sequences["constituents"] == [*momentum, *needed]
    both = Inputs(sequences={"constituents": ["charge"]}, trees={"constituents_random": ["d0"]})
    assert schema_of(dataset, both).sequences["constituents"] == [*momentum, "charge", "d0"]


def test_jet_variables_and_classes_are_those_of_the_dataset():
    assert schema("log_pt").scalars == ["pt", "eta", "phi", "mass", "multiplicity", "width"]
    assert schema("log_pt").classes == ["narrow", "wide"]


def test_the_origins_are_those_of_the_sequences_in_use():
    assert schema("log_pt").origins == {}
    sequence = DATASET["sequences"]["constituents"] | {"truth": "t", "trees": []}
    sequence |= {"origins": [{"name": name, "label": name} for name in ("tau", "pileup")]}
    dataset = Dataset.model_validate(DATASET | {"sequences": {"constituents": sequence, "tracks": sequence}})
    assert schema_of(dataset, Inputs(sequences={"tracks": ["log_pt"]})).origins == {"tracks": ["tau", "pileup"]}


def test_the_fields_to_read_are_identity_label_weight_jet_and_sequences():
    fields = schema("log_pt").fields()
    assert list(fields) == ["event", "source", "label", "weight", "jet", "constituents"]
    assert fields["constituents"] == ["pt", "eta", "phi", "energy"]
    assert fields["event"] == []
    scalars_only = schema_of(Dataset.model_validate(DATASET), Inputs(scalars=["mass"]))
    assert list(scalars_only.fields()) == ["event", "source", "label", "weight", "jet"]
