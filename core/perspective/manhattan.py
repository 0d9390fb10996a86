"""The three right-angled directions that the straight lines of a room or a street run along.

Floors, walls, doors and furniture make most lines of a picture run along one upright and two level
directions, a Manhattan frame (Coughlan and Yuille, Manhattan World, ICCV 1999). A line segment fits
a direction when it points at its vanishing point. Frames are proposed by lot, two segments for one
direction and a third for the next, as in Fischler and Bolles' RANSAC, and the best are refined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.types import Camera
from ..geometry.camera import normalized_from_px
from ..geometry.rotations import exp_so3, hat, normalize

_END_PX: Final = 1.0
"""Ends of segments are off by so many pixels of a picture whose longer side has a thousand."""
_LENS_RAD: Final = 0.006
"""And whole segments by so much, as no lens is a pinhole."""
STRAY: Final = 0.3
"""Share of segments that run along none of the three."""
_MOST: Final = 150  # longest segments, bounds time; by hand
_PROPOSALS: Final = 100  # random triples of segments, bounds time; by hand
_REFINED: Final = 4  # best proposals that are refined; by hand
_ROUNDS: Final = 8  # Gauss-Newton at most; by hand
_DONE: Final = 0.01  # gain of log-likelihood that ends them; by hand
IN_A_ROW: Final = 8.0
"""Seams of one wall aren't independent: so many segments count as one."""
_ROLL_RAD, _PITCH_RAD = np.radians(8.0), np.radians(20.0)  # cameras' usual tilt, one sigma; by hand


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """n line segments as a camera of some focal length sees them.

    A direction's vanishing point d lies on a segment's line where ``line . d`` (n, 3) is 0;
    ``along . d`` (n, 3) is how far along it; ``plane`` (n, 3) is the normal of the plane through
    lens and segment; ``sigma`` (n,) radians by which it may point wrong.
    """

    line: F64 = field(metadata=of_shape("n", 3))
    along: F64 = field(metadata=of_shape("n", 3))
    plane: F64 = field(metadata=of_shape("n", 3))
    sigma: F64 = field(metadata=of_shape("n"))

    def __post_init__(self) -> None:
        check_fields(self)

    def __len__(self) -> int:
        return len(self.sigma)


@dataclass(frozen=True, slots=True, eq=False)
class ManhattanAxes:
    """``axes`` (3, 3): unit rows in camera space, the first up, the others level.

    ``score`` is the logarithm of its likelihood, ``tilt_sigma`` radians by which up may be wrong.
    """

    axes: F64 = field(metadata=of_shape(3, 3))
    score: float
    tilt_sigma: float

    def __post_init__(self) -> None:
        check_fields(self)


def segments_of(lines_px: Floats, camera: Camera) -> Segments:
    """The longest segments of ``lines_px`` (n, 4), each x0 y0 x1 y1, as ``camera`` sees them."""
    ends = np.asarray(lines_px, np.float64).reshape(-1, 2, 2)
    long_px = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)
    keep = np.argsort(-long_px, kind="stable")[:_MOST]
    keep = keep[long_px[keep] > 0]
    xy = normalized_from_px(camera, ends[keep])
    middle = np.concatenate([xy.mean(1), np.ones((len(keep), 1))], axis=-1)
    way = normalize(xy[:, 1] - xy[:, 0])
    line = np.cross(middle, np.concatenate([way, np.zeros((len(keep), 1))], axis=-1))
    along = np.concatenate([way, -(middle[:, :2] * way).sum(-1, keepdims=True)], axis=-1)
    end_px = _END_PX * max(camera.size_px) / 1000
    sigma = np.hypot(2 * end_px / long_px[keep], _LENS_RAD)
    return Segments(line, along, normalize(line), sigma)


def find_axes(
    segments: Segments, starts: Sequence[Floats] = (), *, seed: int = 0
) -> ManhattanAxes | None:
    """The likeliest frame; None where three segments are not to be had.

    ``starts`` are axes (3, 3) to refine besides what is proposed. The same segments and ``seed``
    give the same frame.
    """
    proposals = _propose(segments, np.random.default_rng(seed))
    if len(proposals):
        scores = _explain(segments, proposals)[0] + usual_tilt(proposals[:, 0])
        proposals = proposals[np.argsort(-scores, kind="stable")[:_REFINED]]
    every = [*proposals, *starts]
    return refine(segments, np.array(every)) if every else None


def rivals(segments: Segments, count: int, apart: float, *, seed: int = 0) -> F64:
    """At most ``count`` frames (h, 3, 3), refined: the likeliest ones of those proposed whose ups
    are ``apart`` radians from each other."""
    proposals = _propose(segments, np.random.default_rng(seed))
    if not len(proposals):
        return proposals
    left = proposals[np.argsort(-_explain(segments, proposals)[0] - usual_tilt(proposals[:, 0]))]
    chosen: list[F64] = []
    while len(left) and len(chosen) < count:
        chosen.append(left[0])
        left = left[np.abs(left[:, 0] @ left[0, 0]) < np.cos(apart)]
    return _refined(segments, np.array(chosen))[0]


def refine(segments: Segments, axes: Floats) -> ManhattanAxes:
    """The likeliest frame near one of ``axes`` (h, 3, 3)."""
    axes, score, information = _refined(segments, axes)
    best = int(score.argmax())
    spread: F64 = np.asarray(np.linalg.inv(information[best]), np.float64) * IN_A_ROW
    across = np.eye(3) - np.outer(axes[best, 0], axes[best, 0])
    tilt = float(np.sqrt(np.trace(across @ spread @ across) / 2))
    return ManhattanAxes(axes[best], float(score[best]), tilt)


def _refined(segments: Segments, axes: Floats) -> tuple[F64, F64, F64]:
    """The likeliest frames near ``axes`` (h, 3, 3), their log-likelihoods (h,) and information
    (h, 3, 3): Gauss-Newton on rotations, side by side."""
    axes = np.array(axes, np.float64)
    score, information, gradient = _judge(segments, axes)
    goes_on = np.arange(len(axes), dtype=np.int64)
    for _ in range(_ROUNDS):
        step = np.linalg.solve(information[goes_on], gradient[goes_on][..., None])[..., 0]
        turned = axes[goes_on] @ np.swapaxes(exp_so3(-step), -1, -2)
        better = _judge(segments, turned)
        gains = better[0] > score[goes_on] + _DONE
        goes_on = goes_on[gains]
        if not len(goes_on):
            break
        axes[goes_on] = turned[gains]
        for known, new in zip((score, information, gradient), better, strict=True):
            known[goes_on] = new[gains]
    axes = _upright(axes)
    return axes, score + usual_tilt(axes[:, 0]), information


def _propose(segments: Segments, rng: np.random.Generator) -> F64:
    """Frames (h, 3, 3) through segments drawn by lot, long ones, whose way is sure, more often."""
    if len(segments) < 3:
        return np.zeros((0, 3, 3))
    chance = 1 / segments.sigma
    i, j, k = rng.choice(len(segments), (3, _PROPOSALS), p=chance / chance.sum())
    first = np.cross(segments.plane[i], segments.plane[j])
    second = np.cross(first, segments.plane[k])
    known = (np.linalg.norm(first, axis=-1) > 1e-3) & (np.linalg.norm(second, axis=-1) > 1e-4)
    first, second = normalize(first[known]), normalize(second[known])
    return _upright(np.stack([first, second, np.cross(first, second)], axis=1))


def _upright(axes: Floats) -> F64:
    """Frames (h, 3, 3) with the axis first that is most upright in the picture, pointing up."""
    rows = np.arange(len(axes))
    first = np.abs(axes[..., 1]).argmax(1)
    up = axes[rows, first] * -np.sign(axes[rows, first, 1] + 1e-300)[:, None]
    level = axes[rows, (first + 1) % 3]
    return np.stack([up, level, np.cross(up, level)], axis=1)


def usual_tilt(up: Floats) -> F64:
    """Logarithm (h,) of how usual it is to hold a camera so that ``up`` (h, 3) is up, up to a
    constant."""
    roll = np.arctan2(up[:, 0], -up[:, 1])
    pitch = np.arcsin(np.clip(up[:, 2], -1, 1))
    return -0.5 * ((roll / _ROLL_RAD) ** 2 + (pitch / _PITCH_RAD) ** 2)


def peaks(segments: Segments, ways: Floats) -> F64:
    """Likelihood (..., n) of the segments as ones that run along directions (..., 3)."""
    off = ways @ segments.line.T
    angle = np.arctan2(np.abs(off), np.abs(ways @ segments.along.T) + 1e-12) / segments.sigma
    return np.exp(-0.5 * angle**2) * np.sqrt(2 / np.pi) / segments.sigma


def _explain(segments: Segments, axes: Floats) -> tuple[F64, F64]:
    """Log-likelihood (h,) of frames (h, 3, 3), and how likely (h, 3, n) a segment is each axis'."""
    each = (1 - STRAY) / 3 * peaks(segments, axes)
    total = each.sum(1) + STRAY * 2 / np.pi
    return np.log(total).sum(-1), each / total[:, None]


def _judge(segments: Segments, axes: Floats) -> tuple[F64, F64, F64]:
    """Log-likelihood (h,) of frames (h, 3, 3), and information (h, 3, 3) and gradient (h, 3) of
    their rotations."""
    score, share = _explain(segments, axes)
    off, along = axes @ segments.line.T, axes @ segments.along.T
    long2 = off**2 + along**2 + 1e-12
    angle = np.arctan(off / np.where(np.abs(along) < 1e-9, 1e-9, along))
    slope = along[..., None] * segments.line - off[..., None] * segments.along
    J = (slope / long2[..., None]) @ -hat(axes)  # axis x slope, row by row
    w = share / segments.sigma**2
    rows = J.reshape(len(axes), -1, 3)
    weighed = (w[..., None] * J).reshape(rows.shape)
    information = np.swapaxes(weighed, -1, -2) @ rows + 1e-3 * np.eye(3)
    gradient = angle.reshape(len(axes), 1, -1) @ weighed
    return score, information, gradient[:, 0]
