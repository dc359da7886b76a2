"""Import the log of a real cell, as a German Excel wrote it, and ask it a plant's questions.

Run it: python examples/import_a_log.py
"""

import tempfile
import tomllib
from pathlib import Path

from ontakt.evidence.imported import Terms, import_log, read_import
from ontakt.evidence.kpi import kpis

LOGS = Path(__file__).parent / "imported"

mapping = tomllib.loads((LOGS / "cell-7.toml").read_text(encoding="utf-8"))
terms = Terms(
    station="rear-floor",
    robot="humanoid-2",
    policy="v14",
    takt_s=76.0,
    timezone="Europe/Berlin",
    columns=mapping["columns"],
)
with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "cell-7"
    imported = import_log(LOGS / "cell-7.csv", folder, terms)
    print(f"{imported.rows} rows, {imported.shifts} shifts; as cycles.csv they begin:")
    print("".join((folder / "cycles.csv").read_text(encoding="utf-8").splitlines(True)[:3]))
    shifts = read_import(folder)

for shift in shifts:
    figures = kpis(shift)
    print(f"{shift.origin.shift}: {len(shift.cycles)} cycles in {shift.hours:.2f} h")
    for name in ("both_sides_ok", "step_ins", "uptime", "iso22400.oee", "recoveries"):
        kpi = figures[name]
        value = "unknown" if kpi.value is None else f"{kpi.value:.3f}"
        between = "" if kpi.low is None else f" [{kpi.low:.3f}, {kpi.high:.3f}]"
        print(f"  {name} = {value}{between} {kpi.unit}")

print(f"\nThe log does not say: {', '.join(shifts[0].open_points)}.")
