"""Four-momenta in the forms that files give them, as the jet record has them."""

from collections.abc import Iterable, Mapping

import numpy as np

from tagwerk.jets.columns import Integers, Values

_LARGEST_ETA = 20.0  # stands for the beam's direction, where η is infinite
_ALL = ("pt", "eta", "phi", "mass", "energy")


def polar(components: Mapping[str, Values], wanted: Iterable[str] = _ALL) -> dict[str, Values]:
    """Return the wanted ones of pt, eta, phi, mass and energy, in the unit that the components come in.

    Args:
        components: pt, eta, phi and mass; or pt, eta, phi and energy; or px, py, pz and energy: arrays of one shape.
        wanted: which to return; those given come back as they are, others are computed in double precision.

    A mass whose square rounds to less than zero is zero.
    """
    given = dict(components)
    if "px" in given:
        given |= _direction(_double(given["px"]), _double(given["py"]), _double(given["pz"]))
    for name in wanted:
        if name not in given:
            given[name] = _mass(given) if name == "mass" else _energy(given)
    return {name: given[name] for name in wanted}


def cartesian(components: Mapping[str, Values]) -> dict[str, Values]:
    """Return px, py, pz and energy in double precision, of components given as for `polar`."""
    each = {name: _double(values) for name, values in polar(components, ("pt", "eta", "phi", "energy")).items()}
    return {
        "px": each["pt"] * np.cos(each["phi"]),
        "py": each["pt"] * np.sin(each["phi"]),
        "pz": each["pt"] * np.sinh(_bounded(each["eta"])),
        "energy": each["energy"],
    }


def total(components: Mapping[str, Values], counts: Integers, wanted: Iterable[str] = _ALL) -> dict[str, Values]:
    """Return the wanted components (N,) of the sums over N jets' constituents, given as for `polar`.

    Args:
        components: of all constituents, one jet's after the other's, (M,).
        counts: how many each jet has, (N,).
        wanted: which to return.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    sums = {name: np.bincount(owner, values, len(counts)) for name, values in cartesian(components).items()}
    return polar(sums, wanted)


def _double(values: Values) -> Values:
    return np.asarray(values, np.float64)


def _mass(given: Mapping[str, Values]) -> Values:
    return np.asarray(np.sqrt(np.maximum(_double(given["energy"]) ** 2 - _momentum(given) ** 2, 0)))


def _energy(given: Mapping[str, Values]) -> Values:
    return np.asarray(np.hypot(_momentum(given), _double(given["mass"])))


def _momentum(given: Mapping[str, Values]) -> Values:
    return np.asarray(_double(given["pt"]) * np.cosh(_bounded(_double(given["eta"]))))


def _bounded(eta: Values) -> Values:
    return np.clip(eta, -_LARGEST_ETA, _LARGEST_ETA)


def _direction(px: Values, py: Values, pz: Values) -> dict[str, Values]:
    pt = np.hypot(px, py)
    # Where pT is zero η is that of the beam, or zero where nothing moves at all.
    eta = np.arcsinh(pz / np.where(pt > 0, pt, 1))
    return {
        "pt": pt,
        "eta": np.where(pt > 0, eta, np.sign(pz) * _LARGEST_ETA),
        "phi": np.arctan2(py, px),
    }
