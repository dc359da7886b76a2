"""What the columns of a dataset are called, and what every number in them means.

A feature's shape is that of one row; LeRobot keeps a feature of shape (1,) as a plain column.
"""

from typing import Any

from msgspec import Struct

from ontakt.contract import SIDE_WIDTH, ActionSpace, BadValue

IMAGES = "observation.images."
DRIVERS = ("teacher", "policy")
"""Column `driver` holds an index into these."""
INDEX_COLUMNS = ("frame_index", "episode_index", "index", "task_index")

_STATE = (
    ("position", "xyz"),
    ("quaternion", "wxyz"),
    ("opening", ""),
    ("grip_force", ""),
    ("wrist_force", "xyz"),
    ("target", "xyz"),
    ("target_opening", ""),
)
STATE_WIDTH = sum(len(axes) or 1 for _, axes in _STATE)
"""Numbers in the state of one side, without its joints."""
_ACTION = ("x", "y", "z", "qw", "qx", "qy", "qz", "opening")


class Feature(Struct, frozen=True):
    """One entry of `features` in meta/info.json, as LeRobot names its parts."""

    dtype: str
    shape: tuple[int, ...]
    names: tuple[str, ...] | None = None
    info: dict[str, Any] | None = None

    def entry(self) -> dict[str, Any]:
        """As it stands in meta/info.json."""
        found: dict[str, Any] = {
            "dtype": self.dtype,
            "shape": list(self.shape),
            "names": None if self.names is None else list(self.names),
        }
        return found if self.info is None else {**found, "info": self.info}


class Layout(Struct, frozen=True, kw_only=True):
    """Everything needed to turn a row back into a `Lesson`."""

    fps: int
    """Rows a second."""
    space: ActionSpace
    cameras: dict[str, tuple[int, int]]
    """Height and width [px] by camera."""
    robot_type: str
    horizon: int
    """Control ticks that an answer covers (H)."""
    joints: int = 0
    """Joints a side; 0 where they are not known."""
    places: tuple[str, ...] = ()
    """Names of `Lesson.places`, in the order of the columns."""
    sights: tuple[str, ...] = ()
    """Names of `Observation.sights`, in the order of the columns."""

    def __post_init__(self) -> None:
        """Raises BadValue for numbers that are not positive, rows that do not fall on control ticks
        and a camera that cannot be a path."""
        for what, value in (("fps", self.fps), ("horizon", self.horizon)):
            if value < 1:
                raise BadValue(what, value, "it must be at least 1")
        if self.space.control_hz % self.fps:
            raise BadValue("fps", self.fps, f"it must divide {self.space.control_hz} ticks/s")
        for camera, size in self.cameras.items():
            if not camera or set(camera) & set("/\\."):
                raise BadValue("camera", camera, "it must be a plain name, without / and .")
            if min(size) < 1:
                raise BadValue(f"size of camera {camera!r}", size, "it must be (height, width)")

    @property
    def ticks(self) -> int:
        """Control ticks from one row to the next."""
        return self.space.control_hz // self.fps

    def columns(self) -> dict[str, Feature]:
        """The features that stand in parquet, in their order."""
        sides, answer = self.space.sides, (self.horizon, self.space.width)
        found = {
            "observation.state": _vector(
                f"{side}.{part}{'.' if axis else ''}{axis}"
                for side in sides
                for part, axes in (*_STATE, *((f"joint_{k}", "") for k in range(self.joints)))
                for axis in (axes or ("",))
            ),
            "action": _vector(f"{side}.{name}" for side in sides for name in _ACTION),
            "teacher.free": Feature("float32", answer),
            "teacher.behind": Feature("float32", answer),
            "teacher.committed": Feature("int64", (1,)),
            "driver": Feature("int64", (1,)),
            "job": Feature("bool", (len(sides),), sides),
            "tick": Feature("int64", (1,)),
            "utc_ns": Feature("int64", (1,)),
        }
        for key, names, parts in (
            ("observation.places", self.places, "xyz"),
            ("observation.sights", self.sights, ("x", "y", "z", "sigma")),
        ):
            if names:
                found[key] = _vector(f"{name}.{part}" for name in names for part in parts)
                found[f"{key}_known"] = Feature("bool", (len(names),), names)
        found["timestamp"] = Feature("float32", (1,))
        found.update((name, Feature("int64", (1,))) for name in INDEX_COLUMNS)
        return found

    def features(self, video: dict[str, Any]) -> dict[str, Feature]:
        """All features; `video` describes the coding of every camera's film."""
        films = {
            f"{IMAGES}{camera}": Feature(
                "video",
                (height, width, 3),
                ("height", "width", "channels"),
                {**video, "video.height": height, "video.width": width, "video.fps": self.fps},
            )
            for camera, (height, width) in self.cameras.items()
        }
        return {**films, **self.columns()}


def _vector(names: Any) -> Feature:
    listed = tuple(names)
    return Feature("float32", (len(listed),), listed)


assert len(_ACTION) == SIDE_WIDTH
