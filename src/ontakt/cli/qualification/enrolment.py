"""From what was asked for to what is registered: nothing has moved yet."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import digest, software
from ontakt.cli.shift_run import ShiftRun
from ontakt.contract import SetupError
from ontakt.evidence.experiment import seed_of
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.registration import Registered, Registration, differences

QUALIFICATIONS = Path("qualifications")


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
        """Where it goes when nobody says where: the same plan, the same folder."""
        name = Path(self.registered.station).stem
        return QUALIFICATIONS / f"{name}-{self.registered.plan.gate}-{self.registered.seal[:8]}"


def registration(folder: Path, enrolment: Enrolment, command: tuple[str, ...]) -> Registration:
    """The one that is sealed in `folder`, or a new one, of now. Raises SetupError when what is
    sealed there is another plan, naming what was changed since."""
    there = Registration.read(folder)
    if there is None:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return Registration.of(enrolment.registered, now, command)
    changed = differences(there.registered, enrolment.registered)
    if changed:
        raise SetupError(
            f"{folder}: was registered {there.registered_utc} with other values of "
            f"{', '.join(changed)}. A changed plan is another plan; choose another --out."
        )
    return there


def _slug(cell: str) -> str:
    """`plant misalignment=0..3mm` as a folder's name that is its own."""
    plain = re.sub(r"[^A-Za-z0-9._=-]+", "-", cell).strip("-.")
    return plain if plain == cell else f"{plain}-{digest(cell)[:6]}"
