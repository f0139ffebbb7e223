"""Score files in a study's card and in cards of their own: what is accepted, and one line for each mistake."""

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.errors import UserError
from tests.conftest import STUDY as TRAINED
from tests.conftest import changed, write_card
from tests.scores.score_files import CARD

FILES = CARD | {"files": "scores.csv"}
STUDY = {"title": "Files", "scores": [FILES | {"name": "theirs"}], "signal": "top", "background": "qcd"}


@pytest.fixture
def study(tmp_path):
    return tmp_path / "config/studies/files.yaml"


def error_message(path, card):
    with pytest.raises(UserError) as error:
        load_cards(write_card(path, card))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_study_of_score_files_needs_no_dataset(study):
    cards = load_cards(write_card(study, STUDY))
    assert (cards.dataset, cards.taggers, cards.parts()) == (None, {}, [])
    assert cards.title == "Files"
    assert [*cards.compared] == ["theirs"]
    assert [(each.name, each.label) for each in cards.classes] == [("qcd", "qcd"), ("top", "top")]
    assert len({each.color for each in cards.classes}) == 2


def test_it_may_name_cards_and_give_classes_their_labels(study):
    write_card(study.parents[1] / "scores/ours.yaml", FILES | {"title": "Ours", "score": ["a", "b"]})
    styles = [{"name": "top", "label": "Top jets", "color": "#000000"}]
    cards = load_cards(write_card(study, STUDY | {"scores": ["ours", *STUDY["scores"]], "classes": styles}))
    assert [*cards.scores] == ["ours", "theirs"]
    assert cards.scores["ours"].score == ["a", "b"]
    assert [each.label for each in cards.classes] == ["Top jets", "qcd"]


def test_score_files_may_be_next_to_taggers(config):
    entry = FILES | {"name": "theirs", "classes": {"wide": 1, "narrow": 0}}
    cards = load_cards(write_card(config.study, TRAINED | {"scores": [entry]}))
    assert [*cards.compared] == ["lstm", "gru", "boosted_trees", "theirs"]
    assert [each.label for each in cards.classes] == ["Narrow jets", "Wide jets"]


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("scores", None, ["key 'taggers' is missing; add it, or give the key 'scores'"]),
        ("scores", ["thiers"], ["key 'scores'", "there is no 'thiers'"]),
        ("scores", [3], ["key 'scores.0'"]),
        ("scores", [FILES], ["key 'scores.0.name' is missing"]),
        ("scores", STUDY["scores"] * 2, ["key 'scores'", "'theirs' is duplicated"]),
        ("scores", [*STUDY["scores"], FILES | {"name": "b"}], ["'theirs' and 'b' have the same title, 'Theirs'"]),
        ("signal", "tpo", ["key 'signal'", "'tpo'", "did you mean 'top'?"]),
        ("background", "top", ["both 'top'"]),
        ("epochs", 3, ["key 'epochs' is for taggers that Tagwerk trains", "drop it"]),
        ("dataset", "toy", ["key 'dataset' is for taggers that Tagwerk trains"]),
        ("classes", [{"name": "topp", "label": "Top", "color": "#000000"}], ["'topp'", "did you mean 'top'?"]),
        ("expectations", [{"better": ["theirs"], "worse": ["ours"], "source": "x"}], ["'ours'", "of this study"]),
    ],
)
def test_a_mistake_in_the_study_names_file_key_and_value(study, key, value, parts):
    line = error_message(study, changed(STUDY, key, value))
    assert line.startswith(f"{study}: ")
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        ("title", None, ["key 'scores.0.title' is missing"]),
        ("columns", "x", ["unknown key 'columns'", "in 'scores.0'"]),
        ("score", [], ["give either the key 'score' or the key 'probabilities'"]),
        ("probabilities", {"top": "p"}, ["give either the key 'score' or the key 'probabilities'"]),
        ("classes", {"top": 1}, ["at least 2 items"]),
        ("classes", {"top": 1, "qcd": [0, 1]}, ["the value 1 is duplicated"]),
        ("classes", {"top": True, "qcd": False}, ["expected a number"]),
        ("files", [], ["key 'scores.0.files'"]),
        ("each_file", "jet", ["'seed' or 'part'", "not 'jet'"]),
        ("event", ["run", "run"], ["key 'event': 'run' is duplicated"]),
    ],
)
def test_a_mistake_in_score_files_names_their_key(study, key, value, parts):
    line = error_message(study, STUDY | {"scores": [changed(STUDY["scores"][0], key, value)]})
    for part in parts:
        assert part in line


def test_a_class_without_probability_is_refused_unless_it_is_one_of_two():
    two = FILES | {"score": [], "probabilities": {"top": "p"}}
    assert ScoreFiles.model_validate(two).probabilities == {"top": ["p"]}
    with pytest.raises(ValueError, match="'qcd' is missing; add its column"):
        ScoreFiles.model_validate(two | {"classes": {"top": 1, "qcd": 0, "w": 2}})


def test_an_index_in_the_event_needs_an_event():
    with pytest.raises(ValueError, match="give the key 'event' too"):
        ScoreFiles.model_validate(FILES | {"event": [], "jet": "index"})


def test_classes_that_the_dataset_lacks_are_refused(config):
    line = error_message(config.study, TRAINED | {"scores": [FILES | {"name": "theirs"}]})
    assert "classes of 'theirs'" in line
    assert "there is no 'qcd' among the classes of dataset 'toy'" in line


def test_a_tagger_and_score_files_have_different_names(config):
    entry = FILES | {"name": "lstm", "classes": {"wide": 1, "narrow": 0}}
    assert "'lstm' is also the name of a tagger" in error_message(config.study, TRAINED | {"scores": [entry]})
