"""What the scripted chunk policy believes of one side: a memory for the supervisor, never for the
motion."""

from ontakt.contract.chunk import Belief
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Scene, across


class SideBelief:
    """Follows the phases that observations show. `in_vain` ticks of searching or pressing, `blind`
    ticks without a sight: then it has given up. An observation that is not newer than the last one
    changes nothing."""

    def __init__(self, c: ExpertConfig, in_vain: int, blind: int) -> None:
        self._c, self._most = c, {"jam": in_vain, "not_seated": in_vain, "no_sight": blind}
        self._spent = dict.fromkeys(self._most, 0)
        self._tick: int | None = None
        self._shown = Belief(phase="reach")
        self._closed = self._carried = self._placed = self._lost = False
        self._missed = 0

    def see(self, tick: int, phase: str, scene: Scene) -> Belief:
        """What is believed after the observation of `tick`, which puts the side into `phase`."""
        if self._tick is not None and tick <= self._tick:
            return self._shown
        spent = 0 if self._tick is None else tick - self._tick
        self._tick = tick
        self._count(phase, scene)
        struggle = self._struggle(phase, scene)
        for what in self._spent:
            if what == struggle:
                self._spent[what] += spent
        at_rest = phase == "home" and scene.tool[2] > scene.travel - 2e-3
        there = scene.on_pin or self._c.tamp_opening <= 0.0  # a hand that tamps looks, too
        self._lost = self._lost or (at_rest and self._placed and not there)
        done = at_rest and self._placed and not self._lost
        self._shown = Belief(
            phase=phase,
            done=done,
            gave_up=None if done else self._failure(at_rest, struggle),
            retries=self._missed,
        )
        return self._shown

    def _count(self, phase: str, scene: Scene) -> None:
        c = self._c
        at_pin = across(scene.tool, scene.pin) < 0.008
        empty = scene.told_opening < c.held[0] / 2.0 and scene.opening < c.held[0]
        empty = empty or (phase == "reach" and scene.touches)  # something is in the way
        if scene.grips:
            self._carried = self._carried or phase in ("carry", "insert")
            self._lost = self._closed = False
        elif empty and not self._closed:
            self._closed = True
            if self._carried and not self._placed:
                self._lost = True
            elif phase in ("reach", "grasp"):
                self._missed += 1
        elif not empty:
            self._closed = False
        if phase == "release" and not self._lost and at_pin:
            self._placed = True

    def _struggle(self, phase: str, scene: Scene) -> str | None:
        if scene.touches and phase == "insert":
            return "jam"
        if scene.touches and phase == "release":
            return "not_seated"
        if phase == "home" and not self._placed and not self._carried:
            return "no_sight"
        return None

    def _failure(self, at_rest: bool, struggle: str | None) -> str | None:
        if at_rest and self._lost:
            return "drop"
        if self._missed >= self._c.grasps:
            return "no_grasp"
        if struggle is not None and self._spent[struggle] >= self._most[struggle]:
            return struggle
        return None
