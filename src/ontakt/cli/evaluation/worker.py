"""The process that works episodes: told a plan and then indices on stdin, it answers on stdout.

It ends with whoever holds the other end of its stdin, however that ended, in mid-episode.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.cli.evaluation.course import Course
from ontakt.cli.evaluation.messages import Halted, Message, Ready, Refused
from ontakt.cli.evaluation.order import find_order
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.cli.policies import build_policy
from ontakt.cli.teaching.episode import WAIT, Ground, work_part
from ontakt.contract import HaltError, Policy, SetupError, Station, ticks_of
from ontakt.line.supervisor_config import SupervisorConfig
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.disturbed_views import parse_views
from ontakt.runtime.executor import Executor
from ontakt.runtime.latency import parse_latency
from ontakt.runtime.ordered import Ordered
from ontakt.runtime.strategies import parse_strategy
from ontakt.runtime.watchdog import WatchdogConfig
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation


class Work(Struct, frozen=True):
    """What a worker is told first."""

    plan: EvaluationPlan
    pictures: str | None
    """Folder that gets a picture of each kind of fault."""


class Examiner:
    """Works episodes of `work.plan`. Raises SetupError where that is not possible."""

    def __init__(self, work: Work) -> None:
        plan = self._plan = work.plan
        self._pictures = None if work.pictures is None else Path(work.pictures)
        self._file = find_station(plan.station)
        self._variation = parse_variation(plan.variation, self._file.levels)
        self._supervisor = self._file.config.section("supervisor", SupervisorConfig)
        self._watchdog = self._file.config.optional("watchdog", WatchdogConfig())
        station = self._build()
        try:
            self._policy = build_policy(_one_thread(plan.policy), self._file, station)
            self._wrap: Callable[[Policy], Policy] = parse_views(plan.cameras)
            self._wrap(self._policy)
            known = self._policy.spec
            strategy = plan.strategy or ("prefix" if known.longest_prefix else "sync")
            self._make_strategy = parse_strategy(strategy)
            self._make_strategy(known)
            self.ready = Ready(
                policy_hash=known.hash, station_hash=station.spec.hash, strategy=strategy
            )
        finally:
            station.close()

    def work(self, index: int) -> EpisodeResult:
        """Episode `index`, at a station of its own: what was before leaves nothing behind."""
        station = self._build()
        try:
            return self._work(index, station)
        finally:
            station.close()

    def _build(self) -> Station:
        return self._file.build(self._variation, self._plan.seed)

    def _work(self, index: int, station: Station) -> EpisodeResult:
        plan, hz = self._plan, station.spec.action_space.control_hz
        order = find_order(plan.instruction, index)
        chance = np.random.SeedSequence((plan.seed, index)).generate_state(1)[0]
        cell = Executor(
            station,
            Ordered(self._wrap(self._policy), order.instruction, order.job),
            VirtualClock(hz, 0),
            seed=plan.seed,
            strategy=self._make_strategy(self._policy.spec),
            latency=parse_latency(plan.latency, int(chance)),
            watchdog=self._watchdog,
            folder=self._pictures,
        )
        course = Course(station, self._supervisor)
        # one that leaves a side alone is watched for longer: it may turn to that side later
        after = ticks_of(WAIT, hz) if len(order.job) < len(cell.sides) else 0
        try:
            worked = work_part(
                cell, Ground.of(station), index, order.job, plan.limit_s, after, course.see
            )
            stats = cell.stats()
            faults = course.faults(worked, order.job)
            for side, fault in faults.items():
                name = f"{fault.mode}-{side}".replace("_", "-")
                if self._pictures and not any(self._pictures.glob(f"pictures/*-{name}.jpg")):
                    cell.picture(index, name, side)
        finally:
            cell.close()
        return EpisodeResult(
            index=index,
            instruction=order.instruction,
            job=order.job,
            faults=faults,
            time_s=worked.ticks / hz if worked.done else None,
            stats=stats,
        )


def _one_thread(policy: str) -> str:
    """`policy` on one thread, unless it says how many: workers share the machine."""
    if not policy.startswith("xr0:") or "threads=" in policy:
        return policy
    return f"{policy}{'&' if '?' in policy else '?'}threads=1"


def main() -> None:
    """Work what stdin asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asked
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    asked = SimpleQueue[str]()
    Thread(target=_listen, args=(asked,), daemon=True).start()

    def say(message: Message) -> None:
        answers.write(msgspec.json.encode(message) + b"\n")
        answers.flush()

    try:
        examiner = Examiner(msgspec.json.decode(asked.get(), type=Work))
        say(examiner.ready)
        while True:
            say(examiner.work(int(asked.get())))
    except SetupError as error:
        say(Refused(str(error)))
    except HaltError as error:
        say(Halted(str(error)))


def _listen(asked: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        asked.put(line)
    os._exit(1)  # whoever asked is no more, or wants no more
