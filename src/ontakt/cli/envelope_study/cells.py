"""The cells of an envelope: each a shift of its own, kept when it was worked to its end."""

from pathlib import Path

from ontakt.cli.envelope_study.plan import EnvelopePlan
from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.fleet import Fleet
from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.evidence.envelope import CellRun
from ontakt.evidence.store import open_store


def work_cells(folder: Path, plan: EnvelopePlan, fleet: Fleet) -> dict[str, CellRun]:
    """The cells of `plan` by name, as they lie in `folder` when `fleet` has worked those that are
    missing. Raises as `work_orders`, and HaltError when a cell could not be worked."""
    cells = {cell.name: cell for cell in plan.design.cells}
    runs: dict[str, CellRun] = {}

    def read(kept: KeptShift, name: str) -> CellRun:
        with open_store(kept.store) as store:
            records = list(store.records(store.find().shift))
        return CellRun.from_records(cells[name], records, plan.design.spans)

    def tell(order: ShiftOrder, kept: KeptShift) -> str:
        """Which parts were good may be said: the design is fixed, and no look at it ends it."""
        run = runs[order.name] = read(kept, order.name)
        held = " ".join(order.options.variation[len(plan.options.variation) :])
        return f"{order.name} ({held}), {run.good} of {len(run.rows)} good"

    done = work_orders(folder, plan.orders, fleet, unit="cell", tell=tell).whole()
    return {name: runs.get(name) or read(kept, name) for name, kept in done.items()}
