"""Medians over trainings."""

import numpy as np
import pytest

from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.medians import median, rejection_medians
from tagwerk.report.median_tables import median_rows
from tagwerk.rounding import measurement
from tests.evaluation.study_files import write_study


def test_by_hand():
    assert median([1.0, 10.0, 4.0]) == pytest.approx((4.0, 21**0.5))
    assert median([1.0, None, 4.0]) is None
    assert median([2.0]) == (2.0, None)


def test_nine_trainings_give_the_median_rejection_and_its_spread(tmp_path):
    card, _, runs = write_study(tmp_path, jets=1000, seeds=range(1, 10), taggers=("lstm",))
    comparison = compare(card, runs, count=20)
    (tagger,), (row,) = comparison.taggers, median_rows(comparison)
    at_30 = sorted(each.rejections[0] for each in tagger.trainings)
    assert rejection_medians(tagger)[0] == pytest.approx((at_30[4], np.std(at_30, ddof=1)))
    assert row.cells[0].text == "9"
    assert row.cells[-3].text == measurement(at_30[4], np.std(at_30, ddof=1))


def test_two_trainings_have_no_median(tmp_path):
    card, _, runs = write_study(tmp_path, jets=1000, seeds=(1, 2), taggers=("lstm",))
    assert median_rows(compare(card, runs, count=20)) == []
