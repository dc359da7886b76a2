"""How much latency is borne: the rule, cell by cell and strategy by strategy."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ontakt.evidence.latency_study.cell import Cell
from ontakt.evidence.latency_study.comparison import Comparison

RULE = (
    "A latency is borne by a strategy when (1) the strategy is not measurably worse than the best "
    "one at the least latency, (2) the share of good parts has not fallen by more than the margin "
    "against the same parts at the strategy's own least latency, as its one-sided 95 % bound says, "
    "and (3) 95 % of the cycle times are within takt. It is not borne when (1) or (3) fails, when "
    "success has measurably fallen, or when the shift halted. In between, the cycles are too few "
    "to say. A strategy bears up to the greatest latency that is borne with all lesser ones."
)

Word = Literal["borne", "not borne", "too few cycles"]


class Verdict(Struct, frozen=True):
    """What the rule says of one cell, and why."""

    word: Word
    why: str


class Bearing(Struct, frozen=True, kw_only=True):
    """What a strategy bears; folders of cells."""

    strategy: str
    least: str
    """Its cell of least latency."""
    borne: str | None
    """Its cell of greatest latency that is borne with all lesser ones; None where none is."""
    beyond: str | None
    """The next one; None where all were borne."""


def judge(
    cell: Cell,
    own: Comparison | None,
    best: Comparison | None,
    takt_s: float,
    margin: float,
) -> Verdict:
    """The rule on one cell. `own` compares it with the strategy's least latency (None: it is that
    cell), `best` that cell with the best strategy's (None: it is that one)."""
    if cell.ending == "halted":
        return Verdict("not borne", "the shift halted")
    if not cell.success.n:
        return Verdict("too few cycles", "no cycle has a known result")
    if best is not None and best.success.high is not None and best.success.high < 0:
        return Verdict("not borne", "the strategy alone costs success, without latency")
    if own is None and cell.good == 0:
        return Verdict("not borne", "no part was good even at the least latency")
    low, high = (own.success.low, own.success.high) if own is not None else (0.0, 0.0)
    kept = low is not None and low > -margin
    if own is not None and not kept and high is not None and high < 0:
        return Verdict("not borne", f"{own.losses} of {own.pairs} parts were lost")
    p95 = cell.cycle_p95_s.value
    if p95 is not None and p95 > takt_s:
        return Verdict("not borne", f"95 % of cycles take up to {p95:.1f} s, takt is {takt_s:g} s")
    if not kept:
        drop = "any drop" if low is None else f"a drop of {-100 * low:.1f} points"
        return Verdict("too few cycles", f"{drop} cannot be ruled out")
    if p95 is None:
        return Verdict("not borne", "the robot ended no cycle by itself")
    return Verdict("borne", "within takt, and no loss beyond the margin")


def bearings(cells: Sequence[Cell], verdicts: Sequence[Verdict]) -> tuple[Bearing, ...]:
    """One a strategy, in the order of `cells`, which stand by latency within a strategy."""
    found = []
    for strategy in dict.fromkeys(cell.strategy for cell in cells):
        mine = [(c, v) for c, v in zip(cells, verdicts, strict=True) if c.strategy == strategy]
        borne = 0
        while borne < len(mine) and mine[borne][1].word == "borne":
            borne += 1
        found.append(
            Bearing(
                strategy=strategy,
                least=mine[0][0].folder,
                borne=mine[borne - 1][0].folder if borne else None,
                beyond=mine[borne][0].folder if borne < len(mine) else None,
            )
        )
    return tuple(found)
