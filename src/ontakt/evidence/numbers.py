"""How numbers are written on a page: one small set of filters, and unknown is never 0."""

import math
import shlex
from typing import TypeGuard

from ontakt.contract.kpi import Kpi

UNKNOWN = "unknown"
_NB = "\N{NO-BREAK SPACE}"
_NARROW = "\N{NARROW NO-BREAK SPACE}"
_EN = "\N{EN DASH}"
EXACT = 1e-8
"""A ratio this close to 0 or 1 is that, but for the computer's rounding."""


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def percent(value: float | None, digits: int = 1) -> str:
    """A ratio as `90.1 %`; neither 100 % nor 0 % is written for what only rounds to it."""
    if not _known(value):
        return UNKNOWN
    return f"{_percent_number(value, digits)}{_NARROW}%"


def _percent_number(value: float, digits: int = 1) -> str:
    if min(abs(value), abs(value - 1)) < EXACT:
        return f"{100 * value:.0f}"
    for places in range(digits, digits + 2):
        text = f"{100 * value:.{places}f}"
        if float(text) not in (0.0, 100.0):
            return text
    least = 10.0 ** -(digits + 1)
    text = (
        f"<{_NARROW}{least:.{digits + 1}f}"
        if value < 0.5
        else f">{_NARROW}{100 - least:.{digits + 1}f}"
    )
    return text if 0 < value < 1 else f"{100 * value:.{digits}f}"


def count(value: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    if not _known(value):
        return UNKNOWN
    return f"{value:,.0f}".replace(",", _NARROW)


def surplus(value: float | None) -> str:
    """A whole number as `+3` or, with a true minus sign, as a loss; plain 0 is neither."""
    if not _known(value):
        return UNKNOWN
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{count(abs(value))}"


def number(value: float | None, digits: int = 3) -> str:
    """`digits` significant digits, without an exponent in the range a person reads easily."""
    if not _known(value):
        return UNKNOWN
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 6:
        return f"{value:.{max(0, digits - 1 - size)}f}"
    return f"{value:.{digits - 1}e}"


def setting(value: float | None) -> str:
    """A number that somebody set, with no digit that says nothing."""
    return UNKNOWN if not _known(value) else f"{value:.4g}"


def clock(value: float | None) -> str:
    """Seconds as `h:mm:ss`, for columns."""
    if not _known(value):
        return UNKNOWN
    whole = round(value)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def seconds(value: float | None) -> str:
    """A short time as `61.3 s`."""
    if not _known(value):
        return UNKNOWN
    text = f"{value:.1f}".removesuffix(".0")
    return f"{text}{_NB}s"


def duration(value: float | None) -> str:
    """Seconds as a person says them: `48 s`, `4 min 12 s`, `2 h 59 min`."""
    if not _known(value):
        return UNKNOWN
    if value < 100:
        return seconds(value)
    whole = round(value)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}{_NB}min" + (f" {rest}{_NB}s" if rest else "")
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours}{_NB}h" + (f" {minutes}{_NB}min" if minutes else "")


def length(value: float | None, digits: int = 2) -> str:
    """Metres as millimetres."""
    if not _known(value):
        return UNKNOWN
    return f"{1000 * value:.{digits}f}{_NB}mm"


def amount(value: float | None, unit: str) -> str:
    """A value with its unit, in the form that the unit asks for."""
    match unit:
        case "1":
            return percent(value)
        case "count":
            return count(value)
        case "s":
            return duration(value)
        case "h":
            return hours(value)
        case _ if not _known(value):
            return UNKNOWN
        case _:
            return f"{number(value)}{_NB}{unit.replace('1/', '/')}"


def hours(value: float | None) -> str:
    """Hours with the digits that a plant reads."""
    if not _known(value):
        return UNKNOWN
    return f"{number(value)}{_NB}h"


def figure(kpi: Kpi) -> str:
    """The KPI's value with its unit."""
    return amount(kpi.value, kpi.unit)


def interval(kpi: Kpi) -> str:
    """The KPI's interval as `84.0–94.5 %`; empty when it has none. An open end is named."""
    if kpi.low is None and kpi.high is None:
        return ""
    if not _known(kpi.high):
        return f"at least {amount(kpi.low, kpi.unit)}"
    if kpi.low is None:
        return f"at most {amount(kpi.high, kpi.unit)}"
    if kpi.unit == "1":
        return f"{_percent_number(kpi.low)}{_EN}{percent(kpi.high)}"
    top = amount(kpi.high, kpi.unit)
    bottom = amount(kpi.low, kpi.unit)
    plain, _, unit = bottom.partition(_NB)
    if unit == top.partition(_NB)[2]:
        return f"{plain}{_EN}{top}"
    return f"{bottom} to {top}"


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 call`, `3 calls`, `no calls`."""
    word = one if n == 1 else (many or one + "s")
    return f"{'no' if n == 0 else count(n)}{_NB}{word}"


def sentence(text: str) -> str:
    """A note with a capital at its start and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def shell(word: str) -> str:
    """One word of a command line, quoted where a shell would not leave it whole."""
    return shlex.quote(word)
