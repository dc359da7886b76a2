"""Shifts in counts, for gates."""

from ontakt.evidence.gate.tally import Tally

TAKT_S = 76.0


def tally(
    cycles: int = 130,
    bad: int = 0,
    *,
    cell: str = "plant",
    step_ins: int | None = 0,
    late: int = 0,
    escapes: int = 0,
    unknown: int = 0,
    halted: bool = False,
    number: int = 0,
) -> Tally:
    """A shift of `cycles` at takt, of which `bad` are not good and `late` over takt."""
    return Tally(
        shift=f"shift-{number}",
        cell=cell,
        hours=cycles * TAKT_S / 3600,
        cycles=cycles,
        worked=cycles,
        good=cycles - bad - unknown,
        unknown=unknown,
        on_takt=cycles - late,
        step_ins=step_ins,
        passed=2 * cycles,
        escapes=escapes,
        halted=halted,
    )


def shifts(*bad: int) -> tuple[Tally, ...]:
    """One shift for each number of bad cycles."""
    return tuple(tally(bad=k, number=number) for number, k in enumerate(bad))
