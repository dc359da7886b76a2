"""Rows that stand for many cycles: how many there were, and how long their shift was."""

import numpy as np

from ontakt.evidence.imported.boundaries import Places
from ontakt.evidence.imported.log import UNTOLD, Log
from ontakt.evidence.imported.problems import Problems


def check_totals(log: Log, shifts: list[Places], problems: Problems) -> None:
    """Tell `problems` of shifts that say in some rows for how many cycles they stand and in others
    not, or that were of two lengths."""
    if "count" not in log.names:
        return
    counts, seconds = log.count("count"), log.number("shift_s")
    for places in shifts:
        empty = counts[places] == UNTOLD
        if empty.any() and not empty.all():
            row = int(log.rows[places[np.flatnonzero(empty)[0]]])
            told = "count is empty; of a shift that is counted in part nothing is known as a whole"
            problems.add("count", row, told)
        known = places[np.isfinite(seconds[places])]
        unlike = known[seconds[known] != seconds[known[:1]]]
        if len(unlike):
            told = f"shift_s is {seconds[unlike[0]]:g}, and {seconds[known[0]]:g} above"
            problems.add("shift_s", int(log.rows[unlike[0]]), told)


def counted(rows: Log) -> bool:
    """True unless `rows` of one shift leave open how many cycles there were."""
    return "count" not in rows.names or not np.any(rows.count("count") == UNTOLD)


def one_by_one(rows: Log) -> Log:
    """A row for every cycle of one shift; none where nobody told how many there were."""
    if "count" not in rows.names:
        return rows
    return rows.at(np.repeat(np.arange(len(rows)), np.maximum(rows.count("count"), 0)))


def shift_s(rows: Log) -> float | None:
    """How long the shift lasted [s], where `rows` say so."""
    seconds = rows.number("shift_s")
    known = seconds[np.isfinite(seconds)]
    return float(known[0]) if len(known) else None
