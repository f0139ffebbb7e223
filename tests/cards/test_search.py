import pytest

from tagwerk.cards.search import load_search, whole_numbers, with_values
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tests.conftest import DATASET, SEARCH, TAGGERS, changed, write_card


def said(path):
    with pytest.raises(UserError) as mistake:
        load_search(path)
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


def search_with(config, key, dimension):
    return write_card(config.search, SEARCH | {"space": {key: dimension}})


def test_a_search_brings_its_tagger_and_its_studys_dataset(config):
    found = load_search(config.search)
    assert found.tagger.architecture == "recurrent"
    assert found.tagger_path == config.tagger("lstm")
    assert found.cards.dataset.title == DATASET["title"]


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("tagger", "lstn", ["key 'tagger'", "'lstn'", "did you mean 'lstm'?"]),
        ("tagger", "boosted_trees", ["key 'tagger'", "'boosted_trees' has no epochs, only networks are searched"]),
        ("study", "toi", ["key 'study'", "'toi'", "did you mean 'toy'?"]),
        ("seed", 2**32, ["key 'seed'", "less than or equal to 4294967295"]),
        ("title", r"$\frac{1}$", ["key 'title'", "formula that Matplotlib cannot draw"]),
        ("trials", 0, ["key 'trials'", "greater than 0", "not 0"]),
        ("trial", 3, ["unknown key 'trial'", "did you mean 'trials'?"]),
        ("workers", 0, ["key 'workers'", "not 0"]),
        ("space", {}, ["key 'space'", "at least 1 item"]),
        ("space", None, ["key 'space' is missing; add it"]),
        ("pruning", {"epoch": 3}, ["unknown key 'epoch'", "did you mean 'epochs'?"]),
    ],
)
def test_a_mistake_is_said_with_file_key_and_value(config, key, value, parts):
    line = said(write_card(config.search, changed(SEARCH, key, value)))
    assert line.startswith(f"{config.search}: ")
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("key", "dimension", "parts"),
    [
        ("training.lerning_rate", {"low": 0.1, "high": 1}, ["key 'space'", "did you mean 'training.learning_rate'?"]),
        ("hyperparameters.unit", {"choices": [[4], [8]]}, ["did you mean 'hyperparameters.units'?"]),
        ("units", {"choices": [[4], [8]]}, ["'units' is no key of the tagger's to search"]),
        ("title", {"choices": ["a", "b"]}, ["'title' is no key of the tagger's to search"]),
        ("training.classes", {"choices": [["wide"], []]}, ["'training.classes' is no key of the tagger's to search"]),
        ("training.learning_rate", {"low": 0.1, "high": 0.1}, ["space.training.learning_rate", "'low' is 0.1 and"]),
        ("training.learning_rate", {"low": 0, "high": 0.1, "log": True}, ["'low' is 0, which has no logarithm"]),
        ("training.learning_rate", {"low": 0, "high": 0.1}, ["learning_rate.low'", "refuses 0.0", "greater than 0"]),
        ("training.learning_rate", {"low": 0.1}, ["give 'low' and 'high', or 'choices'"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "choices": [1, 2]}, ["give either"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "hi": 2}, ["unknown key 'hi'", "training.learning_rate"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "step": 0.4}, ["are 2.25 times 'step'"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "log": True, "step": 0.1}, ["has 'log' and 'step'"]),
        ("training.batch_size", {"low": 2.5, "high": 8}, ["batch_size.low'", "refuses 2.5", "valid integer"]),
        ("training.batch_size", {"low": 2, "high": 8, "step": 1.5}, ["batch_size.step'", "takes whole numbers"]),
        ("hyperparameters.dropout", {"low": 0, "high": 1}, ["dropout.high'", "refuses 1.0", "less than 1"]),
        ("hyperparameters.units", {"low": 4, "high": 8}, ["units.low'", "refuses 4.0", "valid tuple"]),
        ("hyperparameters.units", {"choices": [[4], [0]]}, ["units.choices.1'", "refuses [0]", "greater than 0"]),
        ("hyperparameters.cell", {"choices": ["lstm", "gro"]}, ["cell.choices.1'", "refuses 'gro'"]),
        ("hyperparameters.cell", {"choices": ["lstm"]}, ["give at least two, each once"]),
        ("hyperparameters.cell", {"choices": ["lstm", "gru", "lstm"]}, ["give at least two, each once"]),
    ],
)
def test_values_that_cannot_be_tried_are_refused_beforehand(config, key, dimension, parts):
    line = said(search_with(config, key, dimension))
    assert line.startswith(f"{config.search}: ")
    for part in parts:
        assert part in line


def test_a_key_that_changes_the_loss_is_refused(config):
    write_card(config.card, changed(DATASET, "sequences.constituents.truth", "c_far"))
    write_card(config.tagger("lstm"), TAGGERS["lstm"] | {"architecture": "constituent_labels"})
    key = "hyperparameters.share"
    line = said(search_with(config, key, {"low": 0.1, "high": 0.9}))
    assert f"'space.{key}.low': 0.1 makes another loss, which cannot be compared" in line


def test_only_what_the_tagger_takes_no_fraction_of_is_whole(config):
    tagger = Tagger.load(config.tagger("lstm"))

    def whole(key, dimension):
        found = load_search(search_with(config, key, dimension))
        return whole_numbers(tagger, key, found.search.space[key])

    assert whole("training.batch_size", {"low": 16, "high": 64})
    assert not whole("training.weight_decay", {"low": 0, "high": 1})
    assert not whole("hyperparameters.dropout", {"low": 0, "high": 0.5})
    assert not whole("hyperparameters.units", {"choices": [[4], [8]]})


def test_other_values_stand_in_an_otherwise_equal_card(config):
    tagger = Tagger.load(config.tagger("lstm"))
    found = with_values(tagger, {"training.patience": 2, "hyperparameters.units": [3]})
    assert found.training.patience == 2
    assert found.hyperparameters == tagger.hyperparameters | {"units": [3]}
    assert found.model_copy(update={"training": tagger.training, "hyperparameters": tagger.hyperparameters}) == tagger
