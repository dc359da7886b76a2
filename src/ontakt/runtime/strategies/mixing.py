"""Means of targets: positions, rotations and openings each in the way that is right for them."""

import numpy as np

from ontakt.contract import Array


def mean_rotation(quaternions: Array, weights: Array) -> Array:
    """The weighted means over the plans of `quaternions` (plans, n, 4), wxyz, `weights` (plans, n),
    as unit quaternions (n, 4).

    The rotation that is nearest to all in the least-squares sense: the eigenvector of the largest
    eigenvalue of sum w q q^T. The sign of a quaternion means nothing to it; the answer has that of
    the last plan. Source: Markley et al., Averaging Quaternions, JGCD 30(4), 2007.
    """
    unit = quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("pn,pni,pnj->nij", weights, unit, unit))
    mean = vectors[..., -1]
    side = np.sign(np.einsum("ni,ni->n", mean, unit[-1]))
    return np.asarray(mean * np.where(side == 0.0, 1.0, side)[:, None])


def vote(values: Array, weights: Array) -> Array:
    """The weighted medians over the plans of `values` (plans, n), `weights` (plans, n), shape (n,):
    a gripper that some plans close and some hold open does what most of the weight wants, and
    nothing halfway. The later plan wins a tie; one without weight has no vote."""
    known = np.where(weights > 0.0, values, np.inf)
    order = np.argsort(known, axis=0, kind="stable")
    reached = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0)
    half = 0.5 * reached[-1]
    at = np.argmax(reached >= half * (1 - 1e-12), axis=0)
    columns = np.arange(values.shape[1])
    after = np.minimum(at + 1, len(values) - 1)
    tied = np.abs(reached[at, columns] - half) <= 1e-12 * reached[-1]
    later = tied & (order[after, columns] > order[at, columns])
    return np.asarray(values[order[np.where(later, after, at), columns], columns])


def mean_targets(targets: Array, weights: Array) -> Array:
    """The weighted means over the plans of `targets` (plans, n, 8), `weights` (plans, n), shape
    (n, 8): position [m] by arithmetic, quaternion by `mean_rotation`, opening [m] by `vote`. A plan
    that says nothing of a row has the weight 0 there, and any unit quaternion."""
    share = weights / weights.sum(axis=0)
    mean = np.empty(targets.shape[1:])
    mean[:, :3] = np.einsum("pn,pni->ni", share, targets[..., :3])
    mean[:, 3:7] = mean_rotation(targets[..., 3:7], share)
    mean[:, 7] = vote(targets[..., 7], share)
    mean.setflags(write=False)
    return mean


def between(start: Array, goal: Array, part: float) -> Array:
    """From `start` (8,) to `goal` (8,) by `part` 0..1: position and opening on a straight line, the
    rotation on the shortest way."""
    if part >= 1.0:
        return goal
    mixed = (1.0 - part) * start + part * goal
    mixed[3:7] = _turned(start[3:7], goal[3:7], part)
    mixed.setflags(write=False)
    return np.asarray(mixed)


def _turned(start: Array, goal: Array, part: float) -> Array:
    """Spherical linear interpolation of two unit quaternions (4,)."""
    cosine = float(start @ goal)
    if cosine < 0.0:
        goal, cosine = -goal, -cosine
    angle = np.arccos(min(1.0, cosine))
    if angle < 1e-6:
        mixed = (1.0 - part) * start + part * goal
    else:
        mixed = np.sin((1.0 - part) * angle) * start + np.sin(part * angle) * goal
    return np.asarray(mixed / np.linalg.norm(mixed))
