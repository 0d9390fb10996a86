"""What depth readings say of solved people: how far along the view each joint really is.

A first solve tells roughly how deep everybody's surfaces are. The map's scale is fitted to that,
then every reading becomes metres and is judged: it may be the joint's own surface, something in
front of it, or the background beside it. Only the first moves the joint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats, check_fields, of_shape
from ..geometry.smoothing import blur
from . import reading
from .occlusion import FORWARD_M, Body, covering_depth, trunk_forward

_THICKNESS_M: Final = {
    "shoulder": 0.045,
    "elbow": 0.045,
    "wrist": 0.03,
    "hip": 0.10,
    "knee": 0.06,
    "ankle": 0.045,
    "nose": 0.01,
    "ear": 0.05,
    "heel": 0.04,
    "index": 0.03,
}
"""From the skin that the camera sees to the joint, of a body 1.7 m tall."""
_REFERENCE_M: Final = 1.7
"""Stature in metres that thicknesses are given for."""
_TRUNK_M: Final = 0.115
"""Metres from the trunk's middle to its skin, at that stature; by hand."""
_READ_M: Final = 0.03
"""What is left of the error of a perfect map: clothes, hair, bodies of other girths."""
_ROOT_BLUR_S: Final = 0.15
"""Seconds over which the trunk's own misfit is averaged; by hand."""
_REACH: Final = 1.10
"""No joint lies farther from its neighbour than the bone's length, but for this share ..."""
_MOST_SLACK_M: Final = 0.15
"""... and what its reading and its neighbour's may be wrong by, up to this."""
_LOOSE_M: Final = 0.20
"""How far hips, shoulders, head and feet may be from where they were solved."""
_SAME_SURFACE_M: Final = 0.08
"""Metres within which a reading is of the surface in front; by hand."""
_LEAST_SEEN: Final = 0.1
"""Share of the usual score that no sample's weight goes below; by hand."""
_BEHIND_M: Final = 0.04
"""Metres by which something must lie before a sample to cover it; by hand."""
_TRUNK_JOINTS: Final = (0, 1, 6, 7)
"""Rows of shoulders and hips in ``points.POINTS``."""

OWN, COVERED, MISSED, UNREAD = 0, 1, 2, 3
"""What a reading shows: the joint's own surface, another one in front, the background, nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class JointDepth:
    """What depth tells of one person's 19 points, t frames.

    ``change_m`` (t, 19): by how much each lies deeper (camera z) than solved, relative to the
    trunk; ``sigma_m`` (t, 19) how sure that is, infinite where nothing is known; ``kind`` (t, 19)
    OWN, COVERED, MISSED or UNREAD.
    """

    change_m: F64 = field(metadata=of_shape("t", points.COUNT))
    sigma_m: F64 = field(metadata=of_shape("t", points.COUNT, has_gaps=True))
    kind: np.ndarray = field(metadata=of_shape("t", points.COUNT))

    def __post_init__(self) -> None:
        check_fields(self)


def thickness_m(stature_m: float) -> F64:
    """Depth (s,) of each sample's joint or bone under the skin."""
    names = [*points.POINTS, "left_nose", "right_nose"]
    own = [_THICKNESS_M[name.rpartition("_")[2]] for name in names]
    for a, b in points.LIMB_BONES:
        own += [(1 - share) * own[a] + share * own[b] for share in reading.ALONG]
    own += [_TRUNK_M] * (reading.SAMPLES - len(own))
    return np.array(own) * stature_m / _REFERENCE_M


def sample_places(X: Floats) -> F64:
    """Every sample (t, s, 3) of solved points (t, 19, 3), under the skin."""
    nose = points.POINTS.index("nose")
    parts = [X, X[:, [nose, nose]]]
    for a, b in points.LIMB_BONES:
        parts += [((1 - k) * X[:, a] + k * X[:, b])[:, None] for k in reading.ALONG]
    shoulders, hips = X[:, 0:2].mean(1), X[:, 6:8].mean(1)
    belly = trunk_forward(X) * FORWARD_M
    parts += [((1 - k) * shoulders + k * hips + belly)[:, None] for k in reading.DOWN_TRUNK]
    return np.concatenate(parts, axis=1)


def _owners() -> tuple[frozenset[int], ...]:
    """The joints that each sample belongs to."""
    head = frozenset(points.POINTS.index(name) for name in ("nose", "left_ear", "right_ear"))
    out = [head if k in head else frozenset((k,)) for k in range(points.COUNT)]
    out += [head, head]
    for bone in points.LIMB_BONES:
        out += [frozenset(bone)] * len(reading.ALONG)
    return (*out, *[frozenset(_TRUNK_JOINTS)] * len(reading.DOWN_TRUNK))


OWNERS: Final = _owners()


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What a solve expects the camera to see at one person's samples, (t, s) each.

    ``front`` is the camera z of the sample's own skin, ``cover`` that of whatever else is on its
    ray, infinite where nothing is.
    """

    front: F64 = field(metadata=of_shape("t", "s", has_gaps=True))
    cover: F64 = field(metadata=of_shape("t", "s", has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def surface(self) -> F64:
        """The nearer of both."""
        return np.fmin(self.front, self.cover)

    @property
    def is_covered(self) -> np.ndarray:
        """Where something else lies clearly before the sample."""
        return self.cover < self.front - _BEHIND_M


def expect(body: Body, others: Sequence[Body]) -> Expected:
    """What the camera sees of ``body`` among ``others``, all on the same t frames."""
    places = sample_places(body.X)
    front = places[..., 2] - thickness_m(body.stature_m)
    return Expected(front, covering_depth(body, others, places, OWNERS))


def joint_depth(
    X: Floats,
    score: Floats,
    expected: Expected,
    surface_m: Floats,
    sigma_m: Floats,
    fps: float,
) -> JointDepth:
    """Judge what was read at one person's samples.

    ``X`` (t, 19, 3) the person as solved, ``score`` (t, 19) how well each point is seen in the
    picture, ``expected`` at their samples, ``surface_m`` (t, s) camera z of what was read there
    (NaN nothing) with ``sigma_m`` (t, s).
    """
    offset = _trunk_offset(surface_m - expected.surface, fps)
    joints = reading.JOINTS
    surface = surface_m[:, joints] - offset[:, None]
    change = surface - expected.front[:, joints]
    sigma = np.hypot(sigma_m[:, joints], _READ_M)
    cover = expected.cover[:, joints]
    with np.errstate(invalid="ignore"):
        same = np.abs(surface - cover) < np.minimum(_SAME_SURFACE_M + sigma, 0.2)
    is_covered = expected.is_covered[:, joints] & same
    kind = np.full(change.shape, OWN)
    kind[is_covered] = COVERED
    kind[~np.isfinite(change) | ~np.isfinite(sigma)] = UNREAD
    kind = _within_reach(X, change, sigma, kind)
    told = _believable(kind, expected.is_covered[:, joints])
    # What is hardly seen is likely hidden, by something that nobody knows of.
    usual = max(float(np.percentile(score[:, : points.LIMBS], 90)), _LEAST_SEEN)
    sigma = np.where(kind == OWN, sigma / np.clip(score / usual, _LEAST_SEEN, 1.0), np.inf)
    sigma = sigma / told[:, None]
    return JointDepth(np.where(kind == OWN, change, 0.0), sigma, kind)


def _believable(kind: np.ndarray, is_covered: np.ndarray) -> F64:
    """How far (t,) a frame's readings are those of a body: of the joints that nothing was expected
    to cover, the share that nothing covers."""
    limbs = slice(0, points.LIMBS)
    open_to_view = ~is_covered[:, limbs] & (kind[:, limbs] != UNREAD)
    own = (open_to_view & (kind[:, limbs] == OWN)).sum(1) + 1
    return own / (open_to_view.sum(1) + 1)


def _trunk_offset(error: Floats, fps: float) -> F64:
    """How much deeper (t,) the trunk is read than expected, smooth in time."""
    told = error[:, [*_TRUNK_JOINTS, *range(reading.TRUNK.start, reading.TRUNK.stop)]]
    rows = np.isfinite(told).sum(1) >= 3
    if not rows.any():
        return np.zeros(len(error))
    middle = np.nanmedian(np.where(np.isfinite(told), told, np.nan)[rows], axis=1)
    grid = np.arange(len(error))
    return blur(np.interp(grid, grid[rows], middle), max(_ROOT_BLUR_S * fps, 0.5))


def _within_reach(X: Floats, change: Floats, sigma: Floats, kind: np.ndarray) -> np.ndarray:
    """``kind`` with readings refused that tear a limb off: too near is COVERED, too far MISSED.

    Limbs are followed outwards from the trunk, each joint from where its reading put its parent.
    """
    kind = kind.copy()
    parent = {b: a for a, b in points.LIMB_BONES}
    slack = np.minimum(2 * sigma, _MOST_SLACK_M)
    moved = X[..., 2].copy()
    outwards = [b for _, b in points.LIMB_BONES]
    loose = [k for k in range(points.COUNT) if k not in parent]
    with np.errstate(invalid="ignore"):
        for k in loose:
            kind[(change[:, k] > _LOOSE_M + slack[:, k]) & (kind[:, k] == OWN), k] = MISSED
            kind[(change[:, k] < -_LOOSE_M - slack[:, k]) & (kind[:, k] == OWN), k] = COVERED
        for k in outwards:
            length = np.linalg.norm(X[:, k] - X[:, parent[k]], axis=-1) * _REACH + slack[:, k]
            bone = X[:, k, 2] + change[:, k] - moved[:, parent[k]]
            kind[(bone > length) & (kind[:, k] == OWN), k] = MISSED
            kind[(bone < -length) & (kind[:, k] == OWN), k] = COVERED
            is_own = kind[:, k] == OWN
            share = np.where(is_own, _LOOSE_M**2 / (_LOOSE_M**2 + sigma[:, k] ** 2), 0.0)
            moved[:, k] += share * np.where(is_own, change[:, k], 0.0)
    return kind
