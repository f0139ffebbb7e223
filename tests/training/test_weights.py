import numpy as np
import pytest

from tagwerk.cards.reweighting import Reweighting
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import ReweightingFactors
from tagwerk.training import classical
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.weights import JetWeights
from tests.training.conftest import load, split_of, task


@pytest.fixture(scope="module")
def jets(toy):
    jets = load(toy, "train", "boosted_trees")
    return jets.with_weights(np.where(jets.label == 0, 1.0, 3.0))


def pool_of(split):
    (pool,) = split.pools(np.random.default_rng(1))
    return pool


def test_the_mean_weight_is_one_and_ratios_are_kept(jets):
    weight = pool_of(split_of(jets)).weight
    assert weight.mean() == pytest.approx(1)
    assert weight / weight[0] == pytest.approx(jets.weight / jets.weight[0])


def test_weights_of_one_are_unchanged(toy):
    jets = load(toy, "train", "boosted_trees")
    assert (pool_of(split_of(jets)).weight == jets.weight).all()


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_trees_learn_the_same_whatever_the_unit_of_the_weights(toy, jets, unit):
    """If weights were not scaled, trees would not split at weights below about 1e-6."""
    validation, histories = load(toy, "validation", "boosted_trees"), []
    for factor in (1.0, unit):
        splits = [split_of(sample.with_weights(factor * sample.weight)) for sample in (jets, validation)]
        histories.append(classical.train(task(toy, "boosted_trees"), *splits)[1])
    assert histories[1].to_numpy() == pytest.approx(histories[0].to_numpy(), rel=1e-4)
    assert histories[0].loss.iloc[-1] < 0.8 * histories[0].loss.iloc[0]


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_weights_that_do_not_sum_to_more_than_zero_are_refused(jets, weight):
    with pytest.raises(
        UserError, match=r"key 'weight': the weights of class 'narrow' in a split sum to (nan|-?\d+); correct them"
    ):
        split_of(jets.with_weights(np.full(len(jets), weight)))


def test_a_missing_class_is_refused_by_name(jets):
    with pytest.raises(
        UserError,
        match="key 'classes': no jet of class 'wide' in a split; training needs jets of narrow, wide: ingest more",
    ):
        split_of(jets.take(np.flatnonzero(jets.label == 0)))


def test_class_weights_of_the_card_multiply_the_jet_weights(jets):
    jet_weights = JetWeights.of(TrainingSettings(class_weights={"wide": 0.2}), ["narrow", "wide"], None)
    weight = pool_of(SplitJets([jets], jets.schema, jet_weights)).weight
    narrow, wide = (np.unique(weight[jets.label == label]) for label in (0, 1))
    assert wide / narrow == pytest.approx(0.6)


def test_only_jets_of_the_cards_classes_are_trained_on(jets):
    jet_weights = JetWeights.of(TrainingSettings(classes=["wide"]), ["narrow", "wide"], None)
    split = SplitJets([jets], jets.schema, jet_weights)
    assert (len(split), pool_of(split).label.tolist()) == (jets.label.sum(), [1] * jets.label.sum())
    assert pool_of(split).records.event.tolist() == jets.records.event[jets.label == 1].tolist()


def spectra(method="weights", upper=3.0, lower=0.5):
    """The factor of class wide is `upper` above pT 550 and `lower` below."""
    card = Reweighting(reference="narrow", method=method)
    table = {"narrow": [[1.0], [1.0]], "wide": [[lower], [upper]]}
    return ReweightingFactors(card=card, edges=([550.0], []), factors=table, jets={}, effective={}, closure={})


def reweighted_by_hand(jets):
    pt = jets.table()["pt"].to_numpy()
    return jets.weight * np.where(jets.label == 0, 1.0, np.where(pt >= 550, 3.0, 0.5))


def test_reweighting_multiplies_the_weights_and_changes_nothing_else(jets):
    after = pool_of(SplitJets([jets], jets.schema, JetWeights(np.ones(2), spectra())))
    expected = reweighted_by_hand(jets)
    assert after.weight == pytest.approx(expected / expected.mean())
    assert after.records.event.tolist() == jets.records.event.tolist()
    assert after.scalars is jets.scalars


def test_resampling_keeps_the_weight_share_of_each_class(jets):
    after = pool_of(SplitJets([jets], jets.schema, JetWeights(np.ones(2), spectra("resampling"))))
    expected = reweighted_by_hand(jets)
    for label in (0, 1):
        share = after.weight[after.label == label].sum() / after.weight.sum()
        assert share == pytest.approx(expected[jets.label == label].sum() / expected.sum())
    assert after.weight.mean() == pytest.approx(1)


@pytest.mark.parametrize("method", ["weights", "resampling"])
def test_a_class_whose_factors_are_all_zero_is_refused_by_name(jets, method):
    with pytest.raises(UserError, match="the weights of class 'wide' in a split sum to 0"):
        SplitJets([jets], jets.schema, JetWeights(np.ones(2), spectra(method, 0, 0)))
