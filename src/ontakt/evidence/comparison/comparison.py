"""Versions, lines, robots or shifts against each other."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ontakt.evidence.comparison.arm import Arm, check
from ontakt.evidence.comparison.arm_told import ArmTold, told
from ontakt.evidence.comparison.by import By, told_apart_by
from ontakt.evidence.comparison.changed import Changed, changed
from ontakt.evidence.comparison.conditions import warnings
from ontakt.evidence.comparison.difference import Cells, Difference
from ontakt.evidence.comparison.figure import Estimate, Figure
from ontakt.evidence.comparison.paired_shares import verdicts
from ontakt.evidence.comparison.parts import Parts, match
from ontakt.evidence.comparison.rate_figures import RATES, rate_figure
from ontakt.evidence.comparison.sentence import LEVEL, Said, Word, of_several, of_two
from ontakt.evidence.comparison.several_arms import Pair, all_alike, most_apart, pairs
from ontakt.evidence.comparison.share import MAIN, SHARES
from ontakt.evidence.comparison.share_figures import share_estimate, share_figure
from ontakt.evidence.comparison.time_figures import time_figures
from ontakt.evidence.comparison.two_arms import compare_share
from ontakt.evidence.comparison.unpaired_shares import total


class Comparison(Struct, frozen=True, kw_only=True):
    """Everything that `compare.json` holds. Differences are the first arm minus the second; with
    more than two arms there is none, and `p` tests that all are alike."""

    by: By
    arms: tuple[ArmTold, ...]
    paired: bool
    why: str
    """Why it was part by part, or why not."""
    pairs: int | None
    """Parts that all arms worked and whose result is known in all; None where not paired."""
    left_out: Mapping[str, int]
    """Why cycles are in no pair, to how many."""
    word: Word
    sentence: str
    difference: float | None
    low: float | None
    high: float | None
    confidence: float | None
    p: float | None
    test: str | None
    cells: Cells | None
    changed: tuple[Changed, ...]
    figures: tuple[Figure, ...]
    """The main one first."""
    pairwise: tuple[Pair, ...]
    """Of more than two arms that are not alike."""
    together: Estimate | None
    """The main figure of all arms as one; None where they differ, and for two."""
    warnings: tuple[str, ...]


def compare(arms: Sequence[Arm], by: By | None = None) -> Comparison:
    """Hold `arms` against each other. Raises SetupError for what is no comparison."""
    check(arms)
    meant, parts = by or told_apart_by(arms), match(arms)
    found = compare_share(MAIN, arms[0], arms[1], parts) if len(arms) == 2 else None
    figures = (
        share_figure(MAIN, arms, parts, found),
        *(share_figure(one, arms, parts) for one in SHARES[1:] if _is_there(one.name, arms)),
        *(rate_figure(rate, arms) for rate in RATES),
        *time_figures(arms, parts),
    )
    said, pairwise, together = _said(arms, meant, parts, found)
    judged = _judged_pairs(arms, parts, found)
    main = figures[0]
    return Comparison(
        by=meant,
        arms=tuple(told(arm) for arm in arms),
        paired=parts.paired,
        why=parts.why,
        pairs=judged,
        left_out=_left_out(parts, judged),
        word=said.word,
        sentence=said.sentence,
        difference=main.difference,
        low=main.low,
        high=main.high,
        confidence=main.confidence,
        p=main.p,
        test=main.test,
        cells=None if found is None else found.cells,
        changed=changed(arms[0], arms[1], parts) if found is not None and parts.paired else (),
        figures=figures,
        pairwise=pairwise,
        together=together,
        warnings=(*warnings(arms, meant), *_of_the_main(arms, found)),
    )


def _said(
    arms: Sequence[Arm], by: By, parts: Parts, found: Difference | None
) -> tuple[Said, tuple[Pair, ...], Estimate | None]:
    """The sentence; of several arms the pairs where they differ, or all together where not."""
    names = [arm.name for arm in arms]
    if found is not None:
        return of_two(names[0], names[1], found), (), None
    alike = all_alike(MAIN, arms, parts)
    if alike.p is not None and alike.p.p < LEVEL:
        pairwise = pairs(MAIN, arms)
        return of_several(names, by, alike, pairwise, None), pairwise, None
    said = of_several(names, by, alike, (), most_apart(MAIN, arms))
    return said, (), share_estimate([total(MAIN.counts(arm)) for arm in arms])


def _is_there(share: str, arms: Sequence[Arm]) -> bool:
    """False for a side that no part has."""
    sides = {"left_ok": "left", "right_ok": "right"}
    return share not in sides or any(
        sides[share] in cycle.sides for arm in arms for cycle in arm.cycles
    )


def _judged_pairs(arms: Sequence[Arm], parts: Parts, found: Difference | None) -> int | None:
    if not parts.paired:
        return None
    if found is not None and found.cells is not None:
        return found.cells.n
    return len(verdicts(MAIN, tuple(arms), parts)[1])


def _left_out(parts: Parts, judged: int | None) -> dict[str, int]:
    if judged is None:
        return {}
    counts = {
        "starved or blocked in an arm": parts.idle,
        "cut or stopped by a person": parts.lost,
        "result unknown": len(parts.shift) - judged,
        "cycles without a counterpart": parts.single,
    }
    return {why: n for why, n in counts.items() if n}


def _of_the_main(arms: Sequence[Arm], found: Difference | None) -> list[str]:
    said = [
        f"{arm.name}: no cycle could be judged." for arm in arms if not total(MAIN.counts(arm))[1]
    ]
    if found is not None and found.warning is not None:
        said.append(f"{found.warning[:1].upper()}{found.warning[1:]}.")
    return said
