"""Where one shift of a log ends and the next begins, and what its rows say of each other."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ontakt.evidence.imported.iso import EMPTY
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.problems import Problems

SLACK_MS = 2
"""Two times that differ by less are the same: both were rounded."""
COARSE_MS = 1000
"""The same where a log writes times to the second."""

Places = NDArray[np.int64]


def ends_of(log: Log) -> NDArray[np.int64]:
    """When each cycle ended [ms]: `end`, or `cycle_s` after `start`; at `start` where neither is
    told."""
    start, end, seconds = log.moment("start"), log.moment("end"), log.number("cycle_s")
    lasted = np.rint(np.where(np.isfinite(seconds), seconds, 0.0) * 1000).astype(np.int64)
    return np.where(end == EMPTY, start + lasted, end)


def check_times(log: Log, problems: Problems) -> None:
    """Tell `problems` of cycles that end before they are done, begin before the one above, overlap,
    or stand still longer than they had time."""
    start, end, done = log.moment("start"), log.moment("end"), log.number("cycle_s")
    slack = _slack(start)
    told = (start != EMPTY) & (end != EMPTY)
    backwards = told & (end <= start)
    problems.where("end order", backwards, log.rows, lambda _: "end is not after start")
    short = start + np.where(np.isfinite(done), done, 0.0) * 1000 - end
    early = told & (end > start) & (short > slack)
    problems.where(
        "end early",
        early,
        log.rows,
        lambda k: f"end is {short[k] / 1000:g} s before the cycle_s of {done[k]:g} s has passed",
    )
    ends = ends_of(log)
    for n, lane in enumerate(lanes(log)):
        one, other = lane[:-1], lane[1:]
        known = (start[one] != EMPTY) & (start[other] != EMPTY)
        back = known & (start[other] < start[one])
        above = log.rows[one]
        problems.where(
            f"order {n}",
            back,
            log.rows[other],
            lambda k, above=above: f"starts before row {above[k]}, which stands above it",  # type: ignore[misc]
        )
        late = ends[one] - start[other]
        problems.where(
            f"overlap {n}",
            known & ~back & (late > slack),
            log.rows[other],
            lambda k, above=above, late=late: (  # type: ignore[misc]
                f"starts {late[k] / 1000:g} s before the cycle of row {above[k]} has ended"
            ),
        )
        stood = log.number("stop_s")[one] * 1000 - (start[other] - start[one])
        problems.where(
            f"stop {n}",
            known & ~back & (stood > slack),
            above,
            lambda k, other=other: (  # type: ignore[misc]
                f"stop_s is longer than the time to the next start, in row {log.rows[other][k]}"
            ),
        )


def _slack(start: NDArray[np.int64]) -> int:
    return COARSE_MS if not np.any(start[start != EMPTY] % 1000) else SLACK_MS


def lanes(log: Log) -> list[Places]:
    """The rows of every robot at every station, each in the order of the log."""
    station, robot = log.word("station"), log.word("robot")
    lane = station.codes.astype(np.int64) * len(robot.texts) + robot.codes
    order = np.argsort(lane, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(lane[order])) + 1)


def shifts_of(log: Log, gap_s: float | None) -> list[Places]:
    """The rows of every shift, in the order of their starts. In a lane a shift ends where the
    column `shift` or the policy changes, and before a longer time than `gap_s` [s] that neither a
    cycle nor a stop explains."""
    start, shift, policy = log.moment("start"), log.word("shift").codes, log.word("policy").codes
    stop = log.number("stop_s")
    until = ends_of(log) + np.where(np.isfinite(stop), stop, 0.0) * 1000
    found: list[Places] = []
    for lane in lanes(log):
        one, other = lane[:-1], lane[1:]
        cut = (shift[one] != shift[other]) | (policy[one] != policy[other])
        if gap_s is not None and "start" in log.names:
            known = (start[one] != EMPTY) & (start[other] != EMPTY)
            cut |= known & (start[other] - until[one] > gap_s * 1000)
        found += np.split(lane, np.flatnonzero(cut) + 1)
    return sorted(found, key=lambda places: (int(start[places[0]]), int(places[0])))


def check_numbers(log: Log, shifts: list[Places], problems: Problems) -> None:
    """Tell `problems` of cycle numbers that come twice in a shift, or not in ascending order."""
    if "cycle" not in log.names:
        return
    cycle = log.count("cycle")
    for n, places in enumerate(shifts):
        numbers, rows = cycle[places], log.rows[places]
        back = np.concatenate([[False], np.diff(numbers) <= 0])
        if not back.any():
            continue
        first = {number: k for k, number in reversed(list(enumerate(numbers.tolist())))}
        for k in np.flatnonzero(back).tolist():
            number, row = int(numbers[k]), int(rows[k])
            if number < 0:
                continue
            if first[number] < k:
                told = f"cycle {number} of this shift stands in row {rows[first[number]]} already"
            else:
                told = f"cycle {number} comes after cycle {numbers[k - 1]}; numbers ascend"
            problems.add(f"cycle {n}", row, told)


def names_of(log: Log, shifts: list[Places], file: str) -> list[str]:
    """A name for every shift: what the log calls it, or the file, told apart where need be by
    station, robot and policy, then by start, then by number."""
    word = log.word("shift")
    names = [word.texts[word.codes[places[0]]] or file for places in shifts]
    for column in ("station", "robot", "policy"):
        told = log.word(column)
        names = _apart(names, [told.texts[told.codes[places[0]]] for places in shifts])
    if "start" in log.names:
        names = _apart(names, [_clock(int(log.moment("start")[p[0]])) for p in shifts])
    seen: dict[str, int] = {}
    for k, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        names[k] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _apart(names: list[str], more: list[str]) -> list[str]:
    """`names`, with `more` behind those that several shifts have and `more` tells apart."""
    of: dict[str, set[str]] = {}
    for name, word in zip(names, more, strict=True):
        of.setdefault(name, set()).add(word)
    return [
        f"{name} {word}".strip() if len(of[name]) > 1 else name
        for name, word in zip(names, more, strict=True)
    ]


def _clock(millis: int) -> str:
    return f"{datetime.fromtimestamp(millis // 1000, UTC):%Y-%m-%dT%H:%MZ}"
