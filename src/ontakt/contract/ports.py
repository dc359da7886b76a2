"""The seams between rooms: each is a Protocol, and `cli` plugs one room into another."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from ontakt.contract.chunk import ActionChunk, Guidance, Jacobian
from ontakt.contract.clock import Clock
from ontakt.contract.command import Command
from ontakt.contract.event import Event
from ontakt.contract.limits import Limits
from ontakt.contract.observation import Observation
from ontakt.contract.request import Assistance, Jog
from ontakt.contract.signals import CellStats, Inspection, Signals
from ontakt.contract.spaces import ActionSpace, Array, CameraSpec, Image, Side
from ontakt.contract.stop import StopCategory, StopPhase


class PolicySpec(Struct, frozen=True, kw_only=True):
    """What a policy is and what it needs."""

    name: str
    hash: str
    """Digest of everything that decides its answers: weights, configuration, code version."""
    horizon: int
    """Most ticks that one of its chunks covers."""
    cameras: tuple[str, ...] = ()
    """Cameras that must be rendered for it; empty for a policy without pixels."""
    longest_prefix: int = 0
    """Most committed rows that it was made to go on from; 0 for a policy that cannot."""
    jacobians: tuple[Jacobian, ...] = ()
    """How it can be guided; empty for a policy that cannot."""


class Policy(Protocol):
    """A brain: observation in, chunk of absolute targets out."""

    @property
    def spec(self) -> PolicySpec: ...

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """Forget what was under way on `sides`: a new part or a new attempt begins there.
        All chance that the policy uses from here on comes from `seed`."""
        ...

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """Targets from `observation` on, row 0 for its tick. `prefix` (P, width) are the first
        targets, already committed, that the answer must begin with; only a policy with a
        `longest_prefix` of P or more is given one, and only one with `jacobians` is guided."""
        ...


class Asked(Struct, frozen=True, eq=False):
    """One robot's question to a brain that several share."""

    session: Policy
    """From `Brain.session`: this robot's own."""
    observation: Observation
    prefix: Array | None = None
    guidance: Guidance | None = None


class Brain(Protocol):
    """One set of weights that thinks for several robots."""

    @property
    def spec(self) -> PolicySpec: ...

    @property
    def batch(self) -> int:
        """Most questions that are worth asking together; 1 for a brain that answers one by one."""
        ...

    def session(self) -> Policy:
        """A policy of one robot's own: its chance and memory are nobody else's."""
        ...

    def infer_together(self, asked: Sequence[Asked]) -> Sequence[ActionChunk]:
        """The answers, in order, each as its session would have given it alone; up to `batch`
        questions of different sessions."""
        ...


class StationSpec(Struct, frozen=True, kw_only=True):
    """What a station is: its robot, its spaces, its nominal places."""

    name: str
    robot: str
    hash: str
    """Digest of the station and robot files and of the physics' version."""
    action_space: ActionSpace
    cameras: tuple[CameraSpec, ...]
    home: Array
    """Action vector (width,) of the pose in which the robot waits, gripper open."""
    places: Mapping[str, tuple[float, float, float]]
    """Nominal places [m] by name: `left_nut` (centre of the presented nut), `left_pin` (centre
    of a seated nut), ..."""
    views: tuple[str, ...] = ("overview",)
    """Views for people that `Station.picture` knows beside the cameras, the best one first; one
    called `left_close` or `right_close` shows that side."""
    notes: tuple[str, ...] = ()
    """What every report must say about this body."""
    gauge: Mapping[str, float] = {}
    """What the inspector calls good, as `ShiftStarted.gauge`; empty when it is not known."""
    safe_posture: Array | None = None
    """Action vector (width,) that a body which could fall takes before its drives lose power; None
    for one that stays up without them."""


class Station(Protocol):
    """A body at its station: simulated or real. Its time is the control tick: `apply` takes one."""

    @property
    def spec(self) -> StationSpec: ...

    @property
    def limits(self) -> Limits: ...

    def present(self, cycle: int) -> Mapping[str, float]:
        """Exchange the part and set this cycle's variation; returns every axis in SI units.
        The robot stays where it is."""
        ...

    def feed(self, side: Side) -> int | None:
        """Have a nut presented on `side`, unless one waits there; returns how many are left in
        the magazine, None when it is empty and nothing is presented."""
        ...

    def stock(self, left: Mapping[Side, int]) -> None:
        """Take over how many nuts the magazines hold, from the record of a shift that goes on; a
        real station's magazines hold what they hold."""
        ...

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        """The present, with images of `cameras` and the vision estimates, without a job."""
        ...

    def apply(self, command: Command) -> None:
        """Pursue the target for one control tick; the world moves on by as much."""
        ...

    def power(self, on: bool) -> None:
        """Give the drives their power, or take it: without it no command moves the robot."""
        ...

    def inspect(self) -> Mapping[Side, Inspection]:
        """Measure the part as it is now."""
        ...

    def assist(self, action: Assistance) -> None:
        """A person's hands in the cell; the robot stands still."""
        ...

    def picture(self, view: str, width: int, height: int) -> Image:
        """A picture for people from `view` (a camera's name or `overview`), in the beautiful
        render model where there is one."""
        ...

    def close(self) -> None: ...


class Cell(Protocol):
    """What the line knows of a station with its robot and its brain, whatever they are made of."""

    @property
    def clock(self) -> Clock: ...

    @property
    def sides(self) -> tuple[Side, ...]: ...

    def present(self, cycle: int) -> Mapping[str, float]:
        """As `Station.present`; also starts the cycle's counts."""
        ...

    def feed(self, side: Side) -> int | None:
        """As `Station.feed`."""
        ...

    def work(self, sides: tuple[Side, ...]) -> None:
        """The policy starts afresh on `sides` and drives them from the next tick on; the job that
        it is told is all sides that it drives. While a stop is in force it moves nothing: see
        `restart`; the same holds for `home`."""
        ...

    def home(self, sides: tuple[Side, ...]) -> None:
        """Take `sides` from the policy; they open, rise and go home, through the guard."""
        ...

    def hold(self) -> None:
        """Take all sides from the policy; they stand still where they are."""
        ...

    def jog(self, jog: Jog) -> None:
        """Move a side that holds, or is jogged already, by a person's hand until `jog` has run out,
        through the guard at reduced speed; nothing while a stop is in force."""
        ...

    def stop(self, category: StopCategory) -> None:
        """Take all sides from whoever drives them and stop. A harder stop takes over from one that
        is under way, a softer one changes nothing."""
        ...

    @property
    def stop_phase(self) -> StopPhase:
        """What the stop is at."""
        ...

    def restart(self) -> None:
        """A person's command: end the stop, with power and standing still; who drives is asked for
        anew. Nothing to do while nothing is stopped."""
        ...

    def step(self) -> Signals:
        """One control tick of whatever was asked for."""
        ...

    def rest(self, ticks: int) -> None:
        """Let time pass while every arm holds or is home; a simulation skips it."""
        ...

    def inspect(self) -> Mapping[Side, Inspection]: ...

    def assist(self, action: Assistance) -> None: ...

    def stats(self) -> CellStats:
        """Counts since `present`."""
        ...

    def picture(self, cycle: int, what: str, side: Side | None = None) -> str | None:
        """Save a picture of the scene, or of one side; its path relative to the shift's folder,
        None without a view or a folder."""
        ...

    def keep_black_box(self, cycle: int, reason: str) -> str | None:
        """Save the last seconds; the path relative to the shift's folder, None without one."""
        ...


class RecordSink(Protocol):
    """Where events go. When `append` returns, the event survives a kill of the process."""

    def append(self, event: Event) -> None: ...
