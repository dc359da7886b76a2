"""A registered plan is sealed: what is changed afterwards is noticed."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ontakt.contract import RecordError
from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.gate.registration import (
    REGISTRATION,
    Registered,
    Registration,
    differences,
    seal_of,
)

REGISTERED = Registered(
    plan=find_gate("scheduled"),
    station="nut-loading",
    station_hash="station",
    robot="sim:g1",
    policy="expert",
    policy_hash="policy",
    config_hashes={"plant": "config"},
    takt_s=76.0,
    latency="fixed:80ms",
    strategy="sync",
    seed=0,
    shifts={"plant-1": 17},
    software={"ontakt": "0.1"},
)


def sealed() -> Registration:
    return Registration.of(REGISTERED, "2026-11-23T16:00:00Z", ("ontakt", "qualify"))


def test_it_reads_as_it_was_written(tmp_path: Path) -> None:
    sealed().write(tmp_path / "q")
    found = Registration.read(tmp_path / "q")
    assert found is not None
    assert found.registered == REGISTERED
    assert found.seal == sealed().seal == REGISTERED.seal
    assert (found.registered_utc, found.command) == (sealed().registered_utc, sealed().command)
    assert Registration.read(tmp_path) is None


def test_a_field_that_came_later_breaks_no_seal(tmp_path: Path) -> None:
    """What an older Ontakt sealed lacks it, and another one wrote its names in another order."""
    plain = msgspec.to_builtins(REGISTERED)
    del plain["plan"]["why"]
    text = msgspec.json.encode(dict(reversed(plain.items())))
    old = Registration(registered_utc="", seal=seal_of(text), sealed=msgspec.Raw(text))
    old.write(tmp_path)
    found = Registration.read(tmp_path)
    assert found is not None
    assert found.intact
    assert found.registered.plan.why == ""
    assert found.registered.seal != found.seal


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"policy_hash": "policy"', '"policy_hash": "better"'),
        ("0.99", "0.98"),
        ('"seed": 0', '"seed": 1'),
    ],
)
def test_an_edited_registration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    sealed().write(tmp_path)
    path = tmp_path / REGISTRATION
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RecordError, match="was changed after it was sealed"):
        Registration.read(tmp_path)


def test_a_torn_registration_is_named(tmp_path: Path) -> None:
    (tmp_path / REGISTRATION).write_text("{")
    with pytest.raises(RecordError, match="is no registration"):
        Registration.read(tmp_path)


def test_what_differs_is_named_in_words() -> None:
    assert differences(REGISTERED, REGISTERED) == ()
    retrained = replace(REGISTERED, policy_hash="better", config_hashes={"plant": "other"})
    assert differences(REGISTERED, retrained) == ("the policy",)
    assert differences(REGISTERED, replace(REGISTERED, station_hash="x")) == ("the station file",)
    assert differences(REGISTERED, replace(REGISTERED, config_hashes={})) == ("the configuration",)


def test_every_field_is_under_the_seal() -> None:
    for name in Registered.__struct_fields__:
        if name == "plan":
            other = replace(REGISTERED, plan=find_gate("demo"))
        else:
            value = getattr(REGISTERED, name)
            kinds = {str: "other", int: 9, float: 9.0, dict: {}}
            other = replace(REGISTERED, **{name: kinds[type(value)]})
        assert other.seal != REGISTERED.seal, name
