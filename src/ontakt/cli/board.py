"""`ontakt board`: the andon board of a station or of many lines, in a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.contract import SetupError

PORT = 8080


@dataclass(frozen=True)
class BoardCommand:
    """Serve the andon board: what a station does, readable from five metres, for whoever has a
    browser. It reads records that other processes write, live or long after; it moves nothing.

    Examples:

      ontakt board shifts                       all lines whose shifts lie in a folder
      ontakt board shifts/nut-loading-7-0a1b2c3d --port 8090
      ontakt board shifts --host 0.0.0.0 --tokens board-tokens.toml
    """

    stores: Annotated[Positional[tuple[Path, ...]], arg(metavar="DB")] = ()
    """Event stores, shifts' folders, folders of those, or shift ids."""
    port: Annotated[int, arg(metavar="PORT")] = PORT
    """Where it listens; 0 takes any that is free."""
    host: Annotated[str, arg(metavar="HOST")] = "127.0.0.1"
    """Who may connect: this machine alone, unless it is another address and there are tokens."""
    tokens: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """TOML or JSON file of tokens and roles, readable by its owner alone (docs/board.md)."""
    name: Annotated[tuple[str, ...], arg(metavar="NAME")] = ()
    """Further names by which browsers may ask for this machine."""
    reasons: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """TOML file of the reason codes that a console offers: reasons = ["nut askew", ...]."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Serve until it is stopped."""
        from ontakt.cli.board_serving import places_of, serve

        if not self.stores:
            raise SetupError(
                "Which records? For example: ontakt board shifts (a folder of shifts, a shift's "
                "folder, or an event store)."
            )
        return serve(
            places_of(self.stores),
            (self.host, self.port),
            tokens=self.tokens,
            names=self.name,
            reasons=self.reasons,
        )
