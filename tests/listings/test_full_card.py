"""A card with all its defaults is a card again, with the same meaning."""

import pytest
import yaml

from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.search import Search
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger
from tagwerk.listings.find_card import KINDS
from tagwerk.listings.full_card import full_text
from tests.conftest import SEARCH, STUDY
from tests.scores.score_files import CARD

CARDS = sorted(path for folder in KINDS for path in (SHIPPED / folder).glob("*.yaml"))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_included_card_is_the_same_with_its_defaults(path, tmp_path):
    card = KINDS[path.parent.name].load(path)
    (again := tmp_path / path.parent.name / path.name).parent.mkdir()
    again.write_text(full_text(card), encoding="utf-8")
    loaded = type(card).load(again)
    if isinstance(card, Tagger):
        assert loaded.all_hyperparameters == card.all_hyperparameters
        loaded = loaded.model_copy(update={"hyperparameters": card.hyperparameters})
    assert loaded == card
    assert full_text(loaded) == full_text(card)


def test_score_files_in_a_card_or_in_a_study_are_the_same_with_their_defaults():
    files = CARD | {"files": "scores.csv"}
    study = {"title": "Files", "scores": [files | {"name": "theirs"}], "signal": "top", "background": "qcd"}
    for card in (ScoreFiles.model_validate(files), Study.model_validate(study)):
        assert type(card).model_validate(yaml.safe_load(full_text(card))) == card


def test_the_defaults_of_all_keys_and_hyperparameters_are_there():
    shown = yaml.safe_load(full_text(Tagger.load(SHIPPED / "taggers/lstm.yaml")))
    assert shown.keys() == Tagger.model_fields.keys()
    assert (shown["hyperparameters"]["direction"], shown["training"]["patience"]) == ("forward", 5)


def test_a_hyperparameter_that_does_not_apply_is_left_out():
    shown = yaml.safe_load(full_text(Tagger.load(SHIPPED / "taggers/min_gru.yaml")))
    assert "states" not in shown["hyperparameters"]  # which only Mamba has
    assert shown["hyperparameters"]["order"] == "as_stored"


def test_a_study_overrides_no_setting_of_its_taggers_that_it_did_not_override():
    study = Study.model_validate(STUDY | {"training": {"patience": 2}})
    assert yaml.safe_load(full_text(study))["training"] == {"patience": 2}


def test_a_study_without_taggers_has_no_key_that_it_would_refuse():
    shown = yaml.safe_load(full_text(Study.load(SHIPPED / "studies/physlite_taus.yaml")))
    assert "seeds" not in shown
    assert shown["flat_in"] == []


def test_the_choices_of_a_search_have_no_range():
    space = {"hyperparameters.units": {"choices": [[4], [6]]}, "training.patience": {"low": 1, "high": 3}}
    shown = yaml.safe_load(full_text(Search.model_validate(SEARCH | {"space": space})))
    assert shown["space"] == space
