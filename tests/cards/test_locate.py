"""Cards are found by path, by name in the working directory, and by name among those that come with Tagwerk."""

from pathlib import Path

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.locate import SHIPPED, card_and_file, card_path, named_card
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tests.conftest import TAGGERS, write_card


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_path_is_left_as_it_is(folder):
    for path in ("lstm.yaml", "some/lstm", "../lstm.yml", "/dev/fd/63"):
        assert card_path("taggers", path) == Path(path)


def test_the_card_of_the_working_directory_comes_before_that_of_tagwerk(folder):
    assert card_path("taggers", "lstm") == SHIPPED / "taggers/lstm.yaml"
    write_card(folder / "config/taggers/lstm.yaml", TAGGERS["lstm"])
    assert card_path("taggers", "lstm") == Path("config/taggers/lstm.yaml")
    assert Tagger.load("lstm").title == TAGGERS["lstm"]["title"]


def test_an_unknown_name_is_refused_with_the_nearest_one(folder):
    with pytest.raises(UserError, match=r"^config/taggers/lsmt\.yaml: no such card; did you mean 'lstm'\?$"):
        card_path("taggers", "lsmt")


def test_a_study_uses_its_own_cards_and_those_of_tagwerk(folder):
    study = {"title": "Mine", "dataset": "top", "taggers": ["gru", "lstm"], "epochs": 1}
    path = write_card(folder / "config/studies/mine.yaml", study | {"signal": "top", "background": "qcd"})
    shipped = Tagger.load("lstm")
    write_card(folder / "config/taggers/lstm.yaml", shipped.model_dump(exclude_unset=True) | {"title": "Own"})
    for card in ("mine", path):
        cards = load_cards(card)
        assert [tagger.title for tagger in cards.taggers.values()] == ["GRU", "Own"]
        assert cards.dataset_path == SHIPPED / "datasets/top.yaml"


def test_a_study_of_tagwerk_uses_the_cards_of_the_working_directory_first(folder):
    shipped = Tagger.load("lstm")
    write_card(folder / "config/taggers/lstm.yaml", shipped.model_dump(exclude_unset=True) | {"title": "Own"})
    assert load_cards("demo").taggers["lstm"].title == "Own"


def test_a_name_in_a_card_that_is_in_no_folder_is_refused(folder):
    with pytest.raises(UserError, match=r"^x/studies/a\.yaml: key 'taggers': there is no 'lsmt' in x/taggers; did you"):
        named_card("taggers", "lsmt", Path("x/studies/a.yaml"), "taggers")


def test_card_and_file_may_be_swapped_on_the_command_line():
    card, file = Path("a.yaml"), Path("a.root")
    assert card_and_file(card, file) == card_and_file(file, card) == (card, file)
    assert card_and_file(Path("top"), file) == (Path("top"), file)
