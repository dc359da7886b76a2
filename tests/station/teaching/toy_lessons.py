"""A teacher at the toy station, and what can be observed there."""

import msgspec
import numpy as np
from hypothesis import strategies as st

from ontakt.contract import SIDES, Array, Observation, Side, Sight, Station, frozen_array
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.registry import find_station
from ontakt.station.teaching.teacher import Teacher
from ontakt.station.variation import parse_variation

FILE = find_station("toy")
CONFIG = FILE.config.section("expert", ExpertConfig)
HZ, HORIZON = 30, 16
GAIN = CONFIG.acceleration / HZ**2
"""By how much a step may differ from the one before [m]."""


def toy(*words: str, seed: int = 1) -> Station:
    return FILE.build(parse_variation(words, FILE.levels), seed)


TOY = toy()
SPEC, LIMITS = TOY.spec, TOY.limits
SPACE = SPEC.action_space


def teacher(horizon: int = HORIZON, seed: int = 0) -> Teacher:
    made = Teacher(FILE, SPEC, LIMITS, horizon)
    made.reset(seed)
    return made


@st.composite
def moments(draw: st.DrawFn) -> tuple[Observation, Array, Array]:
    """An observation, what was told a tick before its targets, and those; arms that move no faster
    than the expert does and are not about to leave the workspace."""
    seen, before, last = TOY.observe(draw(st.integers(2, 10_000)), 0), *np.tile(SPEC.home, (2, 1))
    arms, sights = {}, {}
    for side in SIDES:
        k, (low, high) = SPACE.start(side), LIMITS.workspace[side]
        place = [draw(st.floats(a + 0.06, b - 0.06)) for a, b in zip(low, high, strict=True)]
        way = np.array([draw(st.floats(-1.0, 1.0)) for _ in range(3)])
        step = way * draw(st.floats(0.0, CONFIG.speed / HZ)) / max(1.0, float(np.linalg.norm(way)))
        last[k : k + 3], before[k : k + 3] = place, place - step
        before[k + 7] = last[k + 7] = draw(st.floats(0.0, 0.028))
        arms[side] = msgspec.structs.replace(
            seen.arms[side],
            position=frozen_array(place),
            target=frozen_array(place),
            target_opening=float(last[k + 7]),
            opening=draw(st.floats(0.0, 0.04)),
            grip_force=draw(st.floats(0.0, 20.0)),
        )
        for name in (f"{side}_nut", f"{side}_pin"):
            if draw(st.booleans()):
                aside = [draw(st.floats(-0.006, 0.006)), draw(st.floats(-0.006, 0.006)), 0.0]
                sights[name] = Sight(frozen_array(np.add(SPEC.places[name], aside)), 0.0)
    jobs: list[tuple[Side, ...]] = [SIDES, ("left",), ("right",), ()]
    job = draw(st.sampled_from(jobs))
    return (
        msgspec.structs.replace(seen, arms=arms, sights=sights, job=job),
        frozen_array(before),
        frozen_array(last),
    )
