"""How each cycle ended, as far as a log tells it."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import Outcome, ticks_of
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.problems import Problems
from ontakt.evidence.imported.schema import PREFIXES
from ontakt.evidence.shift_record import CUT, OPERATOR

HZ = 1000
"""Control ticks per second of an imported shift: a log's times are known to the millisecond."""
OPEN = -1
"""The outcome of a cycle that the log leaves open."""
OUTCOMES = tuple(Outcome)

MANY = 30
"""Results of one kind, from which on a reader is asked to mind."""

Codes = NDArray[np.int8]
"""Index into OUTCOMES, or OPEN."""


class Verdicts(Struct, frozen=True, eq=False):
    """What the log says of each cycle's work; columns of shape (cycles,)."""

    good: NDArray[np.bool_]
    """Every result is told, and good."""
    bad: NDArray[np.bool_]
    """A result is bad."""
    detected: NDArray[np.bool_]
    """The station gave up something that nobody found good."""
    escaped: NDArray[np.bool_]
    """All that is bad, the station passed."""

    @classmethod
    def of(cls, log: Log) -> "Verdicts":
        """The verdicts of `log`'s cycles."""
        ends = [prefix for prefix in PREFIXES if f"{prefix}ok" in log.names]
        found = [log.flag(f"{prefix}ok") for prefix in ends]
        believed = [log.flag(f"{prefix}believed_ok") for prefix in ends]
        none = np.zeros(len(log), np.bool_)
        pairs = list(zip(found, believed, strict=True))
        return cls(
            good=np.all([one == 1 for one in found], axis=0) if found else none,
            bad=np.any([none, *(one == 0 for one in found)], axis=0),
            detected=np.any([none, *((b == 0) & (f != 1) for f, b in pairs)], axis=0),
            escaped=np.all([~none, *((f != 0) | (b == 1) for f, b in pairs)], axis=0),
        )


def alike(log: Log) -> tuple[str, ...]:
    """A word of each column of results of which many are told and all are the same: it may be
    right, and it may be a box that is always ticked."""
    found = []
    for prefix in PREFIXES:
        told = log.flag(f"{prefix}ok")
        told = told[told >= 0]
        if len(told) >= MANY and told.min() == told.max():
            word = "good" if told[0] else "bad"
            found.append(
                f"All {len(told)} results in '{prefix}ok' are {word}: does anybody write down "
                "another?"
            )
    return tuple(found)


def outcomes_of(log: Log, takt_s: float | None) -> Codes:
    """The outcome of every cycle: the log's word, or what follows from results, step-ins and time
    in the order that `contract.Outcome` gives; OPEN where nothing follows."""
    seen = Verdicts.of(log)
    over = np.zeros(len(log), np.bool_)
    timed = over
    if takt_s is not None:
        ticks = log.number("cycle_s") * HZ
        timed = np.isfinite(ticks)
        over = np.rint(np.where(timed, ticks, 0)) > ticks_of(takt_s, HZ)
    code = {outcome: k for k, outcome in enumerate(OUTCOMES)}
    found = np.select(
        [
            log.count("step_ins") > 0,
            seen.detected,
            seen.bad & seen.escaped,
            seen.good & timed & over,
            seen.good & timed,
        ],
        [
            code[Outcome.ASSISTED],
            code[Outcome.NOK_DETECTED],
            code[Outcome.NOK_ESCAPED],
            code[Outcome.LATE],
            code[Outcome.ON_TAKT],
        ],
        OPEN,
    )
    words = log.word("outcome")
    said = np.array([OPEN if not word else code[Outcome(word)] for word in words.texts])
    told = said[words.codes]
    return np.where(told == OPEN, found, told).astype(np.int8)


def check_outcomes(log: Log, problems: Problems) -> None:
    """Tell `problems` where a row contradicts itself, or takes a word of ours for another thing."""
    for word in (CUT, OPERATOR):
        told = f"failure is {word!r}, which means here that the shift ended in the cycle; reword it"
        problems.where(word, log.word("failure").among(word), log.rows, lambda _, t=told: t)  # type: ignore[misc]
    words, seen, helped = log.word("outcome"), Verdicts.of(log), log.count("step_ins")
    good = words.among(Outcome.ON_TAKT, Outcome.LATE)
    bad = words.among(Outcome.NOK_DETECTED, Outcome.NOK_ESCAPED)
    assisted = words.among(Outcome.ASSISTED)
    for wrong, but in (
        (good & seen.bad, "a result is bad"),
        (bad & seen.good, "every result is good"),
        (assisted & (helped == 0), "step_ins is 0"),
        ((good | bad) & (helped > 0), "a person stepped in"),
    ):
        problems.where(
            f"outcome {but}",
            wrong,
            log.rows,
            lambda k, but=but: f"outcome is {words.texts[words.codes[k]]!r}, but {but}",  # type: ignore[misc]
        )
