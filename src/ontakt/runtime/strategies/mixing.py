"""Means of targets: positions, rotations and openings each in the way that is right for them."""

import numpy as np

from ontakt.contract import Array


def mean_rotation(quaternions: Array, weights: Array) -> Array:
    """The weighted mean of `quaternions` (n, 4), wxyz, as a unit quaternion (4,).

    The rotation that is nearest to all in the least-squares sense: the eigenvector of the largest
    eigenvalue of sum w q q^T. The sign of a quaternion means nothing to it; the answer has that of
    the last one. Source: Markley et al., Averaging Quaternions, JGCD 30(4), 2007.
    """
    unit = quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("n,ni,nj->ij", weights, unit, unit))
    mean = vectors[:, -1]
    return np.asarray(mean if mean @ unit[-1] >= 0.0 else -mean)


def vote(values: Array, weights: Array) -> float:
    """The weighted median of `values` (n,): a gripper that some plans close and some hold open
    does what most of the weight wants, and nothing halfway. The later value wins a tie."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    half = 0.5 * reached[-1]
    k = int(np.searchsorted(reached, half * (1 - 1e-12)))
    tied = k + 1 < len(order) and abs(reached[k] - half) <= 1e-12 * reached[-1]
    if tied and order[k + 1] > order[k]:
        k += 1
    return float(values[order[k]])


def mean_target(targets: Array, weights: Array) -> Array:
    """The weighted mean (8,) of `targets` (n, 8): position [m] by arithmetic, quaternion by
    `mean_rotation`, opening [m] by `vote`."""
    share = weights / weights.sum()
    mean = np.empty(targets.shape[1])
    mean[:3] = share @ targets[:, :3]
    mean[3:7] = mean_rotation(targets[:, 3:7], share)
    mean[7] = vote(targets[:, 7], share)
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
