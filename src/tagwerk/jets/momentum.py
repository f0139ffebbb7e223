"""Four-momenta in the forms that files give them, as the jet record has them."""

from collections.abc import Iterable, Mapping

import numpy as np

from tagwerk.arrays import Bools, Ints, Values

_LARGEST_ETA = 20.0  # stands for the beam's direction, where η and the rapidity of what has no mass are infinite
# Experiments store momenta with as few as ten bits behind the leading one: E and p then agree to 3 in a thousand.
ROUNDING = 3e-3
# The mass of what has none, as a difference of E and p in single precision, is within a thousandth of p.
ROUNDED_MASS = 2e-6
_SINGLE = 1e-5  # of the momentum, what single precision makes of it at any angle, with a reserve
_ALL = ("pt", "eta", "phi", "mass", "energy")
# Of components given relative to a jet: those that are shares of the jet's, the others are differences.
_SHARES = ("pt", "energy")


def polar(components: Mapping[str, Values], wanted: Iterable[str] = _ALL) -> dict[str, Values]:
    """Return the wanted ones of pt, eta, phi, mass, energy and rapidity, in the unit that the components come in.

    Args:
        components: pt, phi, one of eta and rapidity, one of mass and energy; or px, py, pz and one of mass and energy:
            arrays of one shape.
        wanted: which to return; those given come back as they are, others are computed in double precision.

    A mass whose square rounds to less than zero is zero. Below what rounding explains, it is minus the root of minus
    its square, as in ROOT's four-vectors, and a negative mass that is given means the same.
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
    each = {name: _double(values) for name, values in polar(components, ("pt", "eta", "phi", "energy")).items()}
    return {
        "px": each["pt"] * np.cos(each["phi"]),
        "py": each["pt"] * np.sin(each["phi"]),
        "pz": each["pt"] * np.sinh(_bounded(each["eta"])),
        "energy": each["energy"],
    }


def total(components: Mapping[str, Values], counts: Ints, wanted: Iterable[str] = _ALL) -> dict[str, Values]:
    """Return the wanted components (N,) of the sums over N jets' constituents, given as for `polar`.

    Args:
        components: of all constituents, one jet's after the other's, (M,).
        counts: how many each jet has, (N,).
        wanted: which to return.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    sums = {name: np.bincount(owner, values, len(counts)) for name, values in cartesian(components).items()}
    return polar(sums, wanted)


def absolute(relative: Mapping[str, Values], axis: Mapping[str, Values], mirrored: bool = False) -> dict[str, Values]:
    """Return components that are given relative to a jet as they are in the detector.

    Args:
        relative: pt and energy as shares of the jet's; eta, rapidity and phi as differences from the jet's, (M,).
        axis: the same components of each constituent's jet, (M,); and its eta.
        mirrored: whether differences in eta and rapidity are times the sign of the jet's η, so that they grow towards
            the beam on either side.
    """
    found = {}
    for name, values in relative.items():
        if name in _SHARES:
            found[name] = _double(values) * axis[name]
        else:
            sign = np.where(axis["eta"] > 0, 1, -1) if mirrored and name != "phi" else 1
            found[name] = _double(values) * sign + axis[name]
    if "phi" in found:
        found["phi"] = np.mod(found["phi"] + np.pi, 2 * np.pi) - np.pi
    return found


def scaled(momentum: Mapping[str, Values], weights: Values) -> dict[str, Values]:
    """Return pt, eta, phi and energy of four-momenta times their weights (M,)."""
    return {name: values if name in ("eta", "phi") else _double(values) * weights for name, values in momentum.items()}


def _double(values: Values) -> Values:
    return np.asarray(values, np.float64)


def off_shell(components: Mapping[str, Values], rounding: float = ROUNDING) -> Bools:
    """Return where the energy is smaller than the momentum, or the mass negative, beyond rounding: flags (M,).

    Args:
        components: pt, eta and one of energy and mass.
        rounding: of the energy, as a share of it; a mass may be below zero by what `ROUNDED_MASS` explains.
    """
    with np.errstate(all="ignore"):  # what is not finite is another fault
        if "energy" in components:
            return _lacking(components, rounding)
        mass = _double(components["mass"])
        return np.asarray((mass < 0) & (mass**2 > 2 * ROUNDED_MASS * _momentum(components) ** 2))


def _lacking(components: Mapping[str, Values], rounding: float) -> Bools:
    """Return where the energy is smaller than the momentum; in single precision where that is enough to know."""
    pt, eta, energy = (np.asarray(components[name], np.float32) for name in ("pt", "eta", "energy"))
    growth = np.exp(np.minimum(np.abs(eta), np.float32(_LARGEST_ETA)))
    momentum = pt * (growth + 1 / growth) / 2
    lacking = np.asarray(~(energy >= (1 - rounding + _SINGLE) * momentum))
    some = {name: values[lacking] for name, values in components.items() if name in ("pt", "eta", "energy")}
    lacking[lacking] = _double(some["energy"]) < (1 - rounding) * _momentum(some)
    return lacking


def _mass(given: Mapping[str, Values]) -> Values:
    momentum2 = _momentum(given) ** 2
    square = _double(given["energy"]) ** 2 - momentum2
    # The square root of what is below zero is of a rounded zero, or negative.
    size = np.sqrt(np.abs(square))
    return np.asarray(np.where(square >= 0, size, np.where(square < -2 * ROUNDING * momentum2, -size, 0.0)))


def _energy(given: Mapping[str, Values]) -> Values:
    momentum, mass = _momentum(given), _double(given["mass"])
    if not (mass < 0).any():
        return np.asarray(np.hypot(momentum, mass))
    return np.asarray(np.sqrt(np.maximum(momentum**2 + mass * np.abs(mass), 0)))


def _momentum(given: Mapping[str, Values]) -> Values:
    return np.asarray(_double(given["pt"]) * np.cosh(_bounded(_double(given["eta"]))))


def _rapidity(given: Mapping[str, Values]) -> Values:
    """Return asinh(pz / √(pT² + m²))."""
    pt, eta = _double(given["pt"]), _bounded(_double(given["eta"]))
    mass = _double(given["mass"]) if "mass" in given else _mass(given)
    return _asinh_of(pt * np.sinh(eta), np.hypot(pt, mass))


def _eta(given: Mapping[str, Values]) -> Values:
    """Return asinh(pz / pT), where pz = √(pT² + m²) sinh y = E tanh y."""
    pt, rapidity = _double(given["pt"]), _double(given["rapidity"])
    with np.errstate(over="ignore", invalid="ignore"):  # what is infinite is found by the check
        if "energy" in given:
            return _asinh_of(_double(given["energy"]) * np.tanh(rapidity), pt)
        return _asinh_of(np.hypot(pt, _double(given["mass"])) * np.sinh(rapidity), pt)


def _bounded(eta: Values) -> Values:
    return np.clip(eta, -_LARGEST_ETA, _LARGEST_ETA)


def _from_cartesian(given: Mapping[str, Values]) -> dict[str, Values]:
    """Return pt, eta, phi and energy."""
    px, py, pz = (_double(given[name]) for name in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    energy = given["energy"] if "energy" in given else np.hypot(np.hypot(pt, pz), _double(given["mass"]))
    return {"pt": pt, "eta": _asinh_of(pz, pt), "phi": np.arctan2(py, px), "energy": energy}


def _asinh_of(along: Values, across: Values) -> Values:
    """Return asinh(along / across); where nothing is across that of the beam, or zero where nothing moves at all."""
    some = across > 0
    return np.where(some, np.arcsinh(along / np.where(some, across, 1)), np.sign(along) * _LARGEST_ETA)
