from pathlib import Path

import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tests.conftest import DATASET, changed, write_card

JET, CONSTITUENTS, CLASSES = DATASET["jet"], DATASET["sequences"]["constituents"], DATASET["classes"]
GENERATOR = {
    "jets_per_file": 10,
    "files": 2,
    "jet": {"pt": [550, 650]},
    "processes": {"qcd": {"pythia": ["HardQCD:all = on"], "pthat": [500, 800]}},
}
CLASHING = [("a", "anti_kt"), ("a_anti", "kt")]
NO_FORM = (
    "give a four-momentum as one of: pt, eta, phi, mass; pt, eta, phi, energy; px, py, pz, energy; px, py, pz, mass; "
    "pt, rapidity, phi, mass; pt, rapidity, phi, energy (not pt, eta, energy)"
)


@pytest.fixture
def error_message(tmp_path):
    """Return the message that `Dataset.load` raises for the toy card with another value at a key."""

    def load(key, value, **others):
        card = changed(DATASET, key, value)
        for other_key, other_value in others.items():
            card = changed(card, other_key, other_value)
        path = write_card(tmp_path / "toy.yaml", card)
        with pytest.raises(UserError) as error:
            Dataset.load(path)
        assert str(error.value).startswith(f"{path}: ")
        return str(error.value).removeprefix(f"{path}: ")

    return load


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("clases", [], "unknown key 'clases' (value []); did you mean 'classes'?"),
        ("jet.ptt", "x", "unknown key 'ptt' (value 'x'); did you mean 'pt'? (in 'jet')"),
        (
            "sequences.constituents.max_lenght",
            9,
            "unknown key 'max_lenght' (value 9); did you mean 'max_length'? (in 'sequences.constituents')",
        ),
        ("event", None, "key 'event' is missing; add it"),
        (
            "jet.mass",
            None,
            "key 'jet': give 'mass', 'energy' or 'assumed_mass' in addition to pt, eta, phi",
        ),
        (
            "sequences.constituents.phi",
            None,
            f"key 'sequences.constituents': {NO_FORM}",
        ),
        ("substructure", ["widht"], "key 'substructure': unknown variable 'widht'; did you mean 'width'?"),
    ],
)
def test_a_wrong_key_or_name_is_reported_in_one_line(error_message, key, value, line):
    assert error_message(key, value) == line


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("title", 5, ["key 'title'", "string", "not 5"]),
        ("event", [], ["key 'event'", "at least 1 item"]),
        ("event", "event", ["key 'event'", "list", "not 'event'"]),
        ("classes", CLASSES[:1], ["key 'classes'", "at least 2 items"]),
        ("classes", [CLASSES[0], CLASSES[1] | {"color": "red"}], ["key 'classes.1.color'", "not 'red'"]),
        ("classes", [CLASSES[0], CLASSES[1] | {"name": "not-a-name"}], ["key 'classes.1.name'", "not 'not-a-name'"]),
        ("classes", [CLASSES[0], CLASSES[1] | {"name": "narrow"}], ["'narrow' is duplicated in classes"]),
        (
            "classes",
            [CLASSES[0], CLASSES[1] | {"selection": "pt >"}],
            ["key 'classes.1.selection'", "invalid exp"],
        ),
        ("selection", "os.remove(x)", ["key 'selection'", "unknown function 'os.remove'"]),
        ("selection", "sqr(x) > 1", ["key 'selection'", "unknown function 'sqr'", "sqrt"]),
        ("sequences", {}, ["key 'sequences'", "at least 1 item"]),
        ("sequences.constituents.max_length", 0, ["key 'sequences.constituents.max_length'", "not 0"]),
        ("sequences.constituents.trees", ["anti-kt"], ["key 'trees'", "unknown topology 'anti-kt'", "'anti_kt'?"]),
        ("sequences.constituents.trees", ["kt", "kt"], ["key 'trees'", "'kt' is duplicated"]),
        (
            "sequences.constituents",
            CONSTITUENTS | {"trees": ["kt"], "max_length": 32769},
            ["key 'max_length'", "at most 32768", "not 32769"],
        ),
        (
            "sequences",
            {"constituents": CONSTITUENTS | {"trees": ["kt"]}, "constituents_kt": CONSTITUENTS},
            ["'constituents_kt' is duplicated in sequences, their trees and the jet record"],
        ),
        (
            "sequences",
            {"constituents": CONSTITUENTS} | {name: CONSTITUENTS | {"trees": [tree]} for name, tree in CLASHING},
            ["'a_anti_kt' is duplicated"],
        ),
        ("sequences.constituents.max_length", "long", ["key 'sequences.constituents.max_length'", "not 'long'"]),
        ("split", {"train": 0.9}, ["key 'split'", "must add up to 1"]),
        ("split", {"folds": 2}, ["key 'split.folds'", "greater than or equal to 3"]),
        ("split", {"folds": 5, "test": 0.2}, ["key 'split'", "has 'folds' and 'test'"]),
        (
            "classes",
            [CLASSES[0], {**CLASSES[1], "selection": None}],
            ["key 'classes.1'", "give 'selection' or 'files'"],
        ),
        ("sequences.constituents.selection", "p_t > 1", ["there is no variable 'p_t'; did you mean 'pt'?"]),
        ("sequences.constituents.order", "count(pt)", ["key 'order'", "'count' is for selections of jets"]),
        ("checks", {"unit": "note"}, ["unknown key 'unit'", "did you mean 'units'?"]),
        ("checks", {"units": "off"}, ["key 'checks.units'", "not 'off'"]),
        ("reweighting", {"reference": "narow"}, ["key 'reweighting.reference'", "did you mean 'narrow'?"]),
        ("reweighting", {"reference": "wide", "variables": ["pt", "pt"]}, ["'pt' is duplicated"]),
        ("reweighting", {"reference": "wide", "variables": ["pt", "widht"]}, ["did you mean 'width'?"]),
        ("split", {"train": 1.0}, ["key 'split.train'", "less than 1", "not 1.0"]),
        ("split", {"train": float("nan")}, ["key 'split.train'", "nan"]),
        ("files", None, ["either the key 'generator' or the key 'files'"]),
        ("generator", GENERATOR, ["either the key 'generator' or the key 'files'"]),
        ("sequences", {"tracks": CONSTITUENTS}, ["no sequence named 'constituents'", "'substructure'"]),
        ("jet.extra", {"width": "jet_width"}, ["'width' is duplicated"]),
        ("substructure", ["width", "width"], ["'width' is duplicated"]),
        ("substructure", ["width"] * 9_000, ["'width' is duplicated"]),
        ("jet.extra", {f"v{index}": "x" for index in range(9_000)} | {"pt": "x"}, ["the name 'pt' is duplicated"]),
        ("jet.extra", {"größe": "x"}, ["key 'jet.extra', name of an entry", "letters A-Z", "not 'größe'"]),
        ("jet.extra", {2024: "x"}, ["key 'jet.extra', name of an entry", "put it in quotes: '2024'"]),
        ("jet.pt", 5, ["key 'jet.pt'", "put it in quotes: '5'"]),
        ("event", [True], ["key 'event.0'", "put it in quotes: 'true'"]),
        ("weight", "1/0", ["key 'weight'", "divides by zero"]),
        ("weight", ["x"], ["key 'weight'", "not ['x']"]),
        ("selection", "(" * 90_000, ["key 'selection'", "nested more than 150 levels deep"]),
        ("selection", " or ".join(["x"] * 40_000), ["key 'selection'", "more than 50,000 tokens"]),
        ("reweighting", {"reference": "wide", "bins": [10**9, 5]}, ["key 'reweighting.bins.0'", "1000"]),
    ],
)
def test_an_invalid_value_is_reported_in_one_line(error_message, key, value, parts):
    line = error_message(key, value)
    assert "\n" not in line
    for part in parts:
        assert part in line


TRACKS = CONSTITUENTS | {"trees": [], "extra": {"d0": "c_d0"}}


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["dr_mx"], "unknown variable 'dr_mx'; did you mean 'dr_max'?"),
        (["cent_frac"], "'cent_frac' needs a sequence named 'clusters'; add it or drop the variable"),
        (
            ["dr_max", "ip_sig_lead_track"],
            "'ip_sig_lead_track' needs 'd0_error'; add it to the key 'sequences.tracks.extra' or drop the variable",
        ),
    ],
)
def test_a_variable_of_taus_that_cannot_be_computed_is_refused_by_what_it_lacks(error_message, names, line):
    sequences = {"tracks": TRACKS, "constituents": CONSTITUENTS}
    assert error_message("tau_variables", names, sequences=sequences) == f"key 'tau_variables': {line}"


def test_variables_of_taus_may_be_of_tracks_alone_and_are_scalars():
    card = changed(changed(DATASET, "sequences", {"tracks": TRACKS}), "substructure", [])
    dataset = Dataset.model_validate(card | {"tau_variables": ["mass_track_system", "core_tracks"]})
    assert dataset.scalars == ["pt", "eta", "phi", "mass", "mass_track_system", "core_tracks"]


def test_a_variable_of_taus_does_not_replace_one_of_the_file(error_message):
    sequences = {"tracks": TRACKS, "constituents": CONSTITUENTS}
    line = error_message("tau_variables", ["dr_max"], sequences=sequences, jet=JET | {"extra": {"dr_max": "jet_dr"}})
    assert line.startswith("the name 'dr_max' is duplicated in jet.extra, substructure and tau_variables")


BOTH = "'{}' and '{}' are both given"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"rapidity": "c_y"}, BOTH.format("eta", "rapidity")),
        ({"mass": "c_m"}, BOTH.format("mass", "energy")),
        ({"assumed_mass": 0.14}, BOTH.format("assumed_mass", "energy")),
        ({"assumed_mass": 0.14, "energy": None, "mass": "c_m"}, BOTH.format("assumed_mass", "mass")),
        ({"assumed_mass": -1, "energy": None}, "greater than or equal to 0"),
        ({"eta": None}, "(not pt, phi, energy)"),
        ({"eta": None, "energy": None, "rapidity": "c_y", "pt": None}, "(not phi, rapidity)"),
        ({"px": "c_px"}, "give a four-momentum as one of"),
        ({"relative": ["eta", "eta"]}, "'eta' is duplicated"),
        ({"relative": ["rapidity"]}, "key 'relative': 'rapidity' is not given"),
        ({"relative": ["mass"]}, "not 'mass'"),
        ({"relative": True}, "list"),
        ({"relative": ["pt"], "mirrored": True}, "key 'mirrored': neither 'eta' nor 'rapidity' is in 'relative'"),
        ({"mirrored": True}, "key 'mirrored'"),
        ({"weigth": "w"}, "did you mean 'weight'?"),
    ],
)
def test_an_ambiguous_or_incomplete_momentum_is_refused_by_name(error_message, changes, part):
    sequence = {key: value for key, value in (CONSTITUENTS | changes).items() if value is not None}
    assert part in error_message("sequences.constituents", sequence)


def test_components_relative_to_the_jet_need_one(error_message):
    card = changed(DATASET, "substructure", [])["sequences"]["constituents"]
    sequences = {"constituents": card | {"relative": ["eta", "phi"]}}
    assert "key 'sequences.constituents.relative': is relative to the jet; give the key 'jet'" in error_message(
        "sequences", sequences, jet=None
    )


def test_a_selection_by_distance_to_the_jet_needs_one(error_message):
    card = changed(DATASET, "substructure", [])["sequences"]["constituents"]
    sequences = {"constituents": card | {"selection": "delta_r < 0.2"}}
    assert "key 'sequences.constituents.selection': is relative to the jet; give the key 'jet'" in error_message(
        "sequences", sequences, jet=None
    )


@pytest.mark.parametrize(
    "form",
    ["pt eta phi", "px py pz", "pt rapidity phi", "px py pz mass", "pt rapidity phi mass", "pt rapidity phi energy"],
)
def test_every_form_is_accepted_for_constituents_and_for_jets_with_a_mass(form):
    momentum = {name: f"x_{name}" for name in form.split()}
    card = changed(DATASET, "sequences.constituents", momentum)
    assert Dataset.model_validate(card).sequences["constituents"].fallback_mass() in (None, 0)
    complete = {"mass", "energy"} & set(momentum)
    card = changed(card, "jet", momentum | ({} if complete else {"assumed_mass": 0}))
    assert Dataset.model_validate(card).jet.momentum() == momentum


@pytest.mark.parametrize("name", ["pt", "eta", "phi", "mass"])
def test_an_extra_jet_variable_does_not_replace_the_four_momentum(error_message, name):
    assert f"'{name}'" in error_message("jet.extra", {name: "other"})


@pytest.mark.parametrize("name", ["pt", "energy", "truth", "log_pt"])
def test_an_extra_constituent_variable_does_not_replace_another_or_a_feature(error_message, name):
    sequence = CONSTITUENTS | {"truth": "c_t", "extra": {name: "other"}}
    assert f"'{name}'" in error_message("sequences.constituents", sequence)


def origins_of(*names):
    return [{"name": name, "label": f"From {name}"} for name in names]


def test_origins_are_in_the_order_of_the_card_and_without_them_the_signal_decay_is_one():
    sequence = CONSTITUENTS | {"truth": "c_t", "origins": origins_of("tau", "underlying", "pileup")}
    card = Dataset.model_validate(changed(DATASET, "sequences.constituents", sequence))
    assert [each.name for each in card.sequences["constituents"].known_origins()] == ["tau", "underlying", "pileup"]
    card = Dataset.model_validate(changed(DATASET, "sequences.constituents", CONSTITUENTS | {"truth": "c_t"}))
    assert [each.name for each in card.sequences["constituents"].known_origins()] == ["other", "signal"]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"origins": origins_of("tau", "pileup")}, "says what 'truth' means, which is missing"),
        ({"truth": "c_t", "origins": origins_of("tau")}, "'tau' needs a second one"),
        ({"truth": "c_t", "origins": origins_of("tau", "pileup", "tau")}, "'tau' is duplicated"),
        ({"truth": "c_t", "origins": [*origins_of("tau"), {"name": "x", "label": "From tau"}]}, "'From tau' is dup"),
        ({"truth": "c_t", "origins": origins_of("tau", "pile-up")}, "must consist of letters"),
    ],
)
def test_origins_that_make_no_sense_are_refused(error_message, keys, reason):
    assert reason in error_message("sequences.constituents", CONSTITUENTS | keys)


@pytest.mark.parametrize("name", ["event", "source", "label", "weight", "jet"])
def test_a_sequence_does_not_replace_another_field_of_the_record(error_message, name):
    assert f"'{name}'" in error_message("sequences", {"constituents": CONSTITUENTS, name: CONSTITUENTS})


def test_scalars_are_the_four_momentum_then_the_extras_then_the_substructure():
    dataset = Dataset.model_validate(changed(DATASET, "jet.extra", {"tau": "jet_tau"}))
    assert dataset.scalars == ["pt", "eta", "phi", "mass", "tau", "multiplicity", "width"]


def test_tree_fields_are_named_by_sequence_and_topology():
    trees = {"constituents": ["kt", "random"], "tracks": [], "clusters": ["kt"]}
    sequences = {name: CONSTITUENTS | {"trees": topologies} for name, topologies in trees.items()}
    assert Dataset.model_validate(changed(DATASET, "sequences", sequences)).trees() == {
        "constituents_kt": ("constituents", "kt"),
        "constituents_random": ("constituents", "random"),
        "clusters_kt": ("clusters", "kt"),
    }
    assert Dataset.model_validate(changed(DATASET, "sequences.constituents.trees", [])).trees() == {}


def test_max_length_may_be_the_largest_size_of_a_tree():
    longest = CONSTITUENTS | {"trees": ["kt"], "max_length": 32768}
    assert Dataset.model_validate(changed(DATASET, "sequences", {"constituents": longest})).trees()


def test_without_a_selection_the_expressions_are_the_classes():
    assert list(Dataset.model_validate(DATASET).expressions()) == ["is_wide == 0", "is_wide == 1"]
    selected = Dataset.model_validate(changed(DATASET, "selection", "jet_pt > 0"))
    assert list(selected.expressions()) == ["jet_pt > 0", "is_wide == 0", "is_wide == 1"]


def dataset_of(monkeypatch, folder, *patterns):
    monkeypatch.chdir(folder)
    for name in ("a_0.root", "a_1.root", "a_0.h5", "x/a_0.root", "y/a_0.root", "y/a_1.root", "n.root", "w.root"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return Dataset.model_validate(changed(DATASET, "files", list(patterns)))


def test_patterns_give_one_part_per_file_in_order(monkeypatch, tmp_path):
    assert dataset_of(monkeypatch, tmp_path, "a_*.root").parts() == {"a_0": Path("a_0.root"), "a_1": Path("a_1.root")}


def test_an_absolute_path_is_a_part(monkeypatch, tmp_path):
    assert dataset_of(monkeypatch, tmp_path, f"{tmp_path}/a_0.root").parts() == {"a_0": tmp_path / "a_0.root"}


def test_an_absolute_pattern_finds_files_too(monkeypatch, tmp_path):
    assert list(dataset_of(monkeypatch, tmp_path, f"{tmp_path}/a_*.root").parts()) == ["a_0", "a_1"]


def test_a_pattern_without_files_is_refused_with_the_closest_file(monkeypatch, tmp_path):
    with pytest.raises(UserError, match=r"key 'files': no file matches 'a_2.root'; did you mean 'a_[01].root'"):
        dataset_of(monkeypatch, tmp_path, "a_2.root").parts()


def test_files_with_the_same_name_are_distinguished_by_their_folders(monkeypatch, tmp_path):
    parts = dataset_of(monkeypatch, tmp_path, "x/a_0.root", "y/a_0.root", "y/a_1.root").parts()
    assert {name: str(file) for name, file in parts.items()} == {
        "x-a_0": "x/a_0.root", "y-a_0": "y/a_0.root", "a_1": "y/a_1.root"
    }  # fmt: skip


def test_a_class_may_have_its_own_files(monkeypatch, tmp_path):
    dataset_of(monkeypatch, tmp_path, "n.root", "w.root", "both.root")
    narrow, wide = CLASSES
    wide = {key: wide[key] for key in ("name", "label", "color")} | {"files": ["w*.root"]}
    card = Dataset.model_validate(DATASET | {"files": ["n.root", "a_0.root"], "classes": [narrow, wide]})
    assert list(card.parts()) == ["n", "a_0", "w"]
    files = [Path("n.root"), Path("w.root"), Path("elsewhere.root")]
    assert card.contents_of(files) == [([True, False], None), ([False, True], None), ([True, False], None)]


def test_a_file_that_can_contain_no_class_is_refused(monkeypatch, tmp_path):
    dataset_of(monkeypatch, tmp_path, "n.root", "w.root")
    classes = [each | {"files": [f"{each['name'][0]}.root"]} for each in CLASSES]
    card = Dataset.model_validate(changed(DATASET, "files", None) | {"classes": classes})
    assert card.contents_of([Path("n.root")]) == [([True, False], None)]
    with pytest.raises(UserError, match=r"x.root: is in no class"):
        card.contents_of([Path("n.root"), Path("x.root")])


def test_a_simulated_dataset_has_the_parts_of_its_generator():
    dataset = Dataset.model_validate(changed(DATASET, "files", None) | {"generator": GENERATOR})
    assert dataset.parts() == {"qcd_0000": None, "qcd_0001": None}


def test_a_card_survives_a_round_trip_through_yaml():
    dataset = Dataset.model_validate(DATASET)
    assert Dataset.model_validate(yaml.safe_load(yaml.safe_dump(dataset.model_dump()))) == dataset


@pytest.mark.parametrize("constant", [1, 2.5, True, False, "1", "2 > 1"])
def test_a_constant_is_an_expression_everywhere(constant):
    card = changed(changed(DATASET, "selection", constant), "weight", constant)
    card = changed(
        changed(card, "sequences.constituents.selection", constant), "sequences.constituents.order", constant
    )
    card = card | {"classes": [each | {"selection": constant} for each in CLASSES]}
    assert set(Dataset.model_validate(card).expressions()) == {str(constant)}


def test_a_selection_of_five_thousand_label_values_is_valid():
    selection = " or ".join(f"jet_hadronFlavour == {value}" for value in range(5000))
    card = Dataset.model_validate(changed(DATASET, "selection", selection))
    assert card.selection == selection
