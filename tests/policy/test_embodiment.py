"""The embodiments that ship, those that checkpoints carry, and how one is found."""

from typing import Any

import msgspec
import pytest

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.policy.processor.embodiment import Embodiment, embodiments, find_embodiment

SHIPPED = embodiments()


def test_what_ships() -> None:
    assert sorted(SHIPPED) == [
        "bimanual", "bridge", "calvin", "fractal", "libero", "ontakt", "ontakt-compact",
    ]  # fmt: skip
    types = [name for file in SHIPPED.values() for name in file.robot_types]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize(
    ("robot_type", "name", "labels"),
    [
        ("libero_all", "libero", ["Base View", "Left-Wrist View"]),
        ("calvin_abcd_orig", "calvin", ["Base View", "Left-Wrist View"]),
        ("calvin_abc_orig", "calvin", ["Base View", "Left-Wrist View"]),
        ("bridge_delta", "bridge", ["Base View"]),
        ("fractal_delta", "fractal", ["Ego View"]),
        ("earphone", "bimanual", ["Ego View", "Left-Wrist View", "Right-Wrist View"]),
    ],
)
def test_robot_types_of_the_released_checkpoints(
    robot_type: str, name: str, labels: list[str]
) -> None:
    found = find_embodiment(robot_type)
    assert found.name == name
    assert [view.label for view in found.views] == labels


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_one_fits_xr0_and_survives_json(name: str) -> None:
    embodiment = SHIPPED[name].embodiment
    assert embodiment.name == name
    assert embodiment.state.width <= 32
    assert embodiment.action.width <= 32
    again = msgspec.json.decode(msgspec.json.encode(embodiment), type=Embodiment)
    assert again == embodiment


@pytest.mark.parametrize("robot_type", ["droid_pt", "molmoact_pt", "agibot_pt_v3"])
def test_a_robot_type_nobody_described_must_be_told(robot_type: str) -> None:
    with pytest.raises(
        SetupError, match=f"'{robot_type}' belongs to no .* bimanual, bridge, calvin"
    ):
        find_embodiment(robot_type)
    assert find_embodiment(robot_type, name="bimanual").name == "bimanual"
    with pytest.raises(UnknownName, match=r"Unknown embodiment 'bimanul'. Did you mean 'bimanual'"):
        find_embodiment(robot_type, name="bimanul")


def _carried(**changed: Any) -> dict[str, Any]:
    return {"libero_all": {**msgspec.to_builtins(SHIPPED["ontakt"].embodiment), **changed}}


def test_what_a_checkpoint_carries_wins() -> None:
    assert find_embodiment("libero_all", _carried()) == SHIPPED["ontakt"].embodiment
    assert find_embodiment("libero_all", _carried(), name="calvin").name == "calvin"
    assert find_embodiment("bridge_delta", _carried()).name == "bridge"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"prompt": "chatty"}, "chatty"),
        ({"sides": ["left", "middle"]}, "middle"),
        ({"sides": ["left", "left"]}, "sides"),
        ({"sides": ["left"]}, "starts of its state"),
        ({"views": []}, "views"),
        ({"gaze": 1}, "gaze"),
        ({"state": {"parts": [{"quantity": "smell", "at": 0}]}}, "smell"),
        ({"state": {"parts": [{"quantity": "position", "at": 0}] * 2}}, "taken once"),
        ({"state": {"parts": [{"quantity": "position", "at": -1}]}}, "from 0 on"),
        ({"action": {"starts": [0, 5]}}, "an arm takes 7"),
        ({"action": {"starts": [0, 14], "position_scale": 0.0}}, "above 0"),
        ({"action": {"starts": [0, 14], "limit": -1.0}}, "negative"),
        ({"action": {"starts": [0, 14], "gripper": {"kind": "binary"}}}, "binary gripper"),
        ({"state": {"parts": [{"quantity": "joints", "at": 0}]}}, "must be some"),
        ({"image": {"steps": [{"do": "paint"}]}}, "paint"),
        ({"image": {"steps": [{"do": "resize", "width": 10**6, "height": 1}]}}, "16384"),
        ({"image": {"steps": [{"do": "resize", "width": 0, "height": 1}]}}, ">= 1"),
        ({"image": {"steps": [{"do": "centre_crop", "ratio": 1.5}]}}, "<= 1.0"),
        ({"image": {"steps": [{"do": "smart_resize", "least": 10**12}]}}, "16777216"),
    ],
)
def test_a_carried_one_that_cannot_be_is_refused(changed: dict[str, Any], text: str) -> None:
    with pytest.raises(SetupError, match=text):
        find_embodiment("libero_all", _carried(**changed))


def test_carried_ones_must_be_by_robot_type() -> None:
    with pytest.raises(SetupError, match="must be an object with a robot type for key"):
        find_embodiment("libero_all", ["ontakt"])


def test_cameras_by_label_and_in_order() -> None:
    embodiment = SHIPPED["ontakt"].embodiment
    seen = embodiment.seen_by({"Ego View": "mast"})
    assert [view.camera for view in seen.views] == ["mast", "left_wrist", "right_wrist"]
    seen = embodiment.seen_by(["a", "b", "c"])
    assert [view.camera for view in seen.views] == ["a", "b", "c"]
    with pytest.raises(UnknownName, match="Unknown view 'Base View'"):
        embodiment.seen_by({"Base View": "mast"})
    for wrong in (["a", "b"], "abc"):
        with pytest.raises(BadValue, match="one for each view"):
            embodiment.seen_by(wrong)
