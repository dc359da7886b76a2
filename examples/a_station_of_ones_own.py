"""Copy a station file, change two lines, and work a shift there.

Run it: python examples/a_station_of_ones_own.py
"""

import contextlib
import io
import json
import tempfile
from pathlib import Path

from ontakt.cli.main import run
from ontakt.station.registry import SHIPPED

text = SHIPPED["toy"].read_text(encoding="utf-8")
text = text.replace('name = "toy"', 'name = "brisk"').replace('takt = "30 s"', 'takt = "12 s"')

with tempfile.TemporaryDirectory() as place:
    mine = Path(place) / "brisk.toml"
    mine.write_text(text, encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        run(["shift", str(mine), "--cycles", "5", "--out", str(Path(place) / "shift"), "--json"])

told = json.loads(printed.getvalue().splitlines()[-1])
print(f"{told['station']}: {told['cycles']} cycles at {told['takt_s']:g} s takt")
print(f"good on both sides: {told['both_sides_ok']}, p95 {told['cycle_s']['p95']:.1f} s")
