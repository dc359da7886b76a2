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
    """What the stages call: the towers and the flow of one model, compiled or as they stand."""

    def __init__(
        self, vision: VisionTower, language: LanguageTower, flow: Flow, compiled: bool
    ) -> None:
        self.vision, self.language, self.flow = vision, language, flow
        self.see: Callable[..., tuple[Tensor, list[Tensor]]] = self._see
        self.read: Callable[..., None] = self._read
        self.act: Callable[..., Tensor] = self._act
        if compiled:
            self.see = _compiled(self._see)
            self.read = _compiled(self._read)
            self.act = _compiled(self._act)

    def _see(self, pixels: Tensor, layout: VisionLayout) -> tuple[Tensor, list[Tensor]]:
        return self.vision(pixels, layout)

    def _read(
        self, tokens: Tensor, deep: list[Tensor], layout: LanguageLayout, flow: FlowLayout
    ) -> None:
        self.flow.begin(self.language(tokens, deep, layout), flow)

    def _act(self, state: Tensor, action_mask: Tensor, x: Tensor, layout: FlowLayout) -> Tensor:
        return self.flow(state, action_mask, x, layout)


def _compiled(stage: Callable[..., Any]) -> Callable[..., Any]:
    """`stage` fused for the shapes that it meets: anew for every length of prompt."""
    compile_stage: Any = torch.compile  # its type does not know the limit
    return compile_stage(stage, fullgraph=True, dynamic=False, recompile_limit=SHAPES)


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
        self._parts.read(self._tokens, self._deep, self._language, self._flow)

    def _act(self) -> None:
        self.actions = self._parts.act(self.state, self.action_mask, self.x, self._flow)


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
