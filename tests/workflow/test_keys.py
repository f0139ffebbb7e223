"""Which keys of cards rerun a stage."""

import pytest

from tagwerk.cards.category import Category
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.exported import Export
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.publication import Publication
from tagwerk.workflow import keys
from tests.conftest import DATASET, changed
from tests.evaluation.study_files import write_study


def summary_key(*origins):
    sequence = DATASET["sequences"]["constituents"] | {"truth": "c_t"}
    sequence["origins"] = [{"name": name, "label": label} for name, label in origins]
    return keys.of_summary(Dataset.model_validate(changed(DATASET, "sequences.constituents", sequence)))


@pytest.mark.parametrize(
    ("origins", "same"),
    [
        ([("tau", "From the tau"), ("pileup", "Pile-up")], True),
        ([("pileup", "Pile-up"), ("tau", "Tau")], False),
        ([("tau", "Tau"), ("underlying", "Pile-up")], False),
    ],
)
def test_the_labels_of_origins_rerun_nothing_and_their_names_and_order_do(origins, same):
    assert (summary_key(*origins) == summary_key(("tau", "Tau"), ("pileup", "Pile-up"))) == same


def test_categories_rerun_the_comparison_alone(tmp_path):
    cards = load_cards(write_study(tmp_path, jets=10)[0])
    category = Category(name="narrow", title="Narrow", selection="width < 0.1")
    changed = cards._replace(study=cards.study.model_copy(update={"categories": [category]}))
    tagger = cards.taggers["lstm"]
    assert keys.of_comparison(changed) != keys.of_comparison(cards)
    assert keys.of_probe(changed, tagger) == keys.of_probe(cards, tagger)
    assert keys.of_training(changed.dataset, tagger) == keys.of_training(cards.dataset, tagger)


def test_an_export_and_its_licence_rerun_nothing(tmp_path):
    cards = load_cards(write_study(tmp_path, jets=10)[0])
    published = {
        "export": Export(layouts=["cms"], names={"cms": {"tracks": "pfcands"}}, selected=True),
        "publication": Publication(license="CC-BY-4.0"),
    }
    changed = cards._replace(study=cards.study.model_copy(update=published))
    assert keys.of_comparison(changed) == keys.of_comparison(cards)
