"""A fake policy behind a real server in a process of its own.

    python -m ontakt.runtime.bench.serving SOCKET THINK_MS WIDTH HEIGHT HZ

serves on the Unix socket until its standard input ends, and prints a line when it is ready.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from ontakt.contract import CameraSpec
from ontakt.runtime.bench.busy import Busy
from ontakt.runtime.client import PolicyClient
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.policy_process import PolicyProcess
from ontakt.runtime.server import OneByOne, PolicyServer, UnixListener
from ontakt.runtime.server_name import ServerName

VIEWS = ("head", "left_wrist", "right_wrist")
HORIZON = 30


def station_of(width: int, height: int, hz: int = 30) -> FakeStation:
    """The fake station with three cameras of `width` x `height` pixels."""
    cameras = tuple(CameraSpec(name, width, height, 1.0) for name in VIEWS)
    return FakeStation(hz=hz, cameras=cameras)


def policy_of(station: FakeStation, think_s: float) -> FakePolicy:
    """The fake policy that looks through all cameras and is busy for `think_s` with each answer."""
    pause = Busy(think_s) if think_s > 0 else None
    return FakePolicy(station, horizon=HORIZON, cameras=VIEWS, pause=pause)


def policy_process(think_s: float, width: int, height: int, hz: int = 30) -> PolicyProcess:
    """That policy, served by a process of its own. Raises SetupError."""

    def command(socket: str) -> Sequence[str]:
        numbers = (f"{1e3 * think_s}", f"{width}", f"{height}", f"{hz}")
        return (sys.executable, "-m", "ontakt.runtime.bench.serving", socket, *numbers)

    return PolicyProcess(command, patience=60.0)


def client_of(process: PolicyProcess, station: FakeStation) -> PolicyClient:
    """A connection to it. Raises SetupError."""
    name = ServerName(address=process.address, timeout=10.0)
    return PolicyClient(name, station.spec, station.observe(0, 0))


async def serve(socket: Path, think_s: float, width: int, height: int, hz: int) -> None:
    """Serve until standard input ends."""
    station = station_of(width, height, hz)
    brain = OneByOne(lambda: policy_of(station, think_s))
    server = PolicyServer(brain, station.spec.action_space, cameras=station.spec.cameras)
    listener, stop = UnixListener(socket), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stop.set)  # nobody writes there: it can only end
    try:
        await server.run([listener.socket], stop, lambda: print("ready", flush=True))  # noqa: T201
    finally:
        loop.remove_reader(sys.stdin.fileno())
        listener.close()


if __name__ == "__main__":
    path, think_ms, *numbers = sys.argv[1:]
    asyncio.run(serve(Path(path), float(think_ms) / 1e3, *map(int, numbers)))
