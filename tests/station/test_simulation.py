"""SimulatedStation as the contract's Station: counts, repeatability, no leaks, people's hands."""

from pathlib import Path

import numpy as np
import pytest
from tests.station.nut_bench import CONFIG, Bench, Fixed, bench, shifted

from ontakt.contract import SIDES, Command, CycleError, SetupError, Station, UnknownName
from ontakt.contract.config import ConfigFile
from ontakt.station.tasks.nut_loading import build_nut_loading
from ontakt.station.variation import read_levels

HARSH = {
    "misalignment.left.x": 0.004,
    "misalignment.left.tilt_x": 0.05,
    "misalignment.right.y": -0.004,
    "tolerance": 0.0003,
    "lighting.level": 0.4,
    "lighting.azimuth": 1.0,
    "lighting.red": 0.8,
    "clutter": 2.0,
    "clutter.0.x": 0.30,
    "clutter.0.y": 0.10,
    "clutter.0.yaw": 1.0,
    "clutter.0.kind": 0.0,
    "clutter.1.x": 0.28,
    "clutter.1.y": -0.22,
    "clutter.1.yaw": 0.0,
    "clutter.1.kind": 4.0,
    "wear.grip": 0.4,
    "wear.friction": 0.5,
    "wear.joint_friction": 1.0,
    "wear.backlash": 0.004,
    "wear.camera.x": 0.001,
    "wear.camera.y": -0.001,
    "magnet": 5.0,
}


@pytest.fixture
def b() -> Bench:
    return bench()


def state(b: Bench) -> bytes:
    data = b.station._data
    return bytes(data.qpos.tobytes() + data.qvel.tobytes() + data.ctrl.tobytes())


def model_arrays(b: Bench) -> dict[str, bytes]:
    """Every number of the physics model, and of its visuals."""
    model = b.station._model
    arrays = {
        name: getattr(model, name).tobytes()
        for name in dir(model)
        if isinstance(getattr(model, name), np.ndarray)
    }
    head = model.vis.headlight
    return arrays | {k: getattr(head, k).tobytes() for k in ("ambient", "diffuse", "specular")}


def test_it_is_a_station_and_says_what_it_is(b: Bench) -> None:
    station: Station = b.station
    spec = station.spec
    assert (spec.name, spec.robot) == ("nut-loading", "sim:g1")
    assert "upper body on a fixed base; balance is not simulated" in spec.notes
    assert [c.name for c in spec.cameras] == ["head", "left_wrist", "right_wrist"]
    assert spec.home.shape == (16,)
    assert set(spec.places) >= {"left_nut", "right_nut", "left_pin", "right_pin"}
    assert station.limits.grip_force == 15.0
    assert len(spec.hash) == 64


def test_nothing_of_a_harsh_cycle_is_left_in_a_nominal_one(b: Bench) -> None:
    b.present(1)
    nominal = model_arrays(b)
    for drawn in (HARSH, None):
        b.present(2, drawn)
        b.station.feed("left")
        b.station.observe(0, 0, ("head",))
        b.pick(("left",))
    b.present(2, HARSH)
    harsh = model_arrays(b)
    assert sum(harsh[name] != nominal[name] for name in nominal) >= 10
    b.present(1)
    b.station.observe(0, 0, ("head",))
    changed = {name for name, value in model_arrays(b).items() if value != nominal[name]}
    # what is drawn in which group follows the nuts in sight; forces are set with every command
    assert changed <= {"geom_group", "actuator_forcerange"}


def test_same_cycle_and_commands_give_the_same_bits_whatever_came_before(b: Bench) -> None:
    def play(pictures: bool) -> list[bytes]:
        b.present(3, HARSH)
        states = [state(b)]
        for side in SIDES:
            b.station.feed(side)
        start = np.array(b.station.spec.home)
        for k in range(40):
            target = start.copy()
            target[[2, 10]] -= 0.002 * k
            target[[7, 15]] -= 0.0005 * k
            b.station.apply(Command(k, target, 15.0))
            if pictures:
                b.station.observe(k, 0, ("head", "left_wrist", "right_wrist"))
            states.append(state(b))
        return states

    first = play(pictures=False)
    b.present(9)
    b.pick()
    b.station.assist("remove")
    assert play(pictures=True) == first
    assert len(set(first)) == len(first)


@pytest.mark.slow
def test_pictures_for_people_do_not_touch_the_physics(b: Bench) -> None:
    b.present(3, HARSH)
    b.station.feed("left")
    b.wait(20)
    plain = state(b)
    b.present(3, HARSH)
    b.station.feed("left")
    b.wait(10)
    image = b.station.picture("overview", 320, 240)
    b.wait(10)
    assert state(b) == plain
    assert image.shape == (240, 320, 3)
    assert image.std() > 20
    with pytest.raises(UnknownName, match="Available: "):
        b.station.picture("nowhere", 10, 10)


def test_two_stations_of_one_seed_are_alike_and_of_another_are_not() -> None:
    def nut(seed: int) -> list[float]:
        station = build_nut_loading(CONFIG, Fixed({}), seed)
        station.present(1)
        station.feed("left")
        for k in range(15):
            station.apply(Command(k, station.spec.home, 15.0))
        place = station._cell.seen()["left_nut"]
        station.close()
        return [float(x) for x in place]

    assert nut(1) == nut(1)
    assert nut(1) != nut(2)


def test_feeding_counts_down_presents_one_nut_and_ends(b: Bench) -> None:
    station = b.station
    b.present(5)
    full = station.feed("left")
    assert full == 399
    assert station.feed("left") == 399  # one waits: none is taken
    b.wait(10)
    assert station.feed("left") == 399
    station._cell._left["left"] = 0  # type: ignore[attr-defined]
    assert station.feed("left") == 0  # the last one waits
    b.pick(("left",))
    assert station.feed("left") is None
    assert "left_nut" not in station.observe(0, 0).sights
    station.assist("refill")
    assert station.feed("left") == 399


def test_a_waiting_nut_waits_for_the_next_part_and_is_not_taken_twice(b: Bench) -> None:
    b.present(5)
    left = b.station.feed("left")
    b.wait(10)
    b.present(6, keep=True)
    b.wait(10)
    assert "left_nut" in b.station.observe(0, 0).sights
    assert b.station.feed("left") == left


def test_a_nut_in_the_hand_stays_there_when_the_part_goes(b: Bench) -> None:
    b.present(6)
    b.pick(("left",))
    before = b.held("left") - b.tcp("left")
    b.station.present(7)
    b.wait(10)
    assert b.held("left") - b.tcp("left") == pytest.approx(before, abs=0.0004)
    assert b.station._body.read()["left"].grip_force > 5.0


def test_image_sizes_are_the_files(tmp_path: Path) -> None:
    path = tmp_path / "fine.toml"
    path.write_text(CONFIG.read_text().replace("head = [96, 96]", "head = [224, 160]"))
    station = build_nut_loading(path, Fixed({}), 1)
    images = station.observe(0, 0, ("head", "left_wrist")).images
    assert images["head"].shape == (160, 224, 3)
    assert images["left_wrist"].shape == (96, 96, 3)
    assert station.spec.cameras[0].width == 224
    assert station.spec.hash != bench().station.spec.hash
    with pytest.raises(UnknownName, match="head, left_wrist, right_wrist"):
        station.observe(0, 0, ("tail",))
    station.close()


def test_the_escapement_waits_while_the_tool_is_over_its_nest(b: Bench) -> None:
    b.present(7)
    b.pick(("left",))
    nest = np.array(b.station.spec.places["left_nut"])
    b.move({"left": shifted(nest, 0, 0, 0.03)})
    before = b.station._cell._left["left"]  # type: ignore[attr-defined]
    assert b.station.feed("left") == before - 1
    assert b.station.feed("left") == before - 1  # one is due already
    b.wait(10)
    assert "left_nut" not in b.station.observe(0, 0).sights
    b.move({"left": shifted(nest, 0.0, 0.0, 0.09)})
    b.wait(15)
    assert b.true("left_nut") == pytest.approx(nest, abs=0.0007)


def test_a_nut_on_a_pin_is_seen_to_be_there(b: Bench) -> None:
    b.present(9)
    assert "left_on_pin" not in b.station.observe(0, 0).sights
    b.station.assist("finish")
    b.wait(10)
    sights = b.station.observe(0, 0).sights
    for side in ("left", "right"):
        seen, pin = sights[f"{side}_on_pin"], sights[f"{side}_pin"]
        assert np.linalg.norm(seen.position - pin.position) < 6 * seen.sigma
    b.present(10)
    assert "left_on_pin" not in b.station.observe(0, 0).sights


def test_only_a_nut_in_its_nest_is_seen_and_never_where_it_is(b: Bench) -> None:
    b.present(8)
    assert set(b.station.observe(0, 0).sights) == {"left_pin", "right_pin"}
    b.station.feed("right")
    b.wait(10)
    sights = b.station.observe(0, 0).sights
    assert set(sights) == {"left_pin", "right_pin", "right_nut"}
    error = np.abs(sights["right_nut"].position - b.true("right_nut"))
    assert 0 < error[:2].max() < 6 * sights["right_nut"].sigma


def test_a_persons_hands_finish_remove_clear(b: Bench) -> None:
    bolt = {"clutter.0.x": 0.33, "clutter.0.y": 0.11, "clutter.0.yaw": 0.0, "clutter.0.kind": 0.0}
    b.present(9, bolt)
    station = b.station
    b.pick(("left",))
    station.feed("right")
    b.wait(10)
    station.assist("finish")
    b.wait(20)
    assert all(found.ok for found in station.inspect().values())
    station.assist("clear")
    b.wait(20)
    assert all(found.ok for found in station.inspect().values())
    assert "right_nut" in station.observe(0, 0).sights  # what waits is left alone
    assert np.linalg.norm(b.held("left") - b.tcp("left")) > 0.1  # taken from the hand
    assert station._data.body("clutter_0").xpos[2] < 0.0
    station.assist("remove")
    b.wait(5)
    assert not any(found.ok for found in station.inspect().values())
    assert station.inspect()["left"].offset == 0.05  # the gauge's reach: nothing is there


def test_a_pool_that_runs_out_takes_back_what_lay_about_longest(b: Bench) -> None:
    b.present(10)
    for k in range(6):
        b.pick(("left",))
        b.move({"left": shifted(b.tcp("left"), 0.03 + 0.002 * k, -0.05, 0.0)})
        b.grip(0.028, ("left",))
        b.wait(10)
    assert len(b.station._cell._out["left"]) == 4  # type: ignore[attr-defined]
    assert b.station.feed("left") is not None


def test_physics_that_breaks_is_a_cycle_error_and_the_next_part_is_sound(b: Bench) -> None:
    b.present(11)
    b.station._data.qvel[:] = 1e12
    with pytest.raises(CycleError, match="unstable in cycle 11"):
        b.wait(3)
    b.station.present(12)
    b.target = np.array(b.station.spec.home)
    b.wait(5)
    assert b.tcp("left") == pytest.approx(b.station.spec.places["left_home"], abs=0.002)


def test_arms_stop_at_each_other_and_at_the_station(b: Bench) -> None:
    b.present(12)
    b.move({"left": np.array([0.30, 0.02, 0.95]), "right": np.array([0.30, -0.02, 0.95])})
    apart = b.station._body.true_tcp("left") - b.station._body.true_tcp("right")
    assert apart[1] > 0.055  # palms are 64 mm wide
    b.present(12)
    deck = np.array([0.21, 0.31, 0.80])
    b.move({"left": shifted(deck, 0, 0, 0.1)})
    b.move({"left": deck}, speed=0.1)
    assert b.station._body.true_tcp("left")[2] > 0.818  # the deck's top is at 0.814


def test_joints_are_what_the_encoders_read_from_shoulder_to_wrist(b: Bench) -> None:
    data = b.station._data
    for side, arm in b.station.observe(0, 0).arms.items():
        names = [name for name in _joints(b) if name.startswith(f"{side}_")]
        assert arm.joints is not None
        assert [name.split("_")[1] for name in names] == ["shoulder"] * 3 + ["elbow"] + [
            "wrist"
        ] * 3
        np.testing.assert_allclose(
            arm.joints, [float(data.joint(name).qpos[0]) for name in names], atol=1e-9
        )


def _joints(b: Bench) -> list[str]:
    """Of the arms, in the model's order."""
    model = b.station._model
    names = [model.joint(k).name for k in range(model.njnt)]
    return [name for name in names if "shoulder" in name or "elbow" in name or "wrist" in name]


def test_sensors_read_the_weight_of_the_tool_and_a_push(b: Bench) -> None:
    b.present(13)
    b.wait(30)
    forces = []
    for _ in range(20):
        b.wait(1)
        forces.append(b.station.observe(0, 0).arms["left"].wrist_force)
    mean = np.mean(forces, axis=0)
    assert mean == pytest.approx([0.0, 0.0, -1.96], abs=0.25)  # 0.2 kg of palm and fingers
    assert 0.05 < np.std(forces, axis=0).max() < 0.5
    nest = np.array([0.21, 0.31, 0.80])
    b.move({"left": shifted(nest, 0, 0, 0.06)})
    b.move({"left": shifted(nest, 0, 0, 0.01)}, speed=0.1)
    assert b.station.observe(0, 0).arms["left"].wrist_force[2] > 3.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("physics_hz = 480", "physics_hz = 500", "multiple"),
        ('"940 mm"]', '"1940 mm"]', "cannot reach the place left_home"),
        ('robot = "sim:g1"', 'robot = "sim:g2"', "Did you mean 'sim:g1'"),
        ('nut_bore = "11 mm"', 'nut_bore = "11 kg"', "nut_bore"),
    ],
)
def test_a_station_file_that_cannot_be_is_one_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "mine.toml"
    text = CONFIG.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(SetupError, match=words) as caught:
        build_nut_loading(path, Fixed({}), 1)
    assert "\n" not in str(caught.value)


def test_the_levels_of_the_file_can_be_drawn_and_presented(b: Bench) -> None:
    levels = read_levels(ConfigFile(CONFIG))
    assert set(levels) >= {"nominal", "plant", "harsh"}
    for variation in levels.values():
        b.present(3, variation.draw(7, 3))
        b.wait(2)
