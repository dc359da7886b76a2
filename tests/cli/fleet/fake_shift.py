"""A program in the place of `ontakt shift` that copies a shift which a test has written.

Below FAKE_SHIFTS lies `SEED`, the shift of that seed, and `SEED.acts`, what each attempt does
before it works: `die`, `crash`, `hang` or `work`. Every attempt is noted in `log`.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    seed = sys.argv[sys.argv.index("--seed") + 1]
    out = Path(sys.argv[sys.argv.index("--out") + 1])
    home = Path(os.environ["FAKE_SHIFTS"])
    with (home / "log").open("a+") as log:
        log.seek(0)
        attempt = sum(line.split()[0] == seed for line in log)
        log.write(f"{seed} {os.getpid()} {os.environ.get('OMP_NUM_THREADS')}\n")
    acts = home / f"{seed}.acts"
    act = [*(acts.read_text().split() if acts.exists() else ()), *["work"] * 9][attempt]
    print("cycle 10: 9 good, 0 step-ins", file=sys.stderr, flush=True)
    if act == "die":
        out.mkdir(parents=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if act == "crash":
        sys.exit("a line before\nontakt: out of luck")
    if act == "hang":
        os.read(0, 1)
    shutil.copytree(home / seed, out)
