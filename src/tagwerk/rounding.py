"""Numbers as text, with no more digits than the uncertainty allows."""

from math import floor, log10

_MINUS = "\N{MINUS SIGN}"


def decimals(uncertainty: float) -> int:
    """Return the number of decimal places that show two digits of an uncertainty, negative if it is large.

    Four for no uncertainty.
    """
    if not uncertainty:
        return 4
    return 1 - floor(log10(float(f"{abs(uncertainty):.1e}")))


def rounded(value: float, places: int) -> str:
    """Return the value to this many decimal places, with commas between thousands and a true minus sign."""
    return f"{round(value, places) + 0.0:,.{max(places, 0)}f}".replace("-", _MINUS)


def measurement(value: float, uncertainty: float) -> str:
    """Return a value with its uncertainty, such as "0.9551 ± 0.0021"."""
    places = decimals(uncertainty)
    return f"{rounded(value, places)} ± {rounded(uncertainty, places)}"


def asymmetric(value: float, low: float, high: float) -> tuple[str, str, str]:
    """Return a value with its upper and lower uncertainty, such as ("512", "41", "36")."""
    uncertainties = [each for each in (high - value, value - low) if each > 0]
    places = decimals(min(uncertainties, default=0))
    return rounded(value, places), rounded(max(high - value, 0), places), rounded(max(value - low, 0), places)


def interval_text(value: float | None, low: float, high: float | None) -> str:
    """Return an interval such as "512 (+41 −36)", or a bound such as "> 5,400" where it has no upper end."""
    if value is None or high is None:
        return f"> {plain(low, 2)}" if low > 0 else "undetermined"
    middle, up, down = asymmetric(value, low, high)
    return f"{middle} (+{up} {_MINUS}{down})"


def plain(value: float, digits: int = 4) -> str:
    """Return the value to this many significant digits, without an exponent."""
    if not value:
        return "0"
    return rounded(value, digits - 1 - floor(log10(float(f"{abs(value):.{digits - 1}e}"))))


def threshold_text(threshold: float) -> str:
    """Return a threshold on scores to six digits; close to one, to two digits of its distance to one."""
    distance = abs(1 - threshold)
    return f"{threshold:.{1 - floor(log10(distance))}f}" if 0 < distance < 1e-5 else f"{threshold:.6g}"


def duration(seconds: float) -> str:
    """Return a time in seconds, minutes or hours."""
    if seconds < 120:
        return f"{plain(seconds, 2)} s"
    return f"{plain(seconds / 60, 2)} min" if seconds < 7200 else f"{plain(seconds / 3600, 2)} h"


def significance_text(significance: float) -> str:
    """Return such as "3.1 standard deviations"; beyond 10, which no sample can resolve, only a bound."""
    return "more than 10 standard deviations" if significance > 10 else f"{significance:.1f} standard deviations"


def title_listing(titles: list[str], limit: int | None = None, quoted: bool = False) -> str:
    """Return the titles as "a, b and c", or "a and 2 others" for more than `limit`; in quotes if one has a comma."""
    quoted = quoted or any("," in title for title in titles)
    if limit is not None and len(titles) > limit:
        return listing([f"“{titles[0]}”" if quoted else titles[0], f"{len(titles) - 1} others"])
    return listing([f"“{title}”" for title in titles] if quoted else titles)


def listing(words: list[str]) -> str:
    """Return such as "a, b and c"."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
