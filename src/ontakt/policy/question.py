"""One robot's question as the model takes it, and several of them as one."""

from collections.abc import Iterator, Sequence

import msgspec
import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract import Array, BadValue, Guidance, Jacobian, Observation
from ontakt.policy.guidance import Guide, check_guidance, prefix_weights
from ontakt.policy.processor import Inputs, Processor
from ontakt.policy.xr0.model import Prompt

JACOBIANS: tuple[Jacobian, ...] = ("exact", "identity")


class Question(Struct, frozen=True, eq=False, kw_only=True):
    """Everything that the engine is given but the noise."""

    prompt: Prompt
    state: Tensor
    """(B, state length, state width), raw."""
    action_mask: Tensor
    """(B, T, D)."""
    prefix: Tensor | None = None
    """(B, P, D), normalised."""
    guide: Guide | None = None

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can be asked as one: the same words and views, prefixes of one
        length, and the same way to be guided."""
        guide = self.guide
        return (
            self.prompt.input_ids.numpy().tobytes(),
            self.prompt.image_grid_thw.numpy().tobytes(),
            self.state.shape[1:],
            self.action_mask.shape[1:],
            0 if self.prefix is None else self.prefix.shape[1],
            None if guide is None else (guide.jacobian, guide.max_weight),
        )


def pose(
    processor: Processor,
    observation: Observation,
    prefix: Array | None = None,
    guidance: Guidance | None = None,
    longest_prefix: int = 0,
) -> Question:
    """The question, batch 1. The chunk before is re-expressed in the frame of `observation` and
    normalised, exactly as a prefix is; numbers that the robot has not, or that targets cannot
    tell, are not drawn.

    Raises BadValue for a prefix longer than `longest_prefix`, for guidance that cannot be followed,
    and as `Processor.inputs`.
    """
    if prefix is not None and len(prefix) > longest_prefix:
        trained = f"{longest_prefix} rows at the most" if longest_prefix else "none"
        raise BadValue(
            "Length of the prefix",
            len(prefix),
            f"robot type {processor.statistics.robot_type!r} of this checkpoint goes on from "
            f"{trained}",
        )
    if guidance is None:
        return question_of(processor.inputs(observation, prefix))
    check_guidance(guidance, JACOBIANS)
    rows = prefix_weights(processor.horizon, guidance.inference_delay, guidance.execution_horizon)
    inputs = processor.inputs(observation, prefix, guidance.previous)
    guide = Guide(
        previous=torch.tensor(inputs.previous),
        weights=(rows[:, None] * torch.tensor(processor.told))[None],
        max_weight=guidance.max_weight,
        jacobian=guidance.jacobian,
    )
    return msgspec.structs.replace(question_of(inputs), guide=guide)


def question_of(inputs: Inputs, device: torch.device | str = "cpu") -> Question:
    """What the processor made, as tensors; without a guide."""

    def tensor(array: object) -> Tensor:  # a copy: what the processor keeps is read-only
        return torch.tensor(array, device=device)

    return Question(
        prompt=Prompt(
            input_ids=tensor(inputs.input_ids),
            attention_mask=tensor(inputs.attention_mask),
            pixel_values=tensor(inputs.pixel_values),
            image_grid_thw=tensor(inputs.image_grid_thw),
        ),
        state=tensor(inputs.state),
        action_mask=tensor(inputs.action_mask),
        prefix=None if inputs.prefix is None else tensor(inputs.prefix),
    )


def stacked(questions: Sequence[Question]) -> Question:
    """`questions` of one kind as one, a row each."""
    if len(questions) == 1:
        return questions[0]
    guide = questions[0].guide

    def rows(parts: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(parts))

    prompts = [question.prompt for question in questions]
    prefixes = [question.prefix for question in questions if question.prefix is not None]
    guides = [question.guide for question in questions if question.guide is not None]
    return Question(
        prompt=Prompt(
            input_ids=rows([prompt.input_ids for prompt in prompts]),
            attention_mask=rows([prompt.attention_mask for prompt in prompts]),
            pixel_values=rows([prompt.pixel_values for prompt in prompts]),
            image_grid_thw=rows([prompt.image_grid_thw for prompt in prompts]),
        ),
        state=rows([question.state for question in questions]),
        action_mask=rows([question.action_mask for question in questions]),
        prefix=rows(prefixes) if prefixes else None,
        guide=guide
        and msgspec.structs.replace(
            guide,
            previous=rows([guide.previous for guide in guides]),
            weights=rows([guide.weights for guide in guides]),
        ),
    )


def grouped(questions: Sequence[Question], most: int) -> Iterator[list[int]]:
    """The indices of `questions` that can be asked as one, `most` at a time, in order."""
    kinds: dict[tuple[object, ...], list[int]] = {}
    for k, question in enumerate(questions):
        kinds.setdefault(question.kind, []).append(k)
    for alike in kinds.values():
        for start in range(0, len(alike), most):
            yield alike[start : start + most]
