"""A board beside a shift: a process of its own, whose end the shift never notices."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ontakt.cli.board import PORT
from ontakt.cli.board_serving import check_extra, listen, serve
from ontakt.contract import BadValue, SetupError

_PROGRAM = (sys.executable, "-c", "from ontakt.cli.board_beside import main; main()")
_ANNOUNCED = b"Board: "


@dataclass(frozen=True)
class BoardBeside:
    """Where `--board` wants the board; `start` has it run on a shift's folder.

    Its process is in a session of its own, so a Ctrl-C at the terminal ends the shift alone, and
    the page can tell how it ended. It lives until nobody looks any more.
    """

    host: str
    port: int
    reasons: Path | None = None
    """The file of the reason codes that its console offers."""

    @classmethod
    def at(cls, address: Sequence[str], reasons: Path | None = None) -> "BoardBeside":
        """`HOST:PORT`, `PORT`, or nothing for the usual one, checked as `reasons` are. Raises
        SetupError for what cannot be served; only loopback can, for `ontakt board` is what takes
        tokens."""
        if len(address) > 1:
            raise BadValue("--board", " ".join(address), "give one HOST:PORT")
        host, _, port = (address[0] if address else f":{PORT}").rpartition(":")
        if not port.isdecimal():
            raise BadValue("--board", address[0], "give HOST:PORT, or PORT")
        host = host.strip("[]") or "127.0.0.1"
        check_extra()
        from ontakt.board.app import BoardConfig
        from ontakt.board.reasons import read_reasons

        if reasons is not None:
            read_reasons(reasons)
        try:
            BoardConfig((), host).check()
        except SetupError as error:
            raise SetupError(
                f"--board {address[0]} lets other machines in; leave the host out here, and serve "
                "them with: ontakt board DB --host HOST --tokens FILE"
            ) from error
        listen(host, int(port)).close()
        return cls(host, int(port), reasons)

    def start(self, folder: Path, tokens: Path | None = None) -> None:
        """Serve the shift in `folder`, to those who have a token where there are `tokens`, and
        print where. A board that does not start is told, and the shift goes on without it."""
        files = ["" if file is None else str(file.absolute()) for file in (tokens, self.reasons)]
        arguments = [self.host, str(self.port), str(os.getpid()), str(folder.absolute()), *files]
        try:
            process = subprocess.Popen(
                [*_PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            print(f"ontakt: no board ({error.strerror}).", file=sys.stderr)
            return
        assert process.stderr is not None
        said = [process.stderr.readline()]
        if not said[0].startswith(_ANNOUNCED):
            said += process.stderr.readlines()
        process.stderr.close()
        line = next((s for s in said if s.startswith(_ANNOUNCED)), said[-1])
        print(line.decode(errors="replace").strip() or "ontakt: no board.", file=sys.stderr)
        # It outlives us on purpose, and nobody waits for it.
        process.returncode = 0


def main() -> None:
    """The program of that process: host, port, the shift's process, its folder, the file of the
    tokens and that of the reasons, each empty where there is none."""
    host, port, parent, folder, tokens, reasons = sys.argv[1:]
    try:
        serve(
            [Path(folder)],
            (host, int(port)),
            tokens=Path(tokens) if tokens else None,
            reasons=Path(reasons) if reasons else None,
            beside=int(parent),
        )
    except SetupError as error:
        sys.exit(f"ontakt: no board: {error}")
