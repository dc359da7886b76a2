"""Writes a dataset, episode by episode, so that a kill costs at most the episode at hand."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import msgspec
from msgspec import Struct

from ontakt.contract import ActionSpace, BadValue, Episode, SetupError
from ontakt.policy.dataset.assembly import assemble
from ontakt.policy.dataset.durable import write_json
from ontakt.policy.dataset.fitting import fitted
from ontakt.policy.dataset.layout import Layout
from ontakt.policy.dataset.meta import DATA, INFO, VIDEOS
from ontakt.policy.dataset.piece import piece_path, read_piece, whole_pieces, write_piece

STAGING = "staging"


class _Plan(Struct, frozen=True):
    """staging/plan.json: what all sessions of one dataset must agree on."""

    layout: Layout
    facts: dict[str, str]


class DatasetWriter:
    """Writes the dataset in `folder`; a context manager.

    Every added episode is kept at once, in `folder`/staging. `close` makes the LeRobot dataset of
    them; leaving the context after an exception does not, and the next writer for the same folder
    goes on after the last whole episode. A finished dataset stays as it is: write what comes later
    into a folder of its own and read both.

    `fps` rows a second, `cameras` height and width [px] by name, `horizon` control ticks an answer
    covers, `facts` who makes it. Raises BadValue for arguments other than those that the folder
    was begun with, and SetupError for a finished dataset and a folder with other things in it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fps: int,
        space: ActionSpace,
        cameras: Mapping[str, tuple[int, int]],
        robot_type: str,
        horizon: int,
        facts: Mapping[str, str],
    ) -> None:
        self._folder, self._staging = folder, folder / STAGING
        self._layout = Layout(
            fps=fps,
            space=space,
            cameras={name: (height, width) for name, (height, width) in cameras.items()},
            robot_type=robot_type,
            horizon=horizon,
        )
        self._facts = dict(facts)
        self._open()
        self._episodes = whole_pieces(self._staging)
        self._joints: int | None = None
        if self._episodes:
            self._joints = read_piece(piece_path(self._staging, 0)).layout.joints

    @property
    def episodes(self) -> int:
        """Whole episodes kept so far, those of earlier sessions included."""
        return self._episodes

    @property
    def last(self) -> Mapping[str, str] | None:
        """The facts of the last of them; None where there is none."""
        if not self._episodes:
            return None
        return read_piece(piece_path(self._staging, self._episodes - 1)).facts

    def add(self, episode: Episode) -> None:
        """Keep `episode`. Raises BadValue, with nothing kept, for one that does not fit."""
        layout = fitted(episode, self._layout, self._joints)
        write_piece(self._staging, self._episodes, episode, layout)
        self._joints = layout.joints
        self._episodes += 1

    def close(self) -> None:
        """Make the dataset of all episodes kept. Raises SetupError when there are none."""
        if not self._staging.is_dir():
            return
        if not self._episodes:
            raise SetupError(f"{self._folder}: a dataset needs at least one episode.")
        assemble(self._folder, self._staging, self._episodes, self._layout, self._facts)

    def __enter__(self) -> "DatasetWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()

    def _open(self) -> None:
        if (self._folder / INFO).exists():
            raise SetupError(
                f"{self._folder}: the dataset is finished; write further episodes into a folder "
                "of their own and read both."
            )
        if self._folder.is_dir():
            strange = {p.name for p in self._folder.iterdir()} - {STAGING, DATA, VIDEOS}
            if strange or not (self._staging.is_dir() or not any(self._folder.iterdir())):
                raise SetupError(f"{self._folder}: is not empty and holds no begun dataset.")
        elif self._folder.exists():
            raise SetupError(f"{self._folder}: is not a folder.")
        plan, path = _Plan(self._layout, self._facts), self._staging / "plan.json"
        if path.exists():
            self._compare(msgspec.json.decode(path.read_bytes(), type=_Plan), plan)
            return
        beginning = self._staging / "plan.part"
        write_json(beginning, plan)
        beginning.rename(path)

    def _compare(self, begun: _Plan, now: _Plan) -> None:
        for what, before, after in (
            *(
                (f, getattr(begun.layout, f), getattr(now.layout, f))
                for f in Layout.__struct_fields__
            ),
            ("facts", begun.facts, now.facts),
        ):
            if before != after:
                raise BadValue(f"{self._folder}: {what}", after, f"it was begun with {before!r}")
