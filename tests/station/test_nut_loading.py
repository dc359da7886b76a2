"""The station's physics: nuts, pins, gauge and every axis of variation."""

import math

import mujoco
import numpy as np
import pytest
from tests.station.nut_bench import Bench, bench, shifted

from ontakt.contract import SIDES, Array, Side

SOUND: dict[str, float] = {}
DROP_OFF = {"wear.grip": 0.08, "wear.friction": 0.2}


@pytest.fixture
def b() -> Bench:
    return bench()


def put_nut(b: Bench, side: Side, position: Array, tilt: float = 0.0) -> None:
    """A nut at rest, its axis leant by `tilt` [rad] about y."""
    cell = b.station._cell
    nut = cell._take(side)  # type: ignore[attr-defined]
    nut.put(position, np.array([math.cos(tilt / 2), 0.0, math.sin(tilt / 2), 0.0]))


def touches(b: Bench, one: str, other: str) -> bool:
    """True when geoms whose names begin so overlap or touch in the present state."""
    model, data = b.station._model, mujoco.MjData(b.station._model)
    data.qpos[:] = b.station._data.qpos
    mujoco.mj_fwdPosition(model, data)
    for contact in data.contact:
        names = sorted((model.geom(g).name for g in contact.geom), key=lambda n: n.startswith(one))
        if names[1].startswith(one) and names[0].startswith(other) and contact.dist < 0.0:
            return True
    return False


def test_presented_nut_settles_upright_in_its_nest_off_the_middle(b: Bench) -> None:
    places = set()
    for cycle in (1, 2, 3):
        b.present(cycle)
        for side in SIDES:
            b.station.feed(side)
        b.wait(15)
        for side in SIDES:
            nut, nest = b.true(f"{side}_nut"), np.array(b.station.spec.places[f"{side}_nut"])
            assert np.abs(nut - nest)[:2].max() < 0.0006
            assert abs(nut[2] - nest[2]) < 0.0002
            places.add(tuple(nut))
        assert np.abs(b.station._data.qvel).max() < 1e-3
    assert len(places) == 6


def test_both_hands_load_both_nuts_and_nothing_else_is_touched(b: Bench) -> None:
    b.present(4)
    model, data = b.station._model, b.station._data
    meetings: set[frozenset[str]] = set()
    wait = b.wait

    def watched(ticks: int) -> None:
        for _ in range(ticks):
            wait(1)
            for contact in data.contact:
                bodies = (model.body(model.geom_bodyid[g]).name for g in contact.geom)
                meetings.add(frozenset(name.rstrip("ab_0123") for name in bodies))

    b.wait = watched  # type: ignore[method-assign]
    try:
        b.pick()
        assert all(16 < 1e3 * b.station._body.read()[s].opening < 18 for s in SIDES)
        b.place()
    finally:
        del b.wait
    found = b.station.inspect()
    assert all(found[s].ok and found[s].offset < 0.0008 for s in SIDES)
    fingers = {f"{s}_{other}" for s in SIDES for other in ("finger", "nut", "fixture", "feeder")}
    strange = [pair for pair in meetings if not pair <= fingers]
    assert not strange


def test_gauge_tells_good_nuts_from_offset_high_and_tilted_ones(b: Bench) -> None:
    b.present(5)
    assert not any(found.ok for found in b.station.inspect().values())
    pin = b.true("left_pin")
    for shift, tilt, ok in (
        ([0.0005, 0.0, 0.0], 0.0, True),
        ([0.0035, 0.0, 0.0], 0.0, False),
        ([0.0, 0.0, 0.002], 0.0, False),
        ([0.0, 0.0, 0.0], math.radians(6), False),
        ([0.0, 0.0, 0.0], math.radians(3), True),
        ([0.0, 0.0, 0.0], math.pi, True),
    ):
        b.present(5)
        put_nut(b, "left", pin + shift, tilt)
        found = b.station.inspect()["left"]
        assert found.ok is ok
        assert found.offset == pytest.approx(math.hypot(*shift[:2]), abs=1e-9)
        assert found.height == pytest.approx(shift[2], abs=1e-9)
        assert found.tilt == pytest.approx(min(tilt, math.pi - tilt), abs=1e-6)


def test_misalignment_moves_and_tilts_the_pins_and_the_gauge_goes_with_them(b: Bench) -> None:
    b.present(6)
    before = b.true("left_pin")
    tilt = 0.06
    tilted = {
        "misalignment.left.x": 0.004,
        "misalignment.left.y": -0.003,
        "misalignment.left.tilt_y": tilt,
    }
    b.present(6, tilted)
    moved = b.true("left_pin") - before
    half = 0.005  # of a nut: the middle of a seated one lies that far along the tilted pin
    expected = [0.004 + half * math.sin(tilt), -0.003, half * (math.cos(tilt) - 1.0)]
    assert moved == pytest.approx(expected, abs=1e-9)
    assert b.true("right_pin") == pytest.approx(b.station.spec.places["right_pin"], abs=1e-12)
    b.station.assist("finish")
    b.wait(20)
    found = b.station.inspect()["left"]
    assert found.ok
    assert found.tilt < 0.01
    upright = b.station._data.body("left_nut_0").xmat[8]
    assert math.acos(upright) == pytest.approx(tilt, abs=0.01)


@pytest.mark.parametrize("clearance", [0.0002, 0.0007, 0.0014])
def test_tolerance_is_the_play_of_a_nut_on_its_pin(b: Bench, clearance: float) -> None:
    b.present(7, {"tolerance": clearance})
    pin = b.true("left_pin")
    for share, touching in ((0.9, False), (1.15, True)):
        b.present(7, {"tolerance": clearance})
        put_nut(b, "left", shifted(pin, share * clearance, 0.0, 0.002))
        assert touches(b, "left_pin", "left_nut") is touching


def test_weak_grip_on_slippery_pads_loses_the_nut(b: Bench) -> None:
    heights = {}
    for name, wear in (("sound", SOUND), ("worn", DROP_OFF)):
        b.present(8, wear)
        b.pick(("left",))
        forces = []
        for _ in range(15):  # a pad's sensor chatters between none and all of the squeeze
            forces.append(b.station._body.read()["left"].grip_force)
            b.wait(1)
        heights[name] = (b.held("left")[2], sum(forces) / len(forces))
    assert heights["sound"][0] > 0.86
    assert heights["sound"][1] > 8.0
    assert heights["worn"][1] < 0.2 * heights["sound"][1]
    # 14 g hang on the weakest grip; a pull sideways is what worn pads do not bear
    b.present(8, DROP_OFF)
    b.pick(("left",))
    nut = b.station._cell._nuts["left"][0]  # type: ignore[attr-defined]
    for wear, lost in ((DROP_OFF, True), (SOUND, False)):
        b.present(8, wear)
        b.pick(("left",))
        b.station._data.xfrc_applied[nut.id, 0] = 1.5
        b.wait(15)
        away = np.linalg.norm(nut.position - b.tcp("left"))
        b.station._data.xfrc_applied[nut.id, 0] = 0.0
        assert bool(away > 0.012) is lost


def test_joint_friction_makes_the_arm_stop_short(b: Bench) -> None:
    lags = []
    for friction in (0.0, 2.0):
        b.present(9, {"wear.joint_friction": friction})
        start = b.tcp("left")
        b.move({"left": shifted(start, 0.02, 0.0, -0.02)}, speed=0.04, settle=20)
        lags.append(float(np.linalg.norm(b.tcp("left") - b.space.position(b.target, "left"))))
    assert lags[0] < 0.0001
    assert 0.0002 < lags[1] < 0.02


def test_backlash_moves_the_tool_and_hides_from_the_encoders(b: Bench) -> None:
    gaps = {}
    for play in (0.0, 0.008):
        b.present(10, {"wear.backlash": play})
        start = b.tcp("left")
        b.move({"left": shifted(start, 0.03, 0.02, -0.03)}, settle=10)
        gaps[play] = float(np.linalg.norm(b.station._body.true_tcp("left") - b.tcp("left")))
    assert gaps[0.0] < 1e-9
    # half of 8 mrad at each of three joints, the tool 0.19 m and less from them
    assert 0.0002 < gaps[0.008] < 0.5 * 0.008 * 3 * 0.19


def test_magnet_pulls_towards_the_pin_with_its_peak_and_no_more(b: Bench) -> None:
    peak = 5.0
    b.present(11, {"magnet": peak})
    station = b.station
    cell = station._cell
    foot = b.true("left_pin") - [0, 0, 0.005]
    nut = cell._take("left")  # type: ignore[attr-defined]
    strongest = 0.0
    for height in np.linspace(0.005, 0.066, 123):
        nut.put(shifted(foot, 0.0, 0.0, height))
        mujoco.mj_forward(station._model, station._data)
        if cell._magnet.look():  # type: ignore[attr-defined]
            cell._magnet.pull()  # type: ignore[attr-defined]
        force = station._data.xfrc_applied[nut.id, :3].copy()
        assert np.allclose(force[:2], 0.0, atol=1e-12)
        if height > 0.02:
            assert force[2] <= 0.0
        strongest = max(strongest, float(np.linalg.norm(force)))
    assert strongest == pytest.approx(peak, rel=0.01)
    assert np.allclose(station._data.xfrc_applied[nut.id, :3], 0.0)  # 66 mm are out of reach


def test_magnet_draws_a_falling_nut_onto_the_pin_and_keeps_it_there(b: Bench) -> None:
    ends = {}
    for peak in (0.0, 5.0):
        b.present(12, {"magnet": peak})
        put_nut(b, "left", shifted(b.true("left_pin"), 0.0005, 0.0, 0.016))
        b.wait(1)
        falling = float(b.station._data.body("left_nut_0").xpos[2])
        b.wait(25)
        seated = b.station._data.body("left_nut_0").xpos.copy()
        b.wait(30)
        drift = float(np.abs(b.station._data.body("left_nut_0").xpos - seated).max())
        ends[peak] = (b.station.inspect()["left"], drift, falling)
    assert ends[5.0][2] < ends[0.0][2] - 0.005  # down faster than it falls
    assert ends[5.0][0].ok
    assert ends[5.0][1] < 0.0001  # no chatter


def test_lighting_scales_tints_and_turns_what_cameras_see(b: Bench) -> None:
    def look(**drawn: float) -> Array:
        b.present(13, {f"lighting.{name}": value for name, value in drawn.items()})
        return b.station.observe(0, 0, ("head",)).images["head"].astype(np.float64)

    plain = look()
    assert look(level=0.4).mean() < 0.6 * plain.mean()
    assert look(level=1.4).mean() > 1.15 * plain.mean()
    red = look(red=1.2, blue=0.7).reshape(-1, 3).mean(axis=0)
    grey = plain.reshape(-1, 3).mean(axis=0)
    assert red[0] / red[2] > 1.4 * grey[0] / grey[2]
    assert red[1] == pytest.approx(grey[1], rel=0.02)
    turned = look(azimuth=2.5, elevation=-0.5)
    changed = np.abs(turned - plain)
    assert changed.max() > 25
    assert np.abs(look() - plain).max() == 0


def test_clutter_is_seen_and_touched(b: Bench) -> None:
    b.present(14)
    plain = b.station.observe(0, 0, ("head",)).images["head"].astype(int)
    rag = {"clutter.0.yaw": 0.3, "clutter.0.kind": 2.0}
    b.present(14, {"clutter": 1.0, "clutter.0.x": 0.33, "clutter.0.y": 0.0, **rag})
    seen = b.station.observe(0, 0, ("head",)).images["head"].astype(int)
    assert (np.abs(seen - plain).max(axis=2) > 20).sum() > 15
    place = b.station._data.body("clutter_0").xpos
    assert place == pytest.approx([0.33, 0.0, 0.82 - 0.004 + 0.003], abs=0.002)
    put_nut(b, "left", shifted(place, 0.0, 0.0, 0.02))
    b.wait(30)
    assert b.station._data.body("left_nut_0").xpos[2] > 0.825  # it lies on the rag
    at = np.array([0.33, 0.0, place[2]])
    b.move({"left": shifted(at, 0.0, 0.06, 0.08)})
    b.move({"left": shifted(at, 0.0, 0.06, 0.0045)}, speed=0.15)
    before = b.station._data.body("clutter_0").xpos.copy()
    b.move({"left": shifted(at, 0.0, 0.0, 0.0045)}, speed=0.15)
    assert np.linalg.norm(b.station._data.body("clutter_0").xpos - before) > 0.005


def test_a_nut_for_an_obstructed_nest_comes_to_lie_on_what_is_there(b: Bench) -> None:
    x, y, z = b.station.spec.places["left_nut"]
    loose = {"clutter.0.x": x, "clutter.0.y": y, "clutter.0.yaw": 0.0, "clutter.0.kind": 4.0}
    b.present(15, loose)
    assert b.station._data.body("clutter_0").xpos == pytest.approx([x, y, z], abs=0.001)
    b.station.feed("left")
    nut = b.station._data.body("left_nut_0")
    for _ in range(20):
        b.wait(1)
        assert np.abs(nut.cvel[3:]).max() < 1.0  # it was not put into the other
    assert nut.xpos[2] > z + 0.004


def test_clutter_on_the_pin_keeps_a_nut_off_its_seat(b: Bench) -> None:
    pin = b.station.spec.places["left_pin"]
    bolt = {"clutter.0.x": pin[0] + 0.008, "clutter.0.y": pin[1], "clutter.0.yaw": 1.5}
    b.present(15, {"clutter": 1.0, "clutter.0.kind": 2.0, **bolt})
    put_nut(b, "left", shifted(b.true("left_pin"), 0, 0, 0.025))
    b.wait(30)
    assert not b.station.inspect()["left"].ok


def test_camera_drift_shifts_the_wrist_image_and_the_estimates(b: Bench) -> None:
    b.present(16)
    model = b.station._model
    plain = b.station.observe(0, 0, ("left_wrist", "head"))
    b.present(16, {"wear.camera.x": 0.002, "wear.camera.y": 0.0})
    worn = b.station.observe(0, 0, ("left_wrist", "head"))
    difference = np.abs(worn.images["left_wrist"].astype(int) - plain.images["left_wrist"])
    assert difference.max() > 20
    assert np.array_equal(worn.images["head"], plain.images["head"])
    shift = worn.sights["left_pin"].position - plain.sights["left_pin"].position
    assert shift == pytest.approx([0.002, 0.0, 0.0], abs=1e-12)
    camera = model.camera("left_wrist").id
    here = b.station._data.cam_xpos[camera].copy()
    b.present(16)
    b.station.observe(0, 0, ("left_wrist",))
    assert here - b.station._data.cam_xpos[camera] == pytest.approx([0.002, 0, 0], abs=5e-5)
