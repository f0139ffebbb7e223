"""Four-momenta in the forms that files give them, as the jet record has them."""

from collections.abc import Mapping

import awkward as ak
import numpy as np

_LARGEST_ETA = 20.0  # stands for the beam's direction, where η is infinite


def polar(components: Mapping[str, ak.Array]) -> dict[str, ak.Array]:
    """Return pt, eta, phi, mass and energy of four-momenta, in double precision and the unit that they come in.

    Args:
        components: pt, eta, phi and mass; or pt, eta, phi and energy; or px, py, pz and energy: arrays of one shape.

    A mass whose square rounds to less than zero is zero.
    """
    given = {name: ak.values_astype(values, np.float64) for name, values in components.items()}
    if "px" in given:
        given |= _direction(given["px"], given["py"], given["pz"])
    momentum = given["pt"] * np.cosh(_bounded(given["eta"]))
    if "energy" in given:
        given["mass"] = np.sqrt(np.maximum(given["energy"] ** 2 - momentum**2, 0))
    else:
        given["energy"] = np.hypot(momentum, given["mass"])
    return {name: given[name] for name in ("pt", "eta", "phi", "mass", "energy")}


def total(lists: Mapping[str, ak.Array]) -> dict[str, ak.Array]:
    """Return pt, eta, phi, mass and energy of the sum of each list's four-momenta, given as for `polar`."""
    each = polar(lists)
    components = {
        "px": each["pt"] * np.cos(each["phi"]),
        "py": each["pt"] * np.sin(each["phi"]),
        "pz": each["pt"] * np.sinh(_bounded(each["eta"])),
        "energy": each["energy"],
    }
    return polar({name: ak.sum(values, axis=1) for name, values in components.items()})


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
