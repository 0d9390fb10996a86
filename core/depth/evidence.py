"""What depth readings say of solved people: how far along the view each joint really is.

A first solve tells roughly how deep everybody's surfaces are. The map's scale is fitted to that,
then every reading becomes metres and is judged: it may be the joint's own surface, something in
front of it, or the background beside it. Only the first moves the joint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..arrays import F64, Bools, Floats
from ..smoothing import blur
from ..solving import points
from . import reading
from .occlusion import covering_depth

_THICKNESS_M: Final = {
    "shoulder": 0.06,
    "elbow": 0.045,
    "wrist": 0.03,
    "hip": 0.10,
    "knee": 0.06,
    "ankle": 0.045,
    "nose": 0.01,
    "ear": 0.05,
    "heel": 0.02,
    "index": 0.02,
}
"""From the skin that the camera sees to the joint, of a body 1.7 m tall."""
_REFERENCE_M: Final = 1.7
_TRUNK_M: Final = 0.11
_READ_M: Final = 0.03
"""What is left of the error of a perfect map: clothes, hair, bodies of other girths."""
_ROOT_BLUR_S: Final = 0.15
_REACH: Final = 1.15
"""No joint lies farther from its neighbour than the bone's length, but for this share."""
_LOOSE_M: Final = 0.20
"""How far hips, shoulders, head and feet may be from where they were solved."""
_SAME_SURFACE_M: Final = 0.10
_BEHIND_M: Final = 0.04
_TRUNK_SAMPLES: Final = (0, 1, 6, 7, *range(reading.TRUNK.start, reading.TRUNK.stop))

OWN, COVERED, MISSED, UNREAD = 0, 1, 2, 3
"""What a reading shows: the joint's own surface, another one in front, the background, nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class JointDepth:
    """What depth tells of one person's 19 points, t frames.

    ``change_m`` (t, 19): by how much each lies deeper (camera z) than solved, relative to the
    trunk; ``sigma_m`` (t, 19) how sure that is, infinite where nothing is known; ``kind`` (t, 19)
    OWN, COVERED, MISSED or UNREAD.
    """

    change_m: F64
    sigma_m: F64
    kind: np.ndarray


def thickness_m(stature_m: float) -> F64:
    """Depth (s,) of each sample's joint or bone under the skin."""
    names = [*points.POINTS, "left_nose", "right_nose"]
    own = [_THICKNESS_M[name.rpartition("_")[2]] for name in names]
    for a, b in points.LIMB_BONES:
        for share in (1 / 3, 2 / 3):
            own.append((1 - share) * own[a] + share * own[b])
    own += [_TRUNK_M] * (reading.SAMPLES - len(own))
    return np.array(own) * stature_m / _REFERENCE_M


def sample_depths(X: Floats) -> F64:
    """Camera z (t, s) of every sample of solved points (t, 19, 3), without skin."""
    z = X[..., 2]
    head = z[:, [points.POINTS.index("nose")] * 2]
    bones = [
        (1 - share) * z[:, a] + share * z[:, b]
        for a, b in points.LIMB_BONES
        for share in (1 / 3, 2 / 3)
    ]
    shoulders, hips = z[:, 0:2].mean(1), z[:, 6:8].mean(1)
    trunk = [(1 - share) * shoulders + share * hips for share in (0.25, 0.5, 0.75)]
    return np.concatenate([z, head, np.stack([*bones, *trunk], axis=-1)], axis=-1)


def joint_depth(
    X: Floats,
    score: Floats,
    surface_m: Floats,
    sigma_m: Floats,
    stature_m: float,
    fps: float,
    others: tuple[Floats, ...] = (),
) -> JointDepth:
    """Judge what was read at one person's samples.

    ``X`` (t, 19, 3) the person as solved, ``score`` (t, 19) how well each point is seen in the
    picture, ``surface_m`` (t, s) camera z of what was read there (NaN nothing) with ``sigma_m``
    (t, s); ``others`` (t, 19, 3) each, NaN where somebody isn't there.
    """
    depth = surface_m + thickness_m(stature_m)
    error = depth - sample_depths(X)
    offset = _trunk_offset(error, sigma_m, score, fps)
    change = (error - offset[:, None])[:, reading.JOINTS]
    sigma = np.hypot(sigma_m[:, reading.JOINTS], _READ_M)
    surface = surface_m[:, reading.JOINTS] - offset[:, None]
    kind = np.full(change.shape, OWN)
    kind[_out_of_reach(X, change, sigma, near=False)] = MISSED
    kind[_out_of_reach(X, change, sigma, near=True)] = COVERED
    cover = covering_depth(X, others, stature_m)
    same = np.abs(surface - cover) < np.maximum(_SAME_SURFACE_M, 1.5 * sigma)
    kind[same & (X[..., 2] - _BEHIND_M > cover)] = COVERED
    kind[~np.isfinite(change)] = UNREAD
    sigma = np.where(kind == OWN, sigma / np.sqrt(np.clip(score, 0.05, 1.0)), np.inf)
    return JointDepth(np.where(kind == OWN, change, 0.0), sigma, kind)


def _trunk_offset(error: Floats, sigma: Floats, score: Floats, fps: float) -> F64:
    """How much deeper (t,) the trunk is read than solved, smooth in time."""
    columns = list(_TRUNK_SAMPLES)
    told = np.where(np.isfinite(error[:, columns]), error[:, columns], np.nan)
    rows = np.isfinite(told).sum(1) >= 3
    if not rows.any():
        return np.zeros(len(error))
    middle = np.nanmedian(told[rows], axis=1)
    grid = np.arange(len(error))
    return blur(np.interp(grid, grid[rows], middle), max(_ROOT_BLUR_S * fps, 0.5))


def _out_of_reach(X: Floats, change: Floats, sigma: Floats, *, near: bool) -> Bools:
    """Points that a reading puts nearer (or farther) than their bones let them be.

    Limbs hang on the trunk: each may change by as much as its parent does and its bone can turn.
    """
    out = np.zeros(change.shape, bool)
    most = np.zeros(change.shape)
    sign = -1.0 if near else 1.0
    for a, b in points.LIMB_BONES:
        bone = X[:, b] - X[:, a]
        length = np.linalg.norm(bone, axis=-1) * _REACH
        most[:, b] = most[:, a] + length - sign * bone[:, 2]
    for k in range(points.COUNT):
        if not most[:, k].any():
            most[:, k] = _LOOSE_M
    with np.errstate(invalid="ignore"):
        out = sign * change > most + 2 * sigma
    return out
