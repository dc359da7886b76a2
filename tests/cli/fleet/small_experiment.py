"""An experiment of a few real shifts at the toy station, as a process that tests can kill.

Run as `python small_experiment.py FOLDER SHIFTS CYCLES JOBS [FLEET]`; the names of the shifts that
are done are printed as JSON.
"""

import json
import sys
from pathlib import Path

from tests.cli.fleet.orders import order

from ontakt.cli.fleet.claim import claimed
from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.fleet import find_fleet
from ontakt.contract import HaltError, SetupError


def small_experiment(
    folder: Path, shifts: int, cycles: int, jobs: int, fleet: str = "local"
) -> int:
    """Work it, or what is missing of it. Returns an exit code as `ontakt` does."""
    orders = [order(seed, cycles=cycles) for seed in range(shifts)]
    try:
        workers = find_fleet(fleet, jobs)
        with claimed(folder, {"shifts": shifts, "cycles": cycles}, "experiment"):
            print(json.dumps(list(work_orders(folder, orders, workers).whole())), flush=True)
    except KeyboardInterrupt:
        return 130
    except (SetupError, HaltError) as error:
        print(f"ontakt: {error}", file=sys.stderr)
        return 2 if isinstance(error, SetupError) else 3
    return 0


if __name__ == "__main__":
    sys.exit(
        small_experiment(
            Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:]
        )
    )
