"""A hand rolled forward in time: what it does is decided anew on every virtual tick.

The model is kinematic: the tool follows its target, the gripper follows its ramp, a nut between
closing pads is held, and an opened hand leaves it where it is. Contact is not in it. The target
moves with bounded acceleration from whatever speed it has, which is what makes a chunk go on
smoothly from committed rows.
"""

import math
from collections.abc import Sequence

from ontakt.contract.limits import Box
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Hand, Point, Scene
from ontakt.station.phases import Intent, Phases

Row = tuple[float, float, float, float]
"""Target x, y, z and opening [m]."""


def roll_out(
    phases: Phases,
    scene: Scene,
    committed: Sequence[Row],
    rows: int,
    tick: int,
    box: Box,
    c: ExpertConfig,
    hz: int,
) -> list[Row]:
    """What follows `committed` rows, up to `rows` in all; row 0 is for `tick`."""
    hand = start(scene, tick)
    for row in committed:
        _play(hand, row, scene, c, hz)
    plan: list[Row] = []
    for _ in range(rows - len(committed)):
        intent = phases.next(hand, scene)
        place = _advance(hand, intent, box, c.acceleration / hz, hz)
        step = c.opening_speed / hz
        opening = hand.told + min(max(intent.opening - hand.told, -step), step)
        row = (*place, opening)
        _play(hand, row, scene, c, hz)
        plan.append(row)
    return plan


def start(scene: Scene, tick: int) -> Hand:
    """The hand as observed; how fast its target moves is not observed."""
    return Hand(
        place=scene.told,
        velocity=(0.0, 0.0, 0.0),
        told=scene.told_opening,
        opening=scene.opening,
        holds=scene.grips,
        on_pin=scene.on_pin,
        touches=scene.touches,
        tick=tick,
    )


def stand(hand: Hand, rows: int, acceleration: float, hz: int) -> list[Row]:
    """Come to rest as quickly as `acceleration` [m/s^2] allows, and stay."""
    plan: list[Row] = []
    x, y, z = hand.place
    u, v, w = hand.velocity
    for _ in range(rows):
        pace = math.sqrt(u * u + v * v + w * w)
        share = max(0.0, 1.0 - acceleration / hz / pace) if pace > 0.0 else 0.0
        u, v, w = share * u, share * v, share * w
        x, y, z = x + u / hz, y + v / hz, z + w / hz
        plan.append((x, y, z, hand.told))
    return plan


def follow(hand: Hand, committed: Sequence[Row], scene: Scene, c: ExpertConfig, hz: int) -> None:
    """Take `hand` through committed rows."""
    for row in committed:
        _play(hand, row, scene, c, hz)


def _play(hand: Hand, row: Row, scene: Scene, c: ExpertConfig, hz: int) -> None:
    """One tick of the model."""
    x, y, z, told = row
    a, b, d = hand.place
    hand.velocity = ((x - a) * hz, (y - b) * hz, (z - d) * hz)
    hand.place, hand.told = (x, y, z), told
    hand.tick += 1
    width = (c.held[0] + c.held[1]) / 2.0
    if hand.holds:
        if told > width:
            hand.holds, hand.opening = False, told
            hand.on_pin = hand.on_pin or math.hypot(x - scene.pin[0], y - scene.pin[1]) < 0.008
    else:
        step = 1.2 * c.opening_speed / hz
        before = hand.opening
        hand.opening += min(max(told - before, -step), step)
        if hand.opening <= width < before + 1e-9 and _about_nut(hand, scene, c):
            hand.holds, hand.opening = True, width
    if z > scene.told[2] + c.clear_height / 4.0:
        hand.touches = False


def _about_nut(hand: Hand, scene: Scene, c: ExpertConfig) -> bool:
    """The pads close about a nut: the one in the nest."""
    nut = scene.nut
    if nut is None:
        return False
    x, y, z = hand.place
    return math.hypot(x - nut[0], y - nut[1]) < 4e-3 and abs(z - nut[2] - c.grasp_height) < 4e-3


def _advance(hand: Hand, intent: Intent, box: Box, gain: float, hz: int) -> Point:
    """The next place on the way to the goal: no faster than it can still brake before it, and
    with a velocity that changes by no more than `gain` [m/s]."""
    (x, y, z), low, high = hand.place, box[0], box[1]
    gx = min(max(intent.goal[0], low[0]), high[0])
    gy = min(max(intent.goal[1], low[1]), high[1])
    gz = min(max(intent.goal[2], low[2]), high[2])
    dx, dy, dz = gx - x, gy - y, gz - z
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    u = v = w = 0.0
    if distance > 1e-12:
        # greatest v from which steps of v, v - gain, v - 2 gain, ... end at the goal
        far = distance * hz
        whole = int(math.sqrt(0.25 + 2.0 * far / gain) - 0.5 + 1e-9)
        brake = far / (whole + 1) + gain * whole / 2.0
        pace = min(intent.speed, brake)
        u, v, w = (d / distance * pace for d in (dx, dy, dz))
    p, q, r = hand.velocity
    du, dv, dw = u - p, v - q, w - r
    change = math.sqrt(du * du + dv * dv + dw * dw)
    if change > gain:
        share = gain / change
        u, v, w = p + share * du, q + share * dv, r + share * dw
    return (
        _within(x + u / hz, x, low[0], high[0]),
        _within(y + v / hz, y, low[1], high[1]),
        _within(z + w / hz, z, low[2], high[2]),
    )


def _within(value: float, before: float, low: float, high: float) -> float:
    """Not out of the box; a place that is outside already may come back in its own time."""
    return min(max(value, min(low, before)), max(high, before))
