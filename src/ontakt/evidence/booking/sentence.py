"""A test in the sentences that a plant manager reads: how long, for whom, and what is better."""

from ontakt.evidence.booking.asked import MOST_FAILURES, whole
from ontakt.evidence.booking.booking import Booking
from ontakt.evidence.booking.choice import FAIR
from ontakt.evidence.booking.wording import amount, at_most, chance, cycles, hours, share, success
from ontakt.evidence.numbers import seconds


def told(booking: Booking) -> tuple[str, ...]:
    """The length first, then whom it lets pass, what would be fairer or shorter, and what assists
    add."""
    said = (
        _length(booking),
        _poor(booking),
        _good(booking),
        _better(booking),
        _sequential(booking),
        _assists(booking),
    )
    return tuple(filter(None, said))


def heading(booking: Booking) -> str:
    """What is to be shown, and by what."""
    return (
        f"{cycles(booking.cycles)} {at_most(booking.failures, 'failure')} show "
        f"{share(booking.reliability)} with {share(booking.confidence)} confidence."
    )


def _length(booking: Booking) -> str:
    return (
        f"At a takt of {seconds(booking.takt_s)} that takes {hours(booking.hours)}: "
        f"{_shifts(booking.shifts, booking.shift_hours)}."
    )


def _shifts(shifts: float, shift_hours: float) -> str:
    booked = whole(shifts)
    if booked == 1:
        return f"one shift of {shift_hours:g} h holds it"
    if booked - shifts < 0.01 or booked > 100:
        return f"{booked:,} shifts of {shift_hours:g} h"
    return f"{amount(shifts)} shifts of {shift_hours:g} h, so {booked:,} are to be booked"


def _poor(booking: Booking) -> str:
    return (
        f"A robot that is only {success(booking.reliability)} passes "
        f"{chance(booking.consumers_risk)}."
    )


def _good(booking: Booking) -> str:
    true, risk = booking.true, booking.producers_risk
    if true is None or risk is None:
        return "Say with --true how good the robot is, and its chance of failing is told."
    if true > booking.reliability:
        return f"A robot that is {success(true)} fails this test {chance(risk)}."
    return f"A robot that is {success(true)} is no better than asked and passes {chance(1 - risk)}."


def _better(booking: Booking) -> str:
    """Of a robot that is better than asked: the test to take instead."""
    if booking.true is None or booking.true <= booking.reliability:
        return ""
    fair = booking.fair
    often = f"{round(100 * (1 - FAIR))} of 100 tries"
    if fair is None:
        return (
            f"It is too close to what is asked: no test with up to {MOST_FAILURES} failures "
            f"allowed lets it pass in at least {often}."
        )
    if fair.failures == booking.failures:
        return f"No shorter test lets it pass in at least {often}."
    where = f"{cycles(fair.cycles)} ({hours(fair.hours)}) {at_most(fair.failures, 'failure')}"
    assert fair.producers_risk is not None  # it was chosen by it
    return (
        f"The shortest test that lets it pass in at least {often} has {where}: it fails that "
        f"{chance(fair.producers_risk)}."
    )


def _sequential(booking: Booking) -> str:
    sprt = booking.sprt
    if sprt is None:
        return ""
    return (
        f"A test that is read after every cycle (Wald's SPRT) and fails that robot "
        f"{chance(sprt.producers_risk)} takes about {cycles(sprt.cycles_at_true)} on average, and "
        f"{cycles(sprt.cycles_at_reliability)} for one of {share(booking.reliability)}; but it "
        "has no end that could be booked."
    )


def _assists(booking: Booking) -> str:
    mtba = booking.mtba
    if mtba is None:
        return ""
    asked = f"{mtba.hours:g} h between assists"
    if mtba.allowed >= 0:
        return f"{hours(booking.hours)} {at_most(mtba.allowed, 'assist')} also show {asked}."
    least = mtba.choices[0]
    return (
        f"The {hours(booking.hours)} are too short to show {asked}: that takes "
        f"{hours(least.hours)} without an assist, {_shifts(least.shifts, booking.shift_hours)}."
    )
