"""The plan as it was registered: sealed before the first cycle, compared before every other."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from ontakt.contract import RecordError, SetupError
from ontakt.evidence.gate.plan import GatePlan

REGISTRATION = "registration.json"


class Registered(Struct, frozen=True, kw_only=True):
    """Everything that a verdict holds for; one changed letter is another plan."""

    plan: GatePlan
    station: str
    station_hash: str
    robot: str
    policy: str
    """As it was asked for."""
    policy_hash: str
    config_hashes: Mapping[str, str]
    """By cell: station, robot, variation, takt, latency, strategy and software."""
    takt_s: float
    latency: str
    strategy: str
    seed: int
    shifts: Mapping[str, int]
    """Every shift by name, with the seed that it is worked with."""
    software: Mapping[str, str]

    @property
    def seal(self) -> str:
        """`seal_of` all of it, as this version of Ontakt writes it."""
        return seal_of(msgspec.json.encode(self))

    @property
    def config_hash(self) -> str:
        """One hash for the configurations of all cells."""
        if len(set(self.config_hashes.values())) == 1:
            return next(iter(self.config_hashes.values()))
        listed = msgspec.json.encode(self.config_hashes, order="deterministic")
        return hashlib.sha256(listed).hexdigest()


class Registration(Struct, frozen=True, kw_only=True):
    """What lies in a qualification's folder."""

    registered_utc: str
    """When, in ISO 8601; before the first cycle."""
    seal: str
    sealed: msgspec.Raw = msgspec.field(name="registered")
    """`Registered` as it was written: the seal is about that text, so that a field which a later
    version of Ontakt adds breaks no seal."""
    command: tuple[str, ...] = ()
    """What was typed; it may be typed otherwise and mean the same."""

    @classmethod
    def of(cls, registered: Registered, utc: str, command: tuple[str, ...] = ()) -> Self:
        """`registered`, sealed at `utc`."""
        raw = msgspec.Raw(msgspec.json.encode(registered))
        return cls(registered_utc=utc, seal=seal_of(raw), sealed=raw, command=command)

    @property
    def registered(self) -> Registered:
        """What was sealed. Raises msgspec.ValidationError where it is none."""
        return msgspec.json.decode(self.sealed, type=Registered)

    @property
    def intact(self) -> bool:
        """False where it was changed after it was sealed."""
        return seal_of(self.sealed) == self.seal

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """That of `folder`; None where there is none. Raises RecordError for one that was changed
        after it was sealed, or that is none."""
        path = folder / REGISTRATION
        if not path.is_file():
            return None
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
            _ = found.registered
        except (OSError, msgspec.MsgspecError) as error:
            raise RecordError(f"{path}: is no registration ({error}).") from error
        if not found.intact:
            raise RecordError(
                f"{path}: was changed after it was sealed; a changed plan is another plan. "
                "Register it anew in another --out."
            )
        return found

    def write(self, folder: Path) -> None:
        """Put it into `folder`, whole or not at all. Raises SetupError where that cannot be."""
        path = folder / REGISTRATION
        torn = path.with_suffix(".torn")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            torn.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
            torn.rename(path)
        except OSError as error:
            raise SetupError(f"{folder}: cannot be written ({error.strerror or error}).") from error


def seal_of(text: bytes | msgspec.Raw) -> str:
    """SHA-256 over the JSON in `text`, its names sorted and nothing between its words."""
    plain = msgspec.json.decode(text)
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def differences(old: Registered, new: Registered) -> tuple[str, ...]:
    """What of `new` is not as it was registered, in words that a person looks for."""
    said = {
        "plan": "the plan",
        "station": "the station",
        "station_hash": "the station file",
        "robot": "the robot",
        "policy": "the policy's name",
        "policy_hash": "the policy",
        "takt_s": "takt",
        "latency": "--latency",
        "strategy": "--strategy",
        "seed": "--seed",
        "shifts": "the shifts",
        "software": "the software",
    }
    found = [words for name, words in said.items() if getattr(old, name) != getattr(new, name)]
    if not found and old.config_hashes != new.config_hashes:
        found = ["the configuration"]
    return tuple(found)
