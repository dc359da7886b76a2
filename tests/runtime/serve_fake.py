"""A policy server in a process of its own, over the fakes; made to be killed, frozen and slow.

Run as `python serve_fake.py --port N | --unix PATH [--pause SECONDS] [--exit-at N]`: prints a line
when it is ready, leaves when its standard input ends.
"""

import argparse
import asyncio
import os
import socket
import sys
import time
from pathlib import Path

from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.server import OneByOne, PolicyServer, UnixListener


def _brain(station: FakeStation, pause: float, exit_at: int) -> OneByOne:
    count = 0

    def think() -> None:
        nonlocal count
        count += 1
        if count == exit_at:
            print("out of memory", file=sys.stderr, flush=True)
            os._exit(9)
        time.sleep(pause)

    return OneByOne(lambda: FakePolicy(station, pause=think))


async def _serve(listening: socket.socket, pause: float, exit_at: int) -> None:
    station, stop = FakeStation(), asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    server = PolicyServer(_brain(station, pause, exit_at), station.spec.action_space)
    ready = f"{os.getpid()} {listening.getsockname()[1] if listening.family == 2 else ''}"
    await server.run([listening], stop, lambda: print(ready, flush=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unix", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--exit-at", type=int, default=0)
    asked = parser.parse_args()
    if asked.unix is None:
        where = socket.create_server(("127.0.0.1", asked.port))
        where.setblocking(False)
    else:
        where = UnixListener(asked.unix).socket
    asyncio.run(_serve(where, asked.pause, asked.exit_at))
