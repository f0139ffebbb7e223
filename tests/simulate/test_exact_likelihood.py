"""The likelihood is that of the law: normalised, summed over all hidden paths, and the best test there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, norm

from tagwerk.simulate.exact_jets import draw
from tagwerk.simulate.exact_law import JetLaw
from tagwerk.simulate.exact_likelihood import OrderedJets, log_likelihood, log_likelihood_ratio
from tests.simulate.exact_cards import generator

STEPS = 4


def some_jets(multiplicity, random):
    jets = len(multiplicity)
    pt = 100 * np.cumprod(random.uniform(0.2, 0.95, (jets, STEPS)), axis=1)
    return OrderedJets(pt, *random.normal(0, 0.2, (2, jets, STEPS)), np.asarray(multiplicity))


def likelihood_over_paths(card, process, jets, row):
    """Return the density of one jet, path by path of hidden states, with plain products."""
    law, states, count = card.processes[process], card.states, jets.multiplicity[row]
    total = 0.0
    for path in product(states, repeat=int(count)):
        density = law.initial.get(path[0], 0.0)
        for step, name in enumerate(path):
            state = states[name]
            if step:
                density *= law.transitions[path[step - 1]].get(name, 0.0)
                density *= beta.pdf(jets.pt[row, step] / jets.pt[row, step - 1], *state.pt_ratio)
            for angle in (jets.delta_eta[row], jets.delta_phi[row]):
                density *= norm.pdf(angle[step], state.memory * (angle[step - 1] if step else 0.0), state.width)
        total += density
    counts = JetLaw.of(card, process)
    return total * np.exp(counts.log_count[counts.counts == count][0])


@pytest.mark.parametrize("process", ["one_prong", "two_prong"])
def test_the_forward_algorithm_equals_the_sum_over_all_paths_of_states(process):
    card = generator(states__halo={"pt_ratio": [2, 3], "width": 0.3, "memory": -0.2}, **HALO)
    jets = some_jets([1, 2, 3, 4, 4], np.random.default_rng(5))
    expected = [likelihood_over_paths(card, process, jets, row) for row in range(5)]
    np.testing.assert_allclose(np.exp(log_likelihood(JetLaw.of(card, process), jets)), expected, rtol=1e-12)


HALO = {
    f"processes__{process}__transitions": {
        "core": {"core": 0.7, "prong": share, "halo": 0.3 - share},
        "prong": {"prong": 1.0},
        "halo": {"core": share, "halo": 1 - share},
    }
    for process, share in (("one_prong", 0.1), ("two_prong", 0.25))
}


def test_the_likelihood_integrates_to_one_over_all_jets_of_at_most_two_constituents():
    wide = {"states__core": {"pt_ratio": [3, 2], "width": 0.25}}
    wide |= {"states__prong": {"pt_ratio": [2, 2], "width": 0.2, "memory": 0.5}}
    law = JetLaw.of(generator(constituents=[1, 2], **wide), "two_prong")
    nodes, weights = np.polynomial.legendre.leggauss(12)
    angle, ratio = (1.2 * nodes, 1.2 * weights), ((nodes + 1) / 2, weights / 2)
    total = sum(integral(law, multiplicity, angle, ratio) for multiplicity in (1, 2))
    assert total == pytest.approx(1, abs=2e-3)


def integral(law, multiplicity, angle, ratio):
    """Integrate the likelihood over all ratios and angles of jets with this many constituents, one or two."""
    axes = [*[angle] * (2 * multiplicity), *[ratio] * (multiplicity - 1)]
    points = [axis.ravel() for axis in np.meshgrid(*(nodes for nodes, _ in axes), indexing="ij")]
    volume = np.prod([axis.ravel() for axis in np.meshgrid(*(weights for _, weights in axes), indexing="ij")], axis=0)
    pt = np.stack([np.ones_like(points[0]), *points[2 * multiplicity :]], axis=1)
    eta, phi = (np.stack(points[first : 2 * multiplicity : 2], axis=1) for first in (0, 1))
    jets = OrderedJets(pt, eta, phi, np.full(len(pt), multiplicity))
    return (np.exp(log_likelihood(law, jets)) * volume).sum()


def test_a_number_of_constituents_outside_the_limits_is_impossible():
    jets = some_jets([1, 2, 4], np.random.default_rng(1))
    law = JetLaw.of(generator(constituents=[2, 3]), "one_prong")
    assert np.isfinite(log_likelihood(law, jets)).tolist() == [False, True, False]


def test_a_single_state_leaves_the_ratio_of_the_multiplicities_alone():
    same = {"core": {"core": 1.0}, "prong": {"prong": 1.0}}
    changes = {f"processes__{process}__transitions": same for process in ("one_prong", "two_prong")}
    changes |= {f"processes__{process}__initial": {"core": 1.0} for process in ("one_prong", "two_prong")}
    card = generator(**changes)
    jets = some_jets([1, 3], np.random.default_rng(2))
    signal, background = (JetLaw.of(card, process).log_count for process in ("two_prong", "one_prong"))
    np.testing.assert_allclose(log_likelihood_ratio(card, jets), (signal - background)[[0, 2]], atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_neither_padding_nor_the_unit_of_momentum_changes_the_ratio(seed, unit):
    random = np.random.default_rng(seed)
    jets = some_jets([1, 2, 3, 4], random)
    noise = [np.where(jets.mask, column, random.choice([np.nan, np.inf, -3.0, 0.0])) for column in jets[:3]]
    padded = OrderedJets(*(np.pad(column, ((0, 0), (0, 2))) for column in noise), jets.multiplicity)
    card = generator()
    scaled = padded._replace(pt=padded.pt * unit)
    np.testing.assert_allclose(log_likelihood_ratio(card, scaled), log_likelihood_ratio(card, jets), atol=1e-8)


def test_swapping_two_constituents_changes_the_ratio():
    jets = some_jets([4], np.random.default_rng(8))
    swapped = jets._replace(delta_eta=jets.delta_eta[:, [0, 2, 1, 3]], delta_phi=jets.delta_phi[:, [0, 2, 1, 3]])
    assert abs(log_likelihood_ratio(generator(), jets) - log_likelihood_ratio(generator(), swapped)) > 1e-3


def test_the_mean_of_the_inverse_likelihood_ratio_is_one_for_signal_and_of_the_ratio_for_background():
    card = generator()
    for process, sign in (("two_prong", -1), ("one_prong", 1)):
        jets = draw(card, JetLaw.of(card, process), 20_000, np.random.default_rng(4))
        ratio = np.exp(sign * log_likelihood_ratio(card, jets.ordered()))
        assert ratio.mean() == pytest.approx(1, abs=4 * ratio.std() / len(ratio) ** 0.5)
        assert ratio.std() / len(ratio) ** 0.5 < 0.05
