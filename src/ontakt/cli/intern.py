"""`ontakt intern`: a policy learns on shift, version by version."""

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, UseAppendAction, arg

from ontakt.contract import MissingExtra

INTERNSHIPS = Path("internships")


@dataclass(frozen=True)
class InternCommand:
    """Let a policy work a shift under supervision, learn from what was corrected on it, be
    examined, and again: each round a version with its card, and the growth curve over all.

    An internship that was cut goes on with the same command at the first piece that is missing;
    more rounds may be asked for later.

    Examples:

      ontakt intern nut-loading --rounds 4
      ontakt intern nut-loading --rounds 3 --start runs/first/checkpoint --data demos/first
      ontakt intern nut-loading --rounds 6 --variation nominal --seed 2 --jobs 8 --device cuda
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    rounds: Annotated[int, arg(metavar="K")] = 4
    """Shifts to learn from; version 0 comes before the first."""
    start: Annotated[str | None, arg(metavar="CHECKPOINT", help_behavior_hint="")] = None
    """Version 0, a folder; trained on demonstrations when left out."""
    data: Annotated[UseAppendAction[tuple[Path, ...]], arg(metavar="DIR")] = ()
    """A dataset that --start learnt from, to be learnt from on; may be given several times."""
    demos: Annotated[int, arg(metavar="N")] = 100
    """Demonstrations for version 0."""
    parts: Annotated[int, arg(metavar="N")] = 60
    """Parts of a shift."""
    corrections: Literal["expert"] = "expert"
    """Who corrects: the teacher who knows the true places of things stands in for people."""
    steps: Annotated[int, arg(metavar="N")] = 600
    """Of each round's training."""
    first_steps: Annotated[int, arg(metavar="N")] = 2400
    """Of version 0's training."""
    episodes: Annotated[int, arg(metavar="N")] = 50
    """Of each version's examination."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("plant",)
    """Of demonstrations, shifts and examinations: a level, and axes that differ from it."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """All chance comes from it."""
    config: Annotated[str, arg(metavar="NAME|FOLDER")] = "xr0-compact"
    """Of version 0: xr0-compact, or a folder with a config.json."""
    batch: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Lessons a step; the recipe's when left out."""
    device: Annotated[str, arg(metavar="NAME")] = "cpu"
    """That trains: cpu, cuda, cuda:N or auto."""
    jobs: Annotated[int | None, arg(metavar="J", help_behavior_hint="")] = None
    """Parts at a time; as many as there are cores when left out. Changes no result."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The internship's folder; internships/STATION-SEED-HASH when left out."""
    json: bool = False
    """Print the versions as one JSON object as the last line on stdout."""

    def run(self, arguments: Sequence[str]) -> int:
        """Work the pieces that are missing, and tell the versions. Returns the exit code: 130 when
        it was stopped and can go on."""
        import msgspec

        from ontakt.cli.latency_study import cores
        from ontakt.cli.provenance import digest

        try:
            from ontakt.cli.internship.plan import InternshipPlan
            from ontakt.cli.internship.run import work_internship
            from ontakt.cli.internship.table import print_internship
        except ImportError as error:
            raise MissingExtra("An internship", "policy") from error
        plan = InternshipPlan(
            station=self.station,
            start=self.start,
            data=tuple(str(folder) for folder in self.data),
            demos=self.demos,
            parts=self.parts,
            steps=self.steps,
            first_steps=self.first_steps,
            episodes=self.episodes,
            variation=self.variation,
            seed=self.seed,
            config=self.config,
            batch=self.batch,
            device=self.device,
        )
        name = f"{Path(self.station).stem}-{self.seed}-{digest(plan)[:8]}"
        folder = self.out or INTERNSHIPS / name
        jobs = cores() if self.jobs is None else self.jobs
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            told = work_internship(plan, self.rounds, folder, jobs, ("ontakt", *arguments), _say)
        except KeyboardInterrupt:
            print(
                f"ontakt: interrupted; what is done is kept in {folder}, and the same command "
                "goes on from there.",
                file=sys.stderr,
            )
            return 130
        finally:
            signal.signal(signal.SIGTERM, before)
        if self.json:
            print(msgspec.json.encode(told).decode(), flush=True)
        else:
            print_internship(told, folder)
        return 0


def _say(line: str) -> None:
    print(f"ontakt: {line}", file=sys.stderr, flush=True)


def _interrupt(_number: int, _frame: object) -> None:
    """A service manager's stop is Ctrl-C."""
    raise KeyboardInterrupt
