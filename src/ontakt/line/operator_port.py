"""People at consoles: their requests, from any thread, heard by the line on its own ticks.

The station is asked, never commanded: every request is answered, obeyed or refused with the reason,
and every one but a jog is on record. It is no safety function, and its stop is no emergency stop.
"""

import queue
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from ontakt.contract import Clock, PortStatus, Reply, Request, State, ticks_of
from ontakt.contract.event import Event, RequestAnswered, TakeoverEnded
from ontakt.contract.request import (
    Acknowledge,
    Arrive,
    Help,
    Hold,
    Jog,
    LetGo,
    Reason,
    Rehome,
    Resume,
    Retry,
    Start,
    Stop,
    TakeOver,
    name_of,
)
from ontakt.line.attendant import Attendant, Deed
from ontakt.line.pace import HoldAsked
from ontakt.line.supervisor import PersonStop
from ontakt.line.visit import Visit

MOST = 64
"""Requests that wait to be heard; a console that asks faster is told so."""
STALE_S = 0.1
"""A jog that lay about for longer [s] moves nothing: who sent it may be gone."""
PATIENCE = 2
"""Ticks between two looks at the requests while nothing moves."""

_WORKING = "The robot is at work; hold it first, or wait until it stands."
_STOPPED = "The robot is stopped and its drives have no power; resume, then start."
_INSIDE = "Somebody may be in the cell; arrive first, and say so when he is out."


@dataclass(frozen=True)
class _Heard:
    """A request with its answer to come, and when it came in [s]."""

    request: Request
    reply: Future[Reply]
    at: float


class OperatorPort:
    """`Attendant` for people at consoles. `monotonic` answers seconds.

    Where nobody acknowledges a call within `patience_s` [s], `stand_in` sees to it; a hold or a
    stop that a person asked for waits for people alone.
    """

    patience: int | None = PATIENCE

    def __init__(
        self,
        clock: Clock,
        post: Callable[[Event], None],
        monotonic: Callable[[], float],
        stand_in: Attendant | None = None,
        patience_s: float = 0.0,
    ) -> None:
        self._clock, self._post, self._monotonic = clock, post, monotonic
        self._stand_in, self._patience = stand_in, ticks_of(patience_s, clock.hz)
        self._inbox: queue.Queue[_Heard] = queue.Queue(MOST)
        self._heard: deque[_Heard] = deque()
        self._cycle: int | None = None
        self._call = -1
        self._reason = ""
        self._raised = 0
        self._acknowledged = True
        self._standing_in = False
        self._hold = False
        """A hold was asked for and the robot does not stand yet."""
        self._visit: Visit | None = None
        self._starting = False
        self._driver: tuple[str, int] | None = None
        """Who drives, since which tick."""
        self._jogs = self._moved = 0
        self.status = PortStatus(tick=clock.tick)
        """Replaced on every look; any thread may read it."""

    # -- from any thread

    def ask(self, request: Request) -> "Future[Reply]":
        """Ask the line; the answer comes on one of its next ticks."""
        reply: Future[Reply] = Future()
        try:
            self._inbox.put_nowait(_Heard(request, reply, self._monotonic()))
        except queue.Full:
            reply.set_result(Reply(obeyed=False, why="Too many requests wait; ask less often."))
        return reply

    # -- as an Attendant, on the line's own thread

    @property
    def due_tick(self) -> int | None:
        """As `Attendant.due_tick`."""
        return self._stand_in.due_tick if self._standing_in and self._stand_in else None

    def called(self, call: int, reason: str) -> None:
        """As `Attendant.called`."""
        self._call, self._reason, self._raised = call, reason, self._clock.tick
        self._acknowledged = self._standing_in = False
        if self._hold:  # who asked the robot to stand knows of it
            self._acknowledged, self._hold = True, False

    def acknowledges(self) -> bool:
        """As `Attendant.acknowledges`."""
        self._let_stand_in()
        if self._standing_in and self._stand_in is not None:
            return self._stand_in.acknowledges()
        return self._acknowledged

    def heed(self, *, may_hold: bool) -> None:
        """As `Attendant.heed`."""
        self._listen()
        if self._visit is None:
            while self._heard:
                self._at_work(self._heard.popleft())
        else:
            for heard in self._heard:
                if isinstance(heard.request.wish, Stop):
                    self._heard.remove(heard)
                    self._stop(heard)
        if may_hold and self._hold:
            raise HoldAsked

    def attend(self, visit: Visit) -> Deed:
        """As `Attendant.attend`."""
        self._visit, self._hold = visit, False
        deed: Deed | None = None
        done: Deed = "none"
        try:
            while deed is None:
                if self._let_stand_in() and self._stand_in is not None:
                    return self._stand_in.attend(visit)
                self._listen()
                while self._heard and deed is None:
                    done, deed = self._at_station(visit, self._heard.popleft(), done)
                if deed is None:
                    self._pass_tick(visit)
        finally:
            self._end_drive(visit, let_go=deed is not None)
            self._visit = None
            self._tell()
        visit.leave()
        return deed

    def start(self, visit: Visit) -> None:
        """As `Attendant.start`: nothing moves before somebody asks for it."""
        if self._standing_in:
            return
        self._visit, self._starting = visit, True
        try:
            while self._starting:
                self._listen()
                while self._heard and self._starting:
                    heard = self._heard.popleft()
                    if isinstance(heard.request.wish, Stop):
                        self._stop(heard)
                    elif isinstance(heard.request.wish, Start):
                        self._starting = False
                        self._answer(heard)
                    else:
                        self._answer(heard, "The station waits for start, and nothing else.")
                self._tell()
                if self._starting:
                    visit.wait_until(self._clock.tick + PATIENCE)
        finally:
            self._visit, self._starting = None, False
            self._tell()

    # -- inside

    def _listen(self) -> None:
        while True:
            try:
                self._heard.append(self._inbox.get_nowait())
            except queue.Empty:
                break
        self._tell()

    def _tell(self) -> None:
        visit = self._visit
        self.status = PortStatus(
            tick=self._clock.tick,
            visiting=visit is not None,
            inside=visit is not None and visit.inside,
            stopped=visit is not None and _stopped(visit),
            waits_for_start=self._starting,
            driver=None if self._driver is None else self._driver[0],
        )

    def _let_stand_in(self) -> bool:
        """True once the model sees to the open call, because nobody has answered it in time."""
        late = self._clock.tick - self._raised >= self._patience
        people = self._acknowledged or self._reason == "operator"
        if not self._standing_in and self._stand_in is not None and late and not people:
            self._standing_in = True
            self._stand_in.called(self._call, self._reason)
        return self._standing_in

    def _at_work(self, heard: _Heard) -> None:
        """A request while the robot works, or waits for the next part."""
        wish = heard.request.wish
        match wish:
            case Stop():
                self._stop(heard)
            case Hold():
                self._hold = True
                self._answer(heard)
            case Acknowledge() if self._acknowledged or self._standing_in:
                self._answer(heard, "There is no call that waits for an answer.")
            case Acknowledge():
                self._acknowledged = True
                self._answer(heard)
            case Reason():
                self._answer(heard)
            case Jog():
                heard.reply.set_result(Reply(obeyed=False, why=_WORKING))
            case _:
                self._answer(heard, _WORKING)

    def _at_station(self, visit: Visit, heard: _Heard, done: Deed) -> tuple[Deed, Deed | None]:
        """A request while the robot stands: what was done so far, and with what it ends."""
        wish, who = heard.request.wish, heard.request.who
        end: Deed | None = None
        why = ""
        match wish:
            case Stop():
                self._stop(heard)
            case Jog():
                self._jog(visit, heard, wish)
                return done, None
            case Acknowledge():
                self._acknowledged = True
            case Reason():
                pass
            case Hold() if self._driver is not None:  # also from another console
                self._end_drive(visit, let_go=False)
            case Hold():
                why = "The robot stands already."
            case Start():
                why = "Nothing waits for start."
            case Arrive():
                self._end_drive(visit, let_go=True)
                self._acknowledged = True
                visit.stand()
                visit.arrive()
            case Help() if not visit.inside:
                why = _INSIDE
            case Help(action=action):
                visit.hands(action)
                done = action
            case TakeOver() | Rehome() | Retry() if _stopped(visit):
                why = _STOPPED
            case TakeOver() if self._driver is not None and self._driver[0] != who:
                why = f"{self._driver[0]} drives the robot."
            case TakeOver():
                self._come(visit)
                if self._driver is None:
                    self._driver, self._jogs, self._moved = (who, self._clock.tick), 0, 0
                done = "drive"
            case LetGo() if self._driver is None:
                why = "Nobody drives the robot."
            case LetGo():
                self._end_drive(visit, let_go=True)
            case Rehome():
                self._end_drive(visit, let_go=True)
                self._come(visit)
                self._answer(heard)
                visit.home()
                return done, None
            case Retry():
                self._come(visit)
                end = "again"
            case Resume():
                self._come(visit)
                end = done
        self._answer(heard, why)
        return done, end

    def _come(self, visit: Visit) -> None:
        """He is there, and out of the cell."""
        self._acknowledged = True
        visit.arrive()
        visit.leave()

    def _jog(self, visit: Visit, heard: _Heard, jog: Jog) -> None:
        if self._driver is None or self._driver[0] != heard.request.who:
            heard.reply.set_result(Reply(obeyed=False, why="Take over first."))
        elif self._monotonic() - heard.at > STALE_S:
            heard.reply.set_result(Reply(obeyed=False, why="The jog came too late."))
        else:
            visit.jog(jog)
            self._jogs += 1
            heard.reply.set_result(Reply(obeyed=True))

    def _pass_tick(self, visit: Visit) -> None:
        self._tell()
        if self._driver is None:
            visit.wait_until(self._clock.tick + PATIENCE)
        else:
            self._moved += visit.step()

    def _end_drive(self, visit: Visit, *, let_go: bool) -> None:
        if self._driver is None:
            return
        who, began = self._driver
        self._driver = None
        visit.stand()
        self._post(
            TakeoverEnded(
                cycle=visit.cycle,
                who=who,
                began_tick=began,
                jogs=self._jogs,
                moved_ticks=self._moved,
                let_go=let_go,
            )
        )

    def _stop(self, heard: _Heard) -> None:
        wish = heard.request.wish
        assert isinstance(wish, Stop)
        self._hold = False
        self._answer(heard)
        raise PersonStop(heard.request.who, wish.category)

    def _answer(self, heard: _Heard, why: str = "") -> None:
        """Obeyed, unless there is a reason why not; on record either way."""
        request = heard.request
        self._post(
            RequestAnswered(
                cycle=None if self._visit is None else self._visit.cycle,
                who=request.who,
                where=request.where,
                wish=name_of(request.wish),
                detail=_detail(request),
                obeyed=not why,
                why=why,
            )
        )
        heard.reply.set_result(Reply(obeyed=not why, why=why))


def _stopped(visit: Visit) -> bool:
    return visit.state in (State.ABORTED, State.STOPPED)


def _detail(request: Request) -> str:
    match request.wish:
        case Help(action=action):
            return action
        case Stop(category=category):
            return f"category {category.value}"
        case Reason(code=code):
            return code
    return ""
