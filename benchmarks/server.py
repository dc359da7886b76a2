"""What the policy server costs on a request, beside the stock openpi server.

    python -m benchmarks.server [REQUESTS]

Three 224x224 views and a state go in, 30 rows of 16 numbers come out, and nobody thinks: what is
left is the wire. Both servers run in processes of their own and answer the same stock client, in
turns of 50 requests, so that whatever else the machine does hits both. The stock server is that of
the package `policy-websocket`, a copy of openpi's; `pip install --no-deps openpi-client==0.1.2
policy-websocket==0.1.0` brings it and the client.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np

from ontakt.contract import (
    ActionChunk,
    ActionSpace,
    Array,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    frozen_array,
)

BLOCK = 50
VIEWS = ("head", "left_wrist", "right_wrist")
SPACE = ActionSpace()
ANSWER = frozen_array(np.tile([0.4, 0.2, 1.0, 1.0, 0.0, 0.0, 0.0, 0.05], (30, 2)))


class Thoughtless:
    """A policy whose answer was there before."""

    spec = PolicySpec(name="thoughtless", hash="0", horizon=len(ANSWER), cameras=VIEWS)

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        pass

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,  # noqa: ARG002
        guidance: Guidance | None = None,  # noqa: ARG002
    ) -> ActionChunk:
        return ActionChunk(observation.tick, ANSWER)


def ours() -> None:
    """Serve until a signal comes; prints the port."""
    from ontakt.runtime.server import OneByOne, PolicyServer, keep_freed_memory, listen_tcp

    keep_freed_memory()  # as `ontakt serve` does
    listening = listen_tcp("127.0.0.1", 0, guarded=False)
    server = PolicyServer(OneByOne(Thoughtless), SPACE)
    print(listening[0].getsockname()[1], flush=True)
    asyncio.run(server.run(listening, asyncio.Event()))


def stock() -> None:
    """The stock server on a free port, which it cannot choose itself; prints the port."""
    import socket

    from policy_websocket.websocket_server import WebsocketPolicyServer

    class Constant:
        def infer(self, obs: Mapping[str, object]) -> dict[str, object]:  # noqa: ARG002
            return {"actions": ANSWER, "policy_timing": {"infer_ms": 0.0}}

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    print(port, flush=True)
    WebsocketPolicyServer(Constant(), host="127.0.0.1", port=port).serve_forever()


def blocks(ports: Mapping[str, int], requests: int) -> dict[str, Array]:
    """Seconds of every request, by server, in blocks that take turns."""
    from openpi_client.websocket_client_policy import WebsocketClientPolicy

    chance = np.random.default_rng(0)
    question: dict[str, object] = {
        f"images/{name}": chance.integers(0, 256, (224, 224, 3), np.uint8) for name in VIEWS
    }
    question |= {"state": ANSWER[0].astype(np.float32), "prompt": "Load both nuts."}
    clients = {name: WebsocketClientPolicy("127.0.0.1", port) for name, port in ports.items()}
    times: dict[str, list[float]] = {name: [] for name in ports}
    for block in range(-2, requests // BLOCK):  # the first two warm up
        for name in list(clients)[:: 1 if block % 2 else -1]:
            for _ in range(BLOCK):
                begun = time.perf_counter()
                answer = clients[name].infer(question)
                took = time.perf_counter() - begun
                assert answer["actions"].shape == ANSWER.shape
                if block >= 0:
                    times[name].append(took)
    for client in clients.values():
        client._ws.close()
    return {name: np.array(each) for name, each in times.items()}


def start(which: str, stack: ExitStack) -> int:
    """The port of a server in a process of its own, which ends with `stack`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", which], stdout=subprocess.PIPE, text=True
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    if which == "stock":
        time.sleep(1.0)  # it tells its port before it listens
    return port


def main(arguments: Sequence[str]) -> None:
    if arguments and arguments[0] in ("ours", "stock"):
        ours() if arguments[0] == "ours" else stock()
        return
    requests = int(arguments[0]) if arguments else 2000
    with ExitStack() as stack:
        times = blocks({which: start(which, stack) for which in ("ours", "stock")}, requests)
    marks = {which: np.percentile(1e3 * times[which], [50, 99]) for which in times}
    for which, (p50, p99) in marks.items():
        print(f"{which:6} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   n {len(times[which])}")
    p50, p99 = marks["ours"] / marks["stock"]
    print(f"ratio  p50 {p50:6.2f}      p99 {p99:6.2f}")
    # Block beside block, so that a machine that others slow down for a while spoils few of them.
    paired = np.divide(*(np.median(times[w].reshape(-1, BLOCK), axis=1) for w in marks))
    print(f"ratio  p50 {np.median(paired):6.2f}      median of {len(paired)} pairs of blocks")


if __name__ == "__main__":
    main(sys.argv[1:])
