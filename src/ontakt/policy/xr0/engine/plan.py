"""One prompt's three stages over buffers that stay where they are."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ontakt.policy.xr0.engine.flow import Flow, FlowLayout
from ontakt.policy.xr0.engine.language import LanguageLayout, LanguageTower
from ontakt.policy.xr0.engine.vision import VisionLayout, VisionTower

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
    """The stages for one prompt, horizon and prefix length.

    Inputs are written into `pixels`, `state`, `action_mask` and `x`; after `see`, `read` and `act`
    in this order the answer stands in `actions`. With `graphs`, each stage is captured as a CUDA
    graph when it first runs and replayed from then on.
    """

    def __init__(
        self,
        parts: Parts,
        vision: VisionLayout,
        language: LanguageLayout,
        flow: FlowLayout,
        pixels: Tensor,
        state: Tensor,
        x: Tensor,
        graphs: bool,
    ) -> None:
        self._parts = parts
        self._vision, self._language, self._flow = vision, language, flow
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
        stages = (self._see, self._read, self._act)
        self.see, self.read, self.act = (_Graph(s) if graphs else s for s in stages)

    def _see(self) -> None:
        self._tokens, self._deep = self._parts.see(self.pixels, self._vision)

    def _read(self) -> None:
        cache = self._parts.read(self._tokens, self._deep, self._language)
        self._parts.flow.begin(cache, self._flow)

    def _act(self) -> None:
        parts, x = self._parts, self.x
        lead = parts.flow.lead(self.state)
        for modulations in parts.flow.modulations:
            x = parts.step(lead, self.action_mask, x, modulations, self._flow)
        self.actions = x


class _Graph:
    """A stage as one CUDA graph: it reads and writes the same memory whenever it runs."""

    WARM_UP = 3

    def __init__(self, stage: Callable[[], None]) -> None:
        self._stage = stage
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if self._graph is None:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):  # libraries choose and compile their kernels here
                for _ in range(self.WARM_UP):
                    self._stage()
            torch.cuda.current_stream().wait_stream(side)
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._stage()
        self._graph.replay()
