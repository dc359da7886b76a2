"""One model, ready to act: constants once, a plan a prompt, three stages an observation."""

from collections import OrderedDict
from threading import Lock
from typing import Literal

import torch
from torch import Tensor

from ontakt.contract.errors import BadValue
from ontakt.policy.guidance import Guide
from ontakt.policy.xr0.engine.dense import PACKED_BYTES
from ontakt.policy.xr0.engine.flow import Flow
from ontakt.policy.xr0.engine.language import LanguageTower
from ontakt.policy.xr0.engine.plan import Parts, Plan
from ontakt.policy.xr0.engine.vision import VisionTower
from ontakt.policy.xr0.flow import STEPS, euler, with_prefix
from ontakt.policy.xr0.model import Prompt, Xr0Model

Acceleration = Literal["plain", "compile", "graph", "compile+graph"]
"""`plain` runs the stages as they stand. `compile` has torch.compile fuse them, which takes a
minute and a C++ compiler (CPU) or Triton (GPU). `graph` replays them as CUDA graphs, so that the
GPU never waits for Python."""


def automatic(device: torch.device) -> Acceleration:
    """What pays on `device`: nothing on a CPU, where compiling takes a minute and gains little."""
    return "compile+graph" if device.type == "cuda" else "plain"


PLANS = 16
"""Prompts whose plans are kept: more than a station has jobs."""


class Xr0Engine:
    """Acts with the weights that `model` has now; after training, make a new one.

    Layers that read the same input are laid side by side in memory; the model's parameters become
    views of that, so it can still be trained and saved.
    """

    def __init__(
        self, model: Xr0Model, steps: int = STEPS, acceleration: Acceleration = "plain"
    ) -> None:
        self.model = model
        self.steps = steps
        if "graph" in acceleration and self.device.type != "cuda":
            raise BadValue("acceleration", acceleration, f"a {self.device.type} has no CUDA graphs")
        self._pool = torch.cuda.graph_pool_handle() if "graph" in acceleration else None
        core = model.vlm.model
        held = sum(p.numel() * p.element_size() for p in model.parameters())
        compiled = "compile" in acceleration
        # What is compiled packs for itself, and takes no weights that are packed already.
        pack = held <= PACKED_BYTES and not compiled
        with torch.no_grad():
            self._parts = Parts(
                VisionTower(core.visual, pack),
                LanguageTower(
                    core.language_model,
                    model.config.vlm_config["image_token_id"],
                    model.config.first_layer,
                    pack,
                ),
                Flow(model, steps, pack),
                compiled=compiled,
            )
        self._one_at_a_time = Lock()
        self._plans: OrderedDict[tuple[bytes, int], Plan] = OrderedDict()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.sink.weight.device

    def act(
        self,
        prompt: Prompt,
        state: Tensor,  # (B, state length, state width), raw
        action_mask: Tensor,  # (B, T, D)
        noise: Tensor,  # (B, T, D)
        prefix: Tensor | None = None,  # (B, P, D), normalised
        *,
        guide: Guide | None = None,
    ) -> Tensor:  # (B, T, D) float32 on the CPU, normalised
        """Actions for one observation of each row; as `ontakt.policy.xr0.flow.sample` to rounding.
        One thread after the other: a plan's buffers are everybody's.

        A guide's exact Jacobian has the steps of the flow run by the plain model, on what the
        engine saw and read.
        """
        exact = guide is not None and guide.jacobian == "exact"
        with self._one_at_a_time:
            with torch.inference_mode():
                plan = self.feed(prompt, state, action_mask, noise, prefix, guide=guide)
                plan.see()
                plan.read()
                if not exact:
                    plan.act()
                    return plan.actions.to("cpu", torch.float32, copy=True)
            context = plan.context()
        device, length = self.device, 0 if prefix is None else prefix.shape[1]
        with torch.no_grad():
            around = self.model.surround(context, state.to(device), noise.shape[1], length)
            x = with_prefix(noise, prefix).to(device)
            *_, last = euler(self.model, around, action_mask.to(device), x, self.steps, guide)
        return last.x.to("cpu", torch.float32, copy=True)

    @torch.inference_mode()
    def feed(
        self,
        prompt: Prompt,
        state: Tensor,
        action_mask: Tensor,
        noise: Tensor,
        prefix: Tensor | None = None,
        *,
        guide: Guide | None = None,
    ) -> Plan:
        """The plan with these inputs in place, as `act` takes them; what is left are its stages.
        Raises BadValue for one of another shape than the prompt and the model want."""
        config, length = self.model.config, 0 if prefix is None else prefix.shape[1]
        batch, horizon = prompt.input_ids.shape[0], noise.shape[1]
        actions = (batch, horizon, config.action_dim)
        for what, given, shape in (
            ("state", state, (batch, config.state_length, config.state_dim)),
            ("action mask", action_mask, actions),
            ("noise", noise, actions),
            ("prefix", prefix, (batch, min(length, horizon), config.action_dim)),
            ("previous chunk", None if guide is None else guide.previous, actions),
            ("guide's weights", None if guide is None else guide.weights, actions),
        ):
            if given is not None and given.shape != shape:
                raise BadValue(f"Shape of the {what}", tuple(given.shape), f"{shape} is wanted")
        plan = self.plan(prompt, horizon)
        plan.pixels.copy_(prompt.pixel_values)
        plan.state.copy_(state)
        plan.action_mask.copy_(action_mask)
        plan.x.copy_(with_prefix(noise, prefix))
        plan.commit(length)
        plan.draw(None if guide is None or guide.jacobian == "exact" else guide)
        return plan

    @torch.inference_mode()
    def plan(self, prompt: Prompt, horizon: int) -> Plan:
        """The plan for such a prompt: made when first asked for, then kept."""
        name = b"".join(
            part.cpu().numpy().tobytes() + bytes(str(part.shape), "ascii")
            for part in (prompt.input_ids, prompt.attention_mask, prompt.image_grid_thw)
        )
        key = (name, horizon)
        if key not in self._plans:
            self._plans[key] = self._plan(prompt, horizon)
        self._plans.move_to_end(key)
        while len(self._plans) > PLANS:
            self._plans.popitem(last=False)
        return self._plans[key]

    def _plan(self, prompt: Prompt, horizon: int) -> Plan:
        config, model, device = self.model.config, self.model, self.device
        batch = prompt.input_ids.shape[0]

        def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return Plan(
            self._parts,
            self._parts.vision.layout(prompt.image_grid_thw.to(device)),
            self._parts.language.layout(
                prompt.input_ids.to(device),
                prompt.attention_mask.to(device),
                model.positions(prompt).to(device),
            ),
            pixels=zeros(*prompt.pixel_values.shape, dtype=model.dtype),
            state=zeros(batch, config.state_length, config.state_dim, dtype=model.dtype),
            x=zeros(batch, horizon, config.action_dim),
            pool=self._pool,
        )
