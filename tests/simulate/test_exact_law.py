import numpy as np
import pytest
from scipy.stats import nbinom

from tagwerk.simulate.exact_law import JetLaw, log_multiplicity
from tests.simulate.exact_cards import generator


def test_probabilities_of_the_multiplicity_add_up_to_one_within_the_limits():
    card = generator()
    law = JetLaw.of(card, "one_prong")
    assert law.counts.tolist() == list(range(1, 9))
    assert np.exp(law.log_count).sum() == pytest.approx(1, abs=1e-12)


def test_the_multiplicity_has_mean_and_variance_of_the_negative_binomial_law_where_no_limit_cuts_it():
    law = generator().processes["one_prong"].multiplicity  # mean 4, k 10
    counts = np.arange(200)
    probability = np.exp(log_multiplicity(counts, law))
    mean = (counts * probability).sum()
    assert mean == pytest.approx(4)
    assert ((counts - mean) ** 2 * probability).sum() == pytest.approx(4 + 4**2 / 10)


def test_limits_change_no_ratio_of_probabilities():
    law = generator().processes["one_prong"].multiplicity
    cut = log_multiplicity(np.array([2, 3]), law)
    expected = nbinom.logpmf(3, 10, 10 / 14) - nbinom.logpmf(2, 10, 10 / 14)
    assert cut[1] - cut[0] == pytest.approx(expected)


def test_probabilities_that_the_card_rounds_are_normalised_and_missing_ones_are_zero():
    third = {"core": 0.333333, "prong": 0.6666669}
    card = generator(processes__one_prong__transitions__core=third, processes__one_prong__initial={"prong": 1.0})
    law = JetLaw.of(card, "one_prong")
    np.testing.assert_allclose(np.exp(law.log_transition).sum(axis=1), 1, rtol=1e-14)
    assert law.log_initial.tolist() == [-np.inf, 0.0]
