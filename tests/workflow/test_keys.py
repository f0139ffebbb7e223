"""A change of a card's key reruns the stages that read it."""

from tagwerk.cards.category import Category
from tagwerk.cards.load_study import load_cards
from tagwerk.workflow.keys import of_comparison, of_probe, of_training
from tests.evaluation.study_files import write_study


def test_categories_rerun_the_comparison_alone(tmp_path):
    cards = load_cards(write_study(tmp_path, jets=10)[0])
    category = Category(name="narrow", title="Narrow", selection="width < 0.1")
    changed = cards._replace(study=cards.study.model_copy(update={"categories": [category]}))
    tagger = cards.taggers["lstm"]
    assert of_comparison(changed) != of_comparison(cards)
    assert of_probe(changed, tagger) == of_probe(cards, tagger)
    assert of_training(changed.dataset, tagger) == of_training(cards.dataset, tagger)
