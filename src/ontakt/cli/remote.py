"""Policies that think elsewhere: behind a server's address, or in a process beside this one."""

import sys
from collections.abc import Sequence

from ontakt.contract import MissingExtra, Policy, Station
from ontakt.runtime.server_name import SCHEMES, parse_server


def connect_policy(name: str, station: Station) -> Policy:
    """The policy behind the server that `name` leads to. Raises SetupError for one that cannot be
    reached or does not fit `station`."""
    server = parse_server(name)
    key = server.api_key()
    try:
        from ontakt.runtime.client import PolicyClient
    except ModuleNotFoundError as error:
        raise MissingExtra("A policy server", "serve") from error
    return PolicyClient(server, station.spec, station.observe(0, 0), api_key=key, tell=_tell)


def policy_beside(policy: str, station_name: str, station: Station) -> Policy:
    """The policy called `policy` in a process of its own; `station_name` is what the station is
    built from there. Raises SetupError. It has `close`, which ends the process."""
    try:
        from ontakt.runtime.policy_beside import PolicyBeside
    except ModuleNotFoundError as error:
        raise MissingExtra("A policy in a process of its own", "serve") from error
    return PolicyBeside(
        lambda socket: serve_command(policy, station_name, socket),
        station.spec,
        station.observe(0, 0),
        who=policy,
        tell=_tell,
    )


def is_remote(name: str) -> bool:
    """True for a policy that is a server already."""
    return name.startswith(SCHEMES)


def serve_command(policy: str, station: str, socket: str) -> Sequence[str]:
    """The command line of a process that serves `policy` for `station` on the Unix socket at the
    path `socket`."""
    this = (sys.executable, "-m", "ontakt.cli")
    return (*this, "serve", policy, "--station", station, "--socket", socket, "--json")


def _tell(line: str) -> None:
    print(f"ontakt: {line}.", file=sys.stderr)
