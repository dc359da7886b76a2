"""A policy that thinks on a server: `contract.Policy` over the openpi protocol."""

import secrets
import time
from collections.abc import Callable

import msgspec
import numpy as np

from ontakt.contract import (
    INSTRUCTIONS,
    ActionChunk,
    Array,
    CycleError,
    Guidance,
    Observation,
    PolicySpec,
    SetupError,
    Side,
    StationSpec,
)
from ontakt.runtime.api_key import key_header, proof
from ontakt.runtime.link import Link, LinkLost, Refused
from ontakt.runtime.messages import read_metadata, reset_request
from ontakt.runtime.questions import Questions, binary
from ontakt.runtime.served import Served, served
from ontakt.runtime.server_name import ServerName
from ontakt.runtime.wire import WireError, decode, encode

SILENCE_S = 2.0
"""Seconds without a sign of life after which a server that gives them while it thinks is dead."""
CONNECT_S = 10.0
"""Seconds for the first connection, before anything moves."""
_PAUSES = (0.05, 0.5)
"""Seconds between two attempts to connect again: the first pause, doubling up to the last."""


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class PolicyClient:
    """One robot's link to a policy server, made before anything moves.

    An answer that does not come within `name.timeout`, reconnecting included, or is none, is a
    CycleError that says why. The connection is dropped with it, so a late answer has nowhere to go;
    the next `infer` connects again, under the same session, and tells the server again which
    episodes are under way. A server that comes back with another policy is never asked.

    `infer` and `reset` belong to one thread. `token` makes what must not be guessed or used twice;
    `tell` hears what took long, in one line.
    """

    def __init__(
        self,
        name: ServerName,
        station: StationSpec,
        seen: Observation,
        *,
        api_key: str | None = None,
        who: str | None = None,
        token: Callable[[int], str] = secrets.token_hex,
        now: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], int] = _utc_ms,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], object] = str,
    ) -> None:
        """Connect, check what the server says against `station`, and have it answer once to what
        the station sees now (`seen`), with black images. `who` is what the server is called, its
        address when left out. Raises SetupError."""
        self._name, self._station, self._who = name, station, who or str(name.address)
        self._key, self._token, self._session = api_key, token, token(16)
        self._now, self._now_ms, self._sleep = now, now_ms, sleep
        self._episodes: list[tuple[tuple[Side, ...], int]] = []
        self._untold: list[tuple[tuple[Side, ...], int]] = []
        self._number = 0
        self._sign = now()
        try:
            self._address = name.address
            self._link: Link | None = self._connect(CONNECT_S)
            self._address = msgspec.structs.replace(name.address, number=self._link.host)
            self._served = self._greeted(self._link)
            self._questions = Questions(self._served, name, station.action_space, self._session)
            self._horizon = self._served.horizon or 0
            self._warm_up(seen, tell)
        except (LinkLost, WireError, CycleError) as error:
            self.close()
            raise SetupError(self._line(error)) from error
        except BaseException:
            self.close()
            raise

    @property
    def spec(self) -> PolicySpec:
        """As the server says, and where it does not, as its name and its first answer do."""
        return PolicySpec(
            name=self._who,
            hash=self._served.hash,
            horizon=self._horizon,
            cameras=tuple(self._served.cameras),
            longest_prefix=self._served.longest_prefix,
            jacobians=self._served.jacobians,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a report must say of this server."""
        return self._served.notes

    @property
    def silent_s(self) -> float:
        """Seconds since the server's last sign of life, whatever it thinks about. Any thread."""
        link = self._link
        return self._now() - self._sign if link is None else link.silent_s

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        """As `Policy.reset`; the server is told with the next question."""
        before = ((tuple(s for s in of if s not in sides), old) for of, old in self._episodes)
        self._episodes = [*((of, old) for of, old in before if of), (sides, seed)]
        self._untold.append((sides, seed))

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """As `Policy.infer`. Raises CycleError, within `timeout` seconds."""
        return self._infer(observation, prefix, guidance, self._name.timeout, SILENCE_S)

    def close(self) -> None:
        """Say goodbye."""
        link, self._link = getattr(self, "_link", None), None
        if link is not None:
            link.close()

    def _infer(
        self,
        observation: Observation,
        prefix: Array | None,
        guidance: Guidance | None,
        timeout: float,
        silence: float | None,
    ) -> ActionChunk:
        deadline = self._now() + timeout
        try:
            link = self._linked(deadline)
            served = self._served
            silence = silence if served.ours else None
            while self._untold and served.resets:
                reset = reset_request(*self._untold[0], self._session)
                decode(binary(link.ask(encode(reset), deadline - self._now(), silence)))
                self._untold.pop(0)
            self._untold.clear()
            self._number += 1
            question = self._questions.write(observation, prefix, guidance, self._number)
            answer = link.ask(encode(question), deadline - self._now(), silence)
            return self._questions.read(answer, observation.tick, self._number, self._horizon)
        except (LinkLost, WireError, SetupError) as error:
            self._drop()
            raise CycleError(self._line(error)) from error
        except BaseException:  # whatever it was: an answer may still be on its way
            self._drop()
            raise

    def _warm_up(self, seen: Observation, tell: Callable[[str], object]) -> None:
        """The first answer: slow, since it loads and compiles, and a proof that the two fit."""
        sides = self._station.action_space.sides
        sizes = {camera.name: (camera.height, camera.width, 3) for camera in self._station.cameras}
        black = {name: np.zeros(sizes[name], np.uint8) for name in self._served.cameras}
        asked = msgspec.structs.replace(
            seen, images=black, job=sides, instruction=INSTRUCTIONS[sides]
        )
        begun = self._now()
        chunk = self._infer(asked, None, None, self._name.first_timeout, None)
        tell(f"{self._who} gave its first answer after {self._now() - begun:.1f} s")
        self._horizon = self._horizon or chunk.horizon
        self.reset(sides, 0)  # what it remembers of this is nobody's episode

    def _linked(self, deadline: float) -> Link:
        """The connection, or a new one. Raises LinkLost, WireError and SetupError when there is
        none that can be used by `deadline`."""
        if self._link is not None:
            try:
                self._link.check(SILENCE_S if self._served.ours else None)
                return self._link
            except LinkLost:  # nothing was asked yet, so nothing is lost with it
                self._drop()
        pause, longest = _PAUSES
        while True:
            try:
                link = self._connect(deadline - self._now())
                break
            except Refused:
                raise
            except LinkLost:
                if self._now() + pause >= deadline:
                    raise
                self._sleep(pause)
                pause = min(2 * pause, longest)
        try:
            again = self._greeted(link)
        except BaseException:
            link.drop()
            raise
        if again.hash != self._served.hash:
            link.drop()
            raise LinkLost(
                f"serves another policy now ({again.hash}); this shift is worked with "
                f"{self._served.hash}"
            )
        self._link = link
        return link

    def _connect(self, timeout: float) -> Link:
        headers: dict[str, str] = {}
        if self._key is not None:
            path = self._address.path
            headers["Authorization"] = (
                key_header(self._key)
                if self._name.auth == "key"
                else proof(self._key, self._now_ms(), self._token(16), path)
            )
        return Link(self._address, headers, max(0.01, timeout), self._now)

    def _greeted(self, link: Link) -> Served:
        """Raises WireError, and SetupError for a server that does not fit."""
        metadata = read_metadata(decode(link.greeting)[0])
        return served(metadata, link.greeting, self._name, self._station, self._who)

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            self._sign = self._now() - link.silent_s
            link.drop()
        self._untold = list(self._episodes)

    def _line(self, error: Exception) -> str:
        if isinstance(error, CycleError | SetupError):
            return str(error)
        if isinstance(error, WireError):
            return f"Policy server {self._who} answered garbage: {error}"
        return f"Policy server {self._who} {error}."
