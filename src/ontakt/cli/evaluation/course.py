"""What is watched while an episode runs, and what it says of each side at the end."""

import math
from collections.abc import Mapping

from ontakt.cli.evaluation.result import Fault
from ontakt.cli.teaching.episode import Ground, Worked
from ontakt.contract import Inspection, Side, Signals, Station, ticks_of
from ontakt.contract.job import Job
from ontakt.line.grip import Grasp, Grip
from ontakt.line.supervisor_config import SupervisorConfig

STRAY = 0.02
"""A hand that is to wait and goes farther from home than this [m] has moved."""
ABOUT, OVER = 0.010, 0.030
"""A nut nearer than this to the pin's axis, and lower than this over its seat [m], is on it."""


class Course:
    """One episode's. `see` takes every tick."""

    def __init__(self, station: Station, config: SupervisorConfig) -> None:
        self._station, space = station, station.spec.action_space
        self._ground, self._sides = Ground.of(station), space.sides
        self._home = {side: space.position(station.spec.home, side) for side in space.sides}
        settle = ticks_of(config.settle, space.control_hz)
        self._grips = {side: Grip(config, settle) for side in space.sides}
        self._grasps: dict[Side, Grasp] = dict.fromkeys(space.sides, "open")
        self._strayed = dict.fromkeys(space.sides, 0.0)
        self._stop: str | None = None
        self._last: Signals | None = None

    def see(self, signals: Signals) -> None:
        """A tick has passed."""
        self._last = signals
        for side, arm in signals.arms.items():
            self._grasps[side] = self._grips[side].see(arm)
            away = math.dist(arm.position, self._home[side])
            self._strayed[side] = max(self._strayed[side], away)
        for trip in signals.trips:
            if trip.action == "stop" and self._stop is None:
                self._stop = trip.rule

    def faults(self, worked: Worked, job: Job) -> dict[Side, Fault]:
        """What is wrong with each side, by physics, when the work has ended. Where the station can,
        it tells the truth from here on: nothing but this may be asked of it afterwards."""
        if worked.failure is not None:
            return {side: Fault("error", worked.failure) for side in job or self._sides}
        waiting = self._waiting()
        faults: dict[Side, Fault] = {}
        for side in self._sides:
            found = worked.found[side]
            if side in job:
                fault = (
                    None if worked.done and found.ok else self._undone(side, found, waiting[side])
                )
            else:
                fault = self._disobeyed(side, found, waiting[side], job)
            if fault is not None:
                faults[side] = fault
        return faults

    def _undone(self, side: Side, found: Inspection, waiting: bool) -> Fault | None:
        clear = self._last is not None and self._ground.clear(self._last, side)
        if found.ok and clear:
            return None
        if self._stop is not None:
            return Fault("guard", f"the guard stopped the robot ({self._stop})")
        if found.ok:
            return Fault("timeout", "the nut is seated, the hand not clear of the part")
        if waiting:
            return Fault("no_grasp", "the nut still lies in the feeder")
        on_pin = _on_pin(found)
        if self._grasps[side] == "held":
            where = f"over the pin, {_measured(found)}" if on_pin else "away from the pin"
            return Fault("timeout", f"the nut is still in the hand, {where}")
        if on_pin:
            return Fault("not_seated", f"the nut stands {_measured(found)}")
        return Fault("drop", "the nut lies elsewhere")

    def _disobeyed(self, side: Side, found: Inspection, waiting: bool, job: Job) -> Fault | None:
        if found.ok or _on_pin(found):
            return Fault("wrong_side", "a nut was put on a pin that was to be left alone")
        if not waiting:
            return Fault("wrong_side", "a nut that was to be left alone is not where it was")
        if not job and self._strayed[side] > STRAY:
            return Fault(
                "moved", f"told to wait, the hand went {1000 * self._strayed[side]:.0f} mm"
            )
        return None

    def _waiting(self) -> Mapping[Side, bool]:
        """Where a nut lies in the feeder."""
        tell_truth = getattr(self._station, "tell_truth", None)
        if tell_truth is not None:  # a real station has no more than its estimates
            tell_truth()
        sights = self._station.observe(0, 0).sights
        return {side: f"{side}_nut" in sights for side in self._sides}


def _on_pin(found: Inspection) -> bool:
    return found.offset < ABOUT and found.height < OVER


def _measured(found: Inspection) -> str:
    return (
        f"{1000 * found.height:.1f} mm over its seat, {1000 * found.offset:.1f} mm off the axis, "
        f"tilted by {math.degrees(found.tilt):.1f} degrees"
    )
