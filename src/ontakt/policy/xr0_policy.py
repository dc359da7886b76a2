"""XR-0 behind the `Policy` port: a checkpoint and a robot type become a brain."""

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
    BadValue,
    Observation,
    PolicySpec,
    Side,
    UnknownName,
    frozen_array,
)
from ontakt.policy.device import choose_threads, find_device
from ontakt.policy.fresh_checkpoint import check_words, geometry_of
from ontakt.policy.processor import Inputs, Processor
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import Rotary, read_config
from ontakt.policy.xr0.engine.engine import Acceleration, Xr0Engine, automatic
from ontakt.policy.xr0.flow import STEPS
from ontakt.policy.xr0.model import Prompt, Xr0Model
from ontakt.policy.xr0.source import find_checkpoint

Dtype = Literal["float32", "bfloat16"]
DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Xr0Policy:
    """Observation in, chunk of absolute targets out.

    The noise of each answer comes from a generator that `reset` seeds, so a shift repeats on one
    machine. With a prefix, its rows lead the answer unchanged; only a checkpoint that was trained
    for it (`action_window` 4, `action_rope_offset` 10) goes on from them as it should.
    """

    def __init__(
        self,
        model: Xr0Model,
        processor: Processor,
        digest: str,
        *,
        steps: int,
        acceleration: Acceleration,
    ) -> None:
        self.processor = processor
        """Between observations and the model's arrays."""
        self.engine = Xr0Engine(model, steps, acceleration)
        """The model, ready to act."""
        self._generator = torch.Generator().manual_seed(0)
        self._spec = PolicySpec(
            name=f"xr0:{processor.statistics.robot_type}",
            hash=digest,
            horizon=processor.horizon,
            cameras=processor.cameras,
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
            model,
            processor,
            _digest(folder, [*settings, steps, chosen, kind, place.type]),
            steps=steps,
            acceleration=chosen,
        )

    @property
    def spec(self) -> PolicySpec:
        """Its name, what decides its answers, its horizon and its cameras."""
        return self._spec

    @property
    def action_space(self) -> ActionSpace:
        """The layout of its targets."""
        return self.processor.action_space

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:  # noqa: ARG002
        """Draw noise from `seed` on. The model remembers nothing else, of no side."""
        self._generator.manual_seed(seed % (1 << 63))

    def infer(self, observation: Observation, prefix: Array | None = None) -> ActionChunk:
        """The chunk for `observation`, `processor.horizon` rows long.

        Raises BadValue, before anything is computed, for an observation or a prefix that cannot be
        used: see `Processor.inputs`.
        """
        inputs = self.processor.inputs(observation, prefix)
        prompt, state, action_mask, committed = tensors(inputs)
        noise = torch.randn(action_mask.shape, generator=self._generator)
        actions = self.engine.act(prompt, state, action_mask, noise, committed)
        targets = np.array(self.processor.decode(actions[0].numpy(), observation))
        if prefix is not None:
            targets[: len(prefix)] = prefix
        return ActionChunk(observed_tick=observation.tick, targets=frozen_array(targets))


def tensors(
    inputs: Inputs, device: torch.device | str = "cpu"
) -> tuple[Prompt, Tensor, Tensor, Tensor | None]:
    """The prompt, the state (1, 1, state width), the action mask (1, T, D) and the prefix (1, P, D)
    of `inputs`."""

    def tensor(array: object) -> Tensor:  # a copy: what the processor keeps is read-only
        return torch.tensor(array, device=device)

    prompt = Prompt(
        input_ids=tensor(inputs.input_ids),
        attention_mask=tensor(inputs.attention_mask),
        pixel_values=tensor(inputs.pixel_values),
        image_grid_thw=tensor(inputs.image_grid_thw),
    )
    prefix = None if inputs.prefix is None else tensor(inputs.prefix)
    return prompt, tensor(inputs.state), tensor(inputs.action_mask), prefix


def _digest(folder: Path, settings: Sequence[object]) -> str:
    """SHA-256 over every file that decides an answer, and the settings."""
    whole = hashlib.sha256(msgspec.json.encode(list(settings), order="deterministic"))
    for pattern in ("*.safetensors", "*.json", "*.txt"):
        for path in sorted(folder.glob(pattern)):
            with path.open("rb") as file:
                whole.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
