from pathlib import Path

import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.search import load_searches
from tagwerk.cards.tagger import Tagger
from tagwerk.tuning.space import Space

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("card", sorted((CONFIG / "studies").glob("*.yaml")), ids=lambda card: card.stem)
def test_every_shipped_study_names_cards_that_fit(card):
    cards = load_cards(card)
    assert list(cards.taggers) == cards.study.all_taggers
    if cards.dataset is not None and cards.dataset.generator is not None:  # others need files
        assert cards.parts()


@pytest.mark.parametrize("card", sorted((CONFIG / "datasets").glob("*.yaml")), ids=lambda card: card.stem)
def test_every_shipped_dataset_loads(card):
    assert Dataset.load(card).scalars[:4] == ["pt", "eta", "phi", "mass"]


@pytest.mark.parametrize("card", sorted((CONFIG / "taggers").glob("*.yaml")), ids=lambda card: card.stem)
def test_every_shipped_tagger_loads(card):
    assert Tagger.load(card).engine in {"keras", "scikit-learn", "one variable"}


@pytest.mark.parametrize("card", sorted((CONFIG / "searches").glob("*.yaml")), ids=lambda card: card.stem)
def test_every_shipped_search_names_cards_that_fit_and_starts_from_the_card_of_its_tagger(card):
    for loaded in load_searches(card).values():
        space = Space.of(loaded.tagger, loaded.search.space)
        assert space.start_params().keys() == loaded.search.space.keys()


@pytest.mark.parametrize("name", ["top_vincia", "top_a14"])
def test_a_variant_of_the_simulated_jets_differs_in_its_settings_of_pythia_alone(name):
    cards = [yaml.safe_load((CONFIG / f"datasets/{each}.yaml").read_text()) for each in ("top", name)]
    nominal, variant = (card["generator"]["processes"] for card in cards)
    settings = [variant[each].pop("pythia")[len(nominal[each].pop("pythia")) :] for each in nominal]
    assert settings[0] == settings[1] != []
    for card in cards:
        for key in ("seed", "files", "jets_per_file"):
            del card["generator"][key]
        del card["title"]
    assert cards[0] == cards[1]
