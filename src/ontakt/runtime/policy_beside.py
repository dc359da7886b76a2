"""A policy in a process of its own: what it computes, leaks or breaks stays there."""

from collections.abc import Callable, Sequence

from ontakt.contract import (
    ActionChunk,
    Array,
    CycleError,
    Guidance,
    Observation,
    PolicySpec,
    Side,
    StationSpec,
)
from ontakt.runtime.client import PolicyClient
from ontakt.runtime.policy_process import PolicyProcess
from ontakt.runtime.server_name import ServerName

_ENDING_S = 0.2
"""Seconds from the end of a connection to that of the process which held it."""


class PolicyBeside:
    """`contract.Policy` over a `PolicyProcess` and a `PolicyClient`.

    A process that ends fails the cycle in which it is missed, with its last words, and is started
    again; until it is ready the robot holds.
    """

    def __init__(
        self,
        command: Callable[[str], Sequence[str]],
        station: StationSpec,
        seen: Observation,
        *,
        who: str,
        timeout: float = 2.0,
        first_timeout: float = 300.0,
        tell: Callable[[str], object] = str,
    ) -> None:
        """Start what `command` makes of a socket's path, wait until it is ready and has answered
        once to what the station sees (`seen`). `who` is what the policy is called. Raises
        SetupError."""
        self._process = PolicyProcess(command)
        name = ServerName(
            address=self._process.address, timeout=timeout, first_timeout=first_timeout
        )
        try:
            self._client = PolicyClient(name, station, seen, who=who, tell=tell)
        except BaseException:
            self._process.close()
            raise

    @property
    def spec(self) -> PolicySpec:
        """Of the policy in the process."""
        return self._client.spec

    @property
    def notes(self) -> tuple[str, ...]:
        """What a report must say of it."""
        return self._client.notes

    @property
    def silent_s(self) -> float:
        """Seconds since its last sign of life."""
        return self._client.silent_s

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """As `Policy.reset`."""
        self._client.reset(sides, seed)

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """As `Policy.infer`. Raises CycleError."""
        try:
            return self._client.infer(observation, prefix, guidance)
        except CycleError as error:
            words = self._process.last_words(_ENDING_S)
            if words is None:
                raise
            self._process.revive()
            raise CycleError(f"{error} Its process ended ({words}); it starts again.") from error

    def close(self) -> None:
        """End the process."""
        self._client.close()
        self._process.close()
