"""How long the station works before it calls for a person, stretch by stretch."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.statistics.survival import Survival, kaplan_meier
from ontakt.evidence.statistics.weibull import Weibull, weibull

FEW = 3
"""Calls below which a curve would show a pattern where there is none."""

FEW_FOR_SHAPE = 5
"""Calls below which the interval of a shape is too wide to say anything."""


class Stretch(Struct, frozen=True):
    """Work from its start, or from when a person had left, up to the next call or to the end."""

    hours: float
    called: bool
    """False for a stretch that the end of the shift broke off: a call would have come later."""


class Assists(Struct, frozen=True, kw_only=True):
    """The stretches of all shifts, and the curve over them."""

    stretches: tuple[Stretch, ...]
    curve: Survival | None
    """None with fewer than FEW calls."""
    life: Weibull | None
    """The same stretches as lives that a call ends; None with fewer than FEW_FOR_SHAPE calls."""

    @property
    def calls(self) -> int:
        """Stretches that ended with a call."""
        return sum(one.called for one in self.stretches)

    @property
    def rate(self) -> float | None:
        """Calls an hour of such work; None without any work."""
        worked = sum(one.hours for one in self.stretches)
        return self.calls / worked if worked else None


def assists(pool: Pool) -> Assists | None:
    """None where no such time is known (an imported log), and of shifts that are different
    experiments."""
    imported = any(chapter.shift.source is not None for chapter in pool.chapters)
    if imported or not pool.frozen:
        return None
    found = tuple(one for chapter in pool.chapters for one in stretches(chapter))
    calls = sum(one.called for one in found)
    return Assists(
        stretches=found,
        curve=_curve(found) if calls >= FEW else None,
        life=_life(found) if calls >= FEW_FOR_SHAPE else None,
    )


def stretches(chapter: Chapter) -> Iterator[Stretch]:
    """Those of one shift. Who is called to refill a feeder brings material and ends none; a call
    that nobody followed up ends one all the same."""
    shift = chapter.shift
    start: int | None = shift.first_tick
    for call in sorted(shift.calls, key=lambda call: call.raised):
        if call.refill:
            continue
        if start is not None and call.raised >= start:
            yield Stretch(chapter.seconds(call.raised - start) / 3600, called=True)
        left = call.resolved if call.resolved is not None else call.arrived
        start = None if left is None else max(left, start or left)
    if start is not None and shift.last_tick > start:
        yield Stretch(chapter.seconds(shift.last_tick - start) / 3600, called=False)


def drift(life: Weibull) -> str:
    """What the shape of `life` lets anybody say; without an interval, nothing shows."""
    shape = life.shape_interval
    if shape is not None and shape.low > 1:
        return (
            "A call comes the sooner, the longer the station has worked: something wears or drifts"
        )
    if shape is not None and shape.high < 1:
        return "Calls gather behind a call: a visit leaves something behind that causes the next"
    return "Nothing shows that a call depends on how long the station has worked"


def _life(found: Sequence[Stretch]) -> Weibull | None:
    lasted = [one for one in found if one.hours > 0]
    return weibull([one.hours for one in lasted], [one.called for one in lasted])


def _curve(found: Sequence[Stretch]) -> Survival | None:
    return kaplan_meier([one.hours for one in found], [one.called for one in found])
