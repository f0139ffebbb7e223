"""Random jets from an exact law, constituent by constituent."""

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.simulate.exact_law import JetLaw
from tagwerk.simulate.exact_likelihood import OrderedJets


def ordered_jets(law: JetLaw, leading_pt: Floats64, random: np.random.Generator) -> OrderedJets:
    """Return a jet from the law for each leading pT, (B,).

    Constituents are drawn for all jets up to the greatest possible number, and of each jet the first n are used: what
    follows does not act back on the chain.
    """
    jets, steps = len(leading_pt), int(law.counts[-1])
    multiplicity = random.choice(law.counts, jets, p=np.exp(law.log_count))
    states = hidden_states(law, jets, random)
    a, b, width, memory = (each[states] for each in law.emissions)
    ratio = np.concatenate([np.ones((jets, 1)), random.beta(a[:, 1:], b[:, 1:])], axis=1)
    kicks = width * random.standard_normal((2, jets, steps))
    angles = np.zeros((2, jets, steps))
    angles[..., 0] = kicks[..., 0]
    for step in range(1, steps):
        angles[..., step] = memory[:, step] * angles[..., step - 1] + kicks[..., step]
    return OrderedJets(leading_pt[:, None] * np.cumprod(ratio, axis=1), angles[0], angles[1], multiplicity)


def hidden_states(law: JetLaw, jets: int, random: np.random.Generator) -> Ints:
    """Return a path of the hidden chain for each jet, (B, T), as indices of states."""
    uniform = random.random((int(law.counts[-1]), jets))
    initial, transition = np.cumsum(np.exp(law.log_initial)), np.cumsum(np.exp(law.log_transition), axis=1)
    path = [_draw_index(np.broadcast_to(initial, (jets, len(initial))), uniform[0])]
    for step in range(1, len(uniform)):
        path.append(_draw_index(transition[path[-1]], uniform[step]))
    return np.stack(path, axis=1)


def power_law(window: tuple[float, float], index: float, uniform: Floats64) -> Floats64:
    """Return momenta in the window with a density that falls as pT^-index, by the inverse of its integral."""
    low, high = window
    if index == 1:
        return np.asarray(low * (high / low) ** uniform)
    power = 1 - index
    return np.asarray((low**power + uniform * (high**power - low**power)) ** (1 / power))


def _draw_index(cumulative: Floats64, uniform: Floats64) -> Ints:
    """Return the index of the interval that holds each uniform number, (B,), given the upper ends (B, K)."""
    index = (uniform[:, None] >= cumulative).sum(axis=1)
    return np.asarray(np.minimum(index, cumulative.shape[1] - 1))
