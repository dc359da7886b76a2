"""A wire with faults, in a process of its own: between a client and a server on this machine.

Run as `python delaying_proxy.py PORT`, the server's; prints its own port. Standard input takes one
command a line, in force from then on for what comes from the server:

    pass            nothing is wrong (the beginning)
    delay SECONDS   everything comes later, in both directions
    trickle         one byte every 50 ms
    garble          every byte is turned over
    mute            nothing comes through, and nothing tells so
    cut             all connections end; new ones are as before

It leaves when its standard input ends.
"""

import asyncio
import sys
from collections.abc import Callable


class Proxy:
    """Copies bytes, as the fault in force has it."""

    def __init__(self, port: int) -> None:
        self.fault, self.delay = "pass", 0.0
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()

    async def connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One client."""
        try:
            far, out = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, out}
        await asyncio.gather(self._copy(near, out, False), self._copy(far, back, True))

    def command(self, line: str) -> None:
        """Put a fault in force."""
        word, _, value = line.partition(" ")
        if word == "cut":
            for writer in self._writers:
                writer.transport.abort()
            self._writers.clear()
            return
        self.fault, self.delay = word, float(value or 0)

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool
    ) -> None:
        """Delays keep the order: a piece is written when its time has come, in a queue."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        writing = asyncio.create_task(self._write(queue, sink, answers))
        try:
            while data := await source.read(65536):
                queue.put_nowait((loop.time() + self.delay, data))
        except OSError:
            pass
        queue.put_nowait((loop.time() + self.delay, b""))
        await writing

    async def _write(
        self, queue: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter, answers: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not data:
                    break
                for piece in self._spoilt(data) if answers else [data]:
                    if self.fault == "trickle":
                        await asyncio.sleep(0.05)
                    sink.write(piece)
                    await sink.drain()
        except OSError:
            pass
        sink.close()

    def _spoilt(self, data: bytes) -> list[bytes]:
        if self.fault == "garble":
            return [bytes(255 - byte for byte in data)]
        if self.fault == "mute":
            return []
        if self.fault == "trickle":
            return [data[i : i + 1] for i in range(len(data))]
        return [data]


async def _lines(tell: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        tell(line.decode().strip())


async def _main(port: int) -> None:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await _lines(proxy.command)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
