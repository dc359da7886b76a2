"""A shift in a process of its own that says which events it has acknowledged; made to be killed.

Run as `python killed_shift.py ARGUMENTS OF ontakt`: after each durable append the event's number
goes to stdout, unbuffered.
"""

import os
import sys

from ontakt.cli import shift_run
from ontakt.cli.main import run
from ontakt.cli.progress import ShiftProgress
from ontakt.contract.event import Record


class Loud(ShiftProgress):
    """Tells the number of every record that was stored."""

    def hear(self, record: Record) -> None:
        os.write(1, f"{record.seq}\n".encode())
        super().hear(record)


if __name__ == "__main__":
    vars(shift_run)["ShiftProgress"] = Loud
    sys.exit(run(sys.argv[1:]))
