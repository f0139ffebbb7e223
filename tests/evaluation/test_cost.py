"""Which taggers are worth their cost."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.evaluation.cost import cost_points, known_rejection, middle_rejection, pareto_optimal, untimed
from tagwerk.evaluation.quantities import Rejection

VALUE = st.integers(0, 5).map(float)


def rejection(efficiency, value, low=1.0):
    return Rejection(
        signal_efficiency=efficiency, background_efficiency=0.0 if value is None else 1 / value, value=value, low=low,
        high=None, spread=None, background_jets=20,
    )  # fmt: skip


def tagger(title, rate, value):
    rejections = [rejection(0.7, 2.0), rejection(0.5, value, low=40.0), rejection(0.3, 900.0)]
    return SimpleNamespace(
        title=title, jets_per_second=rate, rejections=rejections, auc=SimpleNamespace(value=1 - 1 / value)
    )


def test_by_hand():
    cost, benefit = np.array([1.0, 2.0, 3.0, 2.0, 4.0]), np.array([10.0, 30.0, 20.0, 25.0, 31.0])
    assert pareto_optimal(cost, benefit).tolist() == [True, True, False, False, True]


def test_equal_points_are_optimal_together():
    assert pareto_optimal(np.ones(3), np.ones(3)).tolist() == [True, True, True]


@given(st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=20))
def test_no_optimal_point_is_dominated_and_every_other_one_is_dominated_by_an_optimal_one(points):
    optimal = pareto_optimal(*np.array(points).T)
    front = [point for point, flag in zip(points, optimal, strict=True) if flag]
    assert front
    for (cost, benefit), flag in zip(points, optimal, strict=True):
        dominated = any(c <= cost and b >= benefit and (c, b) != (cost, benefit) for c, b in front)
        assert dominated != flag


def test_the_fastest_comes_first_and_taggers_without_a_time_are_left_out():
    taggers = [tagger("slow", 1e3, 80.0), tagger("from elsewhere", None, 99.0), tagger("fast", 1e5, 60.0)]
    comparison = SimpleNamespace(taggers=[*taggers, tagger("middling", 5e3, 50.0)])
    points = cost_points(comparison)
    assert [(point.tagger.title, point.optimal, point.auc_optimal) for point in points] == [
        ("fast", True, True), ("middling", False, False), ("slow", True, True)
    ]  # fmt: skip
    assert [point.microseconds for point in points] == pytest.approx([10, 200, 1000])
    assert untimed(comparison) == ["from elsewhere"]
    assert cost_points(SimpleNamespace(taggers=taggers[1:2])) == []


def test_the_rejection_is_that_at_the_middle_working_point_or_its_bound():
    assert middle_rejection(tagger("x", 1.0, 7.0)).signal_efficiency == 0.5
    assert known_rejection(rejection(0.5, 7.0)) == 7.0
    assert known_rejection(rejection(0.5, None, low=40.0)) == 40.0


def test_a_tagger_may_be_optimal_in_the_auc_alone():
    fast, slow = tagger("fast", 1e5, 60.0), tagger("slow", 1e3, 50.0)
    slow.auc.value = 0.999
    points = cost_points(SimpleNamespace(taggers=[fast, slow]))
    assert [(point.optimal, point.auc_optimal) for point in points] == [(True, True), (False, True)]
