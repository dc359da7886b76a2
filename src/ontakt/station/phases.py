"""What a hand does next, from nothing but what it sees and feels: the phases of the chunk policy.

Nothing is remembered. Where the same place is passed twice with different intent, the hand itself
shows how far it has come: wide open it goes to fetch, closed it holds, at `tamp_opening` it is to
press on the nut on its pin, and at `tamped_opening` it has pressed and leaves. A search for the
bore is a function of the tick, so that chunks planned at different moments agree about it.

Contact cannot be foreseen: downward in contact no target runs ahead of the tool, as it was last
observed, by more than a few millimetres; a nut is let go only where the tool is observed to be at
its seat, left only by a hand that is observed to be open, and pressed on only by one that is
observed to have `tamp_opening`.
"""

import math
from typing import NamedTuple

from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Hand, Point, Scene, across
from ontakt.station.motion import spiral_length

_GOLDEN = math.pi * (3.0 - math.sqrt(5.0))
"""Bearings that advance by this angle spread evenly, however many they are [rad]."""

_NEAR = 5e-4
"""Openings that differ by less than this [m] are the same."""


class Intent(NamedTuple):
    """Where a hand goes, how fast at most [m/s], and with which opening [m]."""

    phase: str
    goal: Point
    speed: float
    opening: float


class Phases:
    """Decides for one side. `bearing` [rad] and `offset` [ticks] come from the seed: in which
    direction a search begins, and when."""

    def __init__(
        self, c: ExpertConfig, more: ChunkExpertConfig, hz: int, bearing: float, offset: int
    ) -> None:
        self._c, self._more, self._hz = c, more, hz
        self._bearing, self._offset = bearing, offset
        length = spiral_length(c.search_pitch, c.search_radius)
        self._turn = max(1, math.ceil(length / c.search_speed * hz))
        """Ticks of one search spiral."""
        self._stick = max(1, round(more.stick * hz))

    @property
    def search_ticks(self) -> int:
        """Ticks of one search spiral."""
        return self._turn

    def next(self, hand: Hand, scene: Scene) -> Intent:
        """What `hand` does on its virtual tick."""
        return self._loaded(hand, scene) if hand.holds else self._empty(hand, scene)

    # -- with a nut between the pads

    def _loaded(self, hand: Hand, scene: Scene) -> Intent:
        c, (x, y, z) = self._c, hand.place
        pin, away = scene.pin, across(hand.place, scene.pin)
        if hand.told > _NEAR and away > 0.008:  # it has just closed: first a firm grip
            return Intent("grasp", hand.place, c.descend_speed, 0.0)
        approach = pin[2] + c.grasp_height + c.pin_height + c.approach_gap
        # standing on the pin's top, or with the pin in its bore
        down = z < approach + _NEAR and scene.grips and scene.tool[2] < approach + 2.0 * _NEAR
        if down and away < 2.0 * c.search_radius:
            return self._at_pin(hand, scene)
        if away > 0.010 and z < scene.travel - 0.010:
            return Intent("carry", (x, y, scene.travel), c.speed, 0.0)
        if away > 0.005:
            return Intent("carry", (pin[0], pin[1], scene.travel), c.speed, 0.0)
        if z > approach + _NEAR or away > 0.0015:
            return Intent("carry", (pin[0], pin[1], approach), c.descend_speed, 0.0)
        lowest = approach - c.push_lead
        return Intent("insert", (pin[0], pin[1], lowest), c.insert_speed, 0.0)

    def _at_pin(self, hand: Hand, scene: Scene) -> Intent:
        c, tool, pin = self._c, scene.tool, scene.pin
        seat = pin[2] + c.grasp_height
        height, depth = tool[2] - seat, seat + c.pin_height - tool[2]
        relaxed = abs(tool[2] - scene.told[2]) < 1e-3
        if height <= c.seated + (8e-4 if relaxed else 0.0) or (
            depth > c.captured and self._gives_way(hand, scene, height)
        ):
            return self._let_go(hand, scene)
        if depth > c.captured:
            low = max(seat - 1e-3, tool[2] - 2.0 * c.push_lead)
            if scene.touches:  # it sticks: the nut gives way, or the hand slides down on it
                x, y = self._nudged(tool, hand.tick)
                low = tool[2] - 4.0 * c.push_lead
            else:  # the pin guides: yield to it
                x, y = ((a + b) / 2.0 for a, b in zip(tool[:2], scene.told[:2], strict=True))
                low = min(low, hand.place[2])
            return Intent("insert", (x, y, low), c.insert_speed, 0.0)
        low = tool[2] - c.push_lead
        if scene.touches:
            x, y = self._searching(pin, hand.tick)
            return Intent("insert", (x, y, low), 2.0 * c.search_speed, 0.0)
        above, away = depth < -1e-3, across(hand.place, pin)
        if away > (0.0015 if above else 1.3 * c.search_radius):
            return Intent(
                "carry",
                (pin[0], pin[1], seat + c.pin_height + c.approach_gap),
                c.descend_speed,
                0.0,
            )
        x, y = (pin[0], pin[1]) if above else (hand.place[0], hand.place[1])
        return Intent("insert", (x, y, min(low, hand.place[2])), c.insert_speed, 0.0)

    def _gives_way(self, hand: Hand, scene: Scene, height: float) -> bool:
        """The nut sticks on the pin and is to be tamped: at once where it is nearly down, else
        once in a while, after nudges had their time. What has begun is ended."""
        if self._c.tamp_opening <= 0.0 or not (scene.touches or hand.told > _NEAR):
            return False
        if hand.told > _NEAR or height < 2.0 * self._c.seated:
            return True
        return hand.tick % self._stick >= self._stick - 6

    def _let_go(self, hand: Hand, scene: Scene) -> Intent:
        """First take the push out of the arm, so that it does not spring."""
        c = self._c
        if hand.told <= _NEAR and math.dist(hand.place, scene.tool) > 7e-4:
            return Intent("insert", scene.tool, c.insert_speed, 0.0)
        return Intent("release", scene.tool, c.insert_speed, c.open)

    def _searching(self, pin: Point, tick: int) -> tuple[float, float]:
        """On the spiral r = pitch * turns about `pin`; each new spiral begins elsewhere."""
        c = self._c
        turn, step = divmod(tick + self._offset, self._turn)
        length = step * c.search_speed / self._hz
        radius = math.sqrt(length * c.search_pitch / math.pi)
        angle = self._bearing + turn * _GOLDEN + 2.0 * math.pi * radius / c.search_pitch
        return pin[0] + radius * math.cos(angle), pin[1] + radius * math.sin(angle)

    def _nudged(self, tool: Point, tick: int) -> tuple[float, float]:
        c = self._c
        count = tick // c.contact_ticks
        angle, size = self._bearing + _GOLDEN * count, c.nudge * (1 + count % 2)
        return tool[0] + size * math.cos(angle), tool[1] + size * math.sin(angle)

    # -- with an empty hand

    def _empty(self, hand: Hand, scene: Scene) -> Intent:
        c = self._c
        x, y, z = hand.place
        tamps = c.tamp_opening > 0.0
        leaves = tamps and self._tamped(hand.told)
        if across(hand.place, scene.pin) < 0.008 and z < scene.travel - 0.005:
            if leaves:
                return Intent("release", (x, y, scene.travel), c.speed, hand.told)
            if tamps and hand.on_pin:
                return self._over_nut(hand, scene)
            if self._parting(hand, scene):
                return Intent("release", hand.place, c.insert_speed, c.open)
            return Intent("release", (x, y, scene.travel), c.speed, c.open)
        if tamps and hand.on_pin and not leaves:
            return self._visit(hand, scene)
        if scene.nut is not None and scene.sees_pin and not hand.on_pin:
            return self._fetch(hand, scene, scene.nut)
        opening = hand.told if leaves else c.open
        return Intent("home", (x, y, max(z, scene.travel)), c.speed, opening)

    def _over_nut(self, hand: Hand, scene: Scene) -> Intent:
        """An open hand about a nut on its pin: rise, close to `tamp_opening`, press."""
        c, (x, y, z) = self._c, hand.place
        stand = scene.pin[2] + c.tamp_height
        over = stand + c.pin_height
        if abs(hand.told - c.tamp_opening) < _NEAR:
            return self._press(hand, scene, stand)
        if z > over - 2e-3:
            return Intent("release", (x, y, over), c.descend_speed, c.tamp_opening)
        if self._parting(hand, scene):
            return Intent("release", hand.place, c.insert_speed, c.open)
        return Intent("release", (x, y, over), c.descend_speed, c.open)

    def _parting(self, hand: Hand, scene: Scene) -> bool:
        """The pads still part around a nut that was let go: stay there until they are seen to
        be open."""
        least = self._c.open - 2e-3
        return hand.told < self._c.open - _NEAR or min(scene.opening, hand.opening) < least

    def _press(self, hand: Hand, scene: Scene, stand: float) -> Intent:
        """Where the fingertips come to stand is how high the nut sits."""
        c, (x, y, z) = self._c, hand.place
        if abs(scene.told_opening - c.tamp_opening) >= _NEAR:  # not yet seen to be so
            return Intent("release", hand.place, c.insert_speed, c.tamp_opening)
        height = scene.tool[2] - stand
        if height < -c.seated or (scene.touches and height <= c.seated):
            return Intent("release", hand.place, c.insert_speed, self._more.tamped_opening)
        low = scene.tool[2] - 2.0 * c.push_lead
        if scene.touches:
            x, y = self._nudged(scene.tool, hand.tick)
        else:
            low = min(z, max(low, stand - c.push_lead))
        return Intent("release", (x, y, low), c.insert_speed, c.tamp_opening)

    def _visit(self, hand: Hand, scene: Scene) -> Intent:
        """A nut of an earlier attempt stands on the pin: another would jam on it."""
        c, (x, y, z), pin = self._c, hand.place, scene.pin
        if z < scene.travel - 0.010:
            return Intent("reach", (x, y, scene.travel), c.speed, c.open)
        over = pin[2] + c.pin_height + c.tamp_height
        height = scene.travel if across(hand.place, pin) > 1e-3 else over
        return Intent("reach", (pin[0], pin[1], height), c.speed, c.open)

    def _fetch(self, hand: Hand, scene: Scene, nut: Point) -> Intent:
        c, (x, y, z) = self._c, hand.place
        grasp = nut[2] + c.grasp_height
        hover, away = grasp + c.clear_height / 4.0, across(hand.place, nut)
        if away > 0.008:
            if z < scene.travel - 0.010:
                return Intent("reach", (x, y, scene.travel), c.speed, hand.told)
            return Intent("reach", (nut[0], nut[1], scene.travel), c.speed, c.open)
        blocked = hand.touches and scene.tool[2] > grasp + 2e-3
        if self._at_nut(hand, scene) and not blocked:
            if hand.opening < c.held[0]:  # closed on nothing: away before it opens
                return Intent("grasp", (x, y, hover), c.descend_speed, 0.0)
            still = abs(z - grasp) < 3e-4 and hand.pace < 5e-3
            if hand.told < c.open - _NEAR or still:
                return Intent("grasp", hand.place, c.descend_speed, 0.0)
            return Intent("grasp", (nut[0], nut[1], grasp), c.descend_speed, c.open)
        if blocked or hand.told < c.open - _NEAR:
            return Intent("reach", (x, y, max(z, hover)), c.descend_speed, c.open)
        height = grasp if away < 0.0015 else max(hover, min(z, scene.travel))
        return Intent("reach", (nut[0], nut[1], height), c.descend_speed, c.open)

    def _at_nut(self, hand: Hand, scene: Scene) -> bool:
        """Low enough about the waiting nut to close on it."""
        nut = scene.nut
        return (
            nut is not None
            and across(hand.place, nut) < 0.003
            and hand.place[2] < nut[2] + self._c.grasp_height + 2e-3
        )

    def _tamped(self, opening: float) -> bool:
        return abs(opening - self._more.tamped_opening) < _NEAR
