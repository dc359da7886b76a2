"""A shift record from its rows of a log: what the rows say, and nothing that they do not."""

import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import SIDES, ticks_of
from ontakt.contract.event import Origin, ShiftStarted
from ontakt.evidence.imported import stops
from ontakt.evidence.imported.boundaries import ends_of
from ontakt.evidence.imported.cycles import cycles_of
from ontakt.evidence.imported.failures import failures_of
from ontakt.evidence.imported.log import UNTOLD, Log
from ontakt.evidence.imported.outcomes import HZ, outcomes_of
from ontakt.evidence.imported.terms import UNKNOWN
from ontakt.evidence.imported.totals import counted, one_by_one, shift_s
from ontakt.evidence.shift_record import Segment, ShiftRecord, Source, Untold

NAMED = 5
"""Gaps in the numbers of cycles that are named; more are counted."""


class Header(Struct, frozen=True, kw_only=True):
    """What holds for all shifts of a log."""

    source: Source
    known: Mapping[str, str]
    """Station, robot and policy, where no column tells them."""
    takt_s: float | None
    minor_stop_s: float
    software: Mapping[str, str]
    notes: tuple[str, ...] = ()
    """Where the log is from."""
    caveats: tuple[str, ...] = ()
    """What nobody may overlook who reads its figures."""


def shift_of(rows: Log, name: str, header: Header) -> ShiftRecord:
    """The shift called `name`, of which `rows` are the rows and no others."""
    log = one_by_one(rows)
    start, timed = log.moment("start"), "start" in log.names
    began = int(start[0]) if timed else 0
    started = start - began if timed else np.zeros(len(log), np.int64)
    ended = ends_of(log) - began if timed else started
    takt = None if header.takt_s is None else ticks_of(header.takt_s, HZ)
    outcomes = outcomes_of(log, header.takt_s)
    takt_s = float("nan") if header.takt_s is None else header.takt_s
    cycles = cycles_of(log, name, started, ended, outcomes, takt_s)
    segments = stops.segments_of(log, started, ended, takt) if timed and stops.told(log) else ()
    last = segments[-1].end if segments else int(ended.max(initial=0))
    if (whole_s := shift_s(rows)) is not None:
        last = round(whole_s * HZ)
    station, robot, policy = (_said(rows, header.known, n) for n in ("station", "robot", "policy"))
    return ShiftRecord(
        origin=Origin(
            shift=name,
            station=station,
            robot=robot,
            policy_hash=policy,
            config_hash=_digest([station, robot, header.takt_s]),
        ),
        started=_started(header, policy, takt_s),
        ended=None,
        cut=False,
        resumes=0,
        first_tick=0,
        last_tick=last,
        first_utc_ns=began * 1_000_000,
        last_utc_ns=(began + last) * 1_000_000,
        events=0,
        cycles=cycles,
        stats=(),
        segments=segments,
        calls=(),
        failures=failures_of(log, [cycle.cycle for cycle in cycles], ended, outcomes),
        pitch_lost=(),
        pictures=(),
        black_boxes=(),
        guard=(),
        gaps=(),
        problems=(*header.caveats, *_missing(log), *_unexplained(segments)),
        source=msgspec.structs.replace(header.source, untold=_untold(rows, policy, header.takt_s)),
    )


def _said(log: Log, known: Mapping[str, str], name: str) -> str:
    word = log.word(name)
    return known.get(name) or word.texts[word.codes[0]] or UNKNOWN


def _started(header: Header, policy: str, takt_s: float) -> ShiftStarted:
    """What a shift's header would say, as far as a log knows."""
    return ShiftStarted(
        seed=0,
        takt_s=takt_s,
        control_hz=HZ,
        policy=policy,
        sides=SIDES,
        planned_cycles=None,
        planned_s=None,
        variation={},
        latency=UNKNOWN,
        strategy=UNKNOWN,
        minor_stop_s=header.minor_stop_s,
        software=header.software,
        command=(),
        notes=(
            f"Imported from {header.source.file}, a log that Ontakt did not record",
            *header.notes,
        ),
        clock="wall",
    )


def _digest(known: object) -> str:
    """SHA-256 of what is known of a configuration."""
    return hashlib.sha256(msgspec.json.encode(known)).hexdigest()


def _untold(log: Log, policy: str, takt_s: float | None) -> frozenset[Untold]:
    """What the log leaves open; a column that has an empty cell does."""

    def whole(*names: str) -> bool:
        return any(name in log.names and not np.any(log.count(name) == UNTOLD) for name in names)

    def any_of(*names: str) -> bool:
        return not log.names.isdisjoint(names)

    sides = [f"{side}_" for side in SIDES]
    listed = any_of("failures", *(f"{side}failures" for side in sides))

    def any_flag(name: str) -> bool:
        """Some row tells it of the part or of a side, or tells the outcome, which means it."""
        flags: NDArray[np.int8] = np.array([log.flag(prefix + name) for prefix in ("", *sides)])
        return bool(np.any(flags >= 0)) or "outcome" in log.names

    told: dict[Untold, bool] = {
        "policy": policy != UNKNOWN,
        "takt": takt_s is not None,
        "cycles": counted(log),
        "hours": any_of("start") or shift_s(log) is not None,
        "times": any_of("start"),
        "verdicts": any_flag("ok"),
        "beliefs": any_flag("believed_ok"),
        "stops": any_of("start") and stops.told(log),
        "step_ins": whole("step_ins"),
        "assisted": whole("step_ins") or not np.any(log.word("outcome").among("")),
        "refills": False,
        "failures": listed or any_of("failure"),
        "recovered": listed,
        "retries": whole("retries", "recoveries") or all(whole(f"{side}retries") for side in sides),
        "recoveries": whole("recoveries"),
        "targets": False,
    }
    return frozenset(name for name, known in told.items() if not known)


def _missing(log: Log) -> tuple[str, ...]:
    """Numbers that no row has: cycles that somebody may have left out."""
    if "cycle" not in log.names:
        return ()
    numbers = log.count("cycle")
    gaps = np.flatnonzero(np.diff(numbers) > 1)
    told = [_gap(int(numbers[k]) + 1, int(numbers[k + 1]) - 1) for k in gaps[:NAMED].tolist()]
    if len(gaps) > NAMED:
        absent = int(np.sum(np.diff(numbers)[gaps[NAMED:]] - 1))
        told.append(f"{absent} more cycles are missing, in {len(gaps) - NAMED} more gaps.")
    return tuple(told)


def _gap(first: int, last: int) -> str:
    if first == last:
        return f"Cycle {first} is missing from the log."
    return f"Cycles {first} to {last} are missing from the log."


def _unexplained(segments: tuple[Segment, ...]) -> tuple[str, ...]:
    idle = sum(one.end - one.start for one in segments if one.cause == stops.IDLE)
    if not idle:
        return ()
    seconds = idle / HZ
    long = f"{seconds:.1f} s" if seconds < 600 else f"{seconds / 3600:.2f} h"
    return (f"{long} are neither cycle, stop nor wait for the beat: time without an order.",)
