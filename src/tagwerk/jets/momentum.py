"""Four-momenta in the forms that files give them, as the jet record has them."""

from collections.abc import Iterable, Mapping

import awkward as ak
import numpy as np

_LARGEST_ETA = 20.0  # stands for the beam's direction, where η is infinite
_ALL = ("pt", "eta", "phi", "mass", "energy")


def polar(components: Mapping[str, ak.Array], wanted: Iterable[str] = _ALL) -> dict[str, ak.Array]:
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


def total(lists: Mapping[str, ak.Array], wanted: Iterable[str] = _ALL) -> dict[str, ak.Array]:
    """Return the wanted components of the sum of each list's four-momenta, given as for `polar`."""
    each = {name: _double(values) for name, values in polar(lists, ("pt", "eta", "phi", "energy")).items()}
    components = {
        "px": each["pt"] * np.cos(each["phi"]),
        "py": each["pt"] * np.sin(each["phi"]),
        "pz": each["pt"] * np.sinh(_bounded(each["eta"])),
        "energy": each["energy"],
    }
    return polar({name: ak.sum(values, axis=1) for name, values in components.items()}, wanted)


def _double(values: ak.Array) -> ak.Array:
    return ak.values_astype(values, np.float64)


def _mass(given: Mapping[str, ak.Array]) -> ak.Array:
    return np.sqrt(np.maximum(_double(given["energy"]) ** 2 - _momentum(given) ** 2, 0))


def _energy(given: Mapping[str, ak.Array]) -> ak.Array:
    return np.hypot(_momentum(given), _double(given["mass"]))


def _momentum(given: Mapping[str, ak.Array]) -> ak.Array:
    return _double(given["pt"]) * np.cosh(_bounded(_double(given["eta"])))


def _bounded(eta: ak.Array) -> ak.Array:
    return np.maximum(np.minimum(eta, _LARGEST_ETA), -_LARGEST_ETA)


def _direction(px: ak.Array, py: ak.Array, pz: ak.Array) -> dict[str, ak.Array]:
    pt = np.hypot(px, py)
    # Where pT is zero η is that of the beam, or zero where nothing moves at all.
    eta = np.arcsinh(pz / ak.where(pt > 0, pt, 1))
    return {
        "pt": pt,
        "eta": ak.where(pt > 0, eta, np.sign(pz) * _LARGEST_ETA),
        "phi": np.arctan2(py, px),
    }
