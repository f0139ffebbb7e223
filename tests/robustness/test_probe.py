"""A tagger that reads the mass alone loses everything without it, and nothing without anything else."""

import numpy as np
import pytest

import tagwerk as tw
from tagwerk.robustness.probe import probe
from tagwerk.robustness.sample import read_sample
from tests.conftest import DATASET, TAGGERS, changed, toy_branches

JETS = 600


def cards_of(tagger, **study):
    """Return the cards of a study of one tagger, `mine`, on the toy dataset."""
    values = {"title": "Toy", "dataset": "toy", "taggers": ["mine"], "epochs": 5, "signal": "wide"} | study
    dataset = tw.Dataset.model_validate(DATASET)
    return tw.Cards(tw.Study.model_validate({"background": "narrow"} | values), dataset, {"mine": tagger})


@pytest.fixture(scope="module")
def records():
    return tw.read(tw.Dataset.model_validate(DATASET), toy_branches(0, 4 * JETS), "toy")


@pytest.fixture(scope="module")
def trees(records):
    """Boosted trees on the mass and on pT, which is the same for both classes."""
    card = changed(TAGGERS["boosted_trees"], "inputs.scalars", ["mass", "pt"])
    tagger = tw.Tagger.model_validate(changed(card, "hyperparameters.smallest_leaf", 50))
    return cards_of(tagger), tw.train(tagger, DATASET_CARD, None, records, name="mine", seed=3)


DATASET_CARD = tw.Dataset.model_validate(DATASET)


def by_name(changes):
    return {each.name: each for each in changes}


def test_the_importance_is_that_of_the_only_useful_variable(trees, records):
    result = probe(*trees, records, count=50)
    assert result.nominal.auc > 0.85
    mass, pt = (by_name(result.inputs)[name] for name in ("mass", "pt"))
    assert mass.auc == pytest.approx(0.5, abs=0.06)
    assert mass.difference == pytest.approx(mass.auc - result.nominal.auc)
    assert abs(pt.difference) < 0.03
    assert abs(pt.difference) < 3 * pt.uncertainty + 0.01
    assert mass.rejections[1].ratio < 0.5
    assert result.ranks == []


def test_variables_of_the_jet_do_not_depend_on_the_order_of_its_constituents(trees, records):
    perturbed = by_name(probe(*trees, records, count=20).perturbations)
    assert perturbed["shuffle"].unchanged
    assert (perturbed["shuffle"].difference, perturbed["shuffle"].uncertainty) == (0, 0)
    assert not perturbed["smear_momenta_10"].unchanged


def test_a_network_without_order_does_not_see_that_constituents_are_shuffled(tensorflow, records):
    inputs = {"sequences": {"constituents": ["log_pt_share", "delta_eta", "delta_phi", "charge"]}}
    card = {"title": "Sets", "color": "#7a21dd", "architecture": "deep_sets", "inputs": inputs}
    tagger = tw.Tagger.model_validate(card)
    model = tw.train(tagger, DATASET_CARD, None, records, epochs=2, name="mine", seed=3)
    result = probe(cards_of(tagger), model, records, count=20)
    assert abs(by_name(result.perturbations)["shuffle"].difference) < 1e-4
    inputs = by_name(result.inputs)
    assert inputs["direction"].difference < -0.2 < -0.05 < inputs["charge"].difference
    assert [each.title for each in result.ranks] == ["1", "2", "3", "4 to 5", "6 to 10", "11 to 20", "from 21 on"]
    assert result.ranks[-1].unchanged  # no jet has 21 constituents


def test_a_seed_determines_the_result(trees, records):
    first, again, other = (probe(*trees, records, count=20, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.perturbations != other.perturbations


def test_the_card_sets_the_number_of_jets_half_of_them_signal(trees, records):
    cards, model = trees
    few = cards._replace(study=cards.study.model_copy(update={"robustness": type(cards.study.robustness)(jets=100)}))
    result = probe(few, model, records, count=20)
    assert (result.signal_jets, result.background_jets) == (50, 50)


def test_a_smaller_sample_is_part_of_a_larger_one(records):
    from tagwerk.records.parts import parts_of

    events = [
        list(zip(sample.event, sample.jet.pt, strict=True))
        for sample in (read_sample(parts_of(records), ["test"], ["constituents"], 1, [0], count) for count in (60, 200))
    ]
    assert [len(each) for each in events] == [60, 200]
    assert set(events[0]) < set(events[1])


def test_a_model_of_another_tagger_or_dataset_is_refused(trees, records):
    cards, model = trees
    with pytest.raises(tw.UserError, match=r"mine, seed 3: tagger 'mine' is not in the study \(other\); give a model"):
        probe(cards._replace(taggers={"other": cards.taggers["mine"]}), model, records)
    other = tw.Dataset.model_validate(changed(DATASET, "substructure", ["multiplicity"]))
    with pytest.raises(tw.UserError, match=r"was trained on another dataset than 'toy', with classes narrow, wide and"):
        probe(cards._replace(dataset=other), model, records)


def test_too_few_jets_are_refused(trees, records):
    cards, model = trees
    few = cards._replace(study=cards.study.model_copy(update={"robustness": type(cards.study.robustness)(jets=30)}))
    with pytest.raises(tw.UserError, match=r"mine, seed 3: 15 test jets of class 'wide', but a comparison needs 25"):
        probe(few, model, records)
    with pytest.raises(tw.UserError, match=r"array 0/test: no jets; ingest more jets"):
        probe(cards, model, records[np.asarray(records.split != "test")])
