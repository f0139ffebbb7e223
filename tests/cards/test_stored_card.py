"""The card in a model's directory is the dataset's own."""

from pathlib import Path

import pytest

import tagwerk as tw
from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.stored_card import card_text, parse_card

CARDS = sorted(path.stem for path in (SHIPPED / "datasets").glob("*.yaml"))


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_read_back_as_it_was(name):
    card = tw.Dataset.load(name)
    assert parse_card(card_text(card), Path("dataset.yaml")) == card


def test_defaults_are_written():
    assert "momentum_unit: GeV" in card_text(tw.Dataset.load("top")).splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- 1", "dataset.yaml: a card is a mapping of keys to values, this is [1]"),
        ("title: {", "dataset.yaml: not valid YAML: "),
        ("title: x", "dataset.yaml: key 'event' is missing; add it"),
    ],
)
def test_text_that_is_no_card_is_refused_in_one_line(text, line):
    with pytest.raises(tw.UserError) as mistake:
        parse_card(text, Path("dataset.yaml"))
    assert str(mistake.value).startswith(line)
    assert "\n" not in str(mistake.value)


def test_a_trained_model_has_its_card_in_memory_and_on_disk(toy, toy_runs, tmp_path):
    folder = toy_runs / "boosted_trees/model"
    model = tw.load_model(folder)
    assert tw.Dataset.load(folder / "dataset.yaml") == tw.Dataset.load(toy.card)
    assert model.card == (folder / "dataset.yaml").read_text() == card_text(tw.Dataset.load(toy.card))
    model.save(tmp_path)
    assert (tmp_path / "dataset.yaml").read_bytes() == (folder / "dataset.yaml").read_bytes()


def test_a_model_without_a_card_still_scores(toy, toy_runs, tmp_path):
    model = tw.load_model(toy_runs / "boosted_trees/model")
    tw.TrainedModel(model.model, model.history, model.record).save(tmp_path)
    assert not (tmp_path / "dataset.yaml").exists()
    assert tw.load_model(tmp_path).card is None
    assert len(tw.score(tmp_path, toy.parts).scores) > 0


def test_a_card_of_other_classes_is_refused(toy, toy_runs, tmp_path):
    model = tw.load_model(toy_runs / "boosted_trees/model")
    tw.TrainedModel(model.model, model.history, model.record, card_text(tw.Dataset.load("top"))).save(tmp_path)
    with pytest.raises(
        tw.UserError, match=r"dataset.yaml: has other classes than the model; run `tagwerk train` again"
    ):
        tw.apply(tmp_path, toy.files[0])
