"""What each chunk strategy makes of the same policy as the brain gets slower.

    python -m benchmarks.strategies [--weights FILE] [--cycles N] [--latencies MS,MS,...]

A small flow-matching policy is trained at the toy station first (`toy_imitation`, two to four
minutes on one core); FILE keeps its weights, and where it exists nothing is trained. Then every
strategy works the same parts with the same seeds at every latency on the virtual clock. A part is
good when both nuts sit and both hands are clear of them within 20 s.

Columns: good parts with their 95 % interval (Clopper-Pearson); time of the good ones; ticks without
a target, per part; means over the seams of the jump on the tick on which a chunk takes over (0 for
a cross-fade, which begins with the old plan) and of the greatest step that the takeover adds on any
tick of it; how many times smaller that step is than under `async` at the same latency; RMS of the
jerk of what the robot was told; the share of ticks on which the guard changed what was asked for.
"""

import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from benchmarks.toy_flow import ToyFlow, ToyNet, load, save
from benchmarks.toy_imitation import LEVEL, Styles, cell, go_home, train, work
from msgspec import Struct

from ontakt.contract import StationSpec
from ontakt.evidence.statistics.intervals import clopper_pearson
from ontakt.station.registry import find_station

STRATEGIES = (
    "async",
    "lerp",
    "ensemble",
    "rtc?jacobian=exact",
    "rtc?jacobian=identity",
    "prefix",
    "sync",
)
SEED = 7
"""Of the parts: none of them was seen in training."""


class Outcome(Struct, frozen=True):
    """One strategy at one latency."""

    good: int
    parts: int
    seconds: float
    """Mean cycle time of the good parts [s]; NaN without one."""
    starved: float
    """Ticks a part."""
    jump_mm: float
    """Mean over the seams; NaN without one."""
    step_mm: float
    """Likewise."""
    jerk: float
    """[m/s^3]."""
    limited: float
    """Share of ticks."""


def measure(net: ToyNet, station: StationSpec, strategy: str, ms: int, parts: int) -> Outcome:
    """Work `parts` parts."""
    executor = cell(ToyFlow(net, station), strategy, ms, SEED)
    times: list[float] = []
    stats = []
    for cycle in range(parts):
        good, ticks = work(executor, cycle)
        if good:
            times.append(ticks / executor.clock.hz)
        stats.append(executor.stats())
        go_home(executor)
    seams = sum(s.seams for s in stats)

    def mean(spreads: Iterable[tuple[int, tuple[float, float, float] | None]]) -> float:
        known = [count * spread[0] for count, spread in spreads if spread is not None]
        return sum(known) / seams if seams else float("nan")

    squares = [s.driven_ticks * s.jerk[0] ** 2 for s in stats if s.jerk is not None]
    driven = sum(s.driven_ticks for s in stats)
    return Outcome(
        good=len(times),
        parts=parts,
        seconds=float(np.mean(times)) if times else float("nan"),
        starved=sum(s.starved_ticks for s in stats) / parts,
        jump_mm=mean((s.seams, s.seam_jump_mm) for s in stats),
        step_mm=mean((s.seams, s.seam_step_mm) for s in stats),
        jerk=float(np.sqrt(sum(squares) / driven)),
        limited=sum(s.limiter_active for s in stats) / driven,
    )


def line(strategy: str, ms: int, found: Outcome, naive: Outcome) -> str:
    """One row of the table."""
    interval = clopper_pearson(found.good, found.parts)
    assert interval is not None
    seam = f"{'-':>9}{'-':>9}{'-':>8}"
    if not np.isnan(found.step_mm):
        times = f"{naive.step_mm / found.step_mm:7.1f}x" if found.step_mm else f"{'no step':>8}"
        seam = f"{found.jump_mm:9.3f}{found.step_mm:9.3f}{times}"
    return (
        f"{ms:4}  {strategy:22}{found.good:4}/{found.parts} "
        f"({interval.low:.2f}-{interval.high:.2f}){found.seconds:7.2f}{found.starved:8.1f} "
        f"{seam}{found.jerk:8.1f}{100 * found.limited:7.1f} %"
    )


def weights_at(path: Path | None) -> ToyNet:
    """The network stored at `path`; trained and stored there, or in a fresh folder, where it is
    not."""
    if path is not None and path.is_file():
        return load(path)
    if path is None:
        path = Path(tempfile.mkdtemp(prefix="toy-flow-")) / "toy-flow.safetensors"
    net = train()
    save(net, path)
    print(f"weights: {path}", file=sys.stderr)
    return net


def run(
    weights: Path | None = None,
    cycles: int = 12,
    latencies: Annotated[str, tyro.conf.arg(metavar="MS,MS,...")] = "0,80,160,240,400",
) -> None:
    """Train, or read what was trained, and print the table.

    Args:
        weights: Where the policy's weights are kept.
        cycles: Parts for each strategy at each latency.
        latencies: Of an inference [ms].
    """
    torch.set_num_threads(1)
    net = weights_at(weights)
    station = Styles(find_station("toy")).station
    print(f"toy station, variation {LEVEL}, {cycles} parts each, seed {SEED}")
    print(
        f"{'ms':>4}  {'strategy':22}{'good':>7} {'95 %':12}{'s':>7}{'starved':>8} "
        f"{'jump mm':>9}{'step mm':>9}{'async/':>8}{'jerk':>8}{'limited':>9}"
    )
    begun = time.perf_counter()
    for ms in (int(word) for word in latencies.split(",")):
        naive = measure(net, station, STRATEGIES[0], ms, cycles)
        for strategy in STRATEGIES:
            found = (
                naive if strategy == STRATEGIES[0] else measure(net, station, strategy, ms, cycles)
            )
            print(line(strategy, ms, found, naive), flush=True)
    print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    tyro.cli(run)
