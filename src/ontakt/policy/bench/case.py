"""What is measured: one robot's views, words, horizon and prefix, as the model takes them."""

from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.job import INSTRUCTIONS
from ontakt.contract.observation import Observation
from ontakt.contract.spaces import SIDES, Array
from ontakt.policy.bench.counts import Shape
from ontakt.policy.bench.stand_in import StandInTokenizer, random_observation, random_targets
from ontakt.policy.fresh_checkpoint import geometry_of
from ontakt.policy.processor import (
    Embodiment,
    Processor,
    Statistics,
    View,
    compact_tokenizer,
    embodiments,
)
from ontakt.policy.processor.prompt import IMAGE, Tokenizer
from ontakt.policy.processor.vocabulary import SPECIAL
from ontakt.policy.xr0.config import Xr0Config

INSTRUCTION = "Take one nut with each hand from the tray and set both down on the two pins."
"""With XR-0's prompt around it and three views, 80 tokens beside those of the images."""
CAMERA, STATION_CAMERA = (640, 480), (96, 96)
"""Width and height [px] of a camera's image: XR-0's bimanual robot, Ontakt's station."""
DEVIATION = 0.002
"""Of every action [m, rad], where there are no statistics: nothing is timed differently."""


class Case(Struct, frozen=True, eq=False, kw_only=True):
    """One observation with everything that turns it into numbers, and answers into targets."""

    processor: Processor
    observation: Observation
    prefix: Array | None
    """(P, 8 * sides): committed absolute targets."""
    words: str
    """Whose tokenizer it is, for the table."""

    @property
    def prefix_length(self) -> int:
        """P."""
        return 0 if self.prefix is None else len(self.prefix)

    def shape(self, steps: int) -> Shape:
        """The sizes that decide what an inference of `steps` steps costs. Raises BadValue below
        1."""
        if steps < 1:
            raise BadValue("--steps", steps, "it is 1 or greater")
        inputs = self.processor.inputs(self.observation, self.prefix)
        return Shape(
            grids=tuple((int(t), int(h), int(w)) for t, h, w in inputs.image_grid_thw),
            prompt=inputs.input_ids.shape[1],
            horizon=self.processor.horizon,
            steps=steps,
        )


def make_case(
    config: Xr0Config,
    views: int | None = None,
    horizon: int | None = None,
    prefix_length: int = 0,
    image: tuple[int, int] | None = None,
    seed: int = 0,
) -> Case:
    """A case for `config` without a checkpoint: the station's robot where the vocabulary is that of
    a compact model, XR-0's bimanual one elsewhere. `views` (3) and `horizon` (the configuration's)
    change it; `image` is the width and height [px] of every camera. Raises BadValue for a number
    that cannot be."""
    horizon = config.action_length if horizon is None else horizon
    if horizon < 1:
        raise BadValue("--horizon", horizon, "it is 1 or greater")
    compact = config.vlm_config.get("image_token_id") == SPECIAL.index(IMAGE)
    body = embodiments()["ontakt-compact" if compact else "bimanual"].embodiment
    body = _with_views(body, 3 if views is None else views)
    tokenizer: Tokenizer
    if compact:
        tokenizer, words = compact_tokenizer(), "the station's"
        instruction = INSTRUCTIONS[SIDES]
    else:
        tokenizer, words, instruction = StandInTokenizer(config), "a stand-in", INSTRUCTION
    processor = Processor(
        body,
        _statistics(body, horizon, config.action_dim),
        tokenizer,
        geometry_of(config),
        config.state_dim,
    )
    return _case(processor, instruction, words, prefix_length, image, seed)


def read_case(
    folder: Path,
    config: Xr0Config,
    robot_type: str | None = None,
    prefix_length: int = 0,
    image: tuple[int, int] | None = None,
    seed: int = 0,
) -> Case:
    """The case of a checkpoint's own processor, for one robot type. Raises as `Processor.load`."""
    processor = Processor.load(
        folder,
        robot_type,
        geometry_of(config),
        width=config.action_dim,
        state_width=config.state_dim,
    )
    compact = processor.embodiment.prompt == "compact"
    instruction = INSTRUCTIONS[SIDES] if compact else INSTRUCTION
    return _case(processor, instruction, "the checkpoint's", prefix_length, image, seed)


def _case(
    processor: Processor,
    instruction: str,
    words: str,
    prefix_length: int,
    image: tuple[int, int] | None,
    seed: int,
) -> Case:
    if not 0 <= prefix_length <= processor.horizon:
        raise BadValue("--prefix", prefix_length, f"it is from 0 to {processor.horizon}")
    rng = np.random.default_rng(seed)
    body = processor.embodiment
    if image is None:
        image = STATION_CAMERA if body.name.startswith("ontakt") else CAMERA
    prefix = random_targets(body.sides, prefix_length, rng) if prefix_length else None
    observation = random_observation(body, instruction, image, rng)
    return Case(processor=processor, observation=observation, prefix=prefix, words=words)


def _with_views(body: Embodiment, count: int) -> Embodiment:
    if count < 1:
        raise BadValue("--views", count, "it is 1 or greater")
    known = body.views[:count]
    last = known[-1]
    more = tuple(
        View(label=f"{last.label} {k}", camera=f"{last.camera}_{k}", resize=last.resize)
        for k in range(len(known) + 1, count + 1)
    )
    return msgspec.structs.replace(body, views=(*known, *more))


def _statistics(body: Embodiment, horizon: int, width: int) -> Statistics:
    """Every number of the arms' tools active, no joint: a committed prefix of targets then says
    everything."""
    std = np.zeros((horizon, width))
    for start in body.action.starts:
        std[:, start : start + 7] = DEVIATION
    return Statistics.of("bench", np.zeros_like(std), std)
