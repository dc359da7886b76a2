"""Made-up qualifications: a registered plan, and the shifts that it asks for."""

from collections.abc import Sequence
from typing import Any

from tests.evidence.shifts import Plan, shift

from ontakt.contract.event import Record
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.qualification import Qualification, ReadShift, places
from ontakt.evidence.gate.registration import Registered, Registration
from ontakt.evidence.gate.requirement import Assists, BothSides, Cells, Escapes, Shifts, Takt
from ontakt.evidence.shift_record import ShiftRecord

PLAN = GatePlan(
    gate="spring",
    why="12 < 13 & what the cell before us tolerates, of 90 % or so.",
    cells=(("plant",), ("nominal",)),
    shifts=2,
    cycles=6,
    require=(
        BothSides(at_least=0.5),
        Takt(at_least=0.5),
        Escapes(at_most=0.4),
        Assists(mean_hours=0.02),
        Shifts(at_least=4),
        Cells(at_least=0.3),
    ),
)
SMALL = GatePlan(
    gate="small",
    cells=(("nominal",),),
    shifts=1,
    cycles=3,
    require=(BothSides(at_least=0.3), Takt(at_least=0.3)),
)


def registration(plan: GatePlan = PLAN, seed: int = 3) -> Registration:
    """`plan`, sealed."""
    hashes = {cell: f"{number}0c0ffee" for number, cell in enumerate(plan.cell_names)}
    blank = Registered(
        plan=plan,
        station="nut-loading",
        station_hash="57a7104",
        robot="sim:g1",
        policy="expert",
        policy_hash="9f3c41d0",
        config_hashes=hashes,
        takt_s=76.0,
        latency="fixed:80ms",
        strategy="sync",
        seed=seed,
        shifts={},
        software={"ontakt": "0.1.0", "numpy": "2.3.4"},
    )
    names = {f"shifts/{cell}-{n}": given for n, (cell, given) in enumerate(places(blank))}
    registered = Registered(**{**{f: getattr(blank, f) for f in blank.__struct_fields__},
                               "shifts": names})  # fmt: skip
    return Registration.of(registered, "2026-03-01T16:00:00Z", ("ontakt", "qualify", "nut-loading"))


def worked(sealed: Registration, n: int | None = None, **changes: Any) -> list[list[Record]]:
    """The first `n` shifts of the plan, in its order; `changes` to each, as `shifts.Plan` has
    them."""
    registered, found = sealed.registered, []
    for number, (cell, seed) in enumerate(places(registered)):
        given = {
            "seed": seed,
            "cycles": registered.plan.cycles,
            "name": f"{cell}-{number}",
            "policy_hash": registered.policy_hash,
            "config_hash": registered.config_hashes[cell],
            "takt_s": registered.takt_s,
            "failure": 0.0,
            "starved": 0.0,
            "vary": False,
        }
        found.append(shift(Plan(**{**given, **changes})))
    return found[:n]


def read(sealed: Registration, shifts: Sequence[ShiftRecord]) -> Qualification:
    """What a page would carry of `shifts`, worked in the order of the plan."""
    cells = [cell for cell, _ in places(sealed.registered)]
    return Qualification(
        registration=sealed,
        read=tuple(
            ReadShift(shift=one.origin.shift, cell=cell)
            for one, cell in zip(shifts, cells, strict=False)
        ),
    )


def folded(records: Sequence[Sequence[Record]]) -> list[ShiftRecord]:
    return [fold(heap) for heap in records]
