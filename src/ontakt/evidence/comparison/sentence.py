"""What a comparison found, in a sentence that its numbers allow and no stronger one."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ontakt.evidence.comparison.by import ARMS, By
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.several_arms import Alike, Pair
from ontakt.evidence.comparison.wording import p_value, written
from ontakt.evidence.sentence import POINTS, Unit, comparison
from ontakt.evidence.statistics.p_value import PValue

Word = Literal["better", "worse", "no difference shown", "differ", "not enough data"]
"""Two arms: the first against the second. More: `differ` where they are not alike."""

LEVEL = 0.05
_WHAT = "cycles with both sides good"
_SIZE = Unit(" points", 100.0)


class Said(Struct, frozen=True):
    """The word for programs, and one whole sentence."""

    word: Word
    sentence: str


def of_two(first: str, second: str, found: Difference) -> Said:
    """`first` against `second` by the main figure. A difference that is not shown is never called
    none: how large it may still be is part of the sentence."""
    interval, p = found.interval, None if found.p is None else found.p.p
    said = comparison(interval, p, found.least_p, level=LEVEL)
    if interval is None or found.p is None or said.word == "not enough data":
        why = found.warning or said.text.partition(": ")[2]
        return Said("not enough data", f"Not enough data to tell {first} from {second}: {why}.")
    sure = f"{100 * interval.confidence:.4g} % interval, {_tested(found.p)}"
    if said.word == "no difference shown" and found.p.p < LEVEL:
        sure += "; but the interval holds 0"
    if said.word in ("better", "worse"):
        word: Word = "better" if said.word == "better" else "worse"
        apart = f"{POINTS.range(interval.low, interval.high)} of {_WHAT}"
        return Said(word, f"{first} is {word} than {second}: {apart} ({sure}).")
    return Said(
        "no difference shown",
        f"No difference between {first} and {second} is shown: {first} may still be "
        f"{_still(interval.low, interval.high)} in {_WHAT} ({sure}).",
    )


def of_several(
    arms: Sequence[str], by: By, alike: Alike, pairs: Sequence[Pair], apart: float | None
) -> Said:
    """All arms at once; `pairs` where they are not alike, `apart` where it is not shown."""
    kind = f"the {len(arms)} {ARMS[by]}"
    if alike.p is None or alike.least_p >= LEVEL:
        why = "so few could not have shown any difference"
        if alike.p is None:
            why = "of fewer than two of them any result is known"
        return Said("not enough data", f"Not enough data to tell {kind} apart: {why}.")
    test = _tested(alike.p)
    if alike.p.p < LEVEL:
        return Said(
            "differ", f"{kind.capitalize()} differ in {_WHAT} ({test}): {_standing_out(pairs)}."
        )
    limit = (
        "how far two of them may lie apart is unknown"
        if apart is None
        else f"two of them may still lie up to {_SIZE.ceiling(apart)} apart (95 % for all pairs at "
        "once, Bonferroni)"
    )
    return Said(
        "no difference shown",
        f"No difference between {kind} is shown in {_WHAT} ({test}); {limit}.",
    )


def _standing_out(pairs: Sequence[Pair]) -> str:
    """Who differs from whom after Holm's adjustment, the one that differs most first."""
    verdicts: dict[str, dict[str, list[str]]] = {}
    for pair in pairs:
        if pair.word in ("better", "worse"):
            other = "worse" if pair.word == "better" else "better"
            mine = verdicts.setdefault(pair.first, {"better": [], "worse": []})
            theirs = verdicts.setdefault(pair.second, {"better": [], "worse": []})
            mine[pair.word].append(pair.second)
            theirs[other].append(pair.first)
    told: list[str] = []
    done: set[frozenset[str]] = set()
    for name in sorted(verdicts, key=lambda one: -sum(map(len, verdicts[one].values()))):
        for word in ("worse", "better"):
            others = [o for o in verdicts[name][word] if frozenset((name, o)) not in done]
            done |= {frozenset((name, other)) for other in others}
            if others:
                told.append(f"{name} is {word} than {_listed(others)}")
    if not told:
        return "no pair of them does so by itself after Holm's adjustment"
    return f"{'; '.join(told)} (pairs after Holm's adjustment)"


def _still(low: float, high: float) -> str:
    """`up to 5.2 points better or 3.1 points worse`; both bounds rounded away from 0."""
    better = f"up to {_SIZE.ceiling(max(0.0, high))} better"
    worse = f"up to {_SIZE.ceiling(max(0.0, -low))} worse"
    if high <= 0:
        return worse
    return better if low >= 0 else f"{better} or {worse}"


def _tested(p: PValue) -> str:
    """`p = 0.0225, McNemar, exact`."""
    told = p_value(p.p)
    return f"p {told if told.startswith('<') else f'= {told}'}, {written(p.test)}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
