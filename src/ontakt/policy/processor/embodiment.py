"""What a robot type's weights were trained on: views, images, words, state, actions. All data.

The embodiments that ship lie beside this file, one TOML file each with the robot types that belong
to it. A checkpoint may carry its own under `embodiments` in `preprocessor_config.json`, by robot
type; those win. Robot types of the pre-trained checkpoint (agibot_pt_v3, droid_pt, ...) are in no
file: nothing published says what their views and layouts are.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.contract.spaces import Side
from ontakt.policy.processor.action_layout import ActionLayout
from ontakt.policy.processor.images import Cut, ImageRecipe, Resize
from ontakt.policy.processor.prompt import InstructionStyle, Kind
from ontakt.policy.processor.state_layout import StateLayout


class View(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One image of the prompt."""

    label: str
    """Its title in the prompt."""
    camera: str
    """Its name in `Observation.images`."""
    cut: Cut | None = None
    """The part of the camera's image that it shows."""
    resize: Resize | None = None
    """A size of its own, before the recipe that all views share."""
    mirror: bool = False
    """Whether it is shown as in a mirror, left and right exchanged."""


class Embodiment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that differs between robot types but the statistics."""

    name: str
    sides: tuple[Side, ...]
    """The arms, in the order in which state and action have them."""
    control_hz: int
    """Actions a second: a station that takes more or fewer would change every speed."""
    views: tuple[View, ...]
    """In the order of the prompt."""
    mirrored: tuple[Side, ...] = ()
    """Arms whose state and actions are told as in the mirror of the station's plane y = 0, so that
    a small model learns one hand and has both. Ours; no published robot type has it."""
    image: ImageRecipe
    instruction: InstructionStyle
    prompt: Kind
    state: StateLayout
    action: ActionLayout

    def __post_init__(self) -> None:
        what = f"Embodiment {self.name!r}"
        if not self.sides or len(set(self.sides)) < len(self.sides):
            raise BadValue(f"{what}: sides", self.sides, "there must be one, and none twice")
        labels = [view.label for view in self.views]
        if not labels or len(set(labels)) < len(labels):
            raise BadValue(f"{what}: views", labels, "there must be one, and no label twice")
        if self.control_hz < 1:
            raise BadValue(f"{what}: control_hz", self.control_hz, "it is 1 or greater")
        for part, starts in (("state", self.state.starts), ("action", self.action.starts)):
            if len(starts) != len(self.sides):
                raise BadValue(f"{what}: starts of its {part}", starts, f"sides: {self.sides}")

    def seen_by(self, cameras: Mapping[str, str] | Sequence[str]) -> "Embodiment":
        """The same with other cameras: by label, or one for every view in the views' order.

        Raises UnknownName for a label that is no view's, BadValue for another number of cameras.
        """
        labels = [view.label for view in self.views]
        if not isinstance(cameras, Mapping):
            if isinstance(cameras, str) or len(cameras) != len(labels):
                raise BadValue("Cameras", cameras, f"one for each view is needed: {labels}")
            cameras = dict(zip(labels, cameras, strict=True))
        for label in cameras:
            if label not in labels:
                raise UnknownName("view", label, labels)
        views = (
            msgspec.structs.replace(view, camera=cameras.get(view.label, view.camera))
            for view in self.views
        )
        return msgspec.structs.replace(self, views=tuple(views))


class EmbodimentFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the files beside this one."""

    robot_types: tuple[str, ...]
    """Keys of `action_config` that belong to it."""
    embodiment: Embodiment


def embodiments() -> dict[str, EmbodimentFile]:
    """The embodiments that ship, by name."""
    found: dict[str, EmbodimentFile] = {}
    for file in files("ontakt.policy.processor").joinpath("embodiments").iterdir():
        if file.name.endswith(".toml"):
            read = msgspec.toml.decode(file.read_bytes(), type=EmbodimentFile)
            found[read.embodiment.name] = read
    return found


def find_embodiment(
    robot_type: str,
    carried: Any = None,
    name: str | None = None,
    place: str = "preprocessor_config.json",
) -> Embodiment:
    """The embodiment of `robot_type`: the one called `name`, else the one that the checkpoint
    carries for it, else the one that ships with it.

    Raises UnknownName for a `name` that does not ship; SetupError for a carried one that is no
    embodiment, and for a robot type that belongs to none, listing those that can be named.
    """
    known = embodiments()
    if name is not None:
        if name not in known:
            raise UnknownName("embodiment", name, known)
        return known[name].embodiment
    if carried is not None and not isinstance(carried, Mapping):
        raise SetupError(f"{place}: embodiments must be an object with a robot type for key.")
    if carried and robot_type in carried:
        try:
            return msgspec.convert(carried[robot_type], Embodiment)
        except msgspec.ValidationError as error:
            raise SetupError(f"{place}: embodiments[{robot_type!r}]: {error}.") from error
    for file in known.values():
        if robot_type in file.robot_types:
            return file.embodiment
    raise SetupError(
        f"Robot type {robot_type!r} belongs to no embodiment that ships: its views and layouts are "
        f"not known. Name one explicitly: {', '.join(sorted(known))}."
    )
