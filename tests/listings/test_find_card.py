"""A card of any kind is found by its name alone, by folder and name, or by its path."""

from pathlib import Path

import pytest

from tagwerk.cards.locate import SHIPPED
from tagwerk.errors import UserError
from tagwerk.listings.find_card import find_card, origin
from tests.conftest import DATASET, TAGGERS, write_card


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_name_of_several_cards_is_that_of_the_tagger_and_the_others_are_named(folder):
    found = find_card("lstm")
    assert (found.path, found.others) == (SHIPPED / "taggers/lstm.yaml", ["searches"])
    assert find_card("top").others == ["studies"]
    assert find_card("gru").others == []


def test_folder_and_name_choose_the_kind(folder):
    assert find_card("searches/lstm").path == SHIPPED / "searches/lstm.yaml"
    with pytest.raises(UserError, match=r"^config/datasets/lstm\.yaml: no such card; known: "):
        find_card("datasets/lstm")


def test_a_path_is_of_the_kind_of_its_folder_or_else_of_its_keys(folder):
    write_card(folder / "taggers/a.yaml", TAGGERS["lstm"])
    assert find_card("taggers/a.yaml").card.FOLDER == "taggers"
    for kind, card in {"taggers": TAGGERS["lstm"], "datasets": DATASET}.items():
        write_card(folder / "elsewhere/b.yaml", card)
        assert kind == find_card("elsewhere/b.yaml").card.FOLDER


def test_an_unknown_name_is_refused_with_the_nearest_of_any_kind(folder):
    with pytest.raises(UserError, match=r"^physlite_tau: no such card; did you mean 'physlite_taus'\?$"):
        find_card("physlite_tau")


def test_the_origin_says_whose_card_is_used(folder):
    assert origin(find_card("lstm").path) == "taggers/lstm.yaml, which comes with Tagwerk"
    write_card(folder / "config/taggers/lstm.yaml", TAGGERS["lstm"])
    write_card(folder / "config/taggers/mine.yaml", TAGGERS["lstm"])
    replaced = "config/taggers/lstm.yaml, instead of the card of this name that comes with Tagwerk"
    assert origin(find_card("lstm").path) == replaced
    assert origin(find_card("mine").path) == "config/taggers/mine.yaml"
