"""`ontakt demos`: demonstrations at a station, as a dataset to train on."""

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.contract import BadValue, SetupError


@dataclass(frozen=True)
class DemosCommand:
    """Have a teacher that knows the true places of things show the work at a station, pushed off
    its way now and then, and keep it as a LeRobot dataset: what is seen, and what the teacher does.

    With --learner a policy drives instead, and the teacher says what it would have done (DAgger).
    A set that was cut goes on with the same command; a part that is kept is not worked again.
    The same command gives the same dataset, whatever --jobs is.

    Examples:

      ontakt demos nut-loading --episodes 600
      ontakt demos nut-loading --episodes 100 --variation plant clutter=0..6 --seed 3 --jobs 4
      ontakt demos nut-loading --episodes 300 --learner xr0:runs/1 --share 0.15
      ontakt demos nut-loading --episodes 300 --learner xr0:runs/1 --shift 10
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    episodes: Annotated[int, arg(metavar="N")] = 600
    """Parts to work, an episode each; one that is attempted twice gives two."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("mixed",)
    """As in ontakt shift; mixed draws a level for each episode: nominal 25 %, plant 50 %, harsh
    25 %."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """All chance comes from it."""
    learner: Annotated[str | None, arg(metavar="POLICY", help_behavior_hint="")] = None
    """A policy that drives while the teacher corrects (see: ontakt list policies)."""
    share: Annotated[float | None, arg(metavar="SHARE", help_behavior_hint="")] = None
    """Of the questions, those that the teacher answers in the learner's place; 0.15 when left
    out."""
    shift: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Work the parts in shifts of N on the line: supervised, tried again, and when a person is
    called it is the teacher who finishes the part with the robot. Each part alone when left
    out."""
    jobs: Annotated[int | None, arg(metavar="J", help_behavior_hint="")] = None
    """Parts at a time; as many as there are cores when left out."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The dataset's folder; demos/STATION-SEED-HASH when left out."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Make the episodes that are missing, write the dataset, tell it. Returns the exit code:
        130 when it was interrupted."""
        from ontakt.cli.latency_study import cores
        from ontakt.cli.teaching.course import SHARE, Course
        from ontakt.cli.teaching.demonstrations import Demonstrations
        from ontakt.cli.teaching.told import print_demonstrations

        if self.jobs is not None and self.jobs < 1:
            raise BadValue("--jobs", self.jobs, "at least 1 episode at a time")
        if self.share is not None and self.learner is None:
            raise SetupError("--share is the teacher's beside a learner; name one by --learner.")
        course = Course(
            station=self.station,
            variation=self.variation,
            seed=self.seed,
            learner=self.learner,
            share=SHARE if self.share is None else self.share,
            shift=self.shift,
        )
        demonstrations = Demonstrations.new(course, self.episodes)
        folder = self.out or demonstrations.folder()
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            dataset = demonstrations.work(folder, self.jobs or cores())
        except KeyboardInterrupt:
            print(
                f"ontakt: interrupted; whole episodes are kept in {folder}, and the same command "
                "goes on from there.",
                file=sys.stderr,
            )
            return 130
        finally:
            signal.signal(signal.SIGTERM, before)
        print_demonstrations(dataset)
        return 0


def _interrupt(_number: int, _frame: object) -> None:
    """A service manager's stop is Ctrl-C."""
    raise KeyboardInterrupt
