"""The people's model: it must look different and move the same."""

import re

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from ontakt.contract import UnknownName
from ontakt.station.robots.g1 import G1
from ontakt.station.scenery import CAMERAS, decorate, set_stack_light
from ontakt.station.scenery.coarse import clustered
from ontakt.station.scenery.furniture import box
from ontakt.station.scenery.materials import STACK, named
from ontakt.station.scenery.part import NutSize, nut
from ontakt.station.scenery.shapes import Shape, bar, block, rib, tube, turning, union
from ontakt.station.tasks.layout import Layout
from ontakt.station.tasks.nut_scene import add_station

LAYOUT = Layout(
    seat=0.82,
    pins={"left": (0.33, 0.14, 0.825), "right": (0.33, -0.14, 0.825)},
    nests={"left": (0.27, 0.27, 0.825), "right": (0.27, -0.27, 0.825)},
    nut_radius=0.009,
    bore_radius=0.0055,
    nut_height=0.010,
    nut_mass=0.014,
    pin_radius=0.0048,
    pin_height=0.014,
    pin_chamfer=0.0012,
    pool=2,
)


def built(decorated: bool) -> mujoco.MjModel:
    spec = G1().spec(meshes=True)
    add_station(spec, LAYOUT)
    if decorated:
        decorate(spec, LAYOUT)
    return spec.compile()


@pytest.fixture(scope="module")
def bare() -> mujoco.MjModel:
    return built(decorated=False)


@pytest.fixture(scope="module")
def people() -> mujoco.MjModel:
    return built(decorated=True)


def names(model: mujoco.MjModel) -> set[str]:
    return {model.geom(k).name for k in range(model.ngeom)} - {""}


def test_it_adds_no_way_to_move_and_no_body(bare: mujoco.MjModel, people: mujoco.MjModel) -> None:
    for count in ("nq", "nv", "nu", "nbody", "njnt", "nsensordata", "neq"):
        assert getattr(people, count) == getattr(bare, count)


def test_nothing_that_it_adds_can_be_touched(bare: mujoco.MjModel, people: mujoco.MjModel) -> None:
    added = names(people) - names(bare)
    assert len(added) > 60
    for name in added:
        geom = people.geom(name)
        assert (geom.contype[0], geom.conaffinity[0]) == (0, 0), name
    meets = [(m.geom_contype > 0) | (m.geom_conaffinity > 0) for m in (bare, people)]
    assert meets[0].sum() == meets[1].sum()


def test_every_body_weighs_what_it_weighed(bare: mujoco.MjModel, people: mujoco.MjModel) -> None:
    for field in ("body_mass", "body_inertia", "body_ipos"):
        np.testing.assert_array_equal(getattr(people, field), getattr(bare, field), err_msg=field)


def test_it_moves_as_the_bare_model_does(bare: mujoco.MjModel, people: mujoco.MjModel) -> None:
    ends = []
    for model in (bare, people):
        data = mujoco.MjData(model)
        data.joint("left_nut_0").qpos[:3] = (0.33, 0.14, 0.90)
        for _ in range(40):
            mujoco.mj_step(model, data)
        ends.append(data.qpos.copy())
    np.testing.assert_allclose(ends[1], ends[0], rtol=0, atol=1e-9)


def test_people_have_their_cameras(people: mujoco.MjModel) -> None:
    assert set(CAMERAS) >= {"overview", "front", "left_close", "right_close", "top"}
    for name, (at, target, fovy) in CAMERAS.items():
        camera = people.camera(name)
        np.testing.assert_allclose(camera.pos, at)
        assert camera.fovy[0] == fovy
        turn: NDArray[np.float64] = np.empty(9)
        mujoco.mju_quat2Mat(turn, camera.quat)
        way = np.subtract(target, at)
        np.testing.assert_allclose(-turn.reshape(3, 3)[:, 2], way / np.linalg.norm(way), atol=1e-6)


def test_a_shape_covers_what_it_hides(people: mujoco.MjModel) -> None:
    """Casting, nuts, queue and grippers are seen once: as shapes, not as the boxes of physics."""
    for pattern, shape in (
        (r"casting_(plate|rib.*)", "casting_cast_aluminium"),
        (r"left_nut_0_bore_\d+", "left_nut_0_zinc"),
        (r"left_queue_0", "left_queue_0_zinc"),
        (r"left_palm", "left_palm_graphite"),
        (r"floor", "scenery/ground"),
    ):
        hidden = [n for n in names(people) if re.fullmatch(pattern, n)]
        assert hidden
        assert all(people.geom(n).group[0] > 2 for n in hidden), pattern
        assert people.geom(shape).group[0] <= 2


def test_the_stack_light_shows_one_colour(people: mujoco.MjModel) -> None:
    for colour in (*STACK, None):
        set_stack_light(people, colour)
        lit = {c for c in STACK if people.material(named(f"stack {c}")).emission[0] > 0}
        assert lit == ({colour} if colour else set())


def test_an_unknown_colour_is_refused_by_name(people: mujoco.MjModel) -> None:
    with pytest.raises(UnknownName, match=r"stack light colour 'purple'.*blue, green, red, yellow"):
        set_stack_light(people, "purple")


def volume(shape: Shape) -> float:
    """By the divergence theorem: right only for a closed surface whose faces all look outwards."""
    a, b, c = (shape.vertices[shape.faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (block((0, 2), (-1, 1), (0, 3)), 12.0),
        (bar((0, 0, 0), (0, 0, 2), 1, 0.5), 1.0),
        (bar((1, 2, 3), (4, 2, 3), 0.2, 0.3), 0.18),
        (tube((0, 0, 0), (1, 1, 1), 0.5, sides=400), np.sqrt(3) * np.pi / 4),
        (turning([(0, 0), (1, 0), (0, 3)], 400), np.pi),
        (block((0, 2), (-1, 1), (0, 3)).mirrored().turned(30).moved((5, 5, 5)), 12.0),
        (union([block((0, 1), (0, 1), (0, 1)), block((3, 4), (0, 1), (0, 1))]), 2.0),
    ],
)
def test_faces_look_outwards(shape: Shape, expected: float) -> None:
    assert volume(shape) == pytest.approx(expected, rel=1e-3)


def test_a_rib_is_as_thick_as_it_says_on_top() -> None:
    wall = rib((0, 0), (1, 0), (0, 0.1), 0.01, draft=0.05)
    top = wall.vertices[np.isclose(wall.vertices[:, 2], 0.1)]
    foot = wall.vertices[np.isclose(wall.vertices[:, 2], 0.0)]
    assert np.ptp(top[:, 1]) == pytest.approx(0.01 - 2 * 0.003)
    assert np.ptp(foot[:, 1]) == pytest.approx(0.01 + 2 * 0.05 * 0.1)


def test_the_nut_has_a_hole_and_stays_inside_its_cylinder() -> None:
    size = NutSize(bore=0.0055, outer=0.009, height=0.010, seat=0.82)
    shape = nut(size)
    radius = np.hypot(shape.vertices[:, 0], shape.vertices[:, 1])
    assert radius.min() == pytest.approx(size.bore)
    assert radius.max() <= size.outer + 1e-12
    assert np.abs(shape.vertices[:, 2]).max() == pytest.approx(size.height / 2)


def test_a_box_is_open_on_top() -> None:
    assert 0 < volume(box((0.36, 0.29, 0.19))) < 0.2 * 0.36 * 0.29 * 0.19


def sphere(rings: int) -> NDArray[np.float64]:
    """Facets of a unit sphere, shape (n, 3, 3)."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, rings)
    shape = turning([(float(np.cos(a)), float(np.sin(a))) for a in angles], 2 * rings)
    return shape.vertices[shape.faces]


def test_a_coarse_mesh_keeps_its_form_and_shading_with_fewer_facets() -> None:
    fine = sphere(60)
    vertices, normals, faces = clustered(fine, 0.12)
    assert 0 < len(faces) < 0.35 * len(fine)
    assert np.abs(np.linalg.norm(vertices, axis=1) - 1).max() < 0.01
    assert np.einsum("ij,ij->i", normals, vertices).min() > 0.99
    corners = vertices[faces]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ij,ij->i", outward, corners.mean(axis=1)) > 0).mean() > 0.999


def test_a_thin_wall_keeps_both_its_sides() -> None:
    wall = block((0, 1), (0, 1), (0, 0.001))
    vertices, _, faces = clustered(wall.vertices[wall.faces], 0.3)
    corners = vertices[faces]
    up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    assert up[up > 0].sum() == pytest.approx(2.0)  # twice the area, as of a cross product
    assert up[up < 0].sum() == pytest.approx(-2.0)
