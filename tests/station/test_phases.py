"""What a hand does next, from what is seen and felt, in every place where it could be."""

import dataclasses
import math
from itertools import pairwise

import pytest

from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Point, Scene
from ontakt.station.motion import spiral_length
from ontakt.station.phases import Intent, Phases
from ontakt.station.registry import find_station
from ontakt.station.roll_out import start

C = find_station("nut-loading").config.section("expert", ExpertConfig)
MORE = ChunkExpertConfig()
HZ = 30
NUT, PIN, TRAVEL = (0.27, 0.27, 0.825), (0.33, 0.14, 0.825), 0.881
GRASP, SEAT = NUT[2] + C.grasp_height, PIN[2] + C.grasp_height
TOP = SEAT + C.pin_height
APPROACH = TOP + C.approach_gap
STAND = PIN[2] + C.tamp_height
OVER = STAND + C.pin_height


def phases(bearing: float = 0.3, offset: int = 0) -> Phases:
    return Phases(C, MORE, HZ, bearing, offset)


def at(tool: Point, opening: float = C.open, lag: float = 0.0, **changes: object) -> Scene:
    """A hand that stands at `tool`, its target `lag` [m] below; the nut waits in its nest."""
    values: dict[str, object] = {
        "tool": tool,
        "told": (tool[0], tool[1], tool[2] - lag),
        "told_opening": opening,
        "opening": opening,
        "grips": False,
        "touches": lag > C.touch_lag,
        "pin": PIN,
        "nut": NUT,
        "on_pin": False,
        "travel": TRAVEL,
    }
    return Scene(**{**values, **changes})  # type: ignore[arg-type]


def held(tool: Point, lag: float = 0.0, **changes: object) -> Scene:
    values = {"nut": None, "told_opening": 0.0, "grips": True, **changes}
    return dataclasses.replace(at(tool, 0.0175, lag), **values)  # type: ignore[arg-type]


def wants(scene: Scene, tick: int = 0) -> Intent:
    return phases().next(start(scene, tick), scene)


def over(place: Point, height: float, aside: float = 0.0) -> Point:
    return (place[0] + aside, place[1], height)


@pytest.mark.parametrize(
    ("scene", "phase", "goal", "opening"),
    [
        # an empty hand, a nut in the nest
        (at((0.4, 0.1, 0.90)), "reach", over(NUT, TRAVEL), C.open),
        (at((0.4, 0.1, 0.84)), "reach", (0.4, 0.1, TRAVEL), C.open),
        (at(over(NUT, 0.86)), "reach", over(NUT, GRASP), C.open),
        (at(over(NUT, 0.86), 0.0), "reach", over(NUT, 0.86), C.open),
        (at(over(NUT, GRASP)), "grasp", over(NUT, GRASP), 0.0),
        (at(over(NUT, GRASP), 0.02), "grasp", over(NUT, GRASP), 0.0),
        (at(over(NUT, GRASP), 0.0), "grasp", over(NUT, GRASP + C.clear_height / 4), 0.0),
        # something under the open hand
        (at(over(NUT, 0.84), lag=0.004), "reach", over(NUT, GRASP + C.clear_height / 4), C.open),
        # nothing to fetch, or unseen
        (at((0.3, 0.2, 0.86), nut=None), "home", (0.3, 0.2, TRAVEL), C.open),
        (at((0.3, 0.2, 0.93), nut=None), "home", (0.3, 0.2, 0.93), C.open),
        (at((0.3, 0.2, 0.93), sees_pin=False), "home", (0.3, 0.2, 0.93), C.open),
        # a nut in the hand
        (held(over(NUT, GRASP), told_opening=0.01), "grasp", over(NUT, GRASP), 0.0),
        (held(over(NUT, GRASP)), "carry", over(NUT, TRAVEL), 0.0),
        (held(over(NUT, TRAVEL)), "carry", over(PIN, TRAVEL), 0.0),
        (held(over(PIN, TRAVEL)), "carry", over(PIN, APPROACH), 0.0),
        (held(over(PIN, APPROACH)), "insert", over(PIN, APPROACH - C.push_lead), 0.0),
        (held(over(PIN, TOP - 0.006)), "insert", over(PIN, TOP - 0.006 - 2 * C.push_lead), 0.0),
        (held(over(PIN, SEAT + 0.003)), "insert", over(PIN, SEAT - 1e-3), 0.0),
        (held(over(PIN, SEAT), lag=0.003), "insert", over(PIN, SEAT), 0.0),
        (held(over(PIN, SEAT)), "release", over(PIN, SEAT), C.open),
        (held(over(PIN, SEAT), told_opening=0.01), "release", over(PIN, SEAT), C.open),
        # a nut on the pin, the hand about it
        (at(over(PIN, SEAT), 0.02, on_pin=True), "release", over(PIN, SEAT), C.open),
        (at(over(PIN, SEAT), opening=C.open, on_pin=True), "release", over(PIN, OVER), C.open),
        (at(over(PIN, OVER), on_pin=True), "release", over(PIN, OVER), C.tamp_opening),
        (at(over(PIN, SEAT), C.open), "release", over(PIN, TRAVEL), C.open),
        (
            at(over(PIN, STAND), C.tamp_opening, lag=0.003, on_pin=True),
            "release",
            over(PIN, STAND - 0.003),
            MORE.tamped_opening,
        ),
        (
            at(over(PIN, STAND), MORE.tamped_opening, on_pin=True),
            "release",
            over(PIN, TRAVEL),
            MORE.tamped_opening,
        ),
        (
            at(over(PIN, TRAVEL), MORE.tamped_opening, on_pin=True),
            "home",
            over(PIN, TRAVEL),
            MORE.tamped_opening,
        ),
        # a nut of an earlier attempt on the pin
        (at((0.25, 0.25, 0.94), on_pin=True), "reach", over(PIN, TRAVEL), C.open),
        (at(over(PIN, TRAVEL), on_pin=True), "reach", over(PIN, OVER), C.open),
    ],
)
def test_what_it_does(scene: Scene, phase: str, goal: Point, opening: float) -> None:
    intent = wants(scene)
    assert intent.phase == phase
    assert intent.goal == pytest.approx(goal, abs=1e-9)
    assert intent.opening == pytest.approx(opening)


def test_pads_that_are_not_yet_seen_to_be_open_do_not_leave() -> None:
    scene = dataclasses.replace(at(over(PIN, SEAT), C.open, on_pin=True), opening=0.02)
    assert wants(scene).goal == over(PIN, SEAT)


def test_on_the_pins_top_the_search_covers_its_disc_and_begins_anew() -> None:
    p, scene = phases(), held(over(PIN, TOP), lag=0.003)
    turn = p.search_ticks
    assert turn / HZ == pytest.approx(
        spiral_length(C.search_pitch, C.search_radius) / C.search_speed, abs=1 / HZ
    )
    spots = []
    for tick in range(2 * turn):
        intent = p.next(start(scene, tick), scene)
        assert intent.phase == "insert"
        assert intent.goal[2] == pytest.approx(TOP - C.push_lead)
        spots.append(intent.goal[:2])
    radii = [math.dist(spot, PIN[:2]) for spot in spots]
    assert radii[0] == radii[turn] == 0.0
    assert max(radii) == pytest.approx(C.search_radius, rel=0.02)
    assert max(math.dist(a, b) for a, b in pairwise(spots[1:turn])) < (1.5 * C.search_speed / HZ)
    # no point of the disc is farther from the path than half a pitch and a step
    for k in range(400):
        r, angle = C.search_radius * 0.9 * math.sqrt(k / 400), k * 2.4
        point = (PIN[0] + r * math.cos(angle), PIN[1] + r * math.sin(angle))
        assert min(math.dist(point, spot) for spot in spots[:turn]) < 0.75 * C.search_pitch
    assert spots[turn // 2] != pytest.approx(spots[turn + turn // 2], abs=1e-6)


def test_a_search_is_the_seeds_and_the_ticks_alone() -> None:
    scene = held(over(PIN, TOP), lag=0.003)
    one, two = phases(0.3, 7), phases(0.3, 0)
    assert one.next(start(scene, 10), scene) == two.next(start(scene, 17), scene)
    assert one.next(start(scene, 10), scene) != phases(0.4, 7).next(start(scene, 10), scene)


def test_a_nut_that_sticks_is_pushed_and_nudged_and_let_go_once_in_a_while() -> None:
    scene = held(over(PIN, SEAT + 0.005), lag=0.004)
    period = round(MORE.stick * HZ)
    said = [wants(scene, tick) for tick in range(period)]
    pushes = [intent for intent in said if intent.opening == 0.0 and intent.goal[2] < SEAT]
    assert len(pushes) >= period - 6
    aside = {round(math.dist(intent.goal[:2], PIN[:2]), 6) for intent in pushes}
    assert aside == {round(C.nudge, 6), round(2 * C.nudge, 6)}
    # relaxed, in the window, it opens; begun, it goes on whatever the tick
    relaxed = dataclasses.replace(scene, told=scene.tool)
    assert wants(relaxed, period - 1).opening == C.open
    assert wants(dataclasses.replace(relaxed, told_opening=0.01), 0).opening == C.open


def test_a_nut_that_stands_too_high_is_pressed_harder_and_no_nut_is_left() -> None:
    high = at(over(PIN, STAND + 0.004), C.tamp_opening, lag=0.003, on_pin=True)
    assert wants(high).goal[2] == pytest.approx(STAND + 0.004 - 2 * C.push_lead)
    assert wants(high).opening == C.tamp_opening
    gone = at(over(PIN, STAND - 0.002), C.tamp_opening, on_pin=True)
    assert wants(gone).opening == MORE.tamped_opening


def test_a_hand_that_was_pushed_off_the_pin_begins_its_approach_anew() -> None:
    scene = held(over(PIN, TOP - 0.001, aside=0.006))
    assert wants(scene).goal == pytest.approx(over(PIN, APPROACH))


def test_fingers_that_are_not_yet_seen_to_be_together_do_not_press() -> None:
    scene = at(over(PIN, OVER), on_pin=True)
    hand = start(scene, 0)
    hand.told = C.tamp_opening
    assert phases().next(hand, scene).goal == over(PIN, OVER)
    seen = at(over(PIN, OVER), C.tamp_opening, on_pin=True)
    assert wants(seen).goal[2] < OVER
