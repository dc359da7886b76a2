"""The cells of a latency study: each a shift of its own, kept when complete."""

from collections.abc import Sequence
from pathlib import Path

from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.fleet import Fleet
from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.latency_plan import PlannedCell
from ontakt.evidence.latency_study import CellRun
from ontakt.evidence.store import open_store


def work_cells(folder: Path, cells: Sequence[PlannedCell], fleet: Fleet) -> list[CellRun]:
    """`cells` as they lie in the study's `folder` when `fleet` has worked those that are missing.
    Raises as `work_orders`, and HaltError when a cell could not be worked."""
    nominal = {cell.folder: cell.nominal_ms for cell in cells}
    runs: dict[str, CellRun] = {}

    def read(kept: KeptShift, name: str) -> CellRun:
        with open_store(kept.store) as store:
            records = list(store.records(store.find().shift))
        return CellRun.from_records(name, records, nominal[name])

    def tell(order: ShiftOrder, kept: KeptShift) -> str:
        """Which parts were good may be said: a study has a fixed size and ends with no verdict."""
        run = runs[order.name] = read(kept, order.name)
        good = sum(w.record.both_ok is True for w in run.worked)
        return f"{order.name.removeprefix('cells/')}, {good} of {len(run.worked)} good"

    orders = [cell.order for cell in cells]
    done = work_orders(folder, orders, fleet, unit="cell", tell=tell).whole()
    return [runs.get(name) or read(kept, name) for name, kept in done.items()]
