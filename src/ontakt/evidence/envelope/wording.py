"""The envelope in words; which sentence may be said is decided by the numbers."""

from collections.abc import Sequence

from ontakt.evidence.envelope.band import Band
from ontakt.evidence.envelope.design import Design
from ontakt.evidence.envelope.envelope import Envelope, LadderReading
from ontakt.evidence.envelope.interaction import Interaction, SpaceReading
from ontakt.evidence.envelope.limit import Limit
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.gate.share import allowed
from ontakt.evidence.numbers import count, number, plural, seconds
from ontakt.evidence.sentence import PERCENT

_EXTREME = 1e-3
_MINUS = "\N{MINUS SIGN}"


def share(value: float) -> str:
    """A share that somebody set, as `99.5 %`."""
    return f"{100 * value:.6g} %"


def sentences(envelope: Envelope) -> tuple[str, ...]:
    """One an axis, then what matters together, then what so few cycles cannot say."""
    axes = tuple(axis_sentence(ladder) for ladder in envelope.ladders)
    space = () if envelope.space is None else (space_sentence(envelope.space),)
    short = shortage(envelope.design)
    return (*axes, *space, *(() if short is None else (short,)))


def axis_sentence(ladder: LadderReading) -> str:
    """Up to where it holds, from where on it fails and by what, and what lies between."""
    limit, span = ladder.limit, ladder.span
    claim = f"{share(limit.reliability)} with {share(limit.confidence)} confidence"
    parts = []
    if limit.holds_up_to is None:
        calm = span.text(span.calm)
        parts.append(f"not shown to hold {claim}, not even at {calm}")
    else:
        end = ", the end of the ladder" if limit.whole else ""
        to = _to(span)
        if limit.holds_up_to == span.calm:
            to, end = "at", ", of no harsher one it is shown"
        parts.append(f"holds {claim} {to} {span.text(limit.holds_up_to)}{end}")
    if limit.fails_beyond is not None:
        parts.append(f"fails{_by(limit)} {_from(span, limit.fails_beyond)}{_cases(limit)}")
    elif not limit.whole:
        worst = "unknown" if limit.at_worst is None else share(round(limit.at_worst, 3))
        parts.append(
            f"not shown to fail anywhere ({worst} good at {span.text(span.harsh)}{_seen(limit)})"
        )
    between = _between(limit, span)
    return f"{span.axis.capitalize()}: {'; '.join([*parts, *between])}."


def _to(span: Span) -> str:
    return "down to" if span.down else "up to"


def _from(span: Span, value: float) -> str:
    return f"from {span.text(value)} {'down' if span.down else 'on'}"


def _by(limit: Limit) -> str:
    """The dominant failure, where one decides most of the bad cycles."""
    if limit.failure is None or 2 * limit.failures <= limit.bad:
        return ""
    return f" by {limit.failure.replace('_', ' ')}"


def _cases(limit: Limit) -> str:
    if limit.failure is None:
        return ""
    if not _by(limit):
        name = limit.failure.replace("_", " ")
        return f" (most often {name}: {limit.failures} of {limit.bad} bad cycles)"
    return f" ({limit.failures} of {limit.bad} bad cycles)"


def _seen(limit: Limit) -> str:
    if limit.failure is None:
        return ", no bad cycle"
    name = limit.failure.replace("_", " ")
    return f"; {limit.failures} of {limit.bad} bad cycles by {name}"


def _between(limit: Limit, span: Span) -> list[str]:
    if limit.rises is not None:
        calm, harsh = (span.text(value) for value in limit.rises)
        return [f"success does not only fall ({harsh} is better than {calm}): no crossing is told"]
    if limit.whole or (limit.holds_up_to is None and limit.fails_beyond == span.calm):
        return []
    low = span.calm if limit.low is None else limit.low
    high = span.harsh if limit.high is None else limit.high
    said = f"unknown between {span.text(low)} and {span.text(high)}"
    if limit.estimate is not None:
        value = f"{number(limit.estimate, 2)} {span.unit}".rstrip()
        said += f", where success falls below {share(limit.reliability)} at about {value}"
    return [said]


def space_sentence(space: SpaceReading) -> str:
    """The box, and the pairs of axes that do more than add up."""
    box = (
        f"Over the whole box ({plural(space.points, 'point')}), "
        f"{count(space.good)} of {count(space.n)} cycles were good"
    )
    if space.why_not is not None:
        return f"{box}; interactions cannot be told: {space.why_not}."
    told = [pair(one) for one in space.interactions if one.shown]
    if not told:
        return f"{box}; no interaction of two axes is shown."
    return f"{box}; {'; '.join(told)}."


def pair(one: Interaction) -> str:
    """An interaction in words."""
    how = "more than both alone add up to" if one.worse else "less than both alone add up to"
    return f"{one.first} and {one.second} together cost {how} (p = {one.p:.2g}, Holm)"


def shortage(design: Design) -> str | None:
    """What so few cycles cannot show; None where they can show what was asked for."""
    if design.rung >= design.needed:
        return None
    return (
        f"Not enough data for {share(design.reliability)}: {count(design.rung)} cycles a rung show "
        f"at most {PERCENT.floor((1 - design.confidence) ** (1 / design.rung))}, so rungs are held "
        f"against {share(design.claimed)}; {share(design.reliability)} takes "
        f"{count(design.needed)} good cycles a rung."
    )


def split(design: Design) -> str:
    """How the budget is spent."""
    rungs = sum(len(ladder.cells) for ladder in design.ladders)
    space = (
        f", {plural(len(design.space), 'point')} over all axes with {count(design.point)} each"
        if design.space
        else ""
    )
    return (
        f"{count(design.cycles)} of {count(design.budget)} cycles: {plural(rungs, 'rung')} on "
        f"{plural(len(design.ladders), 'ladder')} with {count(design.rung)} cycles each, of "
        f"which {_may_fail(design)}{space}"
    )


def _may_fail(design: Design) -> str:
    most = allowed(design.rung, design.claimed, design.confidence)
    return f"{most or 'none'} may fail where {share(design.claimed)} is to be shown"


def misaligned_sentence(bands: Sequence[Band], span: Span) -> str:
    """What the harshest band with good parts cost, and who saw the bad ones."""
    off = [band for band in bands if band.value]
    bad = sum(band.assisted + band.detected + band.escaped for band in off)
    escaped = sum(band.escaped for band in off)
    back = sum(band.after_retry for band in off)
    said = (
        f"The robot brought {plural(back, 'misaligned part')} home after a retry of its own; "
        f"{count(bad)} of {count(sum(band.n for band in off))} it did not load alone"
    )
    if bad:
        seen = bad - escaped
        said += f", of which the station noticed {count(seen)} and passed {count(escaped)} as good"
    costs = [band for band in bands if band.cost_s.value is not None]
    if costs:
        worst = max(costs, key=lambda band: band.cost_s.value or 0.0)
        value = worst.cost_s.value or 0.0
        told = f"{seconds(abs(value))} {'longer' if value >= 0 else 'shorter'}"
        said += (
            f". A part that is off by {span.text(worst.value)} keeps the station {told} on average "
            f"than one that is off by {span.text(bands[0].value)}{_interval(worst)}"
        )
    return f"{said}."


def signed(value: float) -> str:
    """Seconds more or less, to a tenth; what rounds to nothing has no sign."""
    tenths = round(value, 1)
    if not tenths:
        return "0.0"
    return f"{'+' if tenths > 0 else _MINUS}{abs(tenths):.1f}"


def odds(value: float) -> str:
    """A factor on odds; beyond a thousand to one no model of so few cycles knows its size."""
    if value < _EXTREME:
        return "below 1/1000"
    return "above 1000" if value > 1 / _EXTREME else number(value, 2)


def _interval(band: Band) -> str:
    low, high = band.cost_s.low, band.cost_s.high
    if low is None or high is None:
        return ""
    return f" (95 % interval {signed(low)} to {signed(high)} s)"
