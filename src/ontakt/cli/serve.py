"""`ontakt serve`: a policy as a server, for robots and simulations that think elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.contract import BadValue, MissingExtra, SetupError


@dataclass(frozen=True)
class ServeCommand:
    """Serve a policy over WebSocket, in the protocol of openpi: stock clients connect unchanged,
    several robots share one brain. Prints one line when it is ready; Ctrl-C stops it.

    It listens on this machine alone. Let others in with --host and --api-key-file, and encrypt the
    way (docs/serving.md says how).

    Examples:

      ontakt serve expert
      ontakt serve xr0:brains/compact?robot_type=ontakt-compact --port 8001 --batch 4
      ontakt serve expert --host 0.0.0.0 --api-key-file keys.txt
      ontakt serve expert --port 0 --json
      curl http://127.0.0.1:8000/metrics
    """

    policy: Annotated[Positional[str], arg(metavar="POLICY", help_behavior_hint="")] = ""
    """The worker (see: ontakt list policies)."""
    station: Annotated[str, arg(metavar="NAME")] = "nut-loading"
    """For whose robot and cameras (see: ontakt list stations)."""
    host: Annotated[str, arg(metavar="HOST")] = "127.0.0.1"
    """Where to listen; an address that others can reach needs --api-key-file."""
    port: Annotated[int, arg(metavar="N")] = 8000
    """0 takes a free one."""
    socket: Annotated[Path | None, arg(metavar="PATH", help_behavior_hint="")] = None
    """A Unix socket (mode 0600) instead of --host and --port. The server then stops, too, when a
    pipe that is its standard input ends: whoever started it has gone."""
    api_key_file: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """One key a line, 16 characters or more, `#` for comments, mode 0600; read again when it
    changes."""
    batch: Annotated[int, arg(metavar="N")] = 8
    """Most robots that are thought for at once, where the policy can."""
    queue: Annotated[int, arg(metavar="N")] = 64
    """Most requests that wait; the next one is told that the server is busy."""
    json: bool = False
    """Print one JSON object when ready, instead of the line."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Serve until a signal comes. Returns the exit code."""
        if not self.policy:
            raise SetupError(
                "Which policy? For example: ontakt serve expert (see: ontakt list policies)."
            )
        for name, value in (("--batch", self.batch), ("--queue", self.queue)):
            if not 1 <= value <= 4096:
                raise BadValue(name, value, "it lies between 1 and 4096")
        if self.socket is not None and (self.host, self.port) != ("127.0.0.1", 8000):
            raise BadValue("--socket", str(self.socket), "leave --host and --port out beside it")
        try:
            from ontakt.cli.serving import Serving
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("ontakt"):
                raise
            raise MissingExtra("Serving a policy", "serve") from error
        serving = Serving(
            policy=self.policy,
            station=self.station,
            address=(self.host, self.port),
            unix=self.socket,
            api_key_file=self.api_key_file,
            limits=(self.batch, self.queue),
        )
        return serving.run(as_json=self.json)
