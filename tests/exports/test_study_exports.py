"""What an experiment's software does not read is refused before a study trains anything."""

from pathlib import Path

import pytest

from tagwerk.cards.exported import Export
from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.exports.study_exports import check_exports
from tests.exports.conftest import CONFIG

CARD = Path("config/studies/demo.yaml")


def check(**keys):
    cards = load_cards(CONFIG / "studies/demo.yaml")
    check_exports(CARD, cards._replace(study=cards.study.model_copy(update={"export": Export(**keys)})))


def test_what_can_be_exported_passes():
    check(layouts=["tagwerk"])
    check(layouts=["tagwerk", "atlas", "cms"], taggers=["lstm", "gru"])


@pytest.mark.parametrize("layout", ["atlas", "cms"])
@pytest.mark.parametrize(
    ("tagger", "message"),
    [
        ("boosted_trees", "tagger 'boosted_trees' sees the jet variable 'multiplicity'"),
        ("tree_lstm_child_sum", "tagger 'tree_lstm_child_sum' sees the tree 'constituents_cambridge_aachen'"),
    ],
)
def test_what_is_not_read_is_refused(layout, tagger, message):
    with pytest.raises(UserError) as error:
        check(layouts=["tagwerk", layout], taggers=["lstm", tagger])
    assert str(error.value).startswith(f"{CARD}: key 'export': layout '{layout}': {message}")
    assert str(error.value).endswith("; the key 'export.taggers' names those to export")
    assert "\n" not in str(error.value)


def test_the_message_has_the_words_of_the_card():
    with pytest.raises(UserError) as error:
        check(layouts=["cms"], taggers=["lstm"], names={"cms": {"constituents": "flows"}})
    assert "say with --name constituents=pfcands that" in str(error.value)
    assert str(error.value).endswith("; --name is the key 'export.names.cms'")
