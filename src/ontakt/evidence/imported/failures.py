"""The failures that a log names."""

import numpy as np

from ontakt.contract import SIDES, Outcome, Side
from ontakt.evidence.draft import INSPECTION
from ontakt.evidence.imported.boundaries import Places
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.outcomes import OUTCOMES, Codes
from ontakt.evidence.imported.terms import UNKNOWN
from ontakt.evidence.shift_record import Failure


def failures_of(log: Log, cycles: list[int], ended: Places, outcomes: Codes) -> tuple[Failure, ...]:
    """Each side's own, where the log lists them, and what escaped; else the one that decided a
    cycle. A side's are recovered when the robot's own work on it was found good and not given up;
    a part's when nobody stepped in besides."""
    if not {"failures", *(f"{side}_failures" for side in SIDES)} & log.names:
        return _deciding(log, cycles, ended, outcomes)
    found: list[tuple[int, Failure]] = []
    nobody = log.count("step_ins") <= 0
    kept = outcomes != OUTCOMES.index(Outcome.ABORTED)
    sides: tuple[Side | None, ...] = (None, *SIDES)
    for side in sides:
        prefix = f"{side}_" if side else ""
        words, signals = log.word(f"{prefix}failures"), log.word("detected_by")
        ok, believed = log.flag(f"{prefix}ok"), log.flag(f"{prefix}believed_ok")
        recovered = (ok == 1) & (believed != 0) & (nobody | (side is not None))
        for k in np.flatnonzero(~words.among("")).tolist():
            for attempt, mode in enumerate(words.texts[words.codes[k]].split(), start=1):
                failure = Failure(
                    cycle=cycles[k],
                    side=side,
                    mode=mode,
                    signal=signals.texts[signals.codes[k]] or UNKNOWN,
                    attempt=attempt,
                    tick=int(ended[k]),
                    recovered=bool(recovered[k]),
                )
                found.append((k, failure))
        for k in np.flatnonzero((ok == 0) & (believed == 1) & kept).tolist():
            failure = Failure(
                cycle=cycles[k],
                side=side,
                mode=UNKNOWN,
                signal=INSPECTION,
                attempt=0,
                tick=int(ended[k]),
            )
            found.append((k, failure))
    return tuple(failure for _, failure in sorted(found, key=lambda item: item[0]))


def _deciding(log: Log, cycles: list[int], ended: Places, outcomes: Codes) -> tuple[Failure, ...]:
    """A cycle without a part, or whose part could not leave, is no failure of the robot's."""
    modes, signals = log.word("failure"), log.word("detected_by")
    waited = [OUTCOMES.index(outcome) for outcome in (Outcome.STARVED, Outcome.BLOCKED)]
    named = ~modes.among("") & ~np.isin(outcomes, waited)
    return tuple(
        Failure(
            cycle=cycles[k],
            side=None,
            mode=modes.texts[modes.codes[k]],
            signal=signals.texts[signals.codes[k]] or UNKNOWN,
            attempt=0,
            tick=int(ended[k]),
        )
        for k in np.flatnonzero(named).tolist()
    )
