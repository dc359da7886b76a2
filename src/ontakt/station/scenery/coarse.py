"""Lighter copies of a robot's meshes, for pictures: what is too small to be seen costs most.

A G1 has 393k facets, and a software renderer spends its time on them and not on pixels.
"""

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

STL_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
STL_HEADER = 80


def lighten(spec: mujoco.MjSpec, group: int, grain: float) -> None:
    """Replace the STL meshes of the geoms in `group` by copies clustered on a grid of `grain` times
    their longest side.

    The copies are meshes of their own: what touches and weighs keeps the originals.
    """
    folder = Path(spec.modelfiledir) / spec.meshdir
    made: dict[str, str] = {}
    for geom in spec.geoms:
        if geom.type != mujoco.mjtGeom.mjGEOM_MESH or geom.group != group:
            continue
        mesh = spec.mesh(geom.meshname)
        if mesh is None or not mesh.file.lower().endswith(".stl"):
            continue
        if mesh.name not in made:
            corners = read_stl(folder / mesh.file)
            cell = grain * float(np.ptp(corners.reshape(-1, 3), axis=0).max())
            vertices, normals, faces = clustered(corners, cell)
            made[mesh.name] = f"coarse/{mesh.name}"
            spec.add_mesh(
                name=made[mesh.name],
                uservert=vertices.ravel(),
                usernormal=normals.ravel(),
                userface=faces.ravel(),
                scale=mesh.scale,
                refpos=mesh.refpos,
                refquat=mesh.refquat,
                inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
            )
        geom.meshname = made[mesh.name]


def read_stl(path: Path) -> NDArray[np.float64]:
    """Corners of the facets of a binary STL file. Shape (n, 3, 3) [as in the file]."""
    raw = path.read_bytes()
    count = int(np.frombuffer(raw, "<u4", 1, STL_HEADER)[0])
    facets = np.frombuffer(raw, STL_FACET, count, STL_HEADER + 4)
    return facets["corners"].astype(float)


def clustered(
    corners: NDArray[np.float64], cell: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Facets (n, 3, 3) with their corners drawn together to one point a grid cell, the mean of its
    members; facets that collapse or repeat go. Vertices (m, 3), their normals (m, 3), and faces.

    Normals are the mean of those that the original facets of a cell have, taken apart by the way
    that they face (the axis that they follow most): so shading stays as fine as it was, and edges
    stay sharp.
    """
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    axis = np.abs(area).argmax(axis=1)
    facing = 2 * axis + (np.take_along_axis(area, axis[:, None], axis=1)[:, 0] > 0)
    points = corners.reshape(-1, 3)
    _, where = np.unique(np.floor(points / cell).astype(np.int64), axis=0, return_inverse=True)
    where = where.reshape(-1)
    middle = _sums(where, points) / np.bincount(where)[:, None]
    keys, vertex = np.unique(6 * where + np.repeat(facing, 3), return_inverse=True)
    normal = _sums(vertex, np.repeat(area, 3, axis=0))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-30
    a, b, c = where.reshape(-1, 3).T
    whole = (a != b) & (b != c) & (c != a)
    around = where.reshape(-1, 3)[whole]
    turn = (around.argmin(axis=1)[:, None] + np.arange(3)) % 3  # a thin wall keeps both its sides
    around = np.take_along_axis(around, turn, axis=1)
    _, first = np.unique(around, axis=0, return_index=True)
    faces = vertex.reshape(-1, 3)[whole][first].astype(np.int32)
    return middle[keys // 6], normal, faces


def _sums(where: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of the rows of `values` (n, 3) by the number `where` gives each."""
    return np.stack([np.bincount(where, values[:, k]) for k in range(3)], axis=1)
