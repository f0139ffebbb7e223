"""The law of the jets of an `exact` generator, as arrays: a hidden Markov chain along the constituents.

A jet has n constituents in order of descending pT, with n from P(n). Each is in one of K hidden states s that follow a
Markov chain (Rabiner, Proc. IEEE 77 (1989) 257). Given its state and the constituent before, a constituent has

    pT_i / pT_(i-1) ~ Beta(a_s, b_s)                                 for i > 1
    Δη_i ~ Gauss(ρ_s Δη_(i-1), σ_s), and Δφ_i in the same way, with Δη_0 = Δφ_0 = 0,

relative to the jet axis: an autoregression that switches between regimes (Hamilton, Econometrica 57 (1989) 357).
"""

from typing import NamedTuple, Self

import numpy as np
from scipy.special import logsumexp
from scipy.stats import nbinom

from tagwerk.arrays import Floats64, Ints
from tagwerk.cards.exact_generator import ExactGenerator, Multiplicity


class Emissions(NamedTuple):
    """What constituents look like in each of K states, (K,) each: a and b of the Beta law, σ and ρ."""

    a: Floats64
    b: Floats64
    width: Floats64
    memory: Floats64

    @classmethod
    def of(cls, generator: ExactGenerator) -> Self:
        """Return the emissions of the card's states, in their order."""
        states = generator.states.values()
        rows = [(*state.pt_ratio, state.width, state.memory) for state in states]
        return cls(*np.array(rows, np.float64).T)


class JetLaw(NamedTuple):
    """The law of the jets of one process, with natural logarithms of probabilities; -inf for what is impossible.

    Attributes:
        counts: the numbers of constituents that a jet may have, (N,).
        log_count: of each of them, (N,).
        log_initial: of the first state, (K,).
        log_transition: of each state (rows) to be followed by each (columns), (K, K).
        emissions: of the states, the same for all processes.
    """

    counts: Ints
    log_count: Floats64
    log_initial: Floats64
    log_transition: Floats64
    emissions: Emissions

    @classmethod
    def of(cls, generator: ExactGenerator, process: str) -> Self:
        """Return the law of a process of the card."""
        card, states = generator.processes[process], list(generator.states)
        counts = np.arange(generator.constituents[0], generator.constituents[1] + 1)
        initial = [card.initial.get(state, 0.0) for state in states]
        transition = [[card.transitions[state].get(after, 0.0) for after in states] for state in states]
        return cls(
            counts,
            log_multiplicity(counts, card.multiplicity),
            _log_normalised(initial),
            _log_normalised(transition),
            Emissions.of(generator),
        )


def log_multiplicity(counts: Ints, law: Multiplicity) -> Floats64:
    """Return ln P(n) of each number of constituents (N,): a negative binomial law, normalised over these numbers.

    P(n) ∝ Γ(n + k) / (n! Γ(k)) · (m / (m + k))^n with mean m and shape k (UA5, Phys. Lett. B 160 (1985) 193).
    """
    log_probability = nbinom.logpmf(counts, law.shape, law.shape / (law.shape + law.mean))
    return np.asarray(log_probability - logsumexp(log_probability))


def _log_normalised(probabilities: list[float] | list[list[float]]) -> Floats64:
    """Return the logarithms of rows of probabilities, which the card rounds, such that each row sums to one."""
    rows = np.array(probabilities, np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(rows / rows.sum(axis=-1, keepdims=True)))
