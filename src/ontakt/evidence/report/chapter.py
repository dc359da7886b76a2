"""One shift with everything that the page says of it."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from msgspec import Struct

from ontakt.contract.kpi import Kpi
from ontakt.contract.state import State
from ontakt.evidence.kpi import FailureCount, Ledger, failure_pareto, kpis, ledger
from ontakt.evidence.numbers import UNKNOWN
from ontakt.evidence.report.figures.cycle_times import MANY
from ontakt.evidence.report.figures.shares import LONGEST
from ontakt.evidence.report.figures.timeline import Span
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.time_elements import TimeElements

_WAITING = {State.IDLE, State.COMPLETE, State.COMPLETING, State.RESETTING, State.STARTING}
_HELD = {State.HOLDING, State.HELD, State.UNHOLDING}
_SUSPENDED = {State.SUSPENDING, State.SUSPENDED, State.UNSUSPENDING}


class Chapter(Struct, frozen=True, kw_only=True):
    """A folded shift in numbers, and its KPIs as the KPI API gives them."""

    shift: ShiftRecord
    numbers: Ledger
    kpis: Mapping[str, Kpi]
    pareto: tuple[FailureCount, ...]

    @property
    def name(self) -> str:
        """The shift's identity."""
        return self.shift.origin.shift

    @property
    def elements(self) -> TimeElements:
        """Where the shift's time went."""
        return self.numbers.time

    @property
    def takt_s(self) -> float:
        """The beat [s]."""
        return self.shift.started.takt_s

    @property
    def hours(self) -> float | None:
        """Shift time [h]; None where a log does not tell it."""
        return None if "hours" in self.shift.untold else self.shift.hours

    @property
    def began(self) -> str:
        """When the first event was written, as `2026-03-02 08:00 UTC`."""
        if "times" in self.shift.untold:
            return "time unknown"
        moment = datetime.fromtimestamp(self.shift.first_utc_ns // 1_000_000_000, UTC)
        return f"{moment:%Y-%m-%d %H:%M} UTC"

    @property
    def planned_cycles(self) -> int | None:
        """Cycles that were to be worked: the number, or the time over takt."""
        started = self.shift.started
        if started.planned_cycles is not None:
            return started.planned_cycles
        if started.planned_s is None:
            return None
        # in decimal numbers, as they were written: 30 s hold 300 parts of 0.1 s, not 299
        return int(Fraction(repr(started.planned_s)) // Fraction(repr(started.takt_s)))

    @property
    def outcomes(self) -> Counter[str]:
        """How many finished cycles ended in each way; `unknown` where a log leaves it open."""
        words = Counter(cycle.outcome for cycle in self.shift.finished)
        return Counter({word.value if word else UNKNOWN: n for word, n in words.items()})

    @property
    def pitch_lost_s(self) -> float:
        """Time that the line stood for this station [s]."""
        return self.seconds(sum(lost.ticks for lost in self.shift.pitch_lost))

    @property
    def late_ticks(self) -> int | None:
        """Ticks that began after their deadline; None on the virtual clock, which has none."""
        if self.shift.started.clock == "virtual":
            return None
        return sum(one.late_ticks for one in self.shift.stats)

    @property
    def seams(self) -> int:
        """Times that a chunk took over from another that had rows left."""
        return sum(one.seams for one in self.shift.stats)

    @property
    def seam_jump_mm(self) -> float | None:
        """What the target jumps there on average [mm]; None without a seam."""
        jumps = [one.seams * one.seam_jump_mm[0] for one in self.shift.stats if one.seam_jump_mm]
        return sum(jumps) / self.seams if jumps else None

    def kpi(self, name: str) -> Kpi:
        """The KPI called `name`."""
        return self.kpis[name]

    def seconds(self, ticks: int) -> float:
        """Control ticks as seconds."""
        return ticks / self.shift.hz

    def since(self, earlier: int | None, later: int | None) -> float | None:
        """Seconds between two ticks; None when either did not come."""
        return None if earlier is None or later is None else self.seconds(later - earlier)

    def clock(self, tick: int) -> str:
        """A tick as time into the shift, `1:07:42`."""
        whole = int(self.seconds(tick - self.shift.first_tick))
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"

    def lost_to(self, cycle: int) -> float:
        """Time that the line stood at `cycle` [s]."""
        return self.seconds(sum(p.ticks for p in self.shift.pitch_lost if p.cycle == cycle))

    @property
    def many(self) -> bool:
        """True for more cycles than a figure can show one by one."""
        return len(self.shift.cycles) > MANY

    @property
    def momentary(self) -> bool:
        """True when every moment of the shift can be drawn."""
        return not self.many and self.seconds(self.shift.ticks) <= LONGEST

    @property
    def spans(self) -> Sequence[Span]:
        """The states as stretches that a person tells apart, neighbours of a kind in one. A
        station that is done stays in Execute until the beat: that wait is told apart from work."""
        spans: list[Span] = []
        for start, end, state, attribution in self._coarse() if self.many else self._stretches():
            label, ink, full = _kind(state, attribution)
            if state is State.EXECUTE and self.many:
                label = "working or waiting for the beat"
            begin = self.seconds(start - self.shift.first_tick)
            if spans and spans[-1].label == label and spans[-1].end == begin:
                begin = spans.pop().start
            spans.append(Span(begin, self.seconds(end - self.shift.first_tick), label, ink, full))
        return spans

    def _coarse(self) -> Iterator[tuple[int, int, State, str]]:
        """The segments as they are: of very many cycles work is not told from waiting."""
        for segment in self.shift.segments:
            yield segment.start, segment.end, segment.state, segment.attribution

    def _stretches(self) -> Iterator[tuple[int, int, State, str]]:
        """The segments; Execute without a part under work appears as Complete."""
        work = sorted(
            (cycle.started_tick, cycle.started_tick + round(cycle.cycle_s * cycle.control_hz))
            for cycle in self.shift.cycles
            if math.isfinite(cycle.cycle_s)
        )
        first = 0
        for segment in self.shift.segments:
            start = segment.start
            while first < len(work) and work[first][1] <= start:
                first += 1
            if segment.state is State.EXECUTE:
                for k in range(first, bisect_left(work, (segment.end,))):
                    begin, done = work[k]
                    if done <= start:
                        continue
                    if begin > start:
                        yield start, begin, State.COMPLETE, segment.attribution
                    start = max(start, begin)
                    yield start, min(done, segment.end), State.EXECUTE, segment.attribution
                    start = min(done, segment.end)
            if start < segment.end:
                left = State.COMPLETE if segment.state is State.EXECUTE else segment.state
                yield start, segment.end, left, segment.attribution


def chapter(shift: ShiftRecord) -> Chapter:
    """Count everything that the page says about `shift`."""
    numbers = ledger(shift)
    return Chapter(
        shift=shift,
        numbers=numbers,
        kpis=kpis(numbers),
        pareto=failure_pareto(shift),
    )


def _kind(state: State, attribution: str) -> tuple[str, str, bool]:
    """Heading, ink and whether the station was asked for work."""
    if state is State.EXECUTE:
        return "working", "working", True
    if state in _WAITING:
        return "done, waiting for the beat", "line", False
    if state in _HELD:
        return "held: needs a person", "nok-detected", True
    if state in _SUSPENDED:
        if attribution == "downstream":
            return "suspended: blocked", "blocked", True
        if attribution == "part":
            return "suspended: unfit part", "starved", True
        return "suspended: starved", "starved", True
    if state in (State.ABORTING, State.ABORTED, State.CLEARING):
        return "aborted: safety", "nok-escaped", True
    return "stopped", "aborted", False
