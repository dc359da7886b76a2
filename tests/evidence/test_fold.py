"""Events to cycle records: by hand, in any order, whole or cut."""

from itertools import pairwise
from random import Random
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.evidence.script import (
    MORNING,
    MORNING_HZ,
    ORIGIN,
    begin,
    end,
    inspected,
    judged,
    morning,
    night,
    script,
    start,
    state,
)

from ontakt.contract import CycleRecord, Outcome, RecordError, Side, State
from ontakt.contract import event as events_of_contract
from ontakt.contract.event import (
    CallResolved,
    CycleEnded,
    Event,
    FailureDetected,
    PartInspected,
    ShiftEnded,
)
from ontakt.evidence.fold import Fold, fold
from ontakt.evidence.shift_record import CUT


def _cycle(*events: tuple[int, Event], takt_s: float = 10.0) -> CycleRecord:
    """The only cycle of a shift at 10 Hz in which cycle 0 starts at tick 0."""
    shift = fold(script([(0, begin(10, takt_s)), (0, start(0, due=0)), *events], 10))
    assert len(shift.cycles) == 1
    return shift.cycles[0]


def test_the_morning_by_hand() -> None:
    shift = fold(morning())
    assert [str(cycle.outcome) for cycle in shift.cycles] == [
        "on_takt", "late", "nok_escaped", "assisted", "starved", "nok_detected",
    ]  # fmt: skip
    assert [cycle.cycle_s for cycle in shift.cycles] == [8.0, 11.0, 8.0, 8.0, 2.5, 7.0]
    assert [(cycle.failure, cycle.detected_by) for cycle in shift.cycles] == [
        (None, None),
        ("drop", "opening"),
        ("not_seated", "inspection"),
        ("jam", "force"),
        ("starved", None),
        ("not_seated", "height"),
    ]
    assert [cycle.recoveries for cycle in shift.cycles] == [0, 1, 0, 0, 0, 0]
    assert [cycle.step_ins for cycle in shift.cycles] == [0, 0, 0, 1, 0, 0]
    assert [cycle.both_ok for cycle in shift.cycles] == [True, True, False, False, None, False]
    assert (shift.hours, shift.step_ins, shift.cut) == (57.5 / 3600, 1, False)
    assert shift.problems == ()


def test_sides_by_hand() -> None:
    shift = fold(morning())
    left = shift.cycles[0].sides["left"]
    # reach 20..40 and again 70..100, insert 40..70
    assert left.phases == {"reach": 5.0, "insert": 3.0}
    assert (left.offset, left.height, left.tilt) == (0.0002, 0.0001, 0.01)
    late = shift.cycles[1].sides
    assert (late["left"].retries, late["left"].failures) == (1, ("drop",))
    assert (late["right"].retries, late["right"].failures) == (0, ())
    assert (shift.cycles[1].inferences, shift.cycles[1].starved_ticks) == (7, 4)


def test_calls_carry_every_step() -> None:
    (call,) = fold(morning()).calls
    assert (call.cycle, call.reason, call.action) == (3, "jam", "finish")
    assert (call.raised, call.acknowledged, call.arrived, call.resolved) == (362, 370, 380, 400)


def test_a_cut_shift_says_so_and_its_open_cycle_is_aborted() -> None:
    shift = fold(night())
    assert (shift.cut, shift.resumes, shift.ended) == (True, 1, None)
    cut = [cycle for cycle in shift.cycles if cycle.failure == CUT]
    assert [(cycle.cycle, cycle.outcome) for cycle in cut] == [(4, "aborted"), (6, "aborted")]
    assert [(cycle.started_tick, cycle.ended_tick) for cycle in cut] == [(350, 380), (500, 520)]
    assert [cycle.cycle for cycle in shift.finished] == [1, 2, 3, 5]
    assert shift.problems == ("Cycle 4 never ended.",)


def test_what_aborted_a_cycle_is_told() -> None:
    aborted = fold(night()).cycles[2]
    assert (aborted.outcome, aborted.failure, aborted.detected_by) == ("aborted", "guard", "speed")


@pytest.mark.parametrize("done", [99, 100, 101])
def test_late_is_more_than_takt_to_the_tick(done: int) -> None:
    cycle = _cycle((90, inspected(0, "left")), (90, inspected(0, "right")), (200, end(0, done)))
    assert cycle.outcome == (Outcome.LATE if done > 100 else Outcome.ON_TAKT)
    assert cycle.failure == ("over_takt" if done > 100 else None)


def test_a_takt_between_two_ticks_allows_the_tick_that_it_ends_in() -> None:
    """7.77 s at 10 Hz is 77.7 ticks: the beat comes on tick 78."""
    ends = [
        _cycle(
            (50, inspected(0, "left")), (50, inspected(0, "right")), (90, end(0, done)), takt_s=7.77
        ).outcome
        for done in (78, 79)
    ]
    assert ends == ["on_takt", "late"]


@pytest.mark.parametrize(
    ("left_ok", "left_believed", "expected"),
    [
        (True, True, "on_takt"),
        (True, False, "on_takt"),  # a false alarm is no bad part
        (False, True, "nok_escaped"),
        (False, False, "nok_detected"),
        (False, None, "nok_escaped"),  # let go without a word
        (None, True, "on_takt"),  # nobody looked: the station's word, and both_ok is unknown
        (None, False, "nok_detected"),
        (None, None, "on_takt"),
    ],
)
def test_outcome_from_inspection_and_belief(
    left_ok: bool | None, left_believed: bool | None, expected: str
) -> None:
    told: list[tuple[int, Event]] = [(40, inspected(0, "right")), (40, judged(0, "right"))]
    if left_ok is not None:
        told.append((40, inspected(0, "left", left_ok)))
    if left_believed is not None:
        told.append((40, judged(0, "left", left_believed)))
    cycle = _cycle(*told, (50, end(0, 50)))
    assert cycle.outcome == expected
    assert cycle.both_ok is (None if left_ok is None else left_ok)


def test_outcomes_obey_their_order() -> None:
    """Take the strongest reason away, and the next one decides."""
    helped: list[tuple[int, Event]] = [
        (10, events_of_contract.CallRaised(call=0, cycle=0, reason="jam")),
        (20, CallResolved(call=0, action="finish")),
    ]
    bad_known: list[tuple[int, Event]] = [
        (20, judged(0, "left", ok=False)),
        (20, inspected(0, "left", ok=False)),
    ]
    escaped: list[tuple[int, Event]] = [(20, inspected(0, "right", ok=False))]
    outcomes = [
        _cycle(*helped, *bad_known, *escaped, (200, end(0, 200, "aborted"))).outcome,
        _cycle(*helped, *bad_known, *escaped, (200, end(0, 200, "starved"))).outcome,
        _cycle(*helped, *bad_known, *escaped, (200, end(0, 200, "blocked"))).outcome,
        _cycle(*helped, *bad_known, *escaped, (200, end(0, 200))).outcome,
        _cycle(*bad_known, *escaped, (200, end(0, 200))).outcome,
        _cycle(*escaped, (200, end(0, 200))).outcome,
        _cycle((20, inspected(0, "right")), (200, end(0, 200))).outcome,
        _cycle((20, inspected(0, "right")), (200, end(0, 90))).outcome,
    ]
    assert outcomes == [
        "aborted", "starved", "blocked", "assisted", "nok_detected", "nok_escaped", "late",
        "on_takt",
    ]  # fmt: skip


def test_an_assist_is_counted_however_late_the_person_leaves() -> None:
    """A call of cycle 0 that is resolved after the cycle ended still belongs to it."""
    live = Fold()
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (10, events_of_contract.CallRaised(call=5, cycle=0, reason="jam")),
        (50, end(0, 50)),
        (60, start(1, due=60)),
        (70, CallResolved(call=5, action="clear")),
        (90, end(1, 90)),
    ]
    finished = [live.feed(record) for record in script(told, 10)]
    assert [cycle.outcome for cycle in finished if cycle] == ["on_takt", "on_takt"]
    assert [cycle.outcome for cycle in live.cycles] == ["assisted", "on_takt"]
    assert [cycle.step_ins for cycle in live.result().cycles] == [1, 0]


def test_failures_recover_with_the_side_that_recovers() -> None:
    def failure(side: Side, mode: str) -> FailureDetected:
        return FailureDetected(cycle=0, side=side, mode=mode, signal="s", attempt=1)

    shift = fold(
        script(
            [
                (0, begin(10, 10.0)),
                (0, start(0, due=0)),
                (10, failure("left", "drop")),
                (11, failure("right", "jam")),
                (12, events_of_contract.RecoveryEnded(cycle=0, side="left", ok=False)),
                (20, events_of_contract.RecoveryEnded(cycle=0, side="left", ok=True)),
                (30, failure("left", "stall")),
                (50, end(0, 50)),
            ],
            10,
        )
    )
    assert [(f.mode, f.recovered) for f in shift.failures] == [
        ("drop", True), ("jam", False), ("stall", False),
    ]  # fmt: skip
    assert shift.cycles[0].recoveries == 1


def test_a_recovery_that_the_inspector_contradicts_was_none() -> None:
    """The station believed that its second attempt went well; the side is bad."""
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (10, FailureDetected(cycle=0, side="left", mode="drop", signal="s", attempt=1)),
        (20, events_of_contract.RecoveryEnded(cycle=0, side="left", ok=True)),
        (20, judged(0, "left")),
        (30, inspected(0, "left", ok=False)),
        (30, inspected(0, "right")),
        (50, end(0, 50)),
    ]
    shift = fold(script(told, 10))
    assert shift.cycles[0].recoveries == 0
    assert [(f.signal, f.recovered) for f in shift.failures] == [
        ("s", False), ("inspection", False),
    ]  # fmt: skip


def test_an_escape_is_a_failure_also_where_a_person_helped_with_the_other_side() -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (10, judged(0, "left")),
        (20, judged(0, "right", ok=False)),
        (30, inspected(0, "left", ok=False)),
        (30, inspected(0, "right", ok=False)),
        (30, events_of_contract.CallRaised(call=0, cycle=0, reason="jam")),
        (40, CallResolved(call=0, action="finish")),
    ]
    helped = fold(script([*told, (50, end(0, 50))], 10))
    assert helped.cycles[0].outcome == "assisted"
    assert [(f.side, f.signal) for f in helped.failures] == [("left", "inspection")]
    aborted = fold(script([*told, (50, end(0, 50, "aborted"))], 10))
    assert aborted.failures == ()  # its part was taken away


def test_a_lost_process_is_down_until_it_is_back() -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, state(State.EXECUTE)),
        (0, start(0, due=0)),
        (40, judged(0, "left")),
        (640, events_of_contract.ShiftResumed(cycle=1)),
        (640, state(State.RESETTING)),
        (650, ShiftEnded(reason="planned")),
    ]
    live = Fold()
    for record in script(told[:-2], 10):
        live.feed(record)
    assert live.state is State.STOPPED
    spans = [(s.start, s.end, s.state, s.attribution) for s in fold(script(told, 10)).segments]
    assert spans == [
        (0, 40, State.EXECUTE, "none"),
        (40, 640, State.STOPPED, "robot"),
        (640, 650, State.RESETTING, "none"),
    ]


def test_what_decided_a_cycle_is_what_lasted() -> None:
    drop = FailureDetected(cycle=0, side="left", mode="drop", signal="opening", attempt=1)
    over = events_of_contract.RecoveryEnded(cycle=0, side="left", ok=True)
    jam = FailureDetected(cycle=0, side="right", mode="jam", signal="force", attempt=1)
    gave_up = judged(0, "right", ok=False)
    call = events_of_contract.CallRaised(call=0, cycle=0, reason="marks")
    came = CallResolved(call=0, action="clear")

    def decided(*told: Event, ending: Literal["done", "aborted"] = "done") -> tuple[str, object]:
        cycle = _cycle(*((10, event) for event in told), (50, end(0, 50, ending)))
        return str(cycle.outcome), cycle.failure

    assert decided(drop, over) == ("on_takt", None)
    assert decided(jam, drop, over, gave_up) == ("nok_detected", "jam")
    assert decided(drop, over, call, came) == ("assisted", "marks")
    assert decided(jam, call, came) == ("assisted", "jam")
    assert decided(drop, over, ending="aborted") == ("aborted", "aborted")
    assert decided(drop, over, gave_up, ending="aborted") == ("aborted", "not_seated")
    assert decided(gave_up) == ("nok_detected", "not_seated")


def test_states_cover_the_shift_without_gap() -> None:
    for records in (morning(), night()):
        shift = fold(records)
        marks = [(segment.start, segment.end) for segment in shift.segments]
        assert marks[0][0] == shift.first_tick
        assert marks[-1][1] == shift.last_tick
        assert all(a[1] == b[0] for a, b in pairwise(marks))


def test_live_and_afterwards_are_the_same() -> None:
    for records in (morning(), night()):
        live = Fold()
        for k, record in enumerate(records):
            live.feed(record)
            assert live.result() == fold(records[: k + 1])
            assert live.tick == record.tick
        assert tuple(live.cycles) == live.result().finished


def test_live_progress_knows_state_and_cycles() -> None:
    live = Fold()
    assert (live.started, live.state, live.tick) == (None, State.STOPPED, 0)
    for record in morning():
        done = live.feed(record)
        assert (done is not None) == isinstance(record.event, CycleEnded)
    assert live.state is State.STOPPED
    assert len(live.cycles) == 6


@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 60), max_size=10))
def test_order_and_repetition_change_nothing(random: Random, repeated: list[int]) -> None:
    for records in (morning(), night()):
        heap = records + [records[k] for k in repeated if k < len(records)]
        random.shuffle(heap)
        assert fold(heap) == fold(records)


@given(st.integers(1, len(MORNING) - 1), st.integers(1, 12))
def test_missing_events_are_named_and_the_rest_is_folded(first: int, many: int) -> None:
    records = morning()
    last = min(first + many, len(records)) - 1
    shift = fold(records[:first] + records[last + 1 :])
    if last == len(records) - 1:
        assert shift.gaps == ()  # nothing follows by which it could be missed
        assert shift.cut
    else:
        assert shift.gaps == ((first, last),)
        assert f"Events {first} to {last} are missing." in shift.problems
    assert shift.events == len(records) - (last - first + 1)


def test_two_different_events_with_one_seq_are_refused() -> None:
    records = morning()
    other = replace(records[7], tick=records[7].tick + 1)
    with pytest.raises(RecordError, match="two different events with seq 7"):
        fold([*records, other])


def test_two_shifts_are_refused() -> None:
    other = script(MORNING, MORNING_HZ, origin=replace(ORIGIN, config_hash="c1"))
    with pytest.raises(RecordError, match="fold one shift at a time"):
        fold(morning()[:5] + other[5:])


def test_a_record_without_its_beginning_is_refused() -> None:
    with pytest.raises(RecordError, match="begins with seq 1, StateChanged; ShiftStarted is"):
        fold(morning()[1:])
    with pytest.raises(RecordError, match="no events"):
        fold([])


def test_time_does_not_run_backwards() -> None:
    records = morning()
    records[9] = replace(records[9], tick=3)
    with pytest.raises(RecordError, match="Event 9 of shift 'hand-1' is at tick 3, before tick"):
        fold(records)


def test_a_live_fold_wants_the_order() -> None:
    live = Fold()
    records = morning()
    for record in records[:4]:
        live.feed(record)
    with pytest.raises(RecordError, match="Event 2 of shift 'hand-1' comes after 3"):
        live.feed(records[2])


def test_events_of_a_cycle_that_never_began_are_a_problem_not_a_crash() -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (5, inspected(9, "left")),
        (6, CallResolved(call=3, action="clear")),
        (7, ShiftEnded(reason="stopped")),
    ]
    assert fold(script(told, 10)).problems == (
        "PartInspected names cycle 9, never begun.",
        "CallResolved of call 3, never raised.",
    )


def test_every_kind_of_event_can_be_folded() -> None:
    """A new kind in the contract must not break the fold of a shift that holds it."""
    kinds = {type(event).__name__ for _, event in MORNING}
    known = {kind.__name__ for kind in get_args(events_of_contract.Event)}
    recorded = {
        "ShiftResumed", "GuardActed", "PictureTaken", "BlackBoxKept", "RequestAnswered",
        "TakeoverEnded",
    }  # fmt: skip
    assert known - kinds == recorded, "add the new kind to the hand-written shifts"


def test_inspection_of_a_side_outside_the_job_is_left_out() -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0, job=("left",))),
        (5, PartInspected(cycle=0, side="right", ok=False, offset=0.0, height=0.0, tilt=0.0)),
        (5, inspected(0, "left")),
        (9, end(0, 9)),
    ]
    cycle = fold(script(told, 10)).cycles[0]
    assert set(cycle.sides) == {"left"}
    assert cycle.outcome == "on_takt"
