"""The present of a cell in one language: what stands in which place of a console, as `telling`
does it for the wall."""

from ontakt.board.console_wire import Seen
from ontakt.board.language import Words
from ontakt.board.lease import Holding
from ontakt.board.telling import EN_DASH, MINUS, Fields
from ontakt.contract import GuardTrip, Live, PortStatus, Side, SideLive, State
from ontakt.contract.spaces import SIDES

TRIPS = 5
"""Interventions of the guard that are shown."""
_PLACES = ("drive", "phase", "confidence", "sigma", "opening", "grip", "wrist", "position")
_CONFIDENT = 100.0


def tell_console(seen: Seen, holder: Holding | None, words: Words) -> Fields:
    """Every place of a console that hears the shift."""
    status, live = seen.status, seen.live
    fields: dict[str, str | None] = {
        "silent@hidden": "",
        "robot@data-live": "",
        "standing": words(f"console.{_standing(status)}"),
        "standing@data-standing": _standing(status),
        "inside@hidden": None if status.inside else "",
        "driver": _driver(status, holder, words),
    }
    if live is None:
        return {**fields, **_blank()}
    fields["unit"] = EN_DASH if live.state is None else words(f"state.{State(live.state).name}")
    for side in SIDES:
        fields |= _arm(side, live.sides.get(side), words)
    fields["chunk"] = _chunk(live)
    fields["starved"] = words("shift.yes" if live.starved else "shift.no")
    fields["late"] = str(live.late)
    trips = live.guard[: -TRIPS - 1 : -1]
    for k in range(TRIPS):
        told = _trip(live, *trips[k], words) if k < len(trips) else ""
        fields[f"trip{k}"] = told if told or k else words("andon.none")
    return fields


def tell_silence(why: str, words: Words) -> Fields:
    """The same where nobody hears."""
    return {
        "silent@hidden": None,
        "silent": f"{words('console.silent')} ({why})",
        "robot@data-live": None,
        "standing": words("console.unheard"),
        "standing@data-standing": "unheard",
        "inside@hidden": "",
        "driver": "",
        **_blank(),
    }


def _blank() -> Fields:
    blank: dict[str, str | None] = {f"{s}-{p}": EN_DASH for s in SIDES for p in _PLACES}
    blank |= dict.fromkeys((f"trip{k}" for k in range(TRIPS)), "")
    return blank | {"unit": EN_DASH, "chunk": EN_DASH, "starved": EN_DASH, "late": EN_DASH}


def _standing(status: PortStatus) -> str:
    """What the line waits for, as a key of the words."""
    if status.waits_for_start:
        return "waits_for_start"
    if not status.visiting:
        return "at_work"
    return "stopped" if status.stopped else "inside" if status.inside else "stands"


def _driver(status: PortStatus, holder: Holding | None, words: Words) -> str:
    if status.driver is None:
        return ""
    lost = "" if holder is not None else f" ({words('console.not_here')})"
    return f"{words('console.drives')}: {status.driver}{lost}"


def _arm(side: Side, arm: SideLive | None, words: Words) -> Fields:
    if arm is None:
        return {f"{side}-{place}": EN_DASH for place in _PLACES}
    phase = EN_DASH if arm.phase is None else words.named("phase", arm.phase)
    if arm.gave_up is not None:
        phase = f"{phase}, {words('console.gave_up')}: {words.named('cause', arm.gave_up)}"
    told: dict[str, str | None] = {
        "drive": words(f"drive.{arm.drive}"),
        "phase": phase,
        "confidence": _share(arm.confidence),
        "sigma": EN_DASH if arm.sigma_mm is None else f"{arm.sigma_mm:.2f} mm",
        "opening": f"{1000 * arm.opening:.1f} mm",
        "grip": f"{arm.grip_force:.1f} N",
        "wrist": f"{sum(f * f for f in arm.wrist_force) ** 0.5:.1f} N",
        "position": "  ".join(f"{1000 * x:.0f}" for x in arm.position),
    }
    return {f"{side}-{place}": text for place, text in told.items()} | {
        f"{side}-drive@data-drive": arm.drive
    }


def _chunk(live: Live) -> str:
    """How old the chunk is that is played; nothing where none is."""
    played = any(arm.drive == "policy" for arm in live.sides.values())
    if live.chunk_tick is None or not played:
        return EN_DASH
    return f"{1000 * (live.tick - live.chunk_tick) / live.hz:.0f} ms"


def _share(confidence: float | None) -> str:
    return EN_DASH if confidence is None else f"{_CONFIDENT * confidence:.0f} %"


def _trip(live: Live, tick: int, trip: GuardTrip, words: Words) -> str:
    ago = (live.tick - tick) / live.hz
    numbers = (trip.value, trip.limit)
    told = "" if None in numbers else f" {trip.value:.4g} ({trip.limit:.4g})"
    side = words(f"cycle.{trip.side}") if trip.side else ""
    return f"{MINUS}{ago:.1f} s: {side} {words.named('rule', trip.rule)} {trip.action}{told}"
