from dataclasses import replace

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.reweighting import Reweighting
from tagwerk.errors import UserError
from tagwerk.shards.reweighted import Reweighted
from tagwerk.training.reweight import as_asked, reweight
from tests.training.conftest import load


def factors(method="weights", upper=3.0, lower=0.5):
    """Jets of class wide count `upper` above pT 550 and `lower` below."""
    card = Reweighting(reference="narrow", method=method)
    table = {"narrow": [[1.0], [1.0]], "wide": [[lower], [upper]]}
    return Reweighted(card=card, edges=([550.0], []), factors=table, jets={}, effective={}, closure={})


@pytest.fixture(scope="module")
def jets(toy):
    jets = load(toy, "train")
    return jets.weighted(np.linspace(1, 2, len(jets)))


def weights_by_hand(jets):
    pt = jets.table()["pt"].to_numpy()
    return jets.weight * np.where(jets.label == 0, 1.0, np.where(pt >= 550, 3.0, 0.5))


def random():
    return np.random.default_rng(1)


def test_weights_are_multiplied_and_all_else_stays(jets):
    after = reweight(jets, factors(), random())
    assert after.weight == pytest.approx(weights_by_hand(jets))
    assert after.records.event.tolist() == jets.records.event.tolist()
    assert after.scalars is jets.scalars
    assert after.sequences == jets.sequences


def test_drawn_jets_keep_number_and_weight_of_each_class_and_their_own_constituents(jets):
    after = reweight(jets, factors("resampling"), random())
    assert after.label.tolist() == jets.label.tolist()
    expected = weights_by_hand(jets)
    for label in (0, 1):
        mine = jets.label == label
        assert after.weight[mine].sum() == pytest.approx(expected[mine].sum(), rel=1e-5)
        assert np.ptp(after.weight[mine]) == 0
    rows = {pt: row for row, pt in enumerate(jets.scalars[:, 0].tolist())}
    drawn = np.array([rows[pt] for pt in after.scalars[:, 0].tolist()])
    assert after.records.event.tolist() == jets.records.event[drawn].tolist()
    for name, array in jets.inputs(drawn, 15).items():
        np.testing.assert_array_equal(after.inputs(np.arange(len(after)), 15)[name], array)


def test_jets_are_drawn_as_often_as_they_weigh(jets):
    expected, often, generator = weights_by_hand(jets), np.zeros(len(jets)), random()
    numbered = replace(jets, records=ak.with_field(jets.records, np.arange(len(jets)), "event"))
    draws = 400
    for _ in range(draws):
        drawn = reweight(numbered, factors("resampling"), generator)
        often += np.bincount(drawn.records.event.to_numpy(), minlength=len(jets))
    for label in (0, 1):
        mine = jets.label == label
        mean = draws * mine.sum() * expected[mine] / expected[mine].sum()
        assert (((often[mine] - mean) ** 2) / mean).mean() == pytest.approx(1, abs=0.5)


def test_the_same_seed_draws_the_same_jets_and_another_others(jets):
    def drawn(seed):
        found = factors("resampling")
        return [each.records.event.tolist() for each in as_asked([jets, jets], found.card, found, seed)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(1)[0] != drawn(1)[1]


def test_without_the_section_nothing_changes(jets):
    assert as_asked([jets], None, None, 1) == [jets]


@pytest.mark.parametrize(("card", "summary"), [(None, factors()), (Reweighting(reference="wide"), factors()),
                                               (Reweighting(reference="wide"), None)])  # fmt: skip
def test_a_summary_made_with_another_section_is_refused(jets, card, summary):
    with pytest.raises(UserError, match="another section 'reweighting' than the card has; summarise again"):
        as_asked([jets], card, summary, 1)


@pytest.mark.parametrize("method", ["weights", "resampling"])
def test_a_class_without_weight_is_refused_by_name(jets, method):
    with pytest.raises(UserError, match="no jet of class 'wide' counts"):
        reweight(jets, factors(method, 0, 0), random())


def test_jets_are_not_drawn_by_weights_below_zero(jets):
    some = jets.weight.copy()
    some[3] = -1
    assert reweight(jets.weighted(some), factors(), random()).weight.min() < 0
    with pytest.raises(UserError, match=r"below zero; set 'reweighting\.method' to weights"):
        reweight(jets.weighted(some), factors("resampling"), random())
