"""Shares, chances and long numbers as a person on a shop floor says them."""

from ontakt.evidence.numbers import number

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_NB = "\N{NO-BREAK SPACE}"


def share(value: float) -> str:
    """A ratio with all the digits that somebody wrote, as `99.95 %`: rounding would ask less."""
    return f"{100 * value:.10g}{_NARROW}%"


def chance(value: float) -> str:
    """A chance as whole tries, as `in 7 of 100 tries`."""
    if value < 0.0005:
        return "in fewer than 1 of 1,000 tries"
    if value > 0.9995:
        return "in more than 999 of 1,000 tries"
    if 0.00995 <= value <= 0.99005:
        return f"in {round(100 * value)} of 100 tries"
    return f"in {round(1000 * value):,} of 1,000 tries"


def success(value: float) -> str:
    """A success per cycle, as `good 998 times in 1,000`."""
    if value in (0, 1):
        return "always good" if value else "never good"
    times, size = odds(value)
    return f"good {times:,} times in {size:,}"


def odds(value: float) -> tuple[int, int]:
    """A ratio as so many of 100, 1,000, ...: the first that says it exactly, or the last."""
    for power in range(2, 9):
        times = value * 10**power
        if abs(times - round(times)) < 1e-6:
            break
    return round(times), 10**power


def cycles(value: float) -> str:
    """`1 cycle`, `1,049 cycles`; a mean is rounded."""
    whole = round(value)
    return f"{whole:,}{_NB}{'cycle' if whole == 1 else 'cycles'}"


def at_most(count: int, noun: str) -> str:
    """`without a failure`, `with at most 3 failures`."""
    if count == 0:
        return f"without {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    return f"with at most {count:,}{_NB}{noun}{'' if count == 1 else 's'}"


def amount(value: float) -> str:
    """`0.789`, `16.3`, `1,250`."""
    return f"{value:,.0f}" if value >= 999.5 else number(value)


def hours(value: float) -> str:
    """`16.3 h`, `1,250 h`."""
    return f"{amount(value)}{_NB}h"
