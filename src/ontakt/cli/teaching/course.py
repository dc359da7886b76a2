"""What a course of episodes depends on, and what chance decides of each of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import BadValue, Side, UnknownName
from ontakt.contract.job import WORDINGS, Job
from ontakt.contract.units import Ratio
from ontakt.station.registry import StationFile
from ontakt.station.variation import Variation, parse_variation, stream

MIXED = "mixed"
"""The variation whose level is drawn for every episode, from MIX."""
MIX: Mapping[str, float] = {"nominal": 0.25, "plant": 0.5, "harsh": 0.25}
JOBS: Mapping[Job, float] = {("left", "right"): 0.76, ("left",): 0.1, ("right",): 0.1, (): 0.04}
"""How often each job is ordered: loading both is what a shift does, and has the most to learn."""
LATENCIES_MS: Mapping[int, float] = {0: 0.2, 80: 0.4, 160: 0.2, 240: 0.2}
"""How long the driver thinks: the rows that are committed meanwhile are 0 to 8 at 30 Hz."""
EXECUTE: Mapping[int, float] = {5: 1 / 3, 8: 2 / 3}
"""Rows that are played before the driver is asked again."""
SHARE = 0.15
"""Of the questions to a learner, those that the teacher answers: enough to get it unstuck."""
AFTER = (6, 20)
"""Least and most ticks that an episode goes on when the job is done: hands that wait."""
AGAIN = 0.6
"""Of the parts with something to load, those that get a second attempt."""
CUT, CUT_S = 0.5, (3.0, 9.0)
"""Of those, how many first attempts are cut, and after how long: least and most [s]."""
ONE_SIDE = 0.7
"""Of the second attempts, those at one side of the job alone, as a supervisor orders them."""


class Course(Struct, frozen=True, kw_only=True):
    """Episodes that go together. With it and a number an episode is determined, whoever works it
    and whatever was worked before."""

    station: str
    variation: tuple[str, ...] = (MIXED,)
    """As in a shift; the word `mixed` stands for a level drawn from MIX."""
    seed: int = 0
    learner: str | None = None
    """A policy by its name: it drives, and the teacher says what it would have done. None: the
    teacher drives."""
    share: Ratio = SHARE
    """Of the questions, those that the teacher answers in the learner's place."""
    shift: int | None = None
    """Parts that are worked one after the other in a shift of the line, where the teacher is the
    person who is called; None: every part alone."""

    def check(self, file: StationFile) -> None:
        """Raises BadValue or UnknownName for what cannot be worked at the station of `file`."""
        if self.seed < 0:
            raise BadValue("--seed", self.seed, "a seed is 0 or greater")
        if not 0.0 <= self.share <= 1.0:
            raise BadValue("--share", self.share, "it lies between 0 and 1")
        if self.shift is not None and self.shift < 1:
            raise BadValue("--shift", self.shift, "a shift has at least 1 part")
        if MIXED in self.variation and not MIX.keys() <= file.levels.keys():
            missing = next(level for level in MIX if level not in file.levels)
            raise UnknownName(f"level of variation {MIXED!r}", missing, file.levels)
        for level in MIX:
            self.variation_at(level, file)

    def variation_at(self, level: str, file: StationFile) -> Variation:
        """The variation with `level` in the place of the word `mixed`."""
        words = [level if word == MIXED else word for word in self.variation]
        return parse_variation(words, file.levels)


class Assignment(Struct, frozen=True, kw_only=True):
    """What chance decides of one episode, beside the values of the variation's axes."""

    level: str
    """Of variation, where the course mixes them."""
    job: tuple[Side, ...]
    instruction: str
    latency_ms: int
    execute: int
    after: int
    """Ticks after the job is done."""
    again: Job | None = None
    """The job of a second attempt at the part; None: there is none."""
    again_instruction: str = ""
    """Its wording."""
    cut_s: float | None = None
    """When the first attempt is cut short [s]; None: it runs to its end. Only before a second."""

    @classmethod
    def draw(cls, seed: int, number: int) -> "Assignment":
        """Of episode `number`: a pure function of its arguments."""
        rng = stream(seed, number, "assignment")

        def one_of(shares: Mapping[Any, float]) -> Any:
            return list(shares)[rng.choice(len(shares), p=list(shares.values()))]

        def wording(job: Job) -> str:
            return WORDINGS[job][int(rng.integers(len(WORDINGS[job])))]

        job: Job = one_of(JOBS)
        first = cls(
            level=one_of(MIX),
            job=job,
            instruction=wording(job),
            latency_ms=one_of(LATENCIES_MS),
            execute=one_of(EXECUTE),
            after=int(rng.integers(AFTER[0], AFTER[1] + 1)),
        )
        if not job or rng.random() >= AGAIN:
            return first
        cut_s = float(rng.uniform(*CUT_S)) if rng.random() < CUT else None
        again = (job[int(rng.integers(len(job)))],) if rng.random() < ONE_SIDE else job
        return replace(first, again=again, again_instruction=wording(again), cut_s=cut_s)
