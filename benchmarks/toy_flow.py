"""A small flow-matching chunk policy for the toy station: no product, a means to measure with.

It is XR-0's action expert in small: chunks of 30 rows at 30 Hz relative to the measured pose, noise
to actions in five Euler steps, trained with clean prefixes; a perceptron takes the transformer's
place. One network serves both sides. It answers with an end y of the flow from which the velocity
follows as (y - x) / (1 - t).
"""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import torch
from msgspec import Struct
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ontakt.contract import (
    SIDES,
    ActionChunk,
    Array,
    BadValue,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    StationSpec,
    frozen_array,
)
from ontakt.policy.guidance import guided, prefix_weights
from ontakt.policy.xr0.flow import STEPS

HORIZON = 30
LONGEST = 15
"""Most rows of a prefix in training: 500 ms at 30 Hz."""
WIDTH = 3
"""Of a row: x, z, opening. The toy has two dimensions; y stays that of the home pose."""
HIDDEN = 256
PACE, RAMP = 0.004, 0.002
"""One unit of what the network adds from row to row [m]: of a position, of an opening."""


def features(observation: Observation, station: StationSpec, side: Side) -> Array:
    """What the network sees of one side, shape (FEATURES,): places relative to the tool at three
    scales, so that both 100 mm and 1 mm can be told apart."""
    arm = observation.arms[side]
    tool, found = arm.position[[0, 2]], []
    for name in ("nut", "pin"):
        sight = observation.sights.get(f"{side}_{name}")
        place = np.array(station.places[f"{side}_{name}"] if sight is None else sight.position)
        away = place[[0, 2]] - tool
        found += [*(away / 0.1), *np.tanh(away / 0.02), *np.tanh(away / 0.004)]
        found.append(float(sight is not None))
    lag = arm.target[[0, 2]] - tool
    found += [*(lag / 0.003), *np.tanh(lag / 0.0005)]
    found += [arm.opening / 0.014 - 1, arm.target_opening / 0.014 - 1]
    found += [np.tanh((arm.opening - 0.018) / 0.002), np.tanh((arm.target_opening - 0.01) / 0.004)]
    found += [float(arm.grip_force > 0.8), arm.wrist_force[2] / 10.0]
    found.append(float(side in observation.job))
    return np.array(found)


FEATURES = 2 * 7 + 4 + 4 + 2 + 1


def anchors(observation: Observation, side: Side) -> tuple[Array, Array]:
    """The tool's place and what it was last told, (WIDTH,) each: chunks are relative to the one and
    go on from the other. An opening is anchored at 0."""
    arm = observation.arms[side]
    tool = np.array([arm.position[0], arm.position[2], 0.0])
    told = np.array([arm.target[0], arm.target[2], arm.target_opening])
    return tool, told - tool


def columns(station: StationSpec, side: Side) -> list[int]:
    """Where x, z and opening of `side` stand in a target."""
    start = station.action_space.start(side)
    return [start, start + 2, start + 7]


class ToyNet(nn.Module):
    """y of a chunk x at the time t, all normalised, (B, HORIZON, WIDTH)."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        size = HORIZON * WIDTH
        self.enter = nn.Linear(size + HORIZON + FEATURES + 3, HIDDEN)
        self.inner = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(HIDDEN),
                nn.Linear(HIDDEN, HIDDEN),
                nn.SiLU(),
                nn.Linear(HIDDEN, HIDDEN),
            )
            for _ in range(2)
        )
        self.leave = nn.Linear(HIDDEN, size)
        self.register_buffer("mean", torch.zeros(HORIZON, WIDTH))
        self.register_buffer("std", torch.ones(HORIZON, WIDTH))

    def forward(self, x: Tensor, t: Tensor, seen: Tensor, told: Tensor, length: Tensor) -> Tensor:
        """`t` (B,), `seen` (B, FEATURES), `told` (B, WIDTH) relative to the tool [m]; of each chunk
        in `x` the first `length` (B,) rows are a clean prefix. The network says how far each row
        goes beyond the one before it, so what it answers begins where the prefix ends."""
        batch = x.shape[0]
        behind = torch.arange(HORIZON) >= length[:, None]
        clean = 1.0 - behind.float()
        time = torch.stack((t, t * t, torch.sin(3 * t)), dim=1)
        h = self.enter(torch.cat((x.flatten(1), clean, seen, time), dim=1))
        for layer in self.inner:
            h = h + layer(h)
        unit = torch.tensor([PACE, PACE, RAMP])
        grown = self.leave(h).view(batch, HORIZON, WIDTH) * unit * behind[..., None]
        begun = (x * self.std + self.mean)[torch.arange(batch), (length - 1).clamp(min=0)]
        start = torch.where((length > 0)[:, None], begun, told)
        y = (start[:, None] + grown.cumsum(dim=1) - self.mean) / self.std
        return torch.where(behind[..., None], y, x)


def save(net: ToyNet, path: Path) -> None:
    """Write `net` as safetensors."""
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, path)


def load(path: Path) -> ToyNet:
    """The network that `save` wrote."""
    net = ToyNet()
    net.load_state_dict(load_file(path))
    return net.eval()


class _Drawn(Struct, frozen=True, eq=False):
    previous: Tensor
    weights: Tensor
    told: Guidance


class ToyFlow:
    """`contract.Policy` with everything that a strategy can ask for."""

    def __init__(self, net: ToyNet, station: StationSpec) -> None:
        self._net, self._station = net, station
        self._generator = torch.Generator().manual_seed(0)
        weights = b"".join(value.numpy().tobytes() for value in net.state_dict().values())
        self._spec = PolicySpec(
            name="toy-flow",
            hash=hashlib.sha256(weights + msgspec.json.encode(station.name)).hexdigest(),
            horizon=HORIZON,
            longest_prefix=LONGEST,
            jacobians=("exact", "identity"),
        )

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:  # noqa: ARG002
        """Draw noise from `seed` on."""
        self._generator.manual_seed(seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """A chunk of HORIZON rows. Raises BadValue for a prefix longer than LONGEST."""
        length = 0 if prefix is None else len(prefix)
        if length > LONGEST:
            raise BadValue("Length of the prefix", length, f"the toy goes on from {LONGEST} rows")
        sides = [anchors(observation, side) for side in SIDES]
        told = torch.tensor(np.array([rest for _, rest in sides])).float()
        seen = np.array([features(observation, self._station, side) for side in SIDES])
        noise = torch.randn((len(SIDES), HORIZON, WIDTH), generator=self._generator)
        if prefix is not None:
            noise[:, :length] = self._encoded(prefix, sides)
        drawn = None
        if guidance is not None:
            rows = prefix_weights(HORIZON, guidance.inference_delay, guidance.execution_horizon)
            previous = self._encoded(guidance.previous, sides)
            drawn = _Drawn(previous, rows[None, :, None], guidance)
        with torch.no_grad():
            x = self._flow(noise, torch.tensor(seen).float(), told, length, drawn)
            actions = (x * self._net.std + self._net.mean).numpy().astype(np.float64)
        targets = np.tile(self._station.home, (HORIZON, 1))
        for side, (tool, _), rows_of in zip(SIDES, sides, actions, strict=True):
            targets[:, columns(self._station, side)] = tool + rows_of
            opening = self._station.action_space.opening(targets, side)
            np.maximum(opening, 0.0, out=opening)
        if prefix is not None:
            targets[:length] = prefix
        return ActionChunk(observation.tick, frozen_array(targets))

    def _flow(
        self, x: Tensor, seen: Tensor, told: Tensor, length: int, drawn: _Drawn | None
    ) -> Tensor:
        lengths = torch.full((len(x),), length)
        for k in range(STEPS):
            t = k / STEPS
            times = torch.full((len(x),), t)

            def velocity(at: Tensor, t: float = t, times: Tensor = times) -> Tensor:
                end: Tensor = self._net(at, times, seen, told, lengths)
                return (end - at) / (1.0 - t)

            if drawn is None:
                v = velocity(x)
            else:
                g = drawn.told
                v = guided(velocity, x, t, drawn.previous, drawn.weights, g.max_weight, g.jacobian)
                v[:, :length] = 0.0
            x = x + v / STEPS
        return x

    def _encoded(self, targets: Array, sides: list[tuple[Array, Array]]) -> Tensor:
        """`targets` (P, width), normalised and relative to the tools of now: (sides, P, WIDTH)."""
        rows = [
            targets[:, columns(self._station, side)] - tool
            for side, (tool, _) in zip(SIDES, sides, strict=True)
        ]
        count = len(targets)
        given = torch.tensor(np.array(rows)).float()
        return (given - self._net.mean[:count]) / self._net.std[:count]
