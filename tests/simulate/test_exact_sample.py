import numpy as np
import pytest
from scipy.stats import beta, kstest, norm

from tagwerk.simulate.exact_law import JetLaw
from tagwerk.simulate.exact_sample import hidden_states, ordered_jets, power_law
from tests.simulate.exact_cards import generator

JETS = 20_000


@pytest.fixture(scope="module")
def law():
    return JetLaw.of(generator(), "two_prong")


def only(state):
    """Return a law whose constituents are all in one state."""
    stay = {"core": {"core": 1.0}, "prong": {"prong": 1.0}}
    card = generator(processes__two_prong__initial={state: 1.0}, processes__two_prong__transitions=stay)
    return card.states[state], JetLaw.of(card, "two_prong")


def test_multiplicities_have_the_probabilities_of_the_law(law):
    jets = ordered_jets(law, np.full(JETS, 100.0), np.random.default_rng(1))
    expected = np.exp(law.log_count)
    found = np.bincount(jets.multiplicity, minlength=9)[1:] / JETS
    np.testing.assert_allclose(found, expected, atol=4 * np.sqrt(expected.max() / JETS))


def test_states_follow_the_initial_and_the_transition_probabilities(law):
    states = hidden_states(law, JETS, np.random.default_rng(2))
    assert states[:, 0].mean() == pytest.approx(0.5, abs=0.015)
    before, after = states[:, :-1].ravel(), states[:, 1:].ravel()
    assert after[before == 0].mean() == pytest.approx(0.5, abs=0.01)
    assert after[before == 1].mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("name", ["core", "prong"])
def test_ratios_and_angles_have_the_distributions_of_the_state(name):
    state, law = only(name)
    jets = ordered_jets(law, np.full(2_000, 100.0), np.random.default_rng(3))
    assert kstest(jets.pt[:, 2] / jets.pt[:, 1], beta(*state.pt_ratio).cdf).pvalue > 1e-3
    assert kstest(jets.delta_eta[:, 0], norm(0, state.width).cdf).pvalue > 1e-3
    steps = jets.delta_phi[:, 3] - state.memory * jets.delta_phi[:, 2]
    assert kstest(steps, norm(0, state.width).cdf).pvalue > 1e-3
    assert np.corrcoef(jets.delta_phi[:, 2], jets.delta_phi[:, 3])[0, 1] == pytest.approx(
        state.memory * jets.delta_phi[:, 2].std() / jets.delta_phi[:, 3].std(), abs=0.05
    )


def test_the_leading_pt_follows_the_power_law_within_its_window():
    low, high = 50.0, 250.0
    found = power_law((low, high), 3, np.random.default_rng(4).random(5_000))
    assert kstest(found, lambda pt: (low**-2 - pt**-2) / (low**-2 - high**-2)).pvalue > 1e-3
    assert power_law((low, high), 1, np.array([0.0, 0.5, 1.0])) == pytest.approx([50, (50 * 250) ** 0.5, 250])
    assert power_law((low, high), 0, np.array([0.0, 0.5, 1.0])) == pytest.approx([50, 150, 250])
