"""Between Ontakt's observations and targets and the arrays of XR-0.

In: prompt, images, state, mask, and a committed prefix re-expressed from absolute targets in the
frame of *this* observation. Out: absolute targets. Both ways use the same statistics and layout,
so that `decode` undoes `encode_chunk` and the other way round.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract.errors import BadValue
from ontakt.contract.observation import Observation
from ontakt.contract.spaces import ActionSpace, Array, Image
from ontakt.policy.json_object import read_object
from ontakt.policy.processor.embodiment import Embodiment, View, find_embodiment
from ontakt.policy.processor.images import VisionGeometry, grid, patches, prepared
from ontakt.policy.processor.measured import MIRROR, UNIT, MeasuredArm, measured_arms
from ontakt.policy.processor.preprocessor_file import (
    FILE,
    area_bounds,
    check_geometry,
    file_content,
)
from ontakt.policy.processor.prompt import IMAGE, Prompt, Tokenizer, Tokens
from ontakt.policy.processor.statistics import Statistics
from ontakt.policy.processor.vocabulary import read_tokenizer

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class Inputs(Struct, frozen=True, kw_only=True, eq=False):
    """One observation as the model takes it, batch 1. S tokens, V views, T steps, D numbers."""

    input_ids: Int64
    """(1, S)"""
    attention_mask: Int64
    """(1, S), all ones"""
    mm_token_type_ids: Int64
    """(1, S): 1 where an image's token stands"""
    pixel_values: Float32
    """(patches of all views, channels * temporal * patch * patch), in [-1, 1]"""
    image_grid_thw: Int64
    """(V, 3): patches by time, height, width"""
    state: Float32
    """(1, 1, state width), raw"""
    action_mask: Float32
    """(1, T, D): 1 where an action is active"""
    prefix: Float32 | None = None
    """(1, P, D), normalised: the first P actions, already committed"""
    previous: Float32 | None = None
    """(1, T, D), normalised: the plan so far, to be drawn towards where `Processor.told` is 1"""


class Processor:
    """XR-0's processor for one embodiment with the statistics of one robot type.

    `state_width` is the model's, the width of the statistics by default. Raises BadValue where the
    layouts do not fit these widths, or the tokenizer lacks the tokens around an image.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        statistics: Statistics,
        tokenizer: Tokenizer,
        geometry: VisionGeometry,
        state_width: int | None = None,
    ) -> None:
        self.embodiment, self.statistics = embodiment, statistics
        self.tokenizer, self.geometry = tokenizer, geometry
        self.state_width = statistics.width if state_width is None else state_width
        for what, layout, width in (
            ("action", embodiment.action.width, statistics.width),
            ("state", embodiment.state.width, self.state_width),
        ):
            if layout > width:
                raise BadValue(
                    f"Width of the {what} of embodiment {embodiment.name!r}",
                    layout,
                    f"robot type {statistics.robot_type!r} has {width}",
                )
        self._prompt = Prompt(
            tokenizer,
            embodiment.prompt,
            [view.label for view in embodiment.views],
            embodiment.instruction,
            geometry.merge,
        )
        self._mask = statistics.mask[None]
        same = np.ones_like(MIRROR)
        self._mirror = np.concatenate(
            [MIRROR if side in embodiment.mirrored else same for side in embodiment.sides]
        )
        self.told = statistics.mask.copy()
        """(T, D), read-only: 1 where an action is active and absolute targets tell it."""
        self.told[:, list(embodiment.action.untold)] = 0.0
        self.told.setflags(write=False)

    @classmethod
    def load(
        cls,
        folder: Path,
        robot_type: str | None,
        geometry: VisionGeometry,
        cameras: Mapping[str, str] | Sequence[str] | None = None,
        embodiment: str | None = None,
        width: int | None = None,
        state_width: int | None = None,
    ) -> "Processor":
        """The processor of the checkpoint in `folder`, as released or as `save` wrote it.

        `cameras` replaces the embodiment's (`Embodiment.seen_by`); `embodiment` names one that
        ships; `width` and `state_width` are the model's. Raises SetupError and its kinds, naming
        the file and what is wrong in it: robot type, statistics, embodiment, geometry, tokenizer.
        """
        path = folder / FILE
        config = read_object(path)
        statistics = Statistics.read(config, robot_type, width=width, place=str(path))
        check_geometry(config, geometry, path)
        found = find_embodiment(
            statistics.robot_type, config.get("embodiments"), embodiment, str(path)
        )
        image = found.image.within(*area_bounds(config, path))
        found = msgspec.structs.replace(found, image=image)
        if cameras is not None:
            found = found.seen_by(cameras)
        return cls(found, statistics, read_tokenizer(folder), geometry, state_width)

    def save(self, folder: Path) -> None:
        """Write `preprocessor_config.json`, in the released layout with the embodiment beside it,
        and the tokenizer into `folder`, so that `load` gives the same processor. Only this robot
        type is written."""
        folder.mkdir(parents=True, exist_ok=True)
        config = file_content(self.statistics, self.embodiment, self.geometry)
        (folder / FILE).write_text(json.dumps(config, indent=1, allow_nan=False) + "\n")
        self.tokenizer.save_pretrained(folder)

    @property
    def horizon(self) -> int:
        """Control steps of a chunk, T."""
        return self.statistics.horizon

    @property
    def action_space(self) -> ActionSpace:
        """The layout of the targets."""
        return ActionSpace(sides=self.embodiment.sides, control_hz=self.embodiment.control_hz)

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that must be rendered, in the order of the prompt."""
        return tuple(view.camera for view in self.embodiment.views)

    @property
    def image_token(self) -> int:
        """What stands in the prompt for a part of an image."""
        return self.tokenizer.get_vocab()[IMAGE]

    @property
    def takes_prefix(self) -> bool:
        """False where some action is a joint motion, which targets of a tool cannot tell."""
        return bool((self.told == self.statistics.mask).all())

    def inputs(
        self,
        observation: Observation,
        prefix: Array | None = None,
        previous: Array | None = None,
    ) -> Inputs:
        """The model's inputs for `observation`; `prefix` (P, width of `action_space`) are absolute
        targets that the answer must begin with, `previous` (T, width) those that it is to stay
        near to.

        Raises BadValue naming the thing for a missing or misshaped image, an instruction that must
        not be, a state that is not finite, and a prefix that is too long, misshaped, not finite,
        or cannot be told to this embodiment; for previous targets likewise, but of those the
        numbers that can be told are.
        """
        arms = self._arms(observation)
        committed = None
        if prefix is not None and len(prefix) > 0:
            committed = self.statistics.encode(self._encoded(prefix, arms, "The prefix"))[None]
        plan = None
        if previous is not None:
            if len(previous) != self.horizon:
                what = "The previous chunk: steps"
                raise BadValue(what, len(previous), f"the horizon is {self.horizon}")
            told = self._encoded(previous, arms, "The previous chunk", partly=True)
            plan = self.statistics.encode(told)[None]
        images = self.views(observation)
        tokens = self.tokens(observation.instruction, images)
        return Inputs(
            input_ids=tokens.input_ids,
            attention_mask=tokens.attention_mask,
            mm_token_type_ids=tokens.mm_token_type_ids,
            pixel_values=np.concatenate([patches(image, self.geometry) for image in images]),
            image_grid_thw=np.array([grid(image, self.geometry) for image in images], np.int64),
            state=self.state(observation)[None, None],
            action_mask=self._mask,
            prefix=committed,
            previous=plan,
        )

    def decode(self, actions: Any, observation: Observation) -> Array:
        """Absolute targets (T, width of `action_space`), read-only, from the model's normalised
        `actions` (T, D), which are relative to `observation`.

        An opening is never below 0: a hand that is to grip is told to shut, not to shut further.
        Raises BadValue for actions of another shape or not finite.
        """
        values = np.asarray(actions, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != self.statistics.width:
            raise BadValue("Shape of the actions", values.shape, f"(T, {self.statistics.width})")
        self._check_rows(values, "The actions")
        arms = self._arms(observation)
        targets = self.embodiment.action.decode(self.statistics.decode(values), arms)
        targets *= self._mirror
        space = self.action_space
        for side in space.sides:
            opening = space.opening(targets, side)
            np.maximum(opening, 0.0, out=opening)
        targets.setflags(write=False)
        return targets

    def encode_chunk(self, targets: Array, observation: Observation) -> Float32:
        """Normalised actions (T, D) of absolute `targets` (T, width of `action_space`) relative to
        `observation`: what `decode` undoes, and what training learns. Raises BadValue as
        `inputs`."""
        arms = self._arms(observation)
        return self.statistics.encode(self._encoded(targets, arms, "The chunk"))

    def motions(self, targets: Array, observation: Observation) -> Array:
        """As `encode_chunk`, before the statistics: what they are made of. (T, D)."""
        return self._encoded(targets, self._arms(observation), "The chunk")

    def views(self, observation: Observation) -> list[Image]:
        """The images as they are cut into patches, in the order of the prompt. Raises BadValue as
        `inputs`."""
        return [self._view(observation, view) for view in self.embodiment.views]

    def state(self, observation: Observation) -> Float32:
        """The state vector (state width,), raw."""
        body = self.embodiment
        packed = body.state.pack(self._arms(observation), body.sides, self.state_width)
        return packed.astype(np.float32)

    def tokens(self, instruction: str, images: Sequence[Image]) -> Tokens:
        """The prompt for `instruction` with images of the sizes of `images`. Raises BadValue as
        `inputs`."""
        return self._prompt.tokens(instruction, [grid(image, self.geometry) for image in images])

    def _encoded(
        self, targets: Array, arms: Sequence[MeasuredArm], what: str, partly: bool = False
    ) -> Array:
        values = np.asarray(targets, dtype=np.float64)
        space, layout = self.action_space, self.embodiment.action
        if values.ndim != 2 or values.shape[1] != space.width:
            raise BadValue(f"{what}: shape", values.shape, f"(steps, {space.width})")
        self._check_rows(values, what)
        for side in space.sides:
            lengths = np.linalg.norm(space.quaternion(values, side), axis=-1)
            if (np.abs(lengths - 1.0) > UNIT).any():
                raise BadValue(
                    f"{what}: length of a quaternion of the {side} arm",
                    float(lengths[np.argmax(np.abs(lengths - 1.0))]),
                    "it must be 1",
                )
        if not (partly or self.takes_prefix):
            untold = [k for k in layout.untold if self.statistics.mask[:, k].any()]
            raise BadValue(
                f"{what} for robot type {self.statistics.robot_type!r}",
                f"{len(values)} targets",
                f"its actions {untold} are joint motions, which targets of a tool cannot tell",
            )
        mirrored = values * self._mirror
        return layout.encode(mirrored, arms, self.statistics.width)

    def _arms(self, observation: Observation) -> tuple[MeasuredArm, ...]:
        body = self.embodiment
        return measured_arms(observation.arms, body.sides, body.mirrored)

    def _check_rows(self, values: Array, what: str) -> None:
        if len(values) > self.horizon:
            raise BadValue(f"{what}: steps", len(values), f"the horizon is {self.horizon}")
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0].tolist()
            raise BadValue(f"{what}[{row}][{column}]", float(values[row, column]), "not finite")

    def _view(self, observation: Observation, view: View) -> Image:
        if view.camera not in observation.images:
            raise BadValue(
                "The observation's cameras",
                sorted(observation.images),
                f"{view.camera!r} is missing, which the view {view.label!r} shows",
            )
        own = (step for step in (view.cut, view.resize) if step is not None)
        steps = (*own, *self.embodiment.image.steps)
        image = observation.images[view.camera]
        image = prepared(image, view.camera, steps, self.geometry.block)
        return image[:, ::-1] if view.mirror else image
