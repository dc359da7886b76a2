"""Calls of a shift while it happens: the open one, and how often a person had to act."""

from msgspec.structs import replace

from ontakt.board.tone import Help
from ontakt.board.wall_view import OpenCall, StepIns
from ontakt.contract.event import CallAcknowledged, CallArrived, CallRaised, CallResolved
from ontakt.evidence.shift_record import Call
from ontakt.evidence.statistics.intervals import poisson_rate

CallEvent = CallRaised | CallAcknowledged | CallArrived | CallResolved


class CallBook:
    """`feed` wants the events of calls in their order; one of a call that was never raised is
    passed over, as evidence does."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}
        self._raised_ns: dict[int, int] = {}
        """Of the open ones."""
        self._step_ins = 0

    def feed(self, event: CallEvent, tick: int, utc_ns: int) -> Call | None:
        """Take the next event; returns the call as it stands then."""
        known = self._calls.get(event.call)
        before = known.step_in if known else False
        match event:
            case CallRaised(call=call, cycle=cycle, reason=reason):
                known = Call(call=call, cycle=cycle, reason=reason, raised=tick)
                self._raised_ns[call] = utc_ns
            case _ if known is None:
                return None
            case CallAcknowledged():
                known = replace(known, acknowledged=tick)
            case CallArrived():
                known = replace(known, arrived=tick)
            case CallResolved(action=action):
                known = replace(known, resolved=tick, action=action)
                self._raised_ns.pop(event.call, None)
        self._calls[event.call] = known
        self._step_ins += known.step_in - before
        return known

    def open(self, now: float, hz: int) -> OpenCall | None:
        """The oldest call that nobody has resolved, at tick `now`."""
        if not self._raised_ns:
            return None
        number, raised_ns = min(self._raised_ns.items(), key=lambda call: (call[1], call[0]))
        call = self._calls[number]
        step: Help = "raised" if call.acknowledged is None else "acknowledged"
        return OpenCall(
            call=number,
            cycle=call.cycle,
            reason=call.reason,
            step=step if call.arrived is None else "arrived",
            age_s=(now - call.raised) / hz,
            raised_ns=raised_ns,
        )

    def step_ins(self, hours: float) -> StepIns:
        """How often a person acted in so many hours of shift."""
        count, hours = self._step_ins, max(hours, 0.0)
        interval = poisson_rate(count, hours)
        return StepIns(
            count=count,
            hours=hours,
            per_hour=count / hours if hours else None,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
        )
