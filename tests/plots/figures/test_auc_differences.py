"""The matrix shows every difference twice, with opposite signs, and its significance after the correction."""

import numpy as np
import pytest

from tagwerk.evaluation.multiple_testing import two_sided_sigma
from tagwerk.plots.figures.auc_differences import difference_numbers, plot_auc_differences
from tests.plots.test_figures import study  # noqa: F401

MINUS, SIGMA = "\N{MINUS SIGN}", "\N{GREEK SMALL LETTER SIGMA}"


@pytest.fixture(scope="module")
def comparison(study):  # noqa: F811
    return study[4]


def cells(comparison):
    axes = plot_auc_differences(comparison).axes[0]
    return axes, {text.get_position(): text.get_text().split("\n") for text in axes.texts if "\n" in text.get_text()}


def test_rows_and_columns_are_the_taggers_by_descending_auc(comparison):
    axes, texts = cells(comparison)
    ordered = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"{tagger.title}  {rank}" for rank, tagger in enumerate(ordered, 1)
    ]
    names = [tagger.name for tagger in ordered]
    assert len(texts) == 6
    for pair in comparison.pairs:
        row, column = names.index(pair.first), names.index(pair.second)
        amount = f"{1000 * pair.auc:.1f}"
        assert texts[column, row][0] == f"+{amount}"
        assert texts[row, column][0] == f"{MINUS}{amount}"
        corrected = float(two_sided_sigma([pair.p_holm])[0])
        assert (
            texts[column, row][1]
            == texts[row, column][1]
            == (f">10{SIGMA}" if corrected > 10 else f"{corrected:.1f}{SIGMA}")
        )


def test_colours_have_the_sign_of_the_difference(comparison):
    image = plot_auc_differences(comparison).axes[0].get_images()[0].get_array()
    assert np.ma.getmaskarray(image).tolist() == np.eye(3, dtype=bool).tolist()
    assert image.filled(0) == pytest.approx(-image.filled(0).T)
    assert (image.filled(0)[np.triu_indices(3, 1)] >= 0).all()


def test_its_numbers_are_all_differences(comparison):
    numbers = difference_numbers(comparison)
    points = len(comparison.taggers[0].rejections)
    assert len(numbers) == len(comparison.pairs) * (1 + points)
    auc = numbers[numbers["quantity"] == "AUC"]
    assert auc["difference"].tolist() == [pair.auc for pair in comparison.pairs]
    assert auc["p_delong"].tolist() == [pair.p_delong for pair in comparison.pairs]
    assert set(numbers["first"]) < set(comparison.titles.values())
