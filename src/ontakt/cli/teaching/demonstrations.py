"""A course worked and written down: checked, begun or gone on with, told."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace as changed

from ontakt import __version__
from ontakt.cli.policies import build_policy, find_policy
from ontakt.cli.provenance import digest, software
from ontakt.cli.teaching.classroom import open_classroom
from ontakt.cli.teaching.course import Course
from ontakt.cli.teaching.part import EVERY, HORIZON
from ontakt.cli.teaching.progress import EpisodesProgress
from ontakt.cli.teaching.teach import STRIDE
from ontakt.cli.teaching.workers import in_order
from ontakt.contract import BadValue, SetupError, StationSpec
from ontakt.policy.dataset.meta import INFO
from ontakt.station.registry import find_station, stations
from ontakt.station.teaching.truth import tell_truth

if TYPE_CHECKING:
    from ontakt.policy.dataset import Dataset, DatasetWriter

DEMOS = Path("demos")
SOURCE = "ontakt source"
"""What `software` calls the digest of our code."""


@dataclass(frozen=True)
class Demonstrations:
    """`episodes` parts of `course`, checked; nothing has been written yet."""

    course: Course
    episodes: int
    """Parts: one that is attempted twice gives two episodes."""
    spec: StationSpec
    policy_hashes: tuple[str, ...]
    """Of the learner, where there is one."""

    @classmethod
    def new(cls, course: Course, episodes: int) -> Self:
        """Raises SetupError for whatever cannot be worked."""
        if episodes < 1:
            raise BadValue("--episodes", episodes, "at least 1")
        if course.shift and episodes % course.shift:
            raise BadValue("--episodes", episodes, f"a multiple of --shift {course.shift}")
        file = find_station(course.station)
        if course.station not in stations():  # it may go on from another directory
            course = changed(course, station=str(file.path.absolute()))
        if course.learner is not None:
            course = changed(course, learner=find_policy(course.learner))
        course.check(file)
        with closing(file.build(course.variation_at("nominal", file), course.seed)) as station:
            spec = station.spec
            if all(camera.name in spec.views for camera in spec.cameras):
                raise SetupError(
                    f"Station {spec.name!r} has no cameras but people's views; a lesson without "
                    "images teaches nothing here."
                )
            tell_truth(station)
            hashes = []
            if course.learner is not None:
                hashes.append(build_policy(course.learner, file, station).spec.hash)
        return cls(course, episodes, spec, tuple(hashes))

    def command(self) -> tuple[str, ...]:
        """The command line that makes them again; where they go is no part of it."""
        course = self.course
        learner: tuple[str, ...] = ()
        if course.learner is not None:
            learner = ("--learner", course.learner, "--share", f"{course.share:g}")
        if course.shift is not None:
            learner += ("--shift", str(course.shift))
        return (
            "ontakt", "demos", course.station, "--episodes", str(self.episodes),
            "--variation", *course.variation, "--seed", str(course.seed),
            *learner,
        )  # fmt: skip

    def facts(self) -> dict[str, str]:
        """Who makes them: what a set that goes on must agree on. A changed copy of our own code is
        not told from the original: a set may take days, and not every change is about it."""
        versions = {name: text for name, text in software().items() if name != SOURCE}
        used = [self.spec.hash, *self.policy_hashes, versions]
        return {
            "command": join(self.command()),
            "ontakt": __version__,
            "software": digest(used)[:16],
        }

    def folder(self) -> Path:
        """Where they go when nobody says where: the same command, the same folder."""
        course = self.course
        name = f"{Path(course.station).stem}-{course.seed}-{digest(self.command())[:8]}"
        return DEMOS / name

    def work(self, folder: Path, jobs: int) -> "Dataset":
        """Work the parts that `folder` lacks, `jobs` at a time, and make the dataset of all; a
        finished one is only read. Raises SetupError for a folder with other things in it,
        HaltError when a part cannot be worked."""
        from ontakt.policy.dataset import read_dataset

        if (folder / INFO).is_file():
            dataset = read_dataset(folder)
            begun, mine = dataset.facts.get("command"), self.facts()["command"]
            if begun != mine:
                raise SetupError(
                    f"{folder} was made by another command ({begun}); choose another --out."
                )
            return dataset
        with self._writer(folder) as writer:
            together = self.course.shift or 1
            there, attempts = kept(writer.last, together)
            count = self.episodes // together
            numbers, unit = range(there, count), "shift" if self.course.shift else "part"
            with EpisodesProgress(count, there, unit) as progress:
                for taught in in_order(partial(open_classroom, self.course), numbers, jobs):
                    for episode in taught[attempts:]:
                        writer.add(episode)
                    attempts = 0
                    progress.made(taught)
        return read_dataset(folder)

    def _writer(self, folder: Path) -> "DatasetWriter":
        from ontakt.policy.dataset import DatasetWriter

        space = self.spec.action_space
        return DatasetWriter(
            folder,
            fps=space.control_hz // EVERY,
            space=space,
            cameras={camera.name: (camera.height, camera.width) for camera in self.spec.cameras},
            robot_type=self.spec.robot,
            horizon=HORIZON,
            facts=self.facts(),
        )


def kept(last: Mapping[str, str] | None, together: int = 1) -> tuple[int, int]:
    """How many parts, or shifts of `together` parts, are kept whole, and how many episodes of the
    one after them, where the last episode kept has these facts."""
    if last is None:
        return 0, 0
    number, (attempt, attempts) = (
        int(last["cycle"]) % STRIDE // together,
        map(int, last["attempt"].split(" of ")),
    )
    return (number + 1, 0) if attempt == attempts else (number, attempt)
