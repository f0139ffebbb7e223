"""The likelihood of jets under an exact law, summed over all paths of hidden states by the forward algorithm."""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp
from scipy.stats import beta, norm

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.simulate.exact_law import Emissions, JetLaw


class OrderedJets(NamedTuple):
    """B jets of at most T constituents, in order of descending pT; what is beyond them has no meaning.

    Attributes:
        pt: of the constituents, in any unit, (B, T).
        delta_eta: relative to the jet axis, (B, T).
        delta_phi: the same, radians, (B, T).
        multiplicity: number of constituents, (B,).
    """

    pt: Floats64
    delta_eta: Floats64
    delta_phi: Floats64
    multiplicity: Ints

    @property
    def mask(self) -> Bools:
        """Which entries are real constituents, (B, T)."""
        return np.asarray(np.arange(self.pt.shape[1]) < self.multiplicity[:, None])


def log_likelihood_ratio(generator: ExactGenerator, jets: OrderedJets) -> Floats64:
    """Return ln p(jet | signal) - ln p(jet | background) of each jet, (B,).

    Axis and leading pT have the same law in both processes and cancel.
    """
    signal, background = (JetLaw.of(generator, name) for name in (generator.signal, generator.background))
    emitted = log_emissions(signal.emissions, jets)
    return np.asarray(_log_likelihood(signal, jets, emitted) - _log_likelihood(background, jets, emitted))


def log_likelihood(law: JetLaw, jets: OrderedJets) -> Floats64:
    """Return ln p(n, pT ratios, angles | leading pT, axis) of each jet, (B,); -inf for an impossible number n."""
    return _log_likelihood(law, jets, log_emissions(law.emissions, jets))


def log_emissions(emissions: Emissions, jets: OrderedJets) -> Floats64:
    """Return the log density of each constituent, given the one before, in each of K states, (B, T, K)."""
    a, b, width, memory = emissions
    pt = np.where(jets.mask, jets.pt, 1.0)
    ratio = np.where(jets.mask[:, 1:], pt[:, 1:] / pt[:, :-1], 0.5)[..., None]
    density = np.zeros((*jets.pt.shape, len(width)))
    density[:, 1:] += beta.logpdf(ratio, a, b)
    for angle in (jets.delta_eta, jets.delta_phi):
        inside = np.where(jets.mask, angle, 0.0)[..., None]
        before = np.concatenate([np.zeros_like(inside[:, :1]), inside[:, :-1]], axis=1)
        density += norm.logpdf(inside, memory * before, width)
    return density


def _log_likelihood(law: JetLaw, jets: OrderedJets, emitted: Floats64) -> Floats64:
    return _log_count(law, jets.multiplicity) + forward(law, emitted, jets.multiplicity)


def forward(law: JetLaw, emitted: Floats64, multiplicity: Ints) -> Floats64:
    """Return the log density of the constituents of each jet, summed over all paths of states, (B,).

    The forward algorithm (Baum et al., Ann. Math. Stat. 41 (1970) 164), in logarithms:
    α_1(s) = π(s) e_1(s), α_i(s) = e_i(s) Σ_r α_(i-1)(r) A(r, s), p = Σ_s α_n(s).

    Args:
        law: of one process.
        emitted: log densities e of each constituent in each state, (B, T, K).
        multiplicity: number of constituents of each jet, at least one, (B,).
    """
    alpha = law.log_initial + emitted[:, 0]
    for step in range(1, emitted.shape[1]):
        reached = logsumexp(alpha[:, :, None] + law.log_transition, axis=1) + emitted[:, step]
        alpha = np.where((step < multiplicity)[:, None], reached, alpha)
    return np.asarray(logsumexp(alpha, axis=1))


def _log_count(law: JetLaw, multiplicity: Ints) -> Floats64:
    index = multiplicity - law.counts[0]
    known = (index >= 0) & (index < len(law.counts))
    return np.asarray(np.where(known, law.log_count[np.where(known, index, 0)], -np.inf))
