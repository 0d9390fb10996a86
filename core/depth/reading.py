"""Reads a depth map inside people's limbs, and on a coarse grid over the whole picture.

A joint's pixel often lies on an edge, where networks blur the limb into its background. So depth is
read in small patches along the bones, shifted inwards at the ends of limbs, and the nearer part of
each patch counts: what is not limb in it lies behind. Only these readings are kept, never a map.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F32, F64, Floats
from ..data.observations import RADIUS_PER_SIDE
from .maps import DepthMap

GRID: Final = (12, 16)
"""Rows and columns of the grid over the whole picture."""
_EYES: Final = ("left_eye", "right_eye")
LANDMARKS: Final = (*points.POINTS, *_EYES)
"""The keypoints, n of them, that say where to read."""
ALONG: Final = (1 / 3, 2 / 3)
"""Where on a limb's bone samples lie, shares of its length."""
DOWN_TRUNK: Final = (0.25, 0.5, 0.75)
"""Where on the trunk samples lie, shares from shoulders to hips."""

JOINTS: Final = slice(0, points.COUNT)
"""The samples of ``points.POINTS``."""
EYES: Final = slice(points.COUNT, points.COUNT + 2)
BONES: Final = slice(EYES.stop, EYES.stop + 2 * len(points.LIMB_BONES))
TRUNK: Final = slice(BONES.stop, BONES.stop + len(DOWN_TRUNK))
SAMPLES: Final = TRUNK.stop

VALUE, SPREAD, PIXEL = 0, 1, 2
"""Columns of a reading: of the patch, how much its near part varies, and the joint's one pixel."""

_HALF_WIDTH_M: Final = {
    "shoulder": 0.055,
    "elbow": 0.042,
    "wrist": 0.032,
    "hip": 0.10,
    "knee": 0.058,
    "ankle": 0.042,
    "nose": 0.06,
    "ear": 0.05,
    "heel": 0.035,
    "index": 0.03,
    "eye": 0.06,
}
"""Half the width of the body at a joint, from the side that shows it narrowest."""
_INWARDS: Final = {"wrist": 0.08, "ankle": 0.08, "shoulder": 0.12, "hip": 0.10}
"""How far towards the next joint, or the trunk's middle, the patch is shifted."""
_REACH: Final = 0.6
"""Patches extend this share of the half width to either side."""
_BODY_RADIUS_M: Final = 1.05
"""Metres from an ordinary body's hips to its farthest joint; by hand."""
_BLUR_MAP_PX: Final = 1.0
"""Depth networks smear edges by about a pixel of their own map, as a Gaussian's sigma."""
_LEAST_SHARE: Final = 0.6
"""Of limbs thinner than the blur, no more than this is put right."""
_NEAR_SHARE: Final = 6
"""Of the nine pixels of a patch, those that count: the nearest ones."""


def _index(name: str) -> int:
    return LANDMARKS.index(name)


def _part(name: str) -> str:
    return name.rpartition("_")[2]


def _tables() -> tuple[F64, F64, F64]:
    """Weights (s, n) of the landmarks in a sample, bone ends (s, 2, n), half widths (s,)."""
    place, axis, width = list[Floats](), list[list[Floats]](), list[float]()
    eye = np.eye(len(LANDMARKS))
    girdle = [eye[[_index(f"{s}_{p}") for s in ("left", "right")]].mean(0) for p in _GIRDLES]
    middle = (girdle[0] + girdle[1]) / 2
    for name in LANDMARKS:
        part, side = _part(name), name.partition("_")[0]
        here = eye[_index(name)]
        inner = {"wrist": "elbow", "ankle": "knee", "elbow": "shoulder", "knee": "hip"}.get(part)
        towards = middle if inner is None else eye[_index(f"{side}_{inner}")]
        share = _INWARDS.get(part, 0.0)
        place.append((1 - share) * here + share * towards)
        axis.append([here, towards])
        width.append(_HALF_WIDTH_M[part])
    for a, b in points.LIMB_BONES:
        ends = [eye[k] for k in (a, b)]
        for share in ALONG:
            place.append((1 - share) * ends[0] + share * ends[1])
            axis.append(ends)
            width.append(_HALF_WIDTH_M[_part(points.POINTS[b])])
    for share in DOWN_TRUNK:
        place.append((1 - share) * girdle[0] + share * girdle[1])
        axis.append(girdle)
        width.append(_HALF_WIDTH_M["hip"])
    return np.array(place), np.array(axis), np.array(width)


_GIRDLES: Final = ("shoulder", "hip")
PLACES, _AXES, _WIDTHS_M = _tables()
"""(s, n): where each sample lies, as a mean of landmarks."""

MIRROR: Final = np.concatenate(
    [
        points.MIRROR,
        [EYES.start + 1, EYES.start],
        [BONES.start + (k ^ 2) for k in range(2 * len(points.LIMB_BONES))],
        np.arange(TRUNK.start, TRUNK.stop),
    ]
)
"""The samples of a person whose left and right were confused."""


def read_body(depth: DepthMap, xy_px: Floats, side_px: float) -> F32:
    """Readings (s, 3) of who has their ``LANDMARKS`` at ``xy_px`` (n, 2), NaN outside the map.

    ``side_px`` is that of the person's region, 2.5 times the radius of their body.
    """
    center = PLACES @ xy_px
    along = np.einsum("sel,lc->sec", _AXES, xy_px)
    along = along[:, 1] - along[:, 0]
    norm = np.linalg.norm(along, axis=-1, keepdims=True)
    along = np.where(norm > 1e-6, along / np.maximum(norm, 1e-6), [0.0, 1.0])
    across = along[:, ::-1] * [-1.0, 1.0]
    half_px = _WIDTHS_M * side_px * RADIUS_PER_SIDE / _BODY_RADIUS_M
    step = np.array([-1.0, 0.0, 1.0])
    patch = center[:, None, None] + half_px[:, None, None, None] * _REACH * (
        step[:, None, None] * along[:, None, None] + step[None, :, None] * across[:, None, None]
    )
    values = np.sort(depth.at(patch).reshape(SAMPLES, -1), axis=-1)  # NaN last
    out = np.full((SAMPLES, 3), np.nan, np.float32)
    whole = np.isfinite(values[:, -1])
    near = np.median(values[whole, -_NEAR_SHARE:], axis=-1)
    bleed = _bleed(depth, center[whole], across[whole], half_px[whole], near)
    out[whole, VALUE] = near + bleed
    out[whole, SPREAD] = values[whole, -2] - values[whole, 1] + bleed / 2
    out[: EYES.stop, PIXEL] = depth.pixel_at(xy_px)
    return out


def _bleed(depth: DepthMap, center: Floats, across: Floats, half_px: Floats, near: Floats) -> F64:
    """How much (n,) nearer limbs are than their patches, which a map's blur mixes with behind."""
    pitch = float(np.mean(depth.per_px))
    aside = (half_px + _BLUR_MAP_PX / pitch) * 2
    sides = center[:, None] + np.array([-1.0, 1.0])[:, None] * (across * aside[:, None])[:, None]
    behind = depth.at(sides)
    behind = np.where(np.isfinite(behind), np.minimum(behind, near[:, None]), near[:, None])
    width = half_px * pitch / (_BLUR_MAP_PX * math.sqrt(2))
    share = np.clip([math.erf(value) for value in width], _LEAST_SHARE, 1.0)
    return (1 - share) / share * (near - behind.mean(1))


def grid_px(size_px: tuple[int, int], grid: tuple[int, int] = GRID) -> F64:
    """Centres (rows, columns, 2) of a grid's cells in a picture of ``size_px``."""
    rows, columns = grid
    x = (np.arange(columns) + 0.5) / columns * size_px[0] - 0.5
    y = (np.arange(rows) + 0.5) / rows * size_px[1] - 0.5
    return np.stack(np.meshgrid(x, y), axis=-1)


def read_grid(depth: DepthMap, size_px: tuple[int, int]) -> F32:
    """The map (rows, columns) at the centres of the grid's cells."""
    return depth.at(grid_px(size_px)).astype(np.float32)
