"""A shift that is asked to stop ends safely: the robot home, the record whole, the shift told."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ontakt.contract.event import ShiftEnded
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_a_signal_ends_it_and_it_is_told(number: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "Schicht mit Leerzeichen"
    words = ["toy", "--cycles", "100000", "--variation", "harsh", "--out", str(folder), "--json"]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "killed_shift.py"), "shift", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while int(process.stdout.readline()) < 40:
        pass
    process.send_signal(number)
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    told = json.loads(printed.splitlines()[-1])
    assert Path(told["report"]).is_file()
    with open_store(folder / "events.db") as store:
        records = list(store.records(told["shift_id"]))
    shift = fold(records)
    assert records[-1].event == ShiftEnded(reason="stopped")
    assert not shift.cut
    assert not shift.problems
    assert told["cycles"] == sum(told["outcomes"].values()) == len(shift.cycles)
    assert told["events"] == len(records)
