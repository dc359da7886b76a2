"""The rows of a shift as cycle records."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import SIDES, CycleRecord, Side, SideResult
from ontakt.evidence.imported.flyweight import shared
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.outcomes import HZ, OUTCOMES, Codes
from ontakt.evidence.imported.schema import VARIATION

_RESULTS = {1: True, 0: False, -1: None}
Times = NDArray[np.int64]


def cycles_of(
    log: Log, shift: str, started: Times, ended: Times, outcomes: Codes, takt_s: float
) -> tuple[CycleRecord, ...]:
    """The cycles of one shift; `started` and `ended` [ticks] count from its beginning. Equal sides,
    parts and variations are one object."""
    words = [*OUTCOMES, None]
    rows = zip(
        _numbers(log),
        [words[code] for code in outcomes.tolist()],
        started.tolist(),
        ended.tolist(),
        log.number("cycle_s").tolist(),
        _sides(log),
        _parts(log),
        _variations(log),
        log.word("failure").told(),
        log.word("detected_by").told(),
        np.maximum(log.count("recoveries"), 0).tolist(),
        np.maximum(log.count("step_ins"), 0).tolist(),
        strict=True,
    )
    return tuple(
        CycleRecord(
            shift=shift,
            cycle=cycle,
            outcome=outcome,
            started_tick=start,
            ended_tick=end,
            control_hz=HZ,
            takt_s=takt_s,
            cycle_s=cycle_s,
            sides=sides,
            part=part,
            variation=variation,
            failure=failure,
            detected_by=detected_by,
            recoveries=recoveries,
            step_ins=step_ins,
        )
        for (
            cycle, outcome, start, end, cycle_s, sides, part, variation, failure, detected_by,
            recoveries, step_ins,
        ) in rows
    )  # fmt: skip


def _numbers(log: Log) -> list[int]:
    """The log's, or 0, 1, 2, ... where it has none."""
    numbers = log.count("cycle") if "cycle" in log.names else np.arange(len(log))
    return [int(number) for number in numbers.tolist()]


def _end(log: Log, prefix: str) -> tuple[list[NDArray[np.generic]], Callable[[int], SideResult]]:
    """The columns about one side (or about the part, whose prefix is empty), and what makes a
    result of a row; no columns where the log says nothing about it."""
    ok, believed = log.flag(f"{prefix}ok"), log.flag(f"{prefix}believed_ok")
    retries, offset = log.count(f"{prefix}retries"), log.number(f"{prefix}offset_m")
    failures = log.word(f"{prefix}failures")
    names = (f"{prefix}{name}" for name in ("ok", "believed_ok", "retries", "offset_m", "failures"))

    def make(k: int) -> SideResult:
        return SideResult(
            inspected_ok=_RESULTS[int(ok[k])],
            believed_ok=_RESULTS[int(believed[k])],
            offset=None if np.isnan(offset[k]) else float(offset[k]),
            retries=max(0, int(retries[k])),
            failures=tuple(failures.texts[failures.codes[k]].split()),
        )

    told = log.names.intersection(names)
    return [ok, believed, retries, offset, failures.codes] if told else [], make


def _sides(log: Log) -> list[dict[Side, SideResult]]:
    ends = {side: _end(log, f"{side}_") for side in SIDES}
    columns = [column for found, _ in ends.values() for column in found]
    if not columns:
        return [{}] * len(log)
    return shared(columns, lambda k: {side: make(k) for side, (told, make) in ends.items() if told})


def _parts(log: Log) -> list[SideResult | None]:
    """Where a log has neither results of sides nor of parts, what its outcomes mean by them."""
    columns, make = _end(log, "")
    words = log.word("outcome")
    if not columns and not {"left_ok", "right_ok"} & log.names:
        meant = {"on_takt": True, "late": True, "nok_detected": False, "nok_escaped": False}
        knew = {"nok_detected": False, "nok_escaped": True}

        def mean(k: int) -> SideResult | None:
            word = words.texts[words.codes[k]]
            return SideResult(inspected_ok=meant.get(word), believed_ok=knew.get(word))

        return shared([words.codes], mean)
    return shared(columns, make) if columns else [None] * len(log)


def _variations(log: Log) -> list[dict[str, float]]:
    axes = {name.removeprefix(VARIATION): log.number(name) for name in log.axes}
    if not axes:
        return [{}] * len(log)
    return shared(
        list(axes.values()),
        lambda k: {axis: float(v[k]) for axis, v in axes.items() if not np.isnan(v[k])},
    )
