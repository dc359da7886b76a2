"""What an internship is: everything that its versions depend on."""

import math
from pathlib import Path

from msgspec import Struct, structs

from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.policies import parse_xr0
from ontakt.cli.teaching.course import MIXED, Course
from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset.meta import INFO
from ontakt.policy.json_object import read_object
from ontakt.station.registry import find_station, stations

SHARE = 0.05
"""Of the questions on a shift, those that the teacher answers in the learner's place: enough that
the states around a small mistake are seen, and so few that the shift is the learner's."""
SHIFT = 10
"""Most parts of a shift; several make a round's, so that they can be worked beside each other."""
MOST_ROUNDS = 99
_SEEDS = 1000
"""Seeds of one internship: its seed times that, and what for."""
_EXAM = _SEEDS - 1


class InternshipPlan(Struct, frozen=True, kw_only=True):
    """As on the command line of `ontakt intern`; how many rounds is no part of it."""

    station: str
    start: str | None = None
    """A checkpoint's folder that is version 0; None: version 0 learns from demonstrations."""
    data: tuple[str, ...] = ()
    """Datasets that `start` learnt from, so that they are not forgotten."""
    demos: int = 100
    parts: int = 60
    """Of a round's shifts."""
    steps: int = 600
    """Of a round's training."""
    first_steps: int = 2400
    """Of version 0's training."""
    episodes: int = 50
    """Of a version's examination."""
    variation: tuple[str, ...] = ("plant",)
    seed: int = 0
    config: str = "xr0-compact"
    batch: int | None = None
    """Lessons a step; None: the recipe's."""
    device: str = "cpu"

    def checked(self) -> "InternshipPlan":
        """The same with whole paths. Raises SetupError for what can be seen to be wrong before
        anything is begun."""
        for what, value in (
            ("--demos", self.demos),
            ("--parts", self.parts),
            ("--steps", self.steps),
            ("--first-steps", self.first_steps),
        ):
            if value < 1:
                raise BadValue(what, value, "it is 1 or greater")
        if self.start is None and self.data:
            raise SetupError("--data is what --start learnt from; name a checkpoint by --start.")
        for folder in self.data:
            if not (Path(folder).expanduser() / INFO).is_file():
                raise SetupError(f"{folder}: no such dataset.")
        if MIXED in self.variation:
            raise BadValue("--variation", MIXED, "a version is examined at a level of its own")
        file = find_station(self.station)
        shipped = self.station in stations()
        station = self.station if shipped else str(Path(file.path).absolute())
        start = None
        if self.start is not None:
            named = parse_xr0(self.start)[0] if ":" in self.start else self.start
            checkpoint = Path(named).expanduser().absolute()
            read_object(checkpoint / "config.json")
            start = str(checkpoint)
        found = structs.replace(
            self,
            station=station,
            start=start,
            data=tuple(str(Path(folder).expanduser().absolute()) for folder in self.data),
        )
        found.course(0).check(file)
        found.examination("chunk-expert").checked()
        return found

    def course(self, number: int, learner: str | None = None) -> Course:
        """What is worked in round `number`: by the teacher without a `learner`."""
        return Course(
            station=self.station,
            variation=self.variation,
            seed=_SEEDS * self.seed + number,
            learner=learner,
            share=SHARE,
            shift=None if learner is None else math.gcd(SHIFT, self.parts),
        )

    def examination(self, policy: str) -> EvaluationPlan:
        """How every version is examined: on the same parts, which no lesson comes from."""
        return EvaluationPlan(
            policy=policy,
            station=self.station,
            episodes=self.episodes,
            variation=self.variation,
            seed=_SEEDS * self.seed + _EXAM,
        )
