from tagwerk.cards.card_names import card_names, own_names, shipped_names
from tagwerk.cards.locate import SHIPPED
from tests.conftest import TAGGERS, write_card


def test_cards_of_the_working_directory_come_first_and_those_of_one_name_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert own_names("taggers") == []
    for name in ("zeta", "lstm"):
        write_card(tmp_path / f"config/taggers/{name}.yaml", TAGGERS["lstm"])
    assert own_names("taggers") == ["lstm", "zeta"]
    shipped = shipped_names("taggers")
    assert card_names("taggers") == ["lstm", "zeta", *(name for name in shipped if name != "lstm")]


def test_in_a_checkout_the_cards_are_those_of_tagwerk(monkeypatch):
    monkeypatch.chdir(SHIPPED.parent)
    assert own_names("taggers") == []
    assert card_names("taggers") == shipped_names("taggers") != []
