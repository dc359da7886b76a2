"""What somebody who knows better would have done, at one moment of an episode: what is learnt from.

A lesson is made by whoever teaches (`station`), kept and learnt from by `policy`.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ontakt.contract.observation import Observation
from ontakt.contract.spaces import Array

Driver = Literal["teacher", "policy"]


class Lesson(Struct, frozen=True, eq=False, kw_only=True):
    """One moment with its right answers. W is the width of the station's action space, H how many
    control ticks an answer covers; row i of an answer is for control tick `observation.tick + i`.

    There are two answers, because a robot that thinks while it moves is asked in two ways: freely,
    and behind rows that are already committed.
    """

    observation: Observation
    """With the images of all cameras, the instruction and the job. Its sights are the truth."""
    command: Array
    """(W,): the target that the robot was really given on this tick."""
    driver: Driver
    """Who decided that target."""
    free: Array
    """(H, W): what the teacher does from here on, knowing how fast the arms move."""
    committed: int
    """1..H: how many rows of `behind` were really given to the robot, whoever decided them."""
    behind: Array
    """(H, W): those rows, and how the teacher goes on from the last of them."""
    places: Mapping[str, Array] = {}
    """True places [m], (3,) each, of what the episode's cameras could see: `left_nut` (the nut that
    waits), `left_pin`, ... A name is absent when there is no such thing."""


class Episode(Struct, frozen=True, eq=False, kw_only=True):
    """One part worked on, as lessons in the order of time, evenly spaced."""

    lessons: tuple[Lesson, ...]
    hz: int
    """Lessons a second."""
    good: Mapping[str, bool]
    """By side in the job: whether the gauge calls it good at the end."""
    facts: Mapping[str, str] = {}
    """What else is known of it, as text: station, seed, cycle, variation, who drove."""
