"""One nut-loading station for many tests, whose variation each test sets, and steady hands."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import ontakt.station.tasks.nut_loading as nut_loading
from ontakt.contract import SIDES, ActionSpace, Array, Command, Side, frozen_array
from ontakt.station.simulation import SimulatedStation

CONFIG = Path(nut_loading.__file__).with_name("nut-loading.toml")
GRASP = 0.006
"""Of the TCP over the nut's middle [m]."""
PUSH = 0.003
"""How far hands let the target run ahead of the tool [m]."""


class Fixed:
    """A variation that draws what it was told."""

    def __init__(self, drawn: Mapping[str, float]) -> None:
        self.drawn = dict(drawn)

    def draw(self, seed: int, cycle: int) -> dict[str, float]:
        return dict(self.drawn)


class Bench:
    """A station and the hands that work at it. Hands know the truth: they test physics."""

    def __init__(self, seed: int = 7) -> None:
        self.variation = Fixed({})
        self.station: SimulatedStation = nut_loading.build_nut_loading(CONFIG, self.variation, seed)
        self.space: ActionSpace = self.station.spec.action_space
        self.target = np.array(self.station.spec.home)
        self.tick = 0

    def present(
        self, cycle: int, drawn: Mapping[str, float] | None = None, keep: bool = False
    ) -> None:
        """A new cycle under `drawn`; the robot at home, the cell empty unless what waits in the
        nests is to `keep`, the magazines full."""
        if not keep:
            cell: Any = self.station._cell
            cell._out = {side: [] for side in SIDES}
            cell._due = {side: [] for side in SIDES}
            self.station.assist("refill")
        self.variation.drawn = dict(drawn or {})
        self.station._body.place(self.station._home_angles, self.station.spec.home)
        self.station.present(cycle)
        self.target = np.array(self.station.spec.home)

    def wait(self, ticks: int) -> None:
        for _ in range(ticks):
            self.tick += 1
            self.station.apply(Command(self.tick, frozen_array(self.target), 15.0))

    def tcp(self, side: Side) -> Array:
        """As the encoders tell."""
        return self.station._body.read()[side].position

    def true(self, name: str) -> Array:
        return self.station._cell.seen()[name]

    def move(self, goals: Mapping[Side, Array], speed: float = 0.25, settle: int = 6) -> None:
        """Bring the targets to `goals` [m], waiting where the tool is held back."""
        for _ in range(400):
            arrived = True
            for side, goal in goals.items():
                place = self.space.position(self.target, side)
                way = goal - place
                distance = float(np.linalg.norm(way))
                if distance < 1e-9:
                    continue
                ahead = np.linalg.norm(place - self.tcp(side))
                if distance > 1e-9 and (ahead < PUSH or speed > 0.05):
                    place += way * min(1.0, speed / 30 / distance)
                    arrived = False
            if arrived:
                break
            self.wait(1)
        self.wait(settle)

    def grip(self, opening: float, sides: tuple[Side, ...] = SIDES) -> None:
        for _ in range(12):
            for side in sides:
                k = self.space.start(side) + 7
                self.target[k] += np.clip(opening - self.target[k], -0.004, 0.004)
            self.wait(1)

    def above(self, name: str, height: float, sides: tuple[Side, ...] = SIDES) -> dict[Side, Array]:
        """TCP goals so that a held nut's middle is `height` over where it sits at `name`."""
        return {s: shifted(self.true(f"{s}_{name}"), z=height + GRASP) for s in sides}

    def pick(self, sides: tuple[Side, ...] = SIDES) -> None:
        for side in sides:
            self.station.feed(side)
        self.wait(10)
        grasp = self.above("nut", 0.0, sides)
        self.move({s: shifted(g, z=0.04) for s, g in grasp.items()})
        self.move(grasp, speed=0.1, settle=10)
        self.grip(0.0, sides)
        self.move({s: shifted(g, z=0.055) for s, g in grasp.items()}, speed=0.15)

    def place(self, sides: tuple[Side, ...] = SIDES) -> None:
        """Seat what is held, wherever it sits in the hand."""
        hand = {s: self.tcp(s) - self.held(s) for s in sides}
        goal = {s: self.true(f"{s}_pin") + hand[s] for s in sides}
        self.move({s: shifted(g, z=0.055) for s, g in goal.items()})
        self.move({s: shifted(g, z=0.02) for s, g in goal.items()}, speed=0.1, settle=12)
        self.move(goal, speed=0.03, settle=6)
        self.grip(0.028, sides)
        self.move({s: shifted(g, z=0.07) for s, g in goal.items()}, speed=0.15)
        home = self.station.spec.home
        self.move({s: self.space.position(home, s).copy() for s in sides}, settle=20)

    def held(self, side: Side) -> Array:
        """The middle of the nut of `side` that is nearest to its tool."""
        nuts = [nut.position for nut in self.station._cell._nuts[side]]  # type: ignore[attr-defined]
        return np.array(min(nuts, key=lambda n: np.linalg.norm(n - self.tcp(side))))


def shifted(place: Array, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """`place` (3,) moved by so much [m]."""
    return np.array(place + np.array([x, y, z]), dtype=np.float64)


@cache
def bench() -> Bench:
    """The one station that tests share; every test presents a cycle of its own first."""
    return Bench()
