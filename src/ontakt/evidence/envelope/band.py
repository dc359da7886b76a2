"""What the robot did with a misaligned part, by band of misalignment."""

import re
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ontakt.evidence.envelope.cell_run import CellRun, Row
from ontakt.evidence.envelope.rung import Median, median
from ontakt.evidence.statistics.intervals import clopper_pearson
from ontakt.evidence.statistics.two_means import mean_difference

AXIS = "misalignment"
INSPECTION = "inspection"
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")


class Detection(Struct, frozen=True, kw_only=True):
    """One kind of failure with the signal that showed it; numbers in the signal differ."""

    mode: str
    signal: str
    """As one case of it read."""
    count: int
    recovered: int
    """The robot got over it by itself."""
    after_s: Median
    """From the part presented to the detection."""

    @property
    def escaped(self) -> bool:
        """Only the inspector saw it."""
        return self.signal == INSPECTION


class Cost(Struct, frozen=True, kw_only=True):
    """Mean seconds by which a part occupies the station longer than an aligned one, until it may
    leave: a robot that gives up early is quick, the person who then comes is not. None is unknown.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


class Band(Struct, frozen=True, kw_only=True):
    """Parts that sat wrong by one amount."""

    value: float
    """In the axis's own unit."""
    folder: str
    n: int
    good: int
    low: float | None
    high: float | None
    """Exact interval of the success, 95 %."""
    first_try: int
    """Good without a retry and without a recovery."""
    after_retry: int
    """Good, by the robot alone, after a retry or a recovery."""
    assisted: int
    """A person helped."""
    detected: int
    """Bad, and the station knew it when it let the part go or the cycle was aborted."""
    escaped: int
    """Bad, and the station believed that it was good."""
    unknown: int
    """Nobody inspected it."""
    retries: int
    recoveries: int
    step_ins: int
    cost_s: Cost
    """Against the first band."""
    detections: tuple[Detection, ...]
    """Most frequent first."""


def bands(runs: Sequence[CellRun], seed: int) -> tuple[Band, ...]:
    """One a rung of the ladder of misalignment, from calm to harsh; the first is what the others
    are compared with."""
    aligned = _times(runs[0].rows) if runs else []
    return tuple(_band(run, aligned if k else None, seed) for k, run in enumerate(runs))


def _band(run: CellRun, aligned: Sequence[float] | None, seed: int) -> Band:
    rows = run.rows
    good = [row for row in rows if row.good]
    assisted = [row for row in rows if row.record.outcome == "assisted"]
    bad = [row for row in rows if row.good is False and row.record.outcome != "assisted"]
    escaped = sum(row.record.outcome == "nok_escaped" for row in bad)
    again = sum(bool(row.retries or row.record.recoveries) for row in good)
    between = clopper_pearson(len(good), len(rows)) if not run.unknown else None
    return Band(
        value=run.cell.at[AXIS],
        folder=run.cell.name,
        n=len(rows),
        good=len(good),
        low=between.low if between else None,
        high=between.high if between else None,
        first_try=len(good) - again,
        after_retry=again,
        assisted=len(assisted),
        detected=len(bad) - escaped,
        escaped=escaped,
        unknown=len(rows) - len(good) - len(assisted) - len(bad),
        retries=sum(row.retries for row in rows),
        recoveries=sum(row.record.recoveries for row in rows),
        step_ins=sum(row.record.step_ins for row in rows),
        cost_s=_cost(_times(rows), aligned, seed),
        detections=_detections(rows),
    )


def _times(rows: Sequence[Row]) -> list[float]:
    """From the part presented to its leave [s]."""
    return [
        (row.record.ended_tick - row.record.started_tick) / row.record.control_hz for row in rows
    ]


def _cost(times: Sequence[float], aligned: Sequence[float] | None, seed: int) -> Cost:
    if aligned is None or not times or not aligned:
        return Cost(value=None, low=None, high=None, n=len(times))
    between = mean_difference(times, aligned, seed)
    return Cost(
        value=float(np.mean(times) - np.mean(aligned)),
        low=between.low if between else None,
        high=between.high if between else None,
        n=len(times),
    )


def _detections(rows: Sequence[Row]) -> tuple[Detection, ...]:
    """Failures by mode and by signal but for its numbers."""
    heaps: dict[tuple[str, str], list[tuple[Row, int]]] = {}
    for row in rows:
        for place, failure in enumerate(row.failures):
            shape = (failure.mode, _NUMBER.sub("#", failure.signal))
            heaps.setdefault(shape, []).append((row, place))
    found = []
    for (mode, _), cases in heaps.items():
        seen = [(row.record, row.failures[place]) for row, place in cases]
        found.append(
            Detection(
                mode=mode,
                signal=seen[0][1].signal,
                count=len(seen),
                recovered=sum(failure.recovered for _, failure in seen),
                after_s=median(
                    [(f.tick - record.started_tick) / record.control_hz for record, f in seen]
                ),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.count, one.mode, one.signal)))
