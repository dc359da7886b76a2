"""Work a few parts at the toy station, then answer a plant's questions from the raw events.

Run it: python examples/read_a_shift.py
"""

import contextlib
import io
import tempfile
from pathlib import Path

from ontakt.cli.main import run
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import kpis
from ontakt.evidence.store import open_store

with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "shift"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(f"shift toy --cycles 12 --seed 5 --variation harsh --out {folder}".split())

    with open_store(folder / "events.db") as store:
        shift = fold(store.records(store.find().shift))

for cycle in shift.cycles:
    failure = f" ({cycle.failure})" if cycle.failure else ""
    print(f"cycle {cycle.cycle:2}: {cycle.outcome}{failure}, {cycle.cycle_s:.1f} s")

figures = kpis(shift)
for name in ("both_sides_ok", "step_ins", "iso22400.oee"):
    kpi = figures[name]
    value = "unknown" if kpi.value is None else f"{kpi.value:.3f}"
    between = "" if kpi.low is None else f" [{kpi.low:.3f}, {kpi.high:.3f}]"
    print(f"{name} = {value}{between} {kpi.unit}: {kpi.definition}")
