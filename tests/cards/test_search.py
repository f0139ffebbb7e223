import pytest

from tagwerk.cards.search import load_search, load_searches, takes_integers, with_values
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tests.conftest import DATASET, SEARCH, TAGGERS, changed, write_card


def error_message(path):
    with pytest.raises(UserError) as error:
        load_search(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def search_with(config, key, dimension):
    return write_card(config.search, SEARCH | {"space": {key: dimension}})


def test_a_search_loads_its_tagger_and_the_dataset_of_its_study(config):
    loaded = load_search(config.search)
    assert loaded.tagger.architecture == "recurrent"
    assert loaded.tagger_path == config.tagger("lstm")
    assert loaded.cards.dataset.title == DATASET["title"]


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("tagger", "lstn", ["key 'tagger'", "'lstn'", "did you mean 'lstm'?"]),
        ("tagger", "boosted_trees", ["key 'tagger'", "'boosted_trees' has no epochs; name a network"]),
        ("tagger", None, ["key 'tagger'"]),
        ("taggers", ["gru"], ["give 'tagger' or 'taggers', not both"]),
        ("study", "toi", ["key 'study'", "'toi'", "did you mean 'toy'?"]),
        ("seed", 2**32, ["key 'seed'", "less than or equal to 4294967295"]),
        ("title", r"$\frac{1}$", ["key 'title'", "formula that Matplotlib cannot draw"]),
        ("trials", 0, ["key 'trials'", "greater than 0", "not 0"]),
        ("trial", 3, ["unknown key 'trial'", "did you mean 'trials'?"]),
        ("workers", 0, ["key 'workers'", "not 0"]),
        ("workers", 10**9, ["key 'workers'", "less than or equal to 1000"]),
        ("trials", True, ["key 'trials': expected a number, not True"]),
        ("tagger", 2024, ["key 'tagger'", "not 2024, which YAML reads as a number; put it in quotes: '2024'"]),
        ("space", {}, ["key 'space'", "at least 1 item"]),
        ("space", None, ["key 'space' is missing; add it"]),
        ("pruning", {"epoch": 3}, ["unknown key 'epoch'", "did you mean 'epochs'?"]),
    ],
)
def test_an_error_names_file_key_and_value(config, key, value, parts):
    line = error_message(write_card(config.search, changed(SEARCH, key, value)))
    assert line.startswith(f"{config.search}: ")
    for part in parts:
        assert part in line


def several(config, *taggers):
    """Write a search of several taggers."""
    shared = {key: SEARCH["space"][key] for key in ("training.learning_rate", "hyperparameters.units")}
    card = {key: value for key, value in SEARCH.items() if key != "tagger"} | {"space": shared}
    return write_card(config.search, card | {"taggers": list(taggers)})


def test_each_of_several_taggers_is_searched_with_the_same_trials_and_space(config):
    found = load_searches(several(config, "gru", "lstm"))
    assert list(found) == ["gru", "lstm"]
    assert [cards.tagger_path for cards in found.values()] == [config.tagger("gru"), config.tagger("lstm")]
    assert found["gru"].search == found["lstm"].search
    assert [cards.title for cards in found.values()] == ["Toy search: gru", "Toy search: lstm"]
    assert load_search(config.search, "lstm") == found["lstm"]


@pytest.mark.parametrize(
    ("taggers", "part"),
    [
        ([], "key 'tagger' is missing; add it"),
        (["gru", "lstm", "gru"], "key 'taggers': 'gru' is duplicated; give it once"),
        (["gru", "lstn"], "key 'taggers': there is no 'lstn'"),
        (["gru", "boosted_trees"], "key 'taggers': 'boosted_trees' has no epochs; name a network"),
        (["gru", "dense"], "'hyperparameters.units' is not a key that can be searched for 'dense'"),
        (["gru", "lstm"], "has several taggers; name one of them with --tagger; known: gru, lstm"),
    ],
)
def test_an_error_of_several_taggers_names_the_tagger(config, taggers, part):
    scalars = {"inputs": {"scalars": ["mass"]}, "hyperparameters": {}}
    write_card(config.tagger("dense"), TAGGERS["lstm"] | {"architecture": "dense"} | scalars)
    assert part in error_message(several(config, *taggers))


def test_a_tagger_that_the_search_lacks_is_refused(config):
    with pytest.raises(UserError, match=r"toy\.yaml: has no tagger 'gro'; did you mean 'gru'"):
        load_search(several(config, "gru", "lstm"), "gro")


@pytest.mark.parametrize(
    ("key", "dimension", "parts"),
    [
        ("training.lerning_rate", {"low": 0.1, "high": 1}, ["key 'space'", "did you mean 'training.learning_rate'?"]),
        ("hyperparameters.unit", {"choices": [[4], [8]]}, ["did you mean 'hyperparameters.units'?"]),
        ("units", {"choices": [[4], [8]]}, ["'units' is not a key that can be searched"]),
        ("title", {"choices": ["a", "b"]}, ["'title' is not a key that can be searched"]),
        ("training.classes", {"choices": [["wide"], []]}, ["'training.classes' is not a key that can be searched"]),
        ("training.learning_rate", {"low": 0.1, "high": 0.1}, ["space.training.learning_rate", "'low' is 0.1 and"]),
        ("training.learning_rate", {"low": 0, "high": 0.1, "log": True}, ["'low' is 0, which has no logarithm"]),
        ("training.learning_rate", {"low": 0, "high": 0.1}, ["learning_rate.low'", "refuses 0.0", "greater than 0"]),
        ("training.learning_rate", {"low": 0.1}, ["give 'low' and 'high', or 'choices'"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "choices": [1, 2]}, ["give one or the other"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "hi": 2}, ["unknown key 'hi'", "training.learning_rate"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "step": 0.4}, ["is 2.25 times 'step'"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "log": True, "step": 0.1}, ["has 'log' and 'step'"]),
        ("training.batch_size", {"low": 2.5, "high": 8}, ["batch_size.low'", "refuses 2.5", "valid integer"]),
        ("training.batch_size", {"low": 2, "high": 8, "step": 1.5}, ["batch_size.step'", "takes integers"]),
        ("hyperparameters.dropout", {"low": 0, "high": 1}, ["dropout.high'", "refuses 1.0", "less than 1"]),
        ("hyperparameters.units", {"low": 4, "high": 8}, ["units.low'", "refuses 4.0", "valid tuple"]),
        ("hyperparameters.units", {"choices": [[4], [0]]}, ["units.choices.1'", "refuses [0]", "greater than 0"]),
        ("hyperparameters.cell", {"choices": ["lstm", "gro"]}, ["cell.choices.1'", "refuses 'gro'"]),
        ("hyperparameters.cell", {"choices": ["lstm"]}, ["give at least two, all different"]),
        ("hyperparameters.cell", {"choices": ["lstm", "gru", "lstm"]}, ["give at least two, all different"]),
        ("hyperparameters.units", {"choices": [[4], [8], [4]]}, ["give at least two, all different"]),
        ("hyperparameters.units", {"choices": [[4], [10**9]]}, ["units.choices.1'", "less than or equal to 16384"]),
        ("hyperparameters.cell", {"choices": ["lstm", True]}, ["cell.choices.1'", "refuses True"]),
        ("training.batch_size", {"choices": list(range(1, 5000))}, ["batch_size.choices'", "at most 100 items"]),
        ("training.learning_rate", {"low": -1.7e308, "high": 1.7e308}, ["the range is too wide"]),
        ("training.learning_rate", {"low": 1.6e308, "high": 1.7e308}, ["the range is too wide"]),
        ("training.learning_rate", {"low": 0.1, "high": 1, "step": 5e-324}, ["the range is too wide"]),
        ("training.learning_rate", {"low": 0.1, "high": float("inf")}, ["learning_rate.high'", "finite number"]),
        ("training.learning_rate", {"low": False, "high": 1}, ["key 'low': expected a number, not False"]),
    ],
)
def test_values_that_cannot_be_tried_are_refused(config, key, dimension, parts):
    line = error_message(search_with(config, key, dimension))
    assert line.startswith(f"{config.search}: ")
    for part in parts:
        assert part in line


def test_a_key_that_changes_the_loss_is_refused(config):
    write_card(config.card, changed(DATASET, "sequences.constituents.truth", "c_far"))
    write_card(config.tagger("lstm"), TAGGERS["lstm"] | {"architecture": "constituent_labels"})
    key = "hyperparameters.share"
    line = error_message(search_with(config, key, {"low": 0.1, "high": 0.9}))
    assert f"'space.{key}.low': 0.1 changes the loss, so trials cannot be compared" in line


def test_a_key_takes_integers_if_the_tagger_refuses_fractions(config):
    tagger = Tagger.load(config.tagger("lstm"))

    def integers(key, dimension):
        loaded = load_search(search_with(config, key, dimension))
        return takes_integers(tagger, key, loaded.search.space[key])

    assert integers("training.batch_size", {"low": 16, "high": 64})
    assert not integers("training.weight_decay", {"low": 0, "high": 1})
    assert not integers("hyperparameters.dropout", {"low": 0, "high": 0.5})
    assert not integers("hyperparameters.units", {"choices": [[4], [8]]})


def test_new_values_leave_the_rest_of_the_card_unchanged(config):
    tagger = Tagger.load(config.tagger("lstm"))
    varied = with_values(tagger, {"training.patience": 2, "hyperparameters.units": [3]})
    assert varied.training.patience == 2
    assert varied.hyperparameters == tagger.hyperparameters | {"units": [3]}
    assert varied.model_copy(update={"training": tagger.training, "hyperparameters": tagger.hyperparameters}) == tagger
