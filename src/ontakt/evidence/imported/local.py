"""Local time to UTC, also on the two days a year when clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from ontakt.contract import BadValue
from ontakt.evidence.imported.iso import EMPTY, Micros
from ontakt.evidence.imported.problems import Problems, Rows

_QUARTER = 900 * 1_000_000
"""Clocks change at a quarter of an hour, everywhere since 1972."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (local time has no zone yet)


def zone_of(name: str) -> ZoneInfo:
    """The time zone `name`. Raises BadValue where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadValue("--timezone", name, "a zone is as Europe/Berlin or UTC") from error


def to_utc(
    local: Micros, zone: ZoneInfo, after: Micros | None, name: str, rows: Rows, problems: Problems
) -> Micros:
    """`local` times in UTC. The hour that comes twice in autumn is the first one unless the time
    would then lie before `after`, or before the row above where there is no `after`; a time in the
    hour that spring leaves out is told to `problems`."""
    known = local != EMPTY
    each, place = np.unique(np.where(known, local, 0) // _QUARTER, return_inverse=True)
    found = np.array([_offsets(quarter, zone) for quarter in each.tolist()], np.int64)
    first, second = found.reshape(-1, 3)[:, 0][place], found.reshape(-1, 3)[:, 1][place]
    absent = known & (found.reshape(-1, 3)[:, 2][place] == 0)
    told = f"{name} is in an hour that {zone.key} did not have that day: clocks went forward"
    problems.where(f"{name} zone", absent, rows, lambda _: told)
    utc = np.where(known, local - first, EMPTY)
    for k in np.flatnonzero(known & (first != second)).tolist():
        bound = after[k] if after is not None else utc[k - 1] if k else EMPTY
        if utc[k] < bound:
            utc[k] = local[k] - second[k]
    return utc


def _offsets(quarter: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """Offset from UTC [us] of that quarter of an hour, the first and the second time that it comes,
    and 0 when it never does."""
    moment = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
    there = [moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    back = there[0].astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    first, second = (_micros(one.utcoffset()) for one in there)
    return first, second, int(back == moment)


def _micros(offset: timedelta | None) -> int:
    return 0 if offset is None else offset // timedelta(microseconds=1)
