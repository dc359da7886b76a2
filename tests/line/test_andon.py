"""One call at a time, told on the ticks on which it happens."""

from ontakt.contract.event import CallAcknowledged, CallArrived, CallRaised, CallResolved
from ontakt.line.andon import Andon
from ontakt.line.attendant import ModelAttendant
from ontakt.line.fake import FakeClock, MemorySink, PunctualOperator


def test_a_call_from_raised_to_resolved() -> None:
    clock = FakeClock(tick=100)
    sink = MemorySink(clock)
    andon = Andon(sink.append, ModelAttendant(PunctualOperator(), clock), clock, first_call=4)
    assert (andon.open, andon.next_tick) == (False, None)
    andon.call(7, "jam")
    assert (andon.open, andon.next_tick) == (True, 400)
    clock.advance(299)
    andon.pass_time()
    assert len(sink.events) == 1
    clock.advance(1)
    andon.pass_time()
    andon.pass_time()
    assert andon.next_tick is None
    clock.advance(600)
    inside = [andon.person_inside]
    andon.arrive()
    inside.append(andon.person_inside)
    clock.advance(900)
    andon.resolve("finish")
    assert [*inside, andon.person_inside, andon.open] == [False, True, False, False]
    assert [(r.tick, r.event) for r in sink.records] == [
        (100, CallRaised(call=4, cycle=7, reason="jam")),
        (400, CallAcknowledged(call=4)),
        (1000, CallArrived(call=4)),
        (1900, CallResolved(call=4, action="finish")),
    ]


def test_an_open_call_covers_what_comes_after_it() -> None:
    clock = FakeClock()
    sink = MemorySink(clock)
    andon = Andon(sink.append, ModelAttendant(PunctualOperator(), clock), clock)
    andon.call(0, "jam")
    andon.call(0, "drop")
    assert andon.reason == "jam"
    clock.advance(900)
    andon.pass_time()
    andon.arrive()
    andon.resolve("finish")
    andon.call(1, "drop")
    assert [e.call for e in sink.events if isinstance(e, CallRaised)] == [0, 1]
