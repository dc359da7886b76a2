"""Teaches `ToyFlow` what the scripted chunk expert does at the toy station, in minutes on a CPU.

First several experts work, fast and slow ones that travel low and high: like people, they do the
same job in different ways, and a policy that learns from all of them has more than one plan to draw
from. Then the learner works, with prefixes and without, and an expert says for the states it got
into what it would have done (DAgger, arXiv 1011.0686). Training is XR-0's, flow matching with its
law of times and a clean prefix for half of the samples, but for one thing: a prefix is not the
beginning of the truth. It is what the robot was really told next, decided before this observation,
and the truth is how an expert goes on from there. Where the prefix is the truth's own beginning, a
network this small reads what follows out of it and no longer looks: it stands where its plan stood.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from benchmarks.toy_flow import HORIZON, LONGEST, WIDTH, ToyFlow, ToyNet, anchors, columns, features
from msgspec import Struct
from torch import Tensor

from ontakt.contract import SIDES, Array, Command, Observation, Policy, Side, Signals
from ontakt.policy.xr0.flow_time import BetaTime, draw_time
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.latency import parse_latency
from ontakt.runtime.observers import Observer
from ontakt.runtime.strategies import parse_strategy
from ontakt.runtime.wanted import Wanted
from ontakt.station.chunk_expert import ChunkExpert, ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.registry import StationFile, find_station
from ontakt.station.variation import parse_variation

LEVEL = "plant"
LIMIT = 600
"""Ticks that a cycle may take: 20 s."""
EVERY = 3
"""Of so many ticks one is learnt from."""
ROUNDS = (("prefix", 80), ("async", 240), ("prefix", 240), ("sync", 160), ("prefix", 400))
"""Strategy and latency [ms] of the learner's rounds."""
BATCH = 256
HEAVIEST = 25.0
"""Of the weight 1 / (1 - t)^2 that an error of y has in one of the velocity: that of the last
Euler step."""


class Styles:
    """The experts."""

    def __init__(self, file: StationFile) -> None:
        station = file.build(parse_variation((LEVEL,), file.levels), 0)
        base = file.config.section("expert", ExpertConfig)
        more = file.config.section("chunk_expert", ChunkExpertConfig)
        longer = msgspec.structs.replace(more, horizon=HORIZON + 1)
        configs = [
            msgspec.structs.replace(base, speed=speed, clear_height=height)
            for speed in (0.3, 0.2)
            for height in (0.04, 0.06)
        ]
        self.workers = [ChunkExpert(station.spec, station.limits, c, more) for c in configs]
        self._tellers = [ChunkExpert(station.spec, station.limits, c, longer) for c in configs]
        self.station = station.spec

    def label(
        self, style: int, observation: Observation, before: Array, committed: Sequence[Array]
    ) -> Array:
        """What expert number `style` would do from `observation` on, (HORIZON, width), beginning
        with the `committed` rows, when the robot was told `before` (width,) a tick earlier than
        what it was last told: only so is it known how fast it is moving."""
        space = self.station.action_space
        last, arms = before.copy(), {}
        for side in SIDES:
            arm, k = observation.arms[side], space.start(side)
            last[k : k + 3], last[k + 7] = arm.target, arm.target_opening
            arms[side] = msgspec.structs.replace(
                arm,
                target=space.position(before, side),
                target_opening=float(space.opening(before, side)),
            )
        earlier = msgspec.structs.replace(observation, tick=observation.tick - 1, arms=arms)
        return self._tellers[style].infer(earlier, np.array([last, *committed])).targets[1:]


class Watch:
    """Keeps what was seen and told while the policy drove."""

    def __init__(self) -> None:
        self.ticks: list[tuple[Observation, Array]] = []
        """The observation and the command's target of every tick."""

    def on_tick(
        self,
        tick: int,  # noqa: ARG002
        observation: Observation,
        wanted: Mapping[Side, Wanted],  # noqa: ARG002
        command: Command,
        signals: Signals,  # noqa: ARG002
    ) -> None:
        self.ticks.append((observation, command.target))


def cell(
    policy: Policy, strategy: str, latency_ms: int, seed: int, watch: Watch | None = None
) -> Executor:
    """The toy station with `policy` on the virtual clock."""
    observers: tuple[Observer, ...] = () if watch is None else (watch,)
    file = find_station("toy")
    station = file.build(parse_variation((LEVEL,), file.levels), seed)
    return Executor(
        station,
        policy,
        VirtualClock(station.spec.action_space.control_hz, 0),
        seed=seed,
        strategy=parse_strategy(strategy)(policy.spec),
        latency=parse_latency(f"fixed:{latency_ms}ms"),
        observers=observers,
    )


def work(executor: Executor, cycle: int) -> tuple[bool, int]:
    """One part: whether both nuts sit and both hands are clear of them within LIMIT, and after how
    many ticks. The hands are home again after it; the counts are those of the work."""
    executor.present(cycle)
    for side in executor.sides:
        executor.feed(side)
    executor.work(executor.sides)
    for tick in range(1, LIMIT + 1):
        signals = executor.step()
        clear = all(arm.position[2] > 0.86 for arm in signals.arms.values())
        if clear and all(found.ok for found in executor.inspect().values()):
            return True, tick
    return False, LIMIT


def go_home(executor: Executor) -> None:
    """Both hands home, for at most ten seconds."""
    executor.home(executor.sides)
    for _ in range(300):
        if all(executor.step().homed.values()):
            return


class Samples(Struct, eq=False):
    """What is learnt from, side by side."""

    seen: list[Array]
    told: list[Array]
    rows: list[Array]
    """(HORIZON, WIDTH) each, relative to the tool [m]."""
    lengths: list[int]
    """Of the prefix that each begins with."""


def learn_from(
    samples: Samples,
    styles: Styles,
    policy: Policy,
    strategy: str,
    latency_ms: int,
    cycles: Sequence[int],
    seed: int,
    style: int | None,
) -> int:
    """Let `policy` work `cycles` and add what expert number `style` (one by lot for every state
    where it is None) would have done; returns how many parts were good."""
    rng, watch, good = np.random.default_rng(seed), Watch(), 0
    executor = cell(policy, strategy, latency_ms, seed, watch)
    for cycle in cycles:
        watch.ticks.clear()
        good += work(executor, cycle)[0]
        ticks = watch.ticks
        for k in range(int(rng.integers(2, 2 + EVERY)), len(ticks), EVERY):
            observation, before = ticks[k][0], ticks[k - 2][1]
            for most in (0, LONGEST):
                chosen = int(rng.integers(len(styles.workers))) if style is None else style
                length = min(int(rng.integers(1, most + 1)), len(ticks) - k) if most else 0
                committed = [target for _, target in ticks[k : k + length]]
                chunk = styles.label(chosen, observation, before, committed)
                for side in SIDES:
                    tool, told = anchors(observation, side)
                    samples.seen.append(features(observation, styles.station, side))
                    samples.told.append(told)
                    samples.rows.append(chunk[:, columns(styles.station, side)] - tool)
                    samples.lengths.append(length)
        go_home(executor)
    return good


def batches(samples: Samples, generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
    """What was seen, told, done, and the lengths of the prefixes, BATCH at a time, for ever."""
    seen, told, rows = (
        torch.tensor(np.array(part)).float() for part in (samples.seen, samples.told, samples.rows)
    )
    lengths = torch.tensor(samples.lengths)
    while True:
        pick = torch.randint(len(rows), (BATCH,), generator=generator)
        yield seen[pick], told[pick], rows[pick], lengths[pick]


def fit(
    net: ToyNet,
    samples: Samples,
    steps: int,
    rate: float,
    generator: torch.Generator,
) -> float:
    """`steps` of Adam with a falling rate; returns the last mean loss."""
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=rate / 30)
    losses: list[float] = []
    for _, (seen, told, rows, length) in zip(
        range(steps), batches(samples, generator), strict=False
    ):
        truth = (rows - net.mean) / net.std
        t = draw_time(BetaTime(), BATCH, generator)
        noise = torch.randn((BATCH, HORIZON, WIDTH), generator=generator)
        behind = (torch.arange(HORIZON) >= length[:, None])[..., None]
        x = torch.where(behind, torch.lerp(noise, truth, t[:, None, None]), truth)
        error = net(x, t, seen, told, length) - truth  # 0 on the prefix
        weight = (1.0 / (1.0 - t) ** 2).clamp(max=HEAVIEST)[:, None, None]
        loss = (weight * error**2).sum() / (behind.sum() * WIDTH)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    net.eval()
    return float(np.mean(losses[-100:]))


def train(seed: int = 0, say: bool = True) -> ToyNet:
    """The trained network; every choice of chance comes from `seed`."""
    begun = time.perf_counter()
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # the products are so short that a second one would only wait
    styles, samples = Styles(find_station("toy")), Samples([], [], [], [])
    generator = torch.Generator().manual_seed(seed)

    def tell(text: str) -> None:
        if say:
            print(f"{time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    for style, worker in enumerate(styles.workers):
        good = learn_from(
            samples, styles, worker, "prefix", 100 * (style + 1), range(15), 1000 + style, style
        )
        tell(f"expert {style}: {good} of 15 good, {len(samples.rows)} samples")
    net = ToyNet()
    rows = np.array(samples.rows)
    net.mean.copy_(torch.tensor(rows.mean(axis=0)))
    net.std.copy_(torch.tensor(np.maximum(rows.std(axis=0), 0.003)))
    loss = fit(net, samples, 1000, 1e-3, generator)
    tell(f"loss {loss:.4f}")
    for k, (strategy, latency_ms) in enumerate(ROUNDS):
        learner = ToyFlow(net, styles.station)
        good = learn_from(samples, styles, learner, strategy, latency_ms, range(10), 2000 + k, None)
        loss = fit(net, samples, 400, 7e-4, generator)
        tell(
            f"learner with {strategy} at {latency_ms} ms: {good} of 10 good, "
            f"{len(samples.rows)} samples, then loss {loss:.4f}"
        )
    loss = fit(net, samples, 2200, 7e-4, generator)
    tell(f"loss {loss:.4f}")
    return net


def main() -> None:
    """python -m benchmarks.toy_imitation FILE: train and save."""
    from benchmarks.toy_flow import save

    save(train(), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
