"""Questions in a server's own keys, and answers that are taken for nothing else."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from ontakt.contract import (
    ActionChunk,
    ActionSpace,
    Array,
    Guidance,
    Observation,
    frozen_array,
)
from ontakt.runtime.link import LinkLost
from ontakt.runtime.messages import read_reply, request_of
from ontakt.runtime.served import Served
from ontakt.runtime.server_name import ServerName
from ontakt.runtime.wire import WireError, decode

_LONGEST_LINE = 300
"""Characters of a server's own words that are passed on."""


class Questions:
    """What one client asks of one server in the session `session`."""

    def __init__(self, served: Served, name: ServerName, space: ActionSpace, session: str) -> None:
        self._served, self._name = served, name
        self._space, self._session = space, session

    def write(
        self,
        observation: Observation,
        prefix: Array | None,
        guidance: Guidance | None,
        number: int,
    ) -> dict[str, Any]:
        """Question number `number`. A server that is not ours gets what it asks for alone: images,
        state and prompt under its own keys. Raises WireError."""
        served, name = self._served, self._name
        images = {key: observation.images[camera] for camera, key in served.cameras.items()}
        whole = request_of(
            msgspec.structs.replace(observation, images={}),
            self._space,
            prefix=prefix,
            guidance=guidance,
            session_id=self._session,
            request_id=number,
        )
        if served.ours:
            return whole | images
        known = {name.state: whole["state"], name.prompt: whole["prompt"]}
        return known | images | ({"session_id": self._session} if served.resets else {})

    def read(self, answer: bytes | str, tick: int, number: int, horizon: int) -> ActionChunk:
        """The chunk in the answer to question `number`, about `tick`; at most `horizon` rows, any
        number when that is 0. Raises WireError for anything else, LinkLost for an error."""
        value, _ = decode(binary(answer))
        if isinstance(value, Mapping) and value.get("request_id", number) != number:
            raise WireError("The answer is to another question.")
        chunk, _ = read_reply(value, tick, self._space.width)
        targets = chunk.targets
        if not np.isfinite(targets).all():
            raise WireError("actions has a number that is not finite.")
        if horizon and len(targets) > horizon:
            if self._served.ours:
                raise WireError(f"actions has {len(targets)} rows; announced: {horizon}.")
            targets = targets[:horizon]
        return msgspec.structs.replace(chunk, targets=frozen_array(targets))


def binary(message: bytes | str) -> bytes:
    """`message`, unless it is a text frame: those are errors. Raises LinkLost with its last line,
    which is where a traceback says what happened, without what could steer a terminal."""
    if isinstance(message, bytes):
        return message
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in message.splitlines())
    said = [" ".join(line.split()) for line in lines if line.strip()]
    raise LinkLost(f"failed: {said[-1][:_LONGEST_LINE] if said else 'it does not say why'}")
