"""How often a gate passes a station that is exactly not good enough, where shifts differ.

    python -m benchmarks.gate_error [--gate scheduled] [--trials 4000] [--seed 0]

A gate's 5 % are proven for cycles that fail independently of each other. Here every shift has a
success of its own, drawn from a beta distribution whose mean is what the gate asks of both sides
and whose intraclass correlation is `rho`; all else is as it should be. Told are the share of trials
that are READY, read once at the end and after every shift, with its exact 95 % interval. Prints a
table; takes about a minute.
"""

import sys
from collections.abc import Iterator

import numpy as np
import tyro
from msgspec.structs import replace
from numpy.typing import NDArray

from ontakt.contract import Readiness, SetupError
from ontakt.evidence.gate.judge import judge
from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import BothSides
from ontakt.evidence.gate.share import allowed
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.statistics.intervals import clopper_pearson

RHO = (0.0, 0.01, 0.02, 0.05)
TAKT_S = 76.0


def drawn(plan: GatePlan, true: float, rho: float, trials: int, seed: int) -> NDArray[np.int64]:
    """Good cycles of every shift of every trial, shape (trials, shifts)."""
    draw = np.random.default_rng([seed, round(1e6 * rho)])
    shape = (trials, plan.all_shifts)
    size = 1 / rho - 1 if rho else np.inf
    success = draw.beta(true * size, (1 - true) * size, shape) if rho else np.full(shape, true)
    return draw.binomial(plan.cycles, success)


def ready(plan: GatePlan, good: NDArray[np.int64], *, finished: bool) -> bool:
    """The verdict on shifts with so many `good` cycles each."""
    n = plan.cycles
    tallies = tuple(
        Tally(
            shift=str(k), cell=plan.cell_names[0], hours=n * TAKT_S / 3600, cycles=n, worked=n,
            good=int(one), unknown=0, on_takt=n, step_ins=0, passed=2 * n, escapes=0, halted=False,
        )
        for k, one in enumerate(good)
    )  # fmt: skip
    found = judge(plan, tallies, TAKT_S, finished=finished, policy_hash="", config_hash="")
    return found.verdict.readiness is Readiness.READY


def passes(plan: GatePlan, shifts: NDArray[np.int64], most: int) -> bool:
    """One trial, as a qualification looks at it; more than `most` failures show nothing."""
    if plan.method == "fixed":
        failures = plan.all_cycles - int(shifts.sum())
        return failures <= most and ready(plan, shifts, finished=True)
    looks = range(1, len(shifts) + 1)
    return any(ready(plan, shifts[:k], finished=k == len(shifts)) for k in looks)


def rows(gate: str, trials: int, seed: int) -> Iterator[str]:
    """The table, a row for each correlation."""
    plan = find_gate(gate)
    asked = next(one for one in plan.require if isinstance(one, BothSides))
    plan = replace(plan, require=(asked,), cells=plan.cells[:1])
    most = allowed(plan.all_cycles, asked.at_least, asked.confidence)
    yield f"| rho | READY of {trials:,}, fixed | anytime |"
    yield "|---|---|---|"
    for rho in RHO:
        cells = [f"{rho:g}"]
        found = drawn(plan, asked.at_least, rho, trials, seed)
        for method in ("fixed", "anytime"):
            one = replace(plan, method=method)
            n = sum(passes(one, shifts, most) for shifts in found)
            span = clopper_pearson(n, trials, 0.95)
            assert span is not None
            cells.append(f"{n / trials:.1%} ({span.low:.1%} to {span.high:.1%})")
        yield f"| {' | '.join(cells)} |"


def main(gate: str = "scheduled", trials: int = 4_000, seed: int = 0) -> int:
    """Print the table."""
    for row in rows(gate, trials, seed):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(tyro.cli(main, description=__doc__))
    except SetupError as error:
        sys.exit(f"benchmarks.gate_error: {error}")
