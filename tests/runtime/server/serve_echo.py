"""`python -m tests.runtime.server.serve_echo`: a server over the echo brain, a process of its own.
It prints its address when it is ready and ends with its standard input."""

import asyncio
import sys

from tests.runtime.server.echo import SPACE, EchoBrain

from ontakt.runtime.server import PolicyServer, keep_freed_memory, listen_tcp, url_of


async def main() -> None:
    stop, listening = asyncio.Event(), listen_tcp("127.0.0.1", 0, guarded=False)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    await PolicyServer(EchoBrain(), SPACE).run(
        listening, stop, lambda: print(url_of(listening[0]), flush=True)
    )


if __name__ == "__main__":
    keep_freed_memory()
    asyncio.run(main())
