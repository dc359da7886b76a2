"""Limits from a file, an arm's own, and modes that only lower them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, fields

from ontakt.contract import SIDES, Limits, SetupError
from ontakt.contract.config import ConfigFile
from ontakt.contract.limits import ArmLimits, ArmOverride, MotionMode, Tool

TEXT = """
[limits]
speed = "0.5 m/s"
acceleration = "3 m/s^2"
jerk = "60000 mm/s^3"
turn_speed = "90 deg/s"
opening = ["0 mm", "40 mm"]
opening_speed = "120 mm/s"
grip_force = "15 N"
wrist_force = "60 N"
clearance = "20 mm"
chunk_age = "1.5 s"
heartbeat = "200 ms"
[limits.tool]
length = "140 mm"
radius = "36 mm"
[limits.workspace]
left = [["0 mm", "20 mm", "0 mm"], ["1 m", "1 m", "1 m"]]
right = [["0 mm", "-1 m", "0 mm"], ["1 m", "-20 mm", "1 m"]]
[limits.arm.left]
speed = "0.4 m/s"
[limits.mode.reduced]
speed = "250 mm/s"
"""


def read(tmp_path: Path, text: str) -> Limits:
    path = tmp_path / "station.toml"
    path.write_text(text)
    return ConfigFile(path).section("limits", Limits)


def test_a_file_gives_every_limit_in_si(tmp_path: Path) -> None:
    limits = read(tmp_path, TEXT)
    assert limits.jerk == 60.0
    assert (limits.tool.length, limits.tool.radius) == pytest.approx((0.14, 0.036))
    assert [limits.of(side).speed for side in SIDES] == [0.4, 0.5]
    assert [limits.of(side, "reduced").speed for side in SIDES] == [0.25, 0.25]
    assert [limits.of(side, "homing").speed for side in SIDES] == [0.4, 0.5]
    assert limits.of("left", "reduced").jerk == 60.0


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ('jerk = "60000 mm/s^3"\n', "", r":2: \[limits\] lacks the key 'jerk'"),
        ("60000 mm/s^3", "60 m/s^2", r":5: jerk is '60 m/s\^2'; a jerk is a number with one of"),
        ('radius = "36 mm"\n', "", r":14: \[limits.tool\] lacks the key 'radius'"),
        ("250 mm/s", "250 mm", r":23: speed is '250 mm'; a speed is"),
        ("[limits.mode.reduced]", "[limits.mode.fast]", "Invalid enum value 'fast'"),
        ('speed = "0.4 m/s"', "sped = 1", r":21: unknown key 'sped' in \[limits.arm.left\]"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in TEXT
    with pytest.raises(SetupError, match=told):
        read(tmp_path, TEXT.replace(was, now))


MODES: tuple[MotionMode, ...] = ("homing", "reduced")
names = [field.name for field in fields(ArmLimits)]
values = st.floats(1e-3, 1e3)
overrides = st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)).map(
    lambda given: ArmOverride(**given)
)


@given(
    st.fixed_dictionaries(dict.fromkeys(names, values)),
    st.dictionaries(st.sampled_from(SIDES), overrides),
    st.dictionaries(st.sampled_from(["homing", "reduced"]), overrides),
)
def test_a_mode_never_raises_a_limit(
    common: dict[str, float],
    arm: dict[str, ArmOverride],
    mode: dict[str, ArmOverride],
) -> None:
    limits = Limits(
        **common,
        workspace={},
        opening=(0.0, 1.0),
        grip_force=1.0,
        clearance=1.0,
        tool=Tool(length=1.0, radius=1.0),
        chunk_age=1.0,
        heartbeat=1.0,
        arm=arm,  # type: ignore[arg-type]
        mode=mode,  # type: ignore[arg-type]
    )
    for side in SIDES:
        automatic = asdict(limits.of(side))
        own = {k: v for k, v in asdict(limits.arm.get(side, ArmOverride())).items() if v}
        assert automatic == common | own
        for name in MODES:
            lowered = asdict(limits.of(side, name))
            for key in names:
                assert lowered[key] <= automatic[key]
                asked = getattr(mode.get(name, ArmOverride()), key)
                assert asked is None or lowered[key] <= asked
