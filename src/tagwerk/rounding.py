"""Numbers as people read them: no more digits than the uncertainty allows."""

from math import floor, log10

_MINUS = "\N{MINUS SIGN}"


def decimals(uncertainty: float) -> int:
    """Return the places after the point that show two digits of an uncertainty, fewer than none if large.

    Four where there is no uncertainty.
    """
    if not uncertainty:
        return 4
    return 1 - floor(log10(float(f"{abs(uncertainty):.1e}")))


def rounded(value: float, places: int) -> str:
    """Return the value with so many decimal places, thousands parted by commas, and a true minus sign."""
    return f"{round(value, places) + 0.0:,.{max(places, 0)}f}".replace("-", _MINUS)


def measurement(value: float, uncertainty: float) -> str:
    """Return such as "0.9551 ± 0.0021"."""
    places = decimals(uncertainty)
    return f"{rounded(value, places)} ± {rounded(uncertainty, places)}"


def asymmetric(value: float, low: float, high: float) -> tuple[str, str, str]:
    """Return a value and the ways up and down to the ends of its interval, such as ("512", "41", "36")."""
    gaps = [gap for gap in (high - value, value - low) if gap > 0]
    places = decimals(min(gaps, default=0))
    return rounded(value, places), rounded(max(high - value, 0), places), rounded(max(value - low, 0), places)


def range_text(value: float | None, low: float, high: float | None) -> str:
    """Return such as "512 (+41 −36)", or "> 5,400", a bound, where the upper end is not finite."""
    if value is None or high is None:
        return f"> {plain(low, 2)}" if low > 0 else "undetermined"
    middle, up, down = asymmetric(value, low, high)
    return f"{middle} (+{up} {_MINUS}{down})"


def plain(value: float, digits: int = 4) -> str:
    """Return the value to so many significant digits, without an exponent."""
    if not value:
        return "0"
    return rounded(value, digits - 1 - floor(log10(float(f"{abs(value):.{digits - 1}e}"))))


def deviations(significance: float) -> str:
    """Return such as "3.1 standard deviations"; so far out that no sample can tell, only a bound."""
    return "more than 10 standard deviations" if significance > 10 else f"{significance:.1f} standard deviations"


def listing(words: list[str], most: int | None = None) -> str:
    """Return such as "a, b and c", or "a and 2 others" where more than so many would be named."""
    if most is not None and len(words) > most:
        words = [words[0], f"{len(words) - 1} others"]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
