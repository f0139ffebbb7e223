from pathlib import Path

import pytest

from tagwerk.cards.experiment import FROM_FILES, Experiment
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tests.conftest import DATASET, STUDY, TAGGERS, changed, write_card

GENERATOR = {
    "jets_per_file": 10,
    "files": 4,
    "jet": {"pt": [550, 650]},
    "processes": {name: {"pythia": ["HardQCD:all = on"], "pthat": [500, 800]} for name in ("qcd", "top")},
}
SIMULATED = changed(DATASET, "files", None) | {"generator": GENERATOR}

CATEGORY = {"name": "narrow", "title": "Narrow", "selection": "width < 1"}
EXPECTED = {"better": ["lstm"], "worse": ["gru"], "source": "arXiv:1702.00748"}


def error_message(path):
    with pytest.raises(UserError) as error:
        load_cards(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_study_loads_its_dataset_and_taggers(config):
    cards = load_cards(config.study)
    assert cards.dataset.title == DATASET["title"]
    assert {name: tagger.architecture for name, tagger in cards.taggers.items()} == {
        "lstm": "recurrent", "gru": "recurrent", "boosted_trees": "boosted_trees",
    }  # fmt: skip


def test_the_card_is_found_from_its_own_folder_too(config, monkeypatch):
    monkeypatch.chdir(config.study.parent)
    assert load_cards(Path(config.study.name)).study.title == STUDY["title"]


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("dataset", "toi", ["key 'dataset'", "'toi'", "did you mean 'toy'?"]),
        ("taggers", ["lstn"], ["key 'taggers'", "'lstn'", "did you mean 'lstm'?"]),
        ("taggers", [], ["key 'taggers'", "at least 1 item", "[]"]),
        ("taggers", ["lstm", "lstm"], ["key 'taggers'", "lstm"]),
        ("seeds", [1, 1], ["key 'seeds'", "1"]),
        ("seeds", [-1], ["key 'seeds.0'", "not -1"]),
        ("seeds", [1, 2**32], ["key 'seeds.1'", "less than or equal to 4294967295", "not 4294967296"]),
        ("seeds", [2**70], ["key 'seeds.0'", "not 1180591620717411303424"]),
        ("seeds", [1, True], ["key 'seeds': expected a number, not [1, True]"]),
        ("epochs", 2**70, ["key 'epochs': expected a number of at most 64 bits, not 1180591620717411303424"]),
        ("training_jets", [2**70], ["key 'training_jets': expected a number of at most 64 bits"]),
        ("title", " ", ["key 'title'", "is empty"]),
        ("working_points", [0.3, 0.5, 0.3], ["key 'working_points'", "0.3 is duplicated"]),
        ("working_points", [0.3, 0.3 + 1e-9], ["key 'working_points'", "0.3 is duplicated"]),
        ("working_points", [0.0], ["key 'working_points.0'", "greater than 0"]),
        ("working_points", [each / 20 for each in range(1, 12)], ["key 'working_points'", "at most 10"]),
        ("signal", "wid", ["key 'signal'", "'wid'", "did you mean 'wide'?"]),
        ("background", "top", ["key 'background'", "'top'", "known: narrow, wide"]),
        ("background", "wide", ["'signal' and 'background' are both 'wide'"]),
        ("background", [], ["key 'background'", "at least 1 item"]),
        ("background", ["narrow", "narrow"], ["key 'background'", "'narrow' is duplicated"]),
        ("background", 5, ["key 'background'", "list", "not 5"]),
        ("fractions", {"narow": 1}, ["key 'fractions': 'narow' is not among", "did you mean 'narrow'?"]),
        ("fractions", {"narrow": 0.9}, ["key 'fractions'", "add up to 0.9; they must add up to one"]),
        ("fractions", {"narrow": 1.5}, ["key 'fractions.narrow'", "less than or equal to 1", "not 1.5"]),
        ("experiment", {"name": "ATLAS", "stat": "x"}, ["unknown key 'stat'", "did you mean 'status'?"]),
        ("experiment", {"status": "Simulation"}, ["key 'experiment.name' is missing"]),
        ("experiment", {"name": "x" * 26}, ["key 'experiment.name'", "has 26 characters", "use at most 25"]),
        ("experiment", {"name": "CMS", "lumi": 0}, ["key 'experiment.lumi'", "greater than 0"]),
        ("experiment", {"name": "CMS", "energy": 13}, ["key 'experiment.energy'", "put it in quotes: '13'"]),
        ("jets", 100, ["key 'jets'", "'toy'", "drop the key"]),
        ("jets", 0, ["key 'jets'", "greater than 0", "not 0"]),
        ("epochs", 0, ["key 'epochs'", "not 0"]),
        ("epochs", None, ["key 'epochs' is missing"]),
        ("epochs_at", [3, 2], ["key 'epochs_at': has 2 values, but 'training_jets' has 0; give one for each"]),
        ("epochs_at", [0], ["key 'epochs_at.0'", "not 0"]),
        ("epoch", 3, ["unknown key 'epoch'", "did you mean 'epochs'?"]),
        ("working_points", [0.3, 1.0], ["key 'working_points.1'", "less than 1", "not 1.0"]),
        ("training_jets", [10, 10], ["key 'training_jets'", "10 is duplicated"]),
        ("training_jets", [0], ["key 'training_jets.0'", "greater than 0", "not 0"]),
        ("training_jets", 10, ["key 'training_jets'", "list", "not 10"]),
        ("ensembles", [{"a": ["lstm"]}], ["key 'ensembles.0'", "at least 2 items"]),
        ("ensembles", [{"a": ["lstm"], "b": []}], ["key 'ensembles.0.b'", "at least 1 item"]),
        ("ensembles", [{"a": ["lstm"], "b": ["grv"]}], ["key 'ensembles.0.b'", "'grv'", "did you mean 'gru'?"]),
        ("ensembles", [{"a": ["lstm", "lstm"], "b": ["gru"]}], ["key 'ensembles.0': 'lstm' is duplicated"]),
        (
            "ensembles",
            [{"a": ["lstm", "gru"], "b": ["gru"]}],
            ["key 'ensembles.0': 'gru' is duplicated", "in one group"],
        ),
        (
            "ensembles",
            [{"a": ["lstm"], "b": ["gru"]}, {"c": ["gru"], "d": ["lstm"]}],
            ["key 'ensembles': entries 0 and 1 have the same groups; drop one"],
        ),
        ("alternative_samples", ["toi"], ["key 'alternative_samples'", "'toi'", "did you mean 'toy'?"]),
        ("alternative_samples", ["toy"], ["key 'alternative_samples': 'toy' is the dataset of the study"]),
        ("expectations", [EXPECTED | {"worse": ["gur"]}], ["'expectations.0.worse'", "'gur'", "did you mean 'gru'?"]),
        ("expectations", [EXPECTED | {"better": ["trees"]}], ["'expectations.0.better'", "'trees'", "of this study"]),
        (
            "expectations",
            [EXPECTED | {"worse": ["lstm"]}],
            ["'expectations.0'", "'lstm' is duplicated"],
        ),
        ("expectations", [EXPECTED | {"worse": []}], ["'expectations.0.worse'", "at least 1 item"]),
        ("expectations", [EXPECTED | {"atleast": True}], ["unknown key 'atleast'", "did you mean 'at_least'?"]),
        ("expectations", [changed(EXPECTED, "source", None)], ["'expectations.0.source' is missing"]),
        ("working_points", 0.3, ["key 'working_points'", "list", "not 0.3"]),
        (
            "categories",
            [CATEGORY | {"selection": "widht < 1"}],
            ["'categories.0.selection'", "no 'widht' among the variables of the jets", "did you mean 'width'?"],
        ),
        ("categories", [CATEGORY | {"selection": "width <"}], ["key 'categories.0.selection'", "missing at the end"]),
        ("categories", [CATEGORY | {"selection": "count(width > 1) > 2"}], ["one number per jet", "'count'"]),
        ("categories", [changed(CATEGORY, "selection", None)], ["key 'categories.0.selection' is missing"]),
        ("categories", [CATEGORY | {"name": "a b"}], ["key 'categories.0.name'", "letters"]),
        ("categories", [CATEGORY | {"working_points": [0.6, 0.6]}], ["'categories.0.working_points'", "0.6 is dupl"]),
        ("categories", [CATEGORY | {"working_points": []}], ["'categories.0.working_points'", "at least 1 item"]),
        ("categories", [CATEGORY | {"working_point": [0.6]}], ["unknown key", "did you mean 'working_points'?"]),
        ("categories", [CATEGORY, CATEGORY | {"title": "b"}], ["key 'categories'", "the name 'narrow' is duplicated"]),
        ("categories", [CATEGORY, CATEGORY | {"name": "b"}], ["key 'categories'", "the title 'Narrow' is duplicated"]),
    ],
)
def test_an_error_names_file_key_and_value(config, key, value, parts):
    line = error_message(write_card(config.study, changed(STUDY, key, value)))
    assert line.startswith(f"{config.study}: ")
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("tagger", "inputs", "parts"),
    [
        ("lstm", {"sequences": {"tracks": ["log_pt"]}}, ["'inputs.sequences'", "'tracks'", "known: constituents"]),
        (
            "lstm",
            {"sequences": {"constituents": ["log_p"]}},
            ["'inputs.sequences.constituents'", "'log_p'", "did you mean 'log_pt'?"],
        ),
        (
            "lstm",
            {"sequences": {"constituents": ["charg"]}},
            ["'inputs.sequences.constituents'", "did you mean 'charge'?"],
        ),
        ("boosted_trees", {"scalars": ["widht"]}, ["key 'inputs.scalars'", "'widht'", "did you mean 'width'?"]),
    ],
)
def test_a_tagger_with_inputs_that_the_dataset_lacks_is_refused(config, tagger, inputs, parts):
    path = write_card(config.tagger(tagger), changed(TAGGERS[tagger], "inputs", inputs))
    line = error_message(config.study)
    assert line.startswith(f"{path}: ")
    assert "in dataset 'toy'" in line
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("training.classes", ["narow"], ["'training.classes'", "'narow'", "did you mean 'narrow'?"]),
        ("training.class_weights", {"wid": 2}, ["'training.class_weights'", "'wid'", "did you mean 'wide'?"]),
        ("training.classes", ["wide", "narrow"], ["'training.classes'", "all classes are named; leave one out"]),
    ],
)
def test_classes_that_the_dataset_lacks_are_refused(config, key, value, parts):
    path = write_card(config.tagger("lstm"), changed(TAGGERS["lstm"], key, value))
    line = error_message(config.study)
    assert line.startswith(f"{path}: key ")
    for part in parts:
        assert part in line


@pytest.mark.parametrize("title", ["lstm", " lstm\n"])
def test_two_taggers_with_the_same_title_are_refused(config, title):
    write_card(config.tagger("gru"), changed(TAGGERS["gru"], "title", title))
    line = error_message(config.study)
    assert line == (
        f"{config.study}: key 'taggers': 'lstm' and 'gru' have the same title, 'lstm'; change one of their cards"
    )


@pytest.mark.parametrize("title", [r"$\frac{1}$", "odd $", ""])
def test_a_title_that_cannot_be_drawn_is_refused(config, title):
    path = write_card(config.tagger("gru"), changed(TAGGERS["gru"], "title", title))
    assert error_message(config.study).startswith(f"{path}: key 'title': ")


@pytest.mark.parametrize("label", [r"$\frac{1}$", "odd $", "", "Narrow jets", "Narrow  jets "])
def test_a_label_that_cannot_be_drawn_or_is_not_unique_is_refused(config, label):
    narrow, wide = DATASET["classes"]
    path = write_card(config.card, changed(DATASET, "classes", [narrow, wide | {"label": label}]))
    line = error_message(config.study)
    assert line.startswith(f"{path}: ")
    assert "key 'classes.1.label'" in line or "the name 'Narrow jets' is duplicated in the labels of classes" in line


@pytest.mark.parametrize("absent", ["wide", "narrow"])
def test_a_classifier_not_trained_on_signal_or_background_is_refused(config, absent):
    others = [{"name": name, "label": name, "color": "#000000", "selection": "is_wide == 2"} for name in ("b", "c")]
    write_card(config.card, changed(DATASET, "classes", [*DATASET["classes"], *others]))
    trained = [name for name in ("narrow", "wide", "b") if name != absent]
    path = write_card(config.tagger("gru"), changed(TAGGERS["gru"], "training.classes", trained))
    line = error_message(config.study)
    assert line.startswith(f"{path}: key 'training.classes': '{absent}', the ")
    assert line.endswith("add it or drop the key")


@pytest.mark.parametrize(("seed", "refused"), [(1, True), (2, False)])
def test_a_sample_simulated_with_the_seed_of_the_dataset_is_refused(config, seed, refused):
    """With any other settings, too: without the detector, the jets are of the same collisions."""
    write_card(config.card, SIMULATED)
    other = changed(SIMULATED, "generator.detector", False)
    write_card(config.card.with_name("other.yaml"), changed(other, "generator.seed", seed))
    write_card(config.study, changed(STUDY, "alternative_samples", ["other"]))
    if refused:
        assert error_message(config.study) == (
            f"{config.study}: key 'alternative_samples': 'other' and the dataset are simulated with the same seed, 1, "
            "so jets of both may be of the same collision; change one seed"
        )
    else:
        assert list(load_cards(config.study).alternatives) == ["other"]


LABELS = TAGGERS["lstm"] | {"architecture": "constituent_labels", "hyperparameters": {"signal": "wide"}}


def test_a_signal_that_is_not_a_class_is_refused(config):
    write_card(config.card, changed(DATASET, "sequences.constituents.truth", "c_far"))
    path = write_card(config.tagger("lstm"), changed(LABELS, "hyperparameters.signal", "top"))
    line = error_message(config.study)
    assert line.startswith(
        f"{path}: key 'hyperparameters.signal': there is no 'top' among the classes of dataset 'toy'"
    )


def test_constituent_labels_need_the_truth_of_constituents(config):
    path = write_card(config.tagger("lstm"), LABELS)
    line = error_message(config.study)
    assert line.startswith(f"{path}: key 'architecture': 'constituent_labels' learns the truth of constituents")
    assert "give the key 'sequences.constituents.truth' in its card" in line


def test_of_several_origins_the_signals_must_have_its_name(config):
    origins = [{"name": name, "label": name} for name in ("tau", "pileup")]
    sequence = DATASET["sequences"]["constituents"] | {"truth": "c_far", "origins": origins}
    write_card(config.card, changed(DATASET, "sequences.constituents", sequence))
    path = write_card(config.tagger("lstm"), LABELS)
    assert error_message(config.study).startswith(
        f"{path}: key 'hyperparameters.signal': there is no 'wide' among the origins of 'constituents' of dataset 'toy'"
    )
    write_card(config.tagger("lstm"), changed(LABELS, "hyperparameters.signal", None))
    assert "lstm" in load_cards(config.study).taggers


@pytest.mark.parametrize(
    ("jets", "files"),
    [(None, 4), (80, 4), (61, 4), (60, 3), (21, 2), (20, 1), (1, 1)],
)
def test_a_study_uses_the_first_files_of_every_process(config, jets, files):
    write_card(config.card, SIMULATED)
    cards = load_cards(write_card(config.study, changed(STUDY, "jets", jets)))
    assert cards.parts() == [f"{process}_{number:04d}" for process in ("qcd", "top") for number in range(files)]


def test_more_jets_than_are_simulated_are_refused(config):
    write_card(config.card, SIMULATED)
    line = error_message(write_card(config.study, changed(STUDY, "jets", 81)))
    assert "key 'jets': 81 is more than the 80 that dataset 'toy' simulates" in line


def test_more_training_jets_than_the_study_has_are_refused(config):
    write_card(config.card, SIMULATED)
    card = write_card(config.study, STUDY | {"jets": 40, "training_jets": [10, 40]})
    assert load_cards(card).study.training_jets == [10, 40]
    line = error_message(write_card(config.study, STUDY | {"jets": 40, "training_jets": [10, 41]}))
    assert "key 'training_jets': 41 is more than the 40 jets of the study" in line


def test_a_study_trains_on_all_jets_without_expectations_by_default(config):
    study = load_cards(config.study).study
    assert (study.training_jets, study.expectations) == ([], [])


def test_an_expectation_is_strict_by_default(config):
    cards = load_cards(write_card(config.study, STUDY | {"expectations": [EXPECTED]}))
    assert not cards.study.expectations[0].at_least


def test_a_study_on_files_uses_all_of_them(config, monkeypatch):
    monkeypatch.chdir(config.root)
    for file in config.files:
        file.touch()
    assert load_cards(config.study).parts() == ["toy_0", "toy_1"]


def test_fewer_training_jets_may_have_more_epochs():
    study = Study.model_validate(STUDY | {"epochs": 3})
    assert study.max_epochs(None) == study.max_epochs(100) == 3
    scan = Study.model_validate(STUDY | {"epochs": 3, "training_jets": [10, 100], "epochs_at": [20, 5]})
    assert [scan.max_epochs(jets) for jets in (10, 100)] == [20, 5]


@pytest.mark.parametrize(
    ("inputs", "advice"),
    [
        ({"scalars": ["tau21"]}, "there is no 'tau21' in dataset 'toy'; add it to the key 'substructure' in its card"),
        ({"scalars": ["dr_max"]}, "no 'dr_max' in dataset 'toy'; add it to the key 'tau_variables' in its card"),
        ({"scalars": ["tau1"]}, "(or add it to the key 'jet.extra' in its card)"),
        (
            {"sequences": {"tracks": ["log_pt"]}},
            "rename constituents to 'tracks' in its card, or use another name",
        ),
        ({"sequences": {"constituents": ["d0"]}}, "(or add it to the key 'sequences.constituents.extra' in its card)"),
        (
            {"sequences": {"constituents": ["charge_significance"]}},
            "(or add 'charge_error' to the key 'sequences.constituents.extra' in its card)",
        ),
        (
            {"sequences": {"constituents": ["log_abs_chrge"]}},
            "did you mean 'log_abs_charge'? (or add 'chrge' to the key 'sequences.constituents.extra' in its card)",
        ),
        ({"trees": {"constituents_random": ["log_abs_d0"]}}, "there is no 'log_abs_d0' among the features of nodes"),
        ({"trees": {"constituents_kt": ["log_pt"]}}, "add 'kt' to the key 'sequences.constituents.trees' in its card"),
        ({"trees": {"tracks_kt": ["log_pt"]}}, "rename constituents to 'tracks' in its card"),
        ({"trees": {"tracks_kT": ["log_pt"]}}, "name it <sequence>_<topology>"),
    ],
)
def test_a_missing_input_is_reported_with_how_to_add_it(config, inputs, advice):
    name = "boosted_trees" if "scalars" in inputs else "lstm"
    card = changed(TAGGERS[name], "inputs", inputs)
    if "trees" in inputs:
        card |= {"architecture": "recursive", "hyperparameters": {}}
    path = write_card(config.tagger(name), card)
    line = error_message(config.study)
    assert line.startswith(f"{path}: key 'inputs.")
    assert advice in line


def test_substructure_needs_a_sequence_named_constituents(config):
    card = {key: value for key, value in DATASET.items() if key != "substructure"}
    tracks = DATASET["sequences"]["constituents"] | {"trees": []}
    write_card(config.card, card | {"sequences": {"tracks": tracks}})
    write_card(config.tagger("lstm"), changed(TAGGERS["lstm"], "inputs", {"sequences": {"tracks": ["log_pt"]}}))
    write_card(config.tagger("boosted_trees"), changed(TAGGERS["boosted_trees"], "inputs", {"scalars": ["width"]}))
    write_card(config.tagger("gru"), changed(TAGGERS["gru"], "inputs", {"sequences": {"tracks": ["log_pt"]}}))
    assert error_message(config.study).endswith(
        "add it to the key 'substructure' in its card, and rename tracks to 'constituents'"
    )


def test_several_backgrounds_are_checked_against_the_dataset_and_the_taggers(config):
    third = DATASET["classes"] + [
        {"name": "flat", "label": "Flat jets", "color": "#000000", "selection": "is_wide == 2"}
    ]
    write_card(config.card, changed(DATASET, "classes", third))
    several = STUDY | {"background": ["narrow", "flat"], "fractions": {"narrow": 0.9, "flat": 0.1}}
    write_card(config.study, several)
    assert load_cards(config.study).study.backgrounds == {"narrow": 0.9, "flat": 0.1}
    write_card(config.study, STUDY | {"background": ["narrow", "wide"], "fractions": {"narrow": 0.9, "wide": 0.1}})
    assert "keys 'signal' and 'background' are both 'wide'" in error_message(config.study)
    write_card(config.study, STUDY | {"background": ["narrow", "falt"], "fractions": {"narrow": 0.9, "falt": 0.1}})
    assert "there is no 'falt' among the classes of dataset 'toy'; did you mean 'flat'?" in error_message(config.study)
    write_card(config.study, several)
    training = TAGGERS["lstm"]["training"] | {"classes": ["wide", "narrow"]}
    write_card(config.tagger("lstm"), TAGGERS["lstm"] | {"training": training})
    assert "'flat', the background of the study, is not among them" in error_message(config.study)


def test_figures_say_simulation_where_tagwerk_simulated_the_jets_or_the_card_says_so(config):
    assert load_cards(config.study).experiment() == FROM_FILES
    write_card(config.study, STUDY | {"experiment": {"name": "ATLAS", "status": "Simulation Internal"}})
    assert load_cards(config.study).experiment() == Experiment(name="ATLAS", status="Simulation Internal")
    write_card(config.study, STUDY)
    write_card(config.card, SIMULATED)
    assert load_cards(config.study).experiment() == Experiment(name="Tagwerk", status="Simulation")


def test_settings_of_training_in_the_study_replace_those_of_every_tagger(config):
    write_card(config.study, changed(STUDY, "training", {"schedule": "plateau", "patience": 2}))
    taggers = load_cards(config.study).taggers
    assert {(each.training.schedule, each.training.patience) for each in taggers.values()} == {("plateau", 2)}
    for name, tagger in taggers.items():
        own = Tagger.model_validate(TAGGERS[name]).training
        assert tagger.training.batch_size == own.batch_size
        assert tagger.training.learning_rate == own.learning_rate
