import awkward as ak
from hypothesis import given

from tagwerk.jets.order import order_by_pt
from tests.conftest import jet_array, jets


@given(jets())
def test_ordering_permutes_and_pt_falls(jets):
    ordered = order_by_pt(jets.constituents)
    assert ak.all(ordered.pt[:, :-1] >= ordered.pt[:, 1:])
    assert ak.to_list(ak.num(ordered)) == ak.to_list(ak.num(jets.constituents))
    for before, after in zip(ak.to_list(jets.constituents), ak.to_list(ordered), strict=True):
        assert sorted(map(str, after)) == sorted(map(str, before))


@given(jets())
def test_ordering_twice_is_ordering_once(jets):
    once = order_by_pt(jets.constituents)
    assert ak.array_equal(order_by_pt(once), once)


def test_equal_constituents_keep_their_order():
    ordered = order_by_pt(jet_array([(number % 2, 0, 0, number) for number in range(200)]).constituents)
    assert ak.to_list(ordered.energy) == [[*range(1, 200, 2), *range(0, 200, 2)]]


def test_all_variables_move_together():
    jets = jet_array([(1, 0.1, 0, 1), (3, 0.2, 0, 3), (2, 0.3, 0, 2), (3, 0.4, 0, 4)], [], [(5, 0.5, 0, 5)])
    ordered = order_by_pt(jets.constituents)
    assert ak.to_list(ordered.pt) == [[3, 3, 2, 1], [], [5]]
    assert ak.to_list(ordered.energy) == [[3, 4, 2, 1], [], [5]]
