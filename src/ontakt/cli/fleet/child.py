"""A shift in a process that does not outlive whoever holds the other end of its stdin.

Run as `python -m ontakt.cli.fleet.child ARGUMENTS OF ontakt`.
"""

import os
import runpy
import threading


def _outlive_nobody() -> None:
    os.read(0, 1)  # comes back when the other end is closed, however that happened
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_outlive_nobody, daemon=True).start()
    runpy.run_module("ontakt.cli", run_name="__main__", alter_sys=True)
