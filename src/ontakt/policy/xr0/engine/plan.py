"""One prompt's three stages over buffers that stay where they are."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ontakt.policy.guidance import Guide, guidance_weight
from ontakt.policy.xr0.engine.flow import Flow, Places, Pull
from ontakt.policy.xr0.engine.language import LanguageLayout, LanguageTower
from ontakt.policy.xr0.engine.vision import VisionLayout, VisionTower
from ontakt.policy.xr0.model import Context

Pool = Any
"""Memory that the CUDA graphs of one engine share: they run one after the other."""

WARM_UP = 3
"""Runs of a stage before it is captured."""

SHAPES = 64
"""Prompts of different lengths that one engine compiles for, before it refuses."""


class Parts:
    """The towers and one step of the flow of one model; `compiled`, each is fused as a whole."""

    def __init__(
        self, vision: VisionTower, language: LanguageTower, flow: Flow, compiled: bool
    ) -> None:
        self.vision, self.language, self.flow = vision, language, flow
        self.see: Callable[..., tuple[Tensor, list[Tensor]]] = vision.__call__
        self.read: Callable[..., list[tuple[Tensor, Tensor]]] = language.__call__
        self.step: Callable[..., Tensor] = flow.step
        if compiled:
            self.see = _compiled(self.see)
            self.read = _compiled(self.read)
            self.step = _compiled(self.step)


def _compiled(part: Callable[..., Any]) -> Callable[..., Any]:
    """`part` fused for the shapes that it meets: anew for every length of prompt."""
    compile_part: Any = torch.compile  # its type does not know the limit
    return compile_part(part, fullgraph=True, dynamic=False, recompile_limit=SHAPES)


class Plan:
    """The stages for one prompt and horizon, over buffers that are made once.

    Inputs are written into `pixels`, `state`, `action_mask` and `x`, `commit` says how long the
    prefix in `x` is and `draw` what the flow is drawn towards; after `see`, `read` and `act` in
    this order the answer stands in `actions`.
    With a `pool`, each stage is captured as a CUDA graph when it first runs and replayed from then
    on. The buffers are inference tensors: use them under `torch.inference_mode`.
    """

    def __init__(
        self,
        parts: Parts,
        vision: VisionLayout,
        language: LanguageLayout,
        pixels: Tensor,
        state: Tensor,
        x: Tensor,
        pool: Pool | None,
    ) -> None:
        self._parts = parts
        self._vision, self._language = vision, language
        self._places = {0: self._placed(x.shape[1], 0)}
        self._flow = parts.flow.layout(Places(*(part.clone() for part in self._places[0])))
        self._prefix_length = 0
        previous, rests = torch.zeros_like(x), parts.flow.rests
        self._pulls = [Pull(previous, torch.zeros_like(x), rest) for rest in rests]
        self._drawn = False
        self.pixels = pixels
        """(patches, values of a patch)."""
        self.state = state
        """(B, state length, state width)."""
        self.x = x
        """(B, T, D): noise, the prefix in its place."""
        self.action_mask = torch.ones_like(x)
        """(B, T, D)."""
        self.actions = x
        """(B, T, D), after `act`."""
        self._tokens, self._deep = x, [x]
        self._pool = pool
        self._graphs: dict[str, torch.cuda.CUDAGraph] = {}

    def commit(self, prefix_length: int) -> None:
        """The first `prefix_length` rows of `x` are a prefix. No stage is captured anew for it."""
        if prefix_length == self._prefix_length:
            return
        if prefix_length not in self._places:
            self._places[prefix_length] = self._placed(self.x.shape[1], prefix_length)
        for held, wanted in zip(self._flow.places, self._places[prefix_length], strict=True):
            held.copy_(wanted)
        self._prefix_length = prefix_length

    def draw(self, guide: Guide | None) -> None:
        """The flow is drawn towards `guide`, with the identity for its Jacobian, or runs free. No
        stage is captured anew for it."""
        if guide is None and not self._drawn:
            return
        for k, pull in enumerate(self._pulls):
            if guide is None:
                pull.weights.zero_()
                continue
            pull.previous.copy_(guide.previous)
            pull.weights.copy_(guide.weights)
            pull.weights.mul_(guidance_weight(k / len(self._pulls), guide.max_weight))
        self._drawn = guide is not None

    def context(self) -> Context:
        """What the DiT reads of the prompt after `read`, for the plain model: a copy that autograd
        takes, made outside of `torch.inference_mode`. Layers that the DiT skips are empty."""
        language, layers = self._language, zip(self._flow.keys, self._flow.values, strict=True)
        length = language.attention_mask.shape[1]
        copies = [tuple(part[:, :, :length].clone() for part in layer) for layer in layers]
        skipped = (self.x.new_zeros(0),) * self._parts.flow.first_layer
        return Context(
            keys=(*skipped, *(keys for keys, _ in copies)),
            values=(*skipped, *(values for _, values in copies)),
            position_ids=language.position_ids.clone(),
            attention_mask=language.attention_mask.clone(),
        )

    def see(self) -> None:
        """The vision tower."""
        self._run("see", self._see)

    def read(self) -> None:
        """The language model, as far as the DiT reads it."""
        self._run("read", self._read)

    def act(self) -> None:
        """All steps of the flow."""
        self._run("act", self._act)

    def _see(self) -> None:
        self._tokens, self._deep = self._parts.see(self.pixels, self._vision)

    def _read(self) -> None:
        cache = self._parts.read(self._tokens, self._deep, self._language)
        self._parts.flow.begin(cache, self._flow)

    def _act(self) -> None:
        parts, x = self._parts, self.x
        lead = parts.flow.lead(self.state)
        for modulations, pull in zip(parts.flow.modulations, self._pulls, strict=True):
            x = parts.step(lead, self.action_mask, x, modulations, self._flow, pull)
        self.actions = x

    def _placed(self, horizon: int, prefix_length: int) -> Places:
        language = self._language
        return self._parts.flow.places(
            language.position_ids, language.attention_mask, horizon, prefix_length
        )

    def _run(self, name: str, stage: Callable[[], None]) -> None:
        if self._pool is None:
            stage()
            return
        if name not in self._graphs:
            with torch.cuda.device(self.x.device):
                self._graphs[name] = _captured(stage, self._pool)
        self._graphs[name].replay()


def _captured(stage: Callable[[], None], pool: Pool) -> torch.cuda.CUDAGraph:
    """`stage` as one CUDA graph of the current device: it reads and writes the same memory whenever
    it is replayed."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # libraries choose and compile their kernels here
        for _ in range(WARM_UP):
            stage()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    # Other threads of the process, as a camera's, may go on using the GPU meanwhile.
    with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
        stage()
    return graph
