"""Four-momenta in the forms in which files give them, and as in the jet record."""

from collections.abc import Iterable, Mapping

import numpy as np

from tagwerk.arrays import Bools, Ints, Values
from tagwerk.jets.kinematics import MAX_ETA, asinh_ratio, clip_eta, pt_eta_phi, wrap_phi

# Experiments store momenta with as few as ten bits after the leading one: E and p then agree to 3 per mille.
ENERGY_ROUNDING = 3e-3
# The mass of a massless particle, from E and p in single precision, is within a thousandth of p.
MASS_ROUNDING = 2e-6
_FLOAT32_ROUNDING = 1e-5  # of the momentum, at any angle, with a margin
_COMPONENTS = ("pt", "eta", "phi", "mass", "energy")
# Components given relative to a jet: these as shares of the jet's, the others as differences.
_SHARES = ("pt", "energy")


def polar(components: Mapping[str, Values], wanted: Iterable[str] = _COMPONENTS) -> dict[str, Values]:
    """Return the wanted ones of pt, eta, phi, mass, energy and rapidity, in the unit of the given components.

    Args:
        components: pt, phi, one of eta and rapidity, one of mass and energy; or px, py, pz and one of mass and energy:
            arrays of the same shape.
        wanted: components to return; those given come back as they are, others are computed in double precision.

    A mass is zero if its square is negative within rounding. Beyond rounding, it is minus the root of minus its square,
    as in ROOT's four-vectors; a negative mass that is given means the same.
    """
    given = dict(components)
    if "px" in given:
        given |= _from_cartesian(given)
    elif "eta" not in given:
        given["eta"] = _eta(given)
    for name in wanted:
        if name not in given:
            given[name] = {"mass": _mass, "energy": _energy, "rapidity": _rapidity}[name](given)
    return {name: given[name] for name in wanted}


def cartesian(components: Mapping[str, Values]) -> dict[str, Values]:
    """Return px, py, pz and energy in double precision, of components given as for `polar`."""
    given = {name: _double(values) for name, values in polar(components, ("pt", "eta", "phi", "energy")).items()}
    return {
        "px": given["pt"] * np.cos(given["phi"]),
        "py": given["pt"] * np.sin(given["phi"]),
        "pz": given["pt"] * np.sinh(clip_eta(np, given["eta"])),
        "energy": given["energy"],
    }


def total_momentum(
    components: Mapping[str, Values], counts: Ints, wanted: Iterable[str] = _COMPONENTS
) -> dict[str, Values]:
    """Return the wanted components (N,) of the summed constituents of N jets, given as for `polar`.

    Args:
        components: of all constituents, jet by jet, (M,).
        counts: number of constituents per jet, (N,).
        wanted: components to return.
    """
    jet_index = np.repeat(np.arange(len(counts)), counts)
    sums = {name: np.bincount(jet_index, values, len(counts)) for name, values in cartesian(components).items()}
    return polar(sums, wanted)


def from_relative(
    relative: Mapping[str, Values], axis: Mapping[str, Values], mirrored: bool = False
) -> dict[str, Values]:
    """Return components in the detector frame of components that are given relative to a jet.

    Args:
        relative: pt and energy as shares of the jet's; eta, rapidity and phi as differences from the jet's, (M,).
        axis: the same components of each constituent's jet, (M,); and its eta.
        mirrored: whether differences in eta and rapidity are multiplied by the sign of the jet's η, so that they grow
            towards the beam on either side.
    """
    result = {}
    for name, values in relative.items():
        if name in _SHARES:
            result[name] = _double(values) * axis[name]
        else:
            sign = np.where(axis["eta"] > 0, 1, -1) if mirrored and name != "phi" else 1
            result[name] = _double(values) * sign + axis[name]
    if "phi" in result:
        result["phi"] = wrap_phi(result["phi"])
    return result


def scaled(momentum: Mapping[str, Values], weights: Values) -> dict[str, Values]:
    """Return pt, eta, phi and energy of four-momenta multiplied by their weights (M,)."""
    return {name: values if name in ("eta", "phi") else _double(values) * weights for name, values in momentum.items()}


def _double(values: Values) -> Values:
    return np.asarray(values, np.float64)


def off_shell(components: Mapping[str, Values], rounding: float = ENERGY_ROUNDING) -> Bools:
    """Return where the energy is smaller than the momentum, or the mass negative, beyond rounding: flags (M,).

    Args:
        components: pt, eta and one of energy and mass.
        rounding: of the energy, relative; a mass may be negative by what `MASS_ROUNDING` explains.
    """
    with np.errstate(all="ignore"):  # values that are not finite are another fault
        if "energy" in components:
            return _energy_below_momentum(components, rounding)
        mass = _double(components["mass"])
        return np.asarray((mass < 0) & (mass**2 > 2 * MASS_ROUNDING * _momentum(components) ** 2))


def _energy_below_momentum(components: Mapping[str, Values], rounding: float) -> Bools:
    """Return where the energy is smaller than the momentum; in single precision where that decides."""
    pt, eta, energy = (np.asarray(components[name], np.float32) for name in ("pt", "eta", "energy"))
    exp_eta = np.exp(np.minimum(np.abs(eta), np.float32(MAX_ETA)))
    momentum = pt * (exp_eta + 1 / exp_eta) / 2
    below = np.asarray(~(energy >= (1 - rounding + _FLOAT32_ROUNDING) * momentum))
    close = {name: values[below] for name, values in components.items() if name in ("pt", "eta", "energy")}
    below[below] = _double(close["energy"]) < (1 - rounding) * _momentum(close)
    return below


def _mass(given: Mapping[str, Values]) -> Values:
    momentum2 = _momentum(given) ** 2
    mass2 = _double(given["energy"]) ** 2 - momentum2
    # The root of a negative square is that of a rounded zero, or negative.
    size = np.sqrt(np.abs(mass2))
    return np.asarray(np.where(mass2 >= 0, size, np.where(mass2 < -2 * ENERGY_ROUNDING * momentum2, -size, 0.0)))


def _energy(given: Mapping[str, Values]) -> Values:
    momentum, mass = _momentum(given), _double(given["mass"])
    if not (mass < 0).any():
        return np.asarray(np.hypot(momentum, mass))
    return np.asarray(np.sqrt(np.maximum(momentum**2 + mass * np.abs(mass), 0)))


def _momentum(given: Mapping[str, Values]) -> Values:
    return np.asarray(_double(given["pt"]) * np.cosh(clip_eta(np, _double(given["eta"]))))


def _rapidity(given: Mapping[str, Values]) -> Values:
    """Return asinh(pz / √(pT² + m²))."""
    pt, eta = _double(given["pt"]), clip_eta(np, _double(given["eta"]))
    mass = _double(given["mass"]) if "mass" in given else _mass(given)
    return asinh_ratio(pt * np.sinh(eta), np.hypot(pt, mass))


def _eta(given: Mapping[str, Values]) -> Values:
    """Return asinh(pz / pT), where pz = √(pT² + m²) sinh y = E tanh y."""
    pt, rapidity = _double(given["pt"]), _double(given["rapidity"])
    with np.errstate(over="ignore", invalid="ignore"):  # the check finds infinities
        if "energy" in given:
            return asinh_ratio(_double(given["energy"]) * np.tanh(rapidity), pt)
        return asinh_ratio(np.hypot(pt, _double(given["mass"])) * np.sinh(rapidity), pt)


def _from_cartesian(given: Mapping[str, Values]) -> dict[str, Values]:
    """Return pt, eta, phi and energy."""
    px, py, pz = (_double(given[name]) for name in ("px", "py", "pz"))
    pt, eta, phi = pt_eta_phi(px, py, pz)
    energy = given["energy"] if "energy" in given else np.hypot(np.hypot(pt, pz), _double(given["mass"]))
    return {"pt": pt, "eta": eta, "phi": phi, "energy": energy}
