import numpy as np
import pytest

from tagwerk.cards.reweighting import Reweighting
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import Reweighted
from tagwerk.training import classical
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.weights import Weighing
from tests.training.conftest import load, split_of, task


@pytest.fixture(scope="module")
def jets(toy):
    jets = load(toy, "train", "boosted_trees")
    return jets.weighted(np.where(jets.label == 0, 1.0, 3.0))


def pool_of(split):
    (pool,) = split.pools(np.random.default_rng(1))
    return pool


def test_the_mean_is_one_and_ratios_stay(jets):
    weight = pool_of(split_of(jets)).weight
    assert weight.mean() == pytest.approx(1)
    assert weight / weight[0] == pytest.approx(jets.weight / jets.weight[0])


def test_weights_of_one_stay_to_the_bit(toy):
    jets = load(toy, "train", "boosted_trees")
    assert (pool_of(split_of(jets)).weight == jets.weight).all()


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_trees_learn_the_same_whatever_the_unit_of_the_weights(toy, jets, unit):
    """Without it, trees do not split where weights are below some 1e-6."""
    validation, found = load(toy, "validation", "boosted_trees"), []
    for factor in (1.0, unit):
        some = [split_of(each.weighted(factor * each.weight)) for each in (jets, validation)]
        found.append(classical.train(task(toy, "boosted_trees"), *some)[1])
    assert found[1].to_numpy() == pytest.approx(found[0].to_numpy(), rel=1e-4)
    assert found[0].loss.iloc[-1] < 0.8 * found[0].loss.iloc[0]


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_jets_that_weigh_nothing_are_refused(jets, weight):
    with pytest.raises(
        UserError, match=r"key 'weight': the jets of class 'narrow' in a split weigh (nan|-?\d+) in all"
    ):
        split_of(jets.weighted(np.full(len(jets), weight)))


def test_one_class_only_is_refused_by_the_name_of_the_other(jets):
    with pytest.raises(
        UserError,
        match="key 'classes': no jet of class 'wide' in a split; training needs jets of narrow, wide: ingest more",
    ):
        split_of(jets.take(np.flatnonzero(jets.label == 0)))


def test_a_cards_weights_of_classes_are_factors_on_those_of_jets(jets):
    weighing = Weighing.of(TrainingSettings(class_weights={"wide": 0.2}), ["narrow", "wide"], None)
    weight = pool_of(SplitJets([jets], jets.schema, weighing)).weight
    narrow, wide = (np.unique(weight[jets.label == label]) for label in (0, 1))
    assert wide / narrow == pytest.approx(0.6)


def test_only_jets_of_the_cards_classes_are_trained_on(jets):
    weighing = Weighing.of(TrainingSettings(classes=["wide"]), ["narrow", "wide"], None)
    split = SplitJets([jets], jets.schema, weighing)
    assert (len(split), pool_of(split).label.tolist()) == (jets.label.sum(), [1] * jets.label.sum())
    assert pool_of(split).records.event.tolist() == jets.records.event[jets.label == 1].tolist()


def spectra(method="weights", upper=3.0, lower=0.5):
    """Jets of class wide count `upper` above pT 550 and `lower` below."""
    card = Reweighting(reference="narrow", method=method)
    table = {"narrow": [[1.0], [1.0]], "wide": [[lower], [upper]]}
    return Reweighted(card=card, edges=([550.0], []), factors=table, jets={}, effective={}, closure={})


def reweighted_by_hand(jets):
    pt = jets.table()["pt"].to_numpy()
    return jets.weight * np.where(jets.label == 0, 1.0, np.where(pt >= 550, 3.0, 0.5))


def test_what_makes_spectra_alike_multiplies_weights_and_all_else_stays(jets):
    after = pool_of(SplitJets([jets], jets.schema, Weighing(np.ones(2), spectra())))
    expected = reweighted_by_hand(jets)
    assert after.weight == pytest.approx(expected / expected.mean())
    assert after.records.event.tolist() == jets.records.event.tolist()
    assert after.scalars is jets.scalars


def test_resampling_keeps_each_classs_share_of_the_weight(jets):
    after = pool_of(SplitJets([jets], jets.schema, Weighing(np.ones(2), spectra("resampling"))))
    expected = reweighted_by_hand(jets)
    for label in (0, 1):
        share = after.weight[after.label == label].sum() / after.weight.sum()
        assert share == pytest.approx(expected[jets.label == label].sum() / expected.sum())
    assert after.weight.mean() == pytest.approx(1)


@pytest.mark.parametrize("method", ["weights", "resampling"])
def test_a_class_that_spectra_leave_nothing_of_is_refused_by_name(jets, method):
    with pytest.raises(UserError, match="the jets of class 'wide' in a split weigh 0 in all"):
        SplitJets([jets], jets.schema, Weighing(np.ones(2), spectra(method, 0, 0)))
