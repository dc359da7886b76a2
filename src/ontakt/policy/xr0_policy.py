"""XR-0 behind the `Policy` and `Brain` ports: a checkpoint and a robot type become a brain."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self, get_args

import msgspec
import numpy as np
import torch
from torch import Tensor

from ontakt import __version__
from ontakt.contract import (
    ActionChunk,
    ActionSpace,
    Array,
    Asked,
    BadValue,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    UnknownName,
    frozen_array,
)
from ontakt.policy.device import choose_threads, find_device
from ontakt.policy.fresh_checkpoint import check_words, geometry_of
from ontakt.policy.processor import Processor
from ontakt.policy.question import JACOBIANS, grouped, pose, stacked
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import Rotary, read_config
from ontakt.policy.xr0.engine.engine import Acceleration, Xr0Engine, automatic
from ontakt.policy.xr0.flow import STEPS
from ontakt.policy.xr0.source import EVALUATIONS, find_checkpoint

Dtype = Literal["float32", "bfloat16"]
DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


BATCH: Mapping[str, int] = {"cuda": 8, "cpu": 4}
"""Most questions that are computed as one. On two CPU cores four of `xr0-compact` take as long as
two asked one by one, and eight gain nothing more (22.6 ms for 4, 47.9 for 8, 10.5 for 1)."""


class Xr0Policy:
    """Observation in, chunk of absolute targets out.

    The noise of each answer comes from a generator that `reset` seeds, so a shift repeats on one
    machine. With a prefix, its rows lead the answer unchanged; a checkpoint that was not trained
    for it takes none. With guidance, the answer is drawn towards what is left of the chunk before;
    every checkpoint can be guided. Several robots share the weights through `session`.
    """

    def __init__(self, engine: Xr0Engine, processor: Processor, digest: str) -> None:
        self.processor = processor
        """Between observations and the model's arrays."""
        self.engine = engine
        """The model, ready to act."""
        self._generator = torch.Generator().manual_seed(0)
        longest = min(engine.model.config.longest_prefix, processor.horizon)
        self._spec = PolicySpec(
            name=f"xr0:{processor.statistics.robot_type}",
            hash=digest,
            horizon=processor.horizon,
            cameras=processor.cameras,
            longest_prefix=longest if processor.takes_prefix else 0,
            jacobians=JACOBIANS,
        )

    @classmethod
    def from_checkpoint(
        cls,
        path: str | Path,
        robot_type: str | None = None,
        *,
        embodiment: str | None = None,
        cameras: Mapping[str, str] | Sequence[str] | None = None,
        device: str = "auto",
        dtype: Dtype | None = None,
        rotary: Rotary | None = None,
        steps: int = STEPS,
        acceleration: Acceleration | None = None,
        threads: int | Literal["auto"] | None = None,
    ) -> Self:
        """The policy in a folder or a repository on the hub (`owner/name[@revision]`).

        `robot_type` chooses the statistics, and with them the horizon; `embodiment` names what the
        robot type does not tell (views, state, actions), `cameras` which of the station's cameras
        are its views, by label or in order. `device` is cpu, cuda, cuda:N or auto; `dtype` float32
        on a CPU and bfloat16 elsewhere when left out; `rotary` replaces the checkpoint's choice;
        `threads` are those that torch may use on a CPU, in the whole process: `auto` by the size of
        the model, None as they are.

        Raises SetupError and its kinds, each naming the file or value: no such checkpoint, a
        pickle, a tensor missing, extra or misshapen, another architecture, a robot type that is
        missing or unknown (with those that there are).
        """
        if type(steps) is not int or steps < 1:
            raise BadValue("steps", steps, "a whole number, 1 or greater")
        for what, given, known in (
            ("dtype", dtype, DTYPES),
            ("acceleration", acceleration, get_args(Acceleration)),
            ("rotary", rotary, get_args(Rotary)),
        ):
            if given is not None and given not in known:
                raise UnknownName(what, str(given), known)
        folder = find_checkpoint(str(path))
        config = read_config(folder)
        if rotary is not None:
            config = msgspec.structs.replace(config, rotary=rotary)
        processor = Processor.load(
            folder,
            robot_type,
            geometry_of(config),
            cameras,
            embodiment,
            width=config.action_dim,
            state_width=config.state_dim,
        )
        check_words(processor.tokenizer, config)
        if config.state_length != 1:
            raise BadValue("state_length", config.state_length, "an observation has one state")
        place = find_device(device)
        kind: Dtype = dtype or ("float32" if place.type == "cpu" else "bfloat16")
        model = load_checkpoint(folder, config, DTYPES[kind], place)
        if threads is not None and place.type == "cpu":
            size = sum(parameter.numel() for parameter in model.parameters())
            torch.set_num_threads(choose_threads(size) if threads == "auto" else threads)
        chosen = automatic(place) if acceleration is None else acceleration
        settings = [__version__, config, processor.embodiment, processor.statistics.robot_type]
        return cls(
            Xr0Engine(model, steps, chosen),
            processor,
            _digest(folder, [*settings, steps, chosen, kind, place.type]),
        )

    @property
    def spec(self) -> PolicySpec:
        """Its name, what decides its answers, its horizon, its cameras, what can be asked of it."""
        return self._spec

    @property
    def action_space(self) -> ActionSpace:
        """The layout of its targets."""
        return self.processor.action_space

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:  # noqa: ARG002
        """Draw noise from `seed` on. The model remembers nothing else, of no side."""
        self._generator.manual_seed(seed % (1 << 63))

    @property
    def batch(self) -> int:
        """Most questions that are worth asking together."""
        return BATCH[self.engine.device.type]

    def session(self) -> "Xr0Policy":
        """The same brain for one robot: weights, engine and processor are shared, the chance is
        its own."""
        return Xr0Policy(self.engine, self.processor, self._spec.hash)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """The chunk for `observation`, `processor.horizon` rows long.

        Raises BadValue, before anything is computed, for an observation, a prefix or guidance that
        cannot be used: see `pose`.
        """
        (chunk,) = self.infer_together([Asked(self, observation, prefix, guidance)])
        return chunk

    def infer_together(self, asked: Sequence[Asked]) -> Sequence[ActionChunk]:
        """The answers in order, each to rounding as its session alone would have given it.
        Questions of one kind (`Question.kind`) are computed as one, others one after the other.

        Raises BadValue, before anything is computed and any chance is used, for a question that
        cannot be answered and for a session of another brain.
        """
        for one in asked:
            session = one.session
            if not isinstance(session, Xr0Policy) or session.engine is not self.engine:
                raise BadValue("The session asked", session.spec.name, "it is none of this brain's")
        longest = self._spec.longest_prefix
        questions = [
            pose(self.processor, one.observation, one.prefix, one.guidance, longest)
            for one in asked
        ]
        noises = [one.session.noise() for one in asked if isinstance(one.session, Xr0Policy)]
        actions: dict[int, Array] = {}
        for group in grouped(questions, self.batch):
            # A GPU captures its work once for every size of batch: few sizes, the rest is padding.
            captures = self.engine.device.type == "cuda"
            size = 1 << (len(group) - 1).bit_length() if captures else len(group)
            rows = group + group[-1:] * (size - len(group))
            question = stacked([questions[k] for k in rows])
            answer = self.engine.act(
                question.prompt,
                question.state,
                question.action_mask,
                torch.cat([noises[k] for k in rows]),
                question.prefix,
                guide=question.guide,
            )
            actions |= zip(group, answer.numpy(), strict=False)
        return [self._chunk(one, actions[k]) for k, one in enumerate(asked)]

    def noise(self) -> Tensor:
        """What the next answer begins with, (1, T, D), drawn from this session's own chance."""
        shape = (1, *self.processor.statistics.mask.shape)
        return torch.randn(shape, generator=self._generator)

    def _chunk(self, asked: Asked, actions: Array) -> ActionChunk:
        targets = np.array(self.processor.decode(actions, asked.observation))
        if asked.prefix is not None:
            targets[: len(asked.prefix)] = asked.prefix
        return ActionChunk(asked.observation.tick, frozen_array(targets))


def _digest(folder: Path, settings: Sequence[object]) -> str:
    """SHA-256 over every file that decides an answer, and the settings."""
    whole = hashlib.sha256(msgspec.json.encode(list(settings), order="deterministic"))
    for pattern in ("*.safetensors", "*.json", "*.txt"):
        for path in sorted(folder.glob(pattern)):
            if path.name == EVALUATIONS:  # what is known of the answers decides none
                continue
            with path.open("rb") as file:
                whole.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
