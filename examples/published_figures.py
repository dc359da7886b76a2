"""Enter what was published of humanoids at work, and ask what follows from it, and what does not.

The figures, with their sources and with what had to be assumed, lie in `published/`. Nobody
registered a plan before these robots worked, so no verdict here is an acceptance.

Run it: python examples/published_figures.py
"""

import tempfile
from pathlib import Path

from ontakt.evidence.gate.hindsight import in_hindsight
from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.imported import Terms, import_log, read_import
from ontakt.evidence.kpi import kpis
from ontakt.evidence.numbers import figure, interval
from ontakt.evidence.shift_record import ShiftRecord

PUBLISHED = Path(__file__).parent / "published"
GATE = find_gate("supervised")
ASKED = (
    "cycles",
    "both_sides_ok",
    "left_ok",
    "right_ok",
    "takt_compliance",
    "escapes",
    "step_ins",
    "uptime",
)


def tell(shift: ShiftRecord) -> None:
    """What follows from one log, and what stays open."""
    for caveat in shift.problems:
        print(f"  mind: {caveat}")
    for name in ASKED:
        kpi = kpis(shift)[name]
        between = f" ({interval(kpi)})" if interval(kpi) else ""
        print(f"  {name}: {figure(kpi)}{between}")
    print(f"  not told: {', '.join(shift.open_points)}")
    found = in_hindsight(GATE, [shift])
    print(f"  held against the gate {GATE.gate}: {found.verdict.readiness}")
    for one in found.findings:
        print(f"    {one.requirement}, {one.asked}: {one.status}. {one.reason}")
    print()


with tempfile.TemporaryDirectory() as place:
    for path in sorted(PUBLISHED.glob("*.json")):
        folder = Path(place) / path.stem
        import_log(path, folder, Terms())
        (shift,) = read_import(folder)
        print(f"{path.name}: {shift.started.notes[1]}")
        tell(shift)
