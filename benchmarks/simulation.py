"""Simulated seconds per wall second of the nut-loading station, and where the time goes.

    python -m benchmarks.simulation [CYCLES]

Scripted hands that know the truth load both nuts at nominal, CYCLES times (10), without images.
The servo commands of the last cycle are then replayed by plain `mj_step` from the same state, which
must end in the same state. Wall time counts what
other processes do to this machine, CPU time does not; rendering uses every core that is free.
"""

import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
from tests.station.nut_bench import Bench

FRAMES = 50


class Stopwatch:
    """Adds up wall and CPU time of the calls that it wraps."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self.calls = 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*args)
            finally:
                self.wall += time.perf_counter() - wall
                self.cpu += time.process_time() - cpu
                self.calls += 1

        return timed


def main() -> None:
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    bench = Bench()
    station, hz = bench.station, bench.space.control_hz
    model, data = station._model, station._data
    physics, inverse, tick = Stopwatch(), Stopwatch(), Stopwatch()
    cell, kinematics = station._cell, station._body.kinematics
    substeps = station._rates[1]
    settle, timed = cell.step, physics.around(cell.step)
    start, controls = mujoco.MjData(model), list[Any]()

    def stepped(steps: int) -> None:
        if steps != substeps:  # a new part settles: no tick, and a cycle begins
            settle(steps)
            controls.clear()
            return
        if not controls:
            mujoco.mj_copyData(start, model, data)
        controls.append(data.ctrl.copy())
        timed(steps)

    cell.step = stepped  # type: ignore[method-assign]
    kinematics.step = inverse.around(kinematics.step)  # type: ignore[method-assign]
    station.apply = tick.around(station.apply)  # type: ignore[method-assign]
    presenting, good = Stopwatch(), 0
    present = presenting.around(bench.present)
    for cycle in range(cycles):
        present(cycle)
        bench.pick()
        bench.place()
        good += sum(found.ok for found in station.inspect().values())
    simulated = tick.calls / hz

    plain, end = Stopwatch(), data.qpos.copy()
    plain_step = plain.around(mujoco.mj_step)
    for control in controls:
        start.ctrl[:] = control
        plain_step(model, start, substeps)
    if not np.array_equal(start.qpos, end):
        sys.exit("The replay ended elsewhere: the station does more than mj_step.")

    print(f"mujoco {mujoco.__version__}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"model: {model.nv} dof, {model.ngeom} geoms; {good} of {2 * cycles} nuts seated")
    print(f"apply: {simulated:.1f} s simulated in {tick.wall:.2f} s wall, {tick.cpu:.2f} s CPU")
    print(f"  {simulated / tick.wall:.1f} x real time (wall), {simulated / tick.cpu:.1f} x (CPU)")
    per_tick = 1e3 / tick.calls
    rest = tick.cpu - physics.cpu - inverse.cpu
    for name, spent in (("physics", physics.cpu), ("inverse kinematics", inverse.cpu)):
        print(f"  {name}: {spent * per_tick:.2f} ms a tick, {100 * spent / tick.cpu:.0f} %")
    print(f"  everything else: {rest * per_tick:.2f} ms a tick")
    print(f"present: {1e3 * presenting.cpu / presenting.calls:.1f} ms a cycle")
    ours = 1e6 * physics.cpu / (physics.calls * substeps)
    theirs = 1e6 * plain.cpu / (plain.calls * substeps)
    print(f"physics step: {ours:.1f} us, plain mj_step: {theirs:.1f} us, ratio {ours / theirs:.2f}")
    for camera in station.spec.cameras:
        station.observe(0, 0, (camera.name,))
        began = time.perf_counter()
        for k in range(FRAMES):
            station.observe(k, 0, (camera.name,))
        spent = 1e3 * (time.perf_counter() - began) / FRAMES
        print(f"render {camera.name} {camera.width}x{camera.height}: {spent:.2f} ms wall a frame")
    times = []
    for _ in range(3):
        began = time.perf_counter()
        station.picture("overview", 1280, 720)
        times.append(time.perf_counter() - began)
    print(f"picture 1280x720: first {times[0]:.1f} s, then {np.mean(times[1:]):.2f} s")
    station.close()


if __name__ == "__main__":
    main()
