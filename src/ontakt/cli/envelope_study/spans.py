"""Which stretch of which axes an envelope is to look at."""

from collections.abc import Mapping, Sequence

from ontakt.contract import UnknownName
from ontakt.contract.units import UNITS
from ontakt.evidence.envelope import Span
from ontakt.station.variation import AXES, Axis, Variation


def find_spans(words: Sequence[str], levels: Mapping[str, Variation]) -> tuple[Span, ...]:
    """`AXIS` or `AXIS=LOW..HIGH` each; all axes where there are no words. An axis without a range
    goes from the calmest value that a level of the station gives it to its own harshest. Raises
    UnknownName for an axis, BadValue for a range."""
    return tuple(_span(word, levels) for word in words or AXES)


def _span(word: str, levels: Mapping[str, Variation]) -> Span:
    name, equals, text = (part.strip() for part in word.partition("="))
    if name not in AXES:
        raise UnknownName("variation axis", name, AXES)
    axis = AXES[name]
    if equals:
        setting = axis.parse(text)
        low, high = setting.low, setting.high
    else:
        low, high = _whole(axis, levels)
    si = UNITS[axis.dimension][axis.unit] if axis.dimension in UNITS else 1.0
    calm, harsh = (high, low) if axis.small_is_hard else (low, high)
    return Span(
        axis=name,
        unit=axis.unit,
        si=si,
        calm=float(f"{calm / si:.6g}"),
        harsh=float(f"{harsh / si:.6g}"),
        whole=axis.dimension == "count",
    )


def _whole(axis: Axis, levels: Mapping[str, Variation]) -> tuple[float, float]:
    """From the calmest value of any level to the harsh bound [SI], the lower one first."""
    settings = [level.settings[axis.name] for level in levels.values()] or [axis.default]
    if axis.small_is_hard:
        return axis.low, max(setting.high for setting in settings)
    return min(setting.low for setting in settings), axis.high
