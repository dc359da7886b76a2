"""What the wall shows is what the evidence says, at every event of a shift."""

from collections import Counter
from datetime import timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.board.scenes import HZ, NS, PAST, SCENES, TAKT_S, WORDS, scene
from tests.evidence.script import morning, night
from tests.evidence.shifts import Plan, shift

from ontakt.board.wall import Moment, WallFold, hour_start
from ontakt.board.wall_view import Pace, WallView
from ontakt.contract import Outcome
from ontakt.contract.event import CallResolved, Record, ShiftStarted
from ontakt.evidence.fold import fold
from ontakt.evidence.shift_record import CUT
from ontakt.evidence.statistics.intervals import poisson_rate
from ontakt.evidence.time_elements import time_elements

NOW = 1_790_000_000 * NS
UTC = timezone.utc  # noqa: UP017  # an argument for a zone below


def walled(records: list[Record], moment: Moment | None = None) -> WallView:
    wall = WallFold(UTC)
    for record in records:
        wall.feed(record)
    view = wall.view(moment or Moment(now_ns=records[-1].utc_ns, alive=True))
    assert view is not None
    return view


@pytest.mark.parametrize("records", [morning(), night(), shift(Plan(cycles=12, failure=0.4))])
def test_looking_on_the_way_changes_nothing(records: list[Record]) -> None:
    live = WallFold(UTC)
    for k, record in enumerate(records):
        live.feed(record)
        moment = Moment(now_ns=record.utc_ns, alive=True)
        assert live.view(moment) == live.view(moment)
        if k % 7 == 0 or k == len(records) - 1:
            assert live.view(moment) == walled(records[: k + 1], moment)


def _compare(records: list[Record], part: list[Record]) -> None:
    view, told = walled(part), fold(part)
    by_hand = {
        told_call.cycle
        for told_call in told.calls
        if any(isinstance(r.event, CallResolved) and r.event.call == told_call.call
               and r.event.action == "finish" for r in part)
    }  # fmt: skip
    ended = [cycle for cycle in told.cycles if cycle.failure != CUT]
    good = [
        c
        for c in ended
        if c.outcome in (Outcome.ON_TAKT, Outcome.LATE)
        or (c.outcome is Outcome.ASSISTED and c.cycle in by_hand)
    ]
    assert (view.whole.made, view.whole.over) == (len(good), len(ended) - len(good))
    assert view.step_ins.count == told.step_ins
    interval = poisson_rate(told.step_ins, told.hours)
    if interval is not None:
        assert (view.step_ins.low, view.step_ins.high) == (interval.low, interval.high)
    ticks: Counter[str] = Counter()
    for stop in time_elements(told).stops:
        ticks[stop.cause] += stop.ticks
    assert {s.cause: s.seconds for s in view.stops} == {
        cause: pytest.approx(n / told.hz)
        for cause, n in sorted(ticks.items(), key=lambda item: (-item[1], item[0]))[:3]
    }
    assert [c.cycle for c in view.last] == [c.cycle for c in ended[:-13:-1]]
    assert records[: len(part)] == part


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2, 0.9]), st.booleans(), st.data())
def test_it_agrees_with_the_evidence(
    seed: int, failure: float, cut: bool, data: st.DataObject
) -> None:
    records = shift(Plan(seed=seed, cycles=9, failure=failure, starved=0.2, cut=cut))
    upto = data.draw(st.integers(40, len(records)))
    _compare(records, records[:upto])


@pytest.mark.parametrize("records", [morning(), night()])
def test_it_agrees_with_the_evidence_of_shifts_written_by_hand(records: list[Record]) -> None:
    for k in range(6, len(records) + 1, 3):
        _compare(records, records[:k])
    _compare(records, records)


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_has_its_tone_and_word(name: str) -> None:
    records = scene(name, NOW)
    silent = NOW - (120 * NS if name == "silent" else NS)
    view = walled(records, Moment(now_ns=NOW, written_ns=silent, alive=True))
    assert (view.tone, view.word) == WORDS[name]


def test_the_numbers_of_a_morning_that_was_counted_by_hand() -> None:
    """22 cycles of 76 s, one of them bad; 29 s into the next."""
    view = walled(scene("running", NOW), Moment(now_ns=NOW, alive=True, written_ns=NOW))
    assert view.whole == Pace(target=22, made=21, over=1)
    assert view.whole.difference == -1
    assert view.planned == 142
    assert view.beat is not None
    assert view.beat.left_s == pytest.approx(TAKT_S - 29)
    assert view.beat.ends_ns == pytest.approx(NOW + (TAKT_S - 29) * NS, abs=NS / HZ)
    assert [stop.cause for stop in view.stops] == ["jam"]
    assert view.stops[0].seconds == pytest.approx(38)
    assert view.step_ins.count == 1
    assert view.step_ins.hours == pytest.approx((PAST * TAKT_S + 29) / 3600)
    assert view.ticking


def test_time_goes_on_between_events_on_a_wall_clock_and_not_on_a_simulated_one() -> None:
    records = scene("call", NOW)
    soon = Moment(now_ns=NOW, alive=True, written_ns=NOW)
    later = Moment(now_ns=NOW + 60 * NS, alive=True, written_ns=NOW)
    first, second = walled(records, soon), walled(records, later)
    assert first.call is not None
    assert second.call is not None
    assert second.call.age_s - first.call.age_s == pytest.approx(60)
    assert (first.word, second.word) == ("call", "standing")  # the pitch is over meanwhile
    assert second.whole.target == first.whole.target + 1
    simulated = shift(Plan(cycles=3))
    first, second = walled(simulated, soon), walled(simulated, later)
    assert (first.now_ns, first.ticking) == (second.now_ns, False)


@pytest.mark.parametrize(
    ("moment", "link"),
    [
        (Moment(now_ns=NOW, alive=True, written_ns=NOW), "live"),
        (Moment(now_ns=NOW, alive=True, written_ns=NOW - 90 * NS), "live"),
        (Moment(now_ns=NOW, alive=True, written_ns=NOW - 92 * NS), "silent"),
        (Moment(now_ns=NOW, alive=None, written_ns=NOW - 92 * NS), "silent"),
        (Moment(now_ns=NOW, alive=False, written_ns=NOW), "gone"),
        (Moment(now_ns=NOW, alive=True, written_ns=NOW, problem="torn"), "broken"),
    ],
)
def test_old_data_are_told(moment: Moment, link: str) -> None:
    """76 s takt and 15 s of patience."""
    view = walled(scene("running", NOW), moment)
    assert view.link == link
    assert (view.tone == "lost") == (link != "live")


def test_a_station_that_waits_for_a_person_may_be_silent_while_its_process_lives() -> None:
    records = scene("safety", NOW)
    far = NOW - 1200 * NS
    assert walled(records, Moment(now_ns=NOW, alive=True, written_ns=far)).link == "live"
    assert walled(records, Moment(now_ns=NOW, alive=None, written_ns=far)).link == "silent"


def test_an_ended_shift_is_never_old() -> None:
    view = walled(scene("ended", NOW), Moment(now_ns=NOW + 10**6 * NS, alive=False, written_ns=1))
    assert (view.link, view.word, view.ticking) == ("ended", "ended_planned", False)


@pytest.mark.parametrize("minutes", [0, 330, -210])
def test_an_hour_begins_where_the_clock_on_the_wall_says(minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    start = hour_start(NOW, zone)
    assert 0 <= NOW - start < 3600 * NS
    assert (start // NS + minutes * 60) % 3600 == 0


def test_what_was_made_before_the_hour_does_not_count_in_it() -> None:
    begin = hour_start(NOW, UTC) + 300 * NS
    view = walled(scene("running", begin), Moment(now_ns=begin, alive=True, written_ns=begin))
    ends = [
        r.utc_ns
        for r in scene("running", begin)
        if type(r.event).__name__ == "CycleEnded" and r.utc_ns >= hour_start(begin, UTC)
    ]
    assert view.hour.made + view.hour.over == len(ends) == 4
    assert view.hour.target == 4  # pitches 18 to 21 were over after the hour had begun
    assert view.whole.made == 21


def test_an_empty_record_shows_nothing() -> None:
    assert WallFold().view(Moment(now_ns=NOW)) is None


def test_seconds_pass_without_a_jump() -> None:
    """A target never falls and the beat never moves while nothing is said."""
    records = scene("running", NOW)
    wall = WallFold(UTC)
    for record in records:
        wall.feed(record)
    views = [
        wall.view(Moment(now_ns=NOW + k * NS, alive=True, written_ns=NOW + k * NS))
        for k in range(0, 400, 7)
    ]
    for before, after in pairwise(v for v in views if v is not None):
        assert after.whole.target >= before.whole.target
        assert before.beat is not None
        assert after.beat is not None
        assert after.beat.ends_ns == before.beat.ends_ns


@pytest.mark.parametrize("speed", [None, 1.0, 20.0])
def test_a_paced_simulation_that_waits_for_people_goes_on(speed: float | None) -> None:
    """Nothing is written while it waits, and its call grows older all the same; at no pace nobody
    knows how far it is."""
    records = scene("call", NOW)
    first = records[0]
    assert isinstance(first.event, ShiftStarted)
    header = replace(first.event, clock="virtual", speed=speed)
    records = [replace(first, event=header), *records[1:]]
    last = records[-1].utc_ns
    written = NOW  # by the wall, which is another time than the shift's
    before, after = (
        walled(records, Moment(now_ns=written + s * NS, alive=True, written_ns=written))
        for s in (0, 25)
    )
    assert before.now_ns == last
    assert before.call is not None
    assert after.call is not None
    grown = 25 * (speed or 0.0)
    assert after.call.age_s - before.call.age_s == pytest.approx(grown)
    assert after.since_s - before.since_s == pytest.approx(grown)
    assert not after.ticking  # a page counts by the wall's pace alone
