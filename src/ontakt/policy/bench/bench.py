"""Builds the model, checks that both contenders answer alike, times them in turn."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from ontakt.contract.errors import BadValue, SetupError
from ontakt.policy.bench.case import Case
from ontakt.policy.bench.contenders import LAPS, Contender, eager, engine, whole
from ontakt.policy.bench.counts import STAGES, Work, count
from ontakt.policy.bench.figures import Bench, Counted, Memory, Stage
from ontakt.policy.bench.machine import device_name, peak_memory, resident
from ontakt.policy.bench.roofline import (
    LARGE,
    Bandwidth,
    Ceiling,
    measure_bandwidth,
    measure_rate,
)
from ontakt.policy.bench.timing import in_turn, laps_of, percentiles
from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.engine.engine import Acceleration, Xr0Engine
from ontakt.policy.xr0.layout import tensor_shapes
from ontakt.policy.xr0.model import Xr0Model

WARM_UP = 5
"""Rounds before those that count."""
ITEM = {"float32": 4, "bfloat16": 2}
"""Bytes of a number, by the name of its dtype."""
SAME = {"float32": 1e-4, "bfloat16": 0.1}
"""How far two runs of one thing may be apart: libraries add in an order of their own."""


class Tell(Protocol):
    """Hears what is being done, and of rounds which of how many."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None: ...


def silent(what: str, done: int = 0, total: int = 0) -> None:
    """Tells nobody."""


def parameters_of(config: Xr0Config) -> int:
    """Numbers that a model of `config` has."""
    return sum(map(math.prod, tensor_shapes(config).values()))


def counted(config: Xr0Config, case: Case, dtype: str, steps: int) -> Counted:
    """Operations and bytes of one inference, without a model."""
    shape = case.shape(steps)
    return Counted(
        shape=shape,
        dtype=dtype,
        views=len(shape.grids),
        prefix=case.prefix_length,
        words=case.words,
        parameters=parameters_of(config),
        work=count(config, shape, ITEM[dtype]),
        eager=count(config, shape, ITEM[dtype], eager=True),
    )


def run_bench(
    name: str,
    config: Xr0Config,
    make: Callable[[], Xr0Model],
    case: Case,
    device: torch.device,
    dtype: str,
    steps: int,
    acceleration: Acceleration,
    repeats: int,
    seed: int = 0,
    with_eager: bool = True,
    rate: float | None = None,
    bandwidth: float | None = None,
    tell: Tell = silent,
) -> Bench:
    """Times of the model of `config` that `make` gives, called `name`, on `device`.

    `rate` [FLOP/s] and `bandwidth` [bytes/s] stand in for the measured ones; `tell` hears what is
    being done. Raises BadValue for repeats below 1, SetupError where both contenders do not give
    the same numbers, or the same as the engine's own `act`.
    """
    if repeats < 1:
        raise BadValue("--repeats", repeats, "it is 1 or greater")
    if "graph" in acceleration and device.type != "cuda":
        raise BadValue("--acceleration", acceleration, "CUDA graphs need --device cuda")
    found = counted(config, case, dtype, steps)
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    before = resident()
    begun = time.perf_counter()
    tell("making the model")
    model = make()
    tell("making the engine")
    ready = Xr0Engine(model, steps, acceleration)
    if on_gpu:
        torch.cuda.synchronize()
    build_s = time.perf_counter() - begun

    tell("first inference" + (", compiling" if "compile" in acceleration else ""))
    contenders = {"engine": engine(ready, case, seed)}
    if with_eager:
        contenders["eager"] = eager(model, case, steps, seed)
    laps = laps_of(device)
    first, answers = {}, {}
    for who, contender in contenders.items():
        begun = time.perf_counter()
        try:
            answers[who] = contender(laps).actions
        except RuntimeError as error:  # also out of memory, and what torch.compile raises
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise SetupError(
                f"{who}, acceleration {acceleration!r}, on {device}: {reason[0]}"
            ) from error
        first[who] = time.perf_counter() - begun
        laps.read()
    apart = (answers["engine"] - whole(ready, case, seed)).abs().max()
    if not apart <= SAME[dtype]:
        raise SetupError("The engine, stage by stage, gives other actions than its act does.")
    difference = None
    if with_eager:
        difference = float((answers["engine"] - answers["eager"]).abs().max())
        if not math.isfinite(difference):
            raise SetupError("The actions are not finite: nothing was timed.")

    def timed(contender: Contender) -> Callable[[], list[float]]:
        def run() -> list[float]:
            contender(laps)
            return laps.read()

        return run

    runs = {who: timed(contender) for who, contender in contenders.items()}
    in_turn(runs, min(WARM_UP, repeats))
    times = in_turn(runs, repeats, lambda k: tell("measuring", k, repeats))
    memory = Memory(weights=_weights(model), peak=peak_memory(device, before))

    tell("measuring the device")
    torch_dtype = getattr(torch, dtype)
    bandwidths = _bandwidths(device, torch_dtype, memory.weights)
    ceiling = Ceiling(
        rate=measure_rate(device, torch_dtype) if rate is None else rate,
        bandwidth=bandwidths[-1].best if bandwidth is None else bandwidth,
    )
    stages = tuple(_stage(lap, (lap,), times, found.work, ceiling) for lap in LAPS)
    per_step = next(stage for stage in stages if stage.name == "DiT")
    return Bench(
        config=name,
        device=device.type,
        device_name=device_name(device),
        torch=str(torch.__version__),
        threads=torch.get_num_threads(),
        acceleration=acceleration,
        repeats=repeats,
        counted=found,
        ceiling=ceiling,
        bandwidths=bandwidths,
        stages=stages,
        step=Stage(
            name="a step",
            engine=per_step.engine.per(steps),
            eager=None if per_step.eager is None else per_step.eager.per(steps),
        ),
        model=_stage("model", STAGES, times, found.work, ceiling),
        whole=_stage("whole", LAPS, times, found.work, ceiling),
        build_s=build_s,
        first_s=first["engine"],
        eager_first_s=first.get("eager"),
        memory=memory,
        difference=difference,
    )


def _stage(
    name: str,
    laps: Sequence[str],
    times: dict[str, list[list[float]]],
    work: dict[str, Work],
    ceiling: Ceiling,
) -> Stage:
    """The `laps` of every run together; their roofline is the sum of each one's."""
    picked = [LAPS.index(lap) for lap in laps]
    spent = {
        who: percentiles([sum(run[k] for k in picked) for run in runs])
        for who, runs in times.items()
    }
    parts = [work[lap] for lap in laps if lap in work]
    return Stage(
        name=name,
        engine=spent["engine"],
        eager=spent.get("eager"),
        work=Work(sum(w.flop for w in parts), sum(w.bytes for w in parts)) if parts else None,
        roofline_ms=1e3 * sum(map(ceiling.seconds, parts)) if parts else None,
        limit=ceiling.limit(parts[0]) if len(parts) == 1 else None,
    )


def _bandwidths(device: torch.device, dtype: torch.dtype, weights: int) -> tuple[Bandwidth, ...]:
    """Over a set that no cache holds; and, where the weights are fewer, over one of their size,
    as far as caches hold those from one inference to the next."""
    large = LARGE[device.type]
    sizes = (large, weights) if weights < large else (large,)
    return tuple(measure_bandwidth(device, dtype, size) for size in sizes)


def _weights(model: Xr0Model) -> int:
    return sum(p.numel() * p.element_size() for p in model.parameters())
