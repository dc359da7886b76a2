"""A protective stop all through the product: toy station, guard, executor, line, record."""

import itertools
from collections.abc import Mapping

import msgspec
import pytest
from tests.line.floor import plan

from ontakt.cli.policies import build_policy
from ontakt.contract import Command, Observation, State, StopCategory
from ontakt.contract.event import GuardActed, StateChanged
from ontakt.line import LineConfig, Shift, Supervisor, SupervisorConfig
from ontakt.line.attendant import ModelAttendant
from ontakt.line.fake import MemorySink, PunctualOperator
from ontakt.runtime import Executor, VirtualClock
from ontakt.station.registry import find_station
from ontakt.station.toy import ToyStation
from ontakt.station.variation import parse_variation

SILENT = range(120, 150)
"""Ticks on which the link to the station is dead, unless the drives have no power."""


class Watched(ToyStation):
    """The toy, with a link that fails and a diary of power and motion."""

    def watch(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.powered: list[tuple[int, bool]] = []
        self.moved: list[int] = []
        self._on = True

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        seen = super().observe(tick, utc_ns, cameras)
        dead = tick in SILENT and self._on
        return msgspec.structs.replace(seen, utc_ns=utc_ns - 10**9) if dead else seen

    def apply(self, command: Command) -> None:
        before = self.places()
        super().apply(command)
        if any(abs(a - b) > 1e-4 for a, b in zip(before, self.places(), strict=True)):
            self.moved.append(self.clock.tick)

    def power(self, on: bool) -> None:
        self._on = on
        self.powered.append((self.clock.tick, on))
        super().power(on)

    def places(self) -> list[float]:
        return list(itertools.chain(*(arm.tcp.tolist() for arm in self._arms.values())))


@pytest.mark.parametrize("category", StopCategory)
def test_nothing_moves_from_the_stop_to_the_persons_restart(category: StopCategory) -> None:
    file = find_station("toy")
    station = Watched(file.path, parse_variation((), file.levels), 0)
    clock = VirtualClock(30, 0)
    station.watch(clock)
    sink = MemorySink(clock)
    policy = build_policy("expert", file, station)
    cell = Executor(station, policy, clock, seed=0, protective_stop=category)
    config = msgspec.structs.replace(
        file.config.section("line", LineConfig), protective_stop=category
    )
    supervisor = Supervisor(
        file.config.section("supervisor", SupervisorConfig), station.spec.places, 30
    )
    people = ModelAttendant(PunctualOperator(), cell.clock)
    Shift(cell, sink, plan(takt_s=30.0, cycles=2), config, supervisor, people).run()

    stop = next(
        record.tick
        for record in sink.records
        if isinstance(record.event, GuardActed) and record.event.action == "stop"
    )
    assert stop in (SILENT.start, SILENT.start + 1)
    at: Mapping[State, int] = {  # of each state, the first time after the stop
        record.event.state: record.tick
        for record in reversed(sink.records)
        if isinstance(record.event, StateChanged) and record.tick >= stop
    }
    keeps = category is StopCategory.STANDING
    stood = at[State.HELD if keeps else State.ABORTED]
    again = at[State.UNHOLDING if keeps else State.RESETTING]
    assert stood - stop <= 30
    assert again - stood >= 55 * 30  # a person had to come
    assert [tick for tick in station.moved if stood <= tick < again] == []
    assert any(tick >= again for tick in station.moved)
    off = [tick for tick, on in station.powered if not on]
    if keeps:
        assert off == []
    else:
        assert off
        assert all(stop - 1 <= tick <= stood for tick in off)
        assert min(tick for tick, on in station.powered if on) == pytest.approx(again, abs=1)
    assert State.COMPLETE in at
