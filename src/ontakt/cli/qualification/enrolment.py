"""From what was asked for to what is registered: nothing has moved yet."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec

from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import digest, software
from ontakt.cli.shift_run import ShiftRun
from ontakt.contract import Readiness, SetupError
from ontakt.evidence.experiment import seed_of
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.registration import Registered, Registration, differences

QUALIFICATIONS = Path("qualifications")
VERDICT = "verdict.json"


@dataclass(frozen=True)
class Enrolment:
    """A plan for one policy at one station, ready to be sealed."""

    registered: Registered
    orders: tuple[ShiftOrder, ...]
    """Of every shift, in the order in which a gate reads them: the first of each cell, the second
    of each, and so on."""

    @classmethod
    def new(cls, options: ShiftOptions, plan: GatePlan) -> Self:
        """`plan` with the parts that `options.seed` gives, whoever works them. Raises SetupError
        for what cannot be worked."""
        options = replace(options, cycles=plan.cycles, hours=None)
        hashes = {}
        for words, cell in zip(plan.cells, plan.cell_names, strict=True):
            run = ShiftRun.new(replace(options, variation=words), None)
            run.opened.close()
            hashes[cell] = run.origin.config_hash
        options = replace(options, policy=run.options.policy, station=run.options.station)
        takt_s = run.line.takt
        plan.check(takt_s)
        orders = tuple(
            ShiftOrder(
                name=f"shifts/{_slug(cell)}-{repeat + 1:02d}",
                options=replace(options, variation=words, seed=seed_of(options.seed, cell, repeat)),
                policy_hash=run.origin.policy_hash,
            )
            for repeat in range(plan.shifts)
            for words, cell in zip(plan.cells, plan.cell_names, strict=True)
        )
        registered = Registered(
            plan=plan,
            station=run.options.station,
            station_hash=run.station.spec.hash,
            robot=run.origin.robot,
            policy=run.options.policy,
            policy_hash=run.origin.policy_hash,
            config_hashes=hashes,
            takt_s=takt_s,
            latency=run.latency.text,
            strategy=options.strategy,
            seed=options.seed,
            shifts={order.name: order.options.seed for order in orders},
            software=software(),
        )
        return cls(registered, orders)

    def folder(self) -> Path:
        """Where it goes when nobody says where: the same plan, the same folder. Raises SetupError
        when what was typed was registered before, is not decided yet, and now means another
        plan."""
        name = f"{Path(self.registered.station).stem}-{self.registered.plan.gate}-"
        mine = QUALIFICATIONS / f"{name}{self.registered.seal[:8]}"
        if not mine.exists() and QUALIFICATIONS.is_dir():
            for other in sorted(QUALIFICATIONS.iterdir()):
                if other.name.startswith(name) and _open(other):
                    self._refuse_changed(other)
        return mine

    def _refuse_changed(self, other: Path) -> None:
        there, mine = Registration.read(other), self.registered
        if there is None:
            return
        said = ("station", "robot", "policy", "latency", "strategy", "seed")
        if all(getattr(there.registered, name) == getattr(mine, name) for name in said):
            raise _changed(other, there, mine)


def registration(folder: Path, enrolment: Enrolment, command: tuple[str, ...]) -> Registration:
    """The one that is sealed in `folder`, or a new one, of now. Raises SetupError when what is
    sealed there is another plan, naming what was changed since."""
    there = Registration.read(folder)
    if there is None:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return Registration.of(enrolment.registered, now, command)
    if differences(there.registered, enrolment.registered):
        raise _changed(folder, there, enrolment.registered)
    return there


def _changed(folder: Path, there: Registration, now: Registered) -> SetupError:
    changed = ", ".join(differences(there.registered, now))
    return SetupError(
        f"{folder}: was registered {there.registered_utc} with other values of {changed}. A "
        "changed plan is another plan; choose another --out."
    )


def _open(folder: Path) -> bool:
    """Nobody has decided the trial in `folder` yet."""
    try:
        told = msgspec.json.decode((folder / VERDICT).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return True
    return bool(told.get("verdict") == Readiness.NOT_ENOUGH_DATA.value)


def _slug(cell: str) -> str:
    """`plant misalignment=0..3mm` as a folder's name that is its own."""
    plain = re.sub(r"[^A-Za-z0-9._=-]+", "-", cell).strip("-.")
    return plain if plain == cell else f"{plain}-{digest(cell)[:6]}"
