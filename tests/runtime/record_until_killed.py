"""Records a cycle for ever and says on stdout which tick was written; the test kills it.

Arguments: the folder, and `mcap` or `mp4`.
"""

import sys
from pathlib import Path

from ontakt.contract import SIDES
from ontakt.contract.event import CycleStarted
from ontakt.runtime import Executor, VirtualClock
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.recorder import Recorder
from ontakt.runtime.video import Film

folder, kind = Path(sys.argv[1]), sys.argv[2]
station, clock = FakeStation(), VirtualClock(30, 10**18)
if kind == "mcap":
    watcher: Recorder | Film = Recorder(folder, station.spec.action_space, clock)
else:
    watcher = Film(folder, station, clock, "overview", size=(320, 180))
executor = Executor(station, FakePolicy(station), clock, seed=1, observers=(watcher,))
watcher.on_event(CycleStarted(cycle=1, due_tick=0, job=SIDES, variation={}))
executor.work(SIDES)
while True:
    print(executor.step().tick, flush=True)
