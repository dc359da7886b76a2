"""A recorded shift made into a dataset: read and checked as a whole, then written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Self

from ontakt import __version__
from ontakt.cli.exporting.attempt import Attempt, attempts_of
from ontakt.cli.exporting.correction import Correction, corrections_of
from ontakt.cli.exporting.recorded import RecordedCycle, RecordedShift
from ontakt.cli.teaching.part import HORIZON
from ontakt.contract import Episode, Lesson, SetupError
from ontakt.runtime.tap import DRIVEN_HZ
from ontakt.runtime.tape import read_tape

if TYPE_CHECKING:
    from ontakt.policy.dataset import Dataset

Sizes = Mapping[str, tuple[int, int]]
"""Height and width [px] by camera."""


@dataclass(frozen=True)
class Export:
    """The work of a shift that becomes a dataset, checked; nothing has been written yet."""

    shift: RecordedShift
    failed_too: bool
    """Whether attempts are taken that did not end good."""
    every: int
    """Ticks from one lesson to the next."""
    cameras: Sizes
    episodes: int
    attempts: int
    """In the recording, whether taken or not; takeovers where `corrections` are taken."""
    good: int
    """Of those: good by the inspector on all sides of their job; of takeovers, those with
    lessons."""
    corrections: bool = False
    """Whether what people drove is taken, and nothing else."""
    left_out: tuple[str, ...] = ()
    """Of takeovers, how many hold nothing to learn, and why."""

    @classmethod
    def new(cls, shift: RecordedShift, *, failed_too: bool) -> Self:
        """Reads every tape. Raises SetupError for a recording that is damaged, without images,
        without an attempt that counts, or whose images do not come evenly."""
        attempts = good = images = 0
        taken: list[list[int]] = []
        cameras: dict[str, tuple[int, int]] = {}
        for cycle in shift.cycles:
            for attempt in _attempts(shift, cycle):
                attempts += 1
                ended_good = _ended_good(cycle, attempt)
                good += ended_good
                images += any(one.observation.images for one in attempt.moments.values())
                if failed_too or ended_good:
                    lessons = list(attempt.lessons(shift.space))
                    taken.append([lesson.observation.tick for lesson in lessons])
                    for lesson in lessons:
                        _agree(cycle, cameras, lesson)
        if not images:
            raise SetupError(
                f"{shift.folder}: its recording holds no images, because policy "
                f"{shift.started.policy!r} did not look; record a shift of one that sees, as "
                "--policy xr0-compact, or have a teacher show the work (see: ontakt demos --help)."
            )
        if not taken:
            raise SetupError(
                f"{shift.folder}: none of {attempts} attempts ended good by the inspector; --all "
                "takes the others too."
            )
        if not any(taken):
            raise SetupError(
                f"{shift.folder}: no image is followed by {HORIZON} commands of the policy, so "
                "there is no lesson in it."
            )
        every = _spacing(shift, taken)
        runs = sum(len(_runs(ticks, every)) for ticks in taken)
        return cls(shift, failed_too, every, cameras, runs, attempts, good)

    @classmethod
    def of_corrections(cls, shift: RecordedShift) -> Self:
        """What people drove. Raises SetupError for a recording that is damaged, that nobody drove
        in, and whose takeovers hold no lesson."""
        every = max(1, shift.space.control_hz // DRIVEN_HZ)
        cameras: dict[str, tuple[int, int]] = {}
        unrecorded, still, short, taken, runs = shift.untaped, 0, 0, 0, 0
        for cycle in shift.cycles:
            corrections = _corrections(shift, cycle)
            unrecorded += len(cycle.takeovers) - len(corrections)
            for correction in corrections:
                lessons = correction.lessons(shift.space)
                for lesson in lessons.values():
                    _agree(cycle, cameras, lesson)
                taken += bool(lessons)
                still += not correction.job
                short += bool(correction.job and not lessons)
                runs += len(_runs(list(lessons), every))
        reasons = {
            "no arm moved": still,
            f"no image that {HORIZON} commands follow and something moves in": short,
            "not recorded: before the first cycle, or in one that did not end": unrecorded,
        }
        left_out = tuple(f"{n}: {why}" for why, n in reasons.items() if n)
        takeovers = taken + sum(reasons.values())
        if not takeovers:
            raise SetupError(
                f"{shift.folder}: nobody drove the robot in this shift; work one with --operator "
                "board, and take over at its console."
            )
        if not taken:
            raise SetupError(
                f"{shift.folder}: none of {takeovers} takeovers holds anything to learn "
                f"({'; '.join(left_out)})."
            )
        return cls(shift, False, every, cameras, runs, takeovers, taken, True, left_out=left_out)

    def facts(self) -> dict[str, str]:
        """Where the dataset comes from: an export that goes on must agree on it."""
        origin, started = self.shift.origin, self.shift.started
        more = ("--corrections",) if self.corrections else ("--all",) if self.failed_too else ()
        return {
            "command": join(("ontakt", "export", origin.shift, *more)),
            "ontakt": __version__,
            "shift": origin.shift,
            "worked_by": join(started.command),
            "policy": started.policy,
            "policy_hash": origin.policy_hash,
            "config_hash": origin.config_hash,
        }

    def write(self, folder: Path) -> "Dataset":
        """The dataset in `folder`. An export that was cut goes on behind its last whole episode;
        until all are there, no reader takes the folder for a dataset. Raises SetupError for a
        folder with other things in it and one that cannot be written."""
        from ontakt.policy.dataset import DatasetWriter, read_dataset

        try:
            with DatasetWriter(
                folder,
                fps=self.shift.space.control_hz // self.every,
                space=self.shift.space,
                cameras=self.cameras,
                robot_type=self.shift.origin.robot,
                horizon=HORIZON,
                facts=self.facts(),
            ) as writer:
                for episode in islice(self._episodes(), writer.episodes, None):
                    writer.add(episode)
        except OSError as error:
            raise SetupError(f"{folder}: cannot be written ({error.strerror or error}).") from error
        return read_dataset(folder)

    def _episodes(self) -> Iterator[Episode]:
        """An episode for every stretch of an attempt in which lessons come evenly."""
        hz = self.shift.space.control_hz // self.every
        if self.corrections:
            yield from self._corrected(hz)
            return
        for cycle in self.shift.cycles:
            attempts = _attempts(self.shift, cycle)
            for number, attempt in enumerate(attempts, start=1):
                if not (self.failed_too or _ended_good(cycle, attempt)):
                    continue
                lessons = {one.observation.tick: one for one in attempt.lessons(self.shift.space)}
                for run in _runs(list(lessons), self.every):
                    yield Episode(
                        lessons=tuple(lessons[tick] for tick in run),
                        hz=hz,
                        good=cycle.good(attempt),
                        facts={
                            **self._facts_of(cycle, attempt),
                            "attempt": f"{number} of {len(attempts)}",
                        },
                    )

    def _corrected(self, hz: int) -> Iterator[Episode]:
        """An episode for every stretch of a takeover in which something moved. Nobody measured the
        part when he let go, so whether it was good then is unknown. Of a drive between two cycles
        it is not known either whether that part still lay there: it has a cycle that it came after,
        and no variation."""
        for cycle in self.shift.cycles:
            for correction in _corrections(self.shift, cycle):
                lessons = correction.lessons(self.shift.space)
                takeover, runs = correction.takeover, _runs(list(lessons), self.every)
                part = {"cycle": "", "after_cycle": str(cycle.number)}
                if takeover.cycle is not None:
                    part = {"cycle": str(cycle.number), "after_cycle": "", **_drawn(cycle)}
                for number, run in enumerate(runs, start=1):
                    yield Episode(
                        lessons=tuple(lessons[tick] for tick in run),
                        hz=hz,
                        good={},
                        facts={
                            **self._where(),
                            **part,
                            "driver": takeover.who,
                            "job": " ".join(correction.job),
                            "call": "" if takeover.call is None else str(takeover.call),
                            "reason": takeover.reason,
                            "first_tick": str(run[0]),
                            "stretch": f"{number} of {len(runs)}",
                        },
                    )

    def _facts_of(self, cycle: RecordedCycle, attempt: Attempt) -> dict[str, str]:
        return {
            **self._where(),
            "cycle": str(cycle.number),
            "driver": self.shift.started.policy,
            "job": " ".join(attempt.job),
            "failure": " ".join(dict.fromkeys(one.mode for one in cycle.failures_of(attempt))),
            **_drawn(cycle),
        }

    def _where(self) -> dict[str, str]:
        return {
            "station": self.shift.origin.station,
            "shift": self.shift.origin.shift,
            "seed": str(self.shift.started.seed),
        }


def _attempts(shift: RecordedShift, cycle: RecordedCycle) -> list[Attempt]:
    return attempts_of(read_tape(cycle.tape, shift.space))


def _corrections(shift: RecordedShift, cycle: RecordedCycle) -> list[Correction]:
    if not cycle.takeovers:
        return []
    return corrections_of(read_tape(cycle.tape, shift.space), cycle.takeovers)


def _drawn(cycle: RecordedCycle) -> dict[str, str]:
    return {axis: f"{value:.6g}" for axis, value in cycle.variation.items()}


def _ended_good(cycle: RecordedCycle, attempt: Attempt) -> bool:
    good = cycle.good(attempt)
    return len(good) == len(attempt.job) and all(good.values())


def _agree(cycle: RecordedCycle, cameras: dict[str, tuple[int, int]], lesson: Lesson) -> None:
    """The first lesson says which cameras there are, and how large. Raises SetupError for one that
    says otherwise."""
    images = lesson.observation.images
    sizes = {name: (image.shape[0], image.shape[1]) for name, image in images.items()}
    if not cameras:
        cameras.update(sizes)
    if sizes != cameras:
        raise SetupError(
            f"{cycle.tape}: tick {lesson.observation.tick} has images {sizes}; the first ones of "
            f"the shift are {cameras}."
        )


def _spacing(shift: RecordedShift, taken: Sequence[Sequence[int]]) -> int:
    """The commonest number of ticks between two lessons that makes whole lessons a second."""
    hz = shift.space.control_hz
    gaps = Counter(b - a for ticks in taken for a, b in pairwise(ticks))
    for gap, _ in gaps.most_common():
        if hz % gap == 0:
            return gap
    told = f"come every {gaps.most_common(1)[0][0]} ticks" if gaps else "never follow one another"
    raise SetupError(
        f"{shift.folder}: its images {told}, and a dataset wants a number that divides {hz}, as a "
        "policy asked by --strategy async?execute=10 gives."
    )


def _runs(ticks: Sequence[int], every: int) -> list[list[int]]:
    """`ticks`, ascending, in stretches in which they are `every` apart."""
    runs: list[list[int]] = []
    for tick in ticks:
        if runs and tick - runs[-1][-1] == every:
            runs[-1].append(tick)
        else:
            runs.append([tick])
    return runs
