"""A face's mesh from landmarks in the picture alone: a model of how faces look, fitted to them.

A linear model of shapes in scaled orthography, as Blanz and Vetter (1999) fit theirs, by
Gauss-Newton on all frames at once. The model is assets/face/face_model.npz, made by tools/face.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats, check_fields, check_finite, of_shape
from ..data.faces.ibug import CONTOUR
from ..data.faces.mesh import IBUG_68, rows_of
from ..data.reading.weights import load_weights
from ..geometry.rotations import exp_so3, nearest_rotation
from .features import POINTS

FACE_MODEL: Final = Path(__file__).parents[2] / "assets" / "face" / "face_model.npz"
SHA256: Final = "fe45d3ab78bcd87345176ece7fc15a77dc7eb2f2df4dbc0912a2ac876e3354d7"
"""Of the file that belongs to this version."""
LANDMARKS: Final = len(IBUG_68)
_ROWS: Final = rows_of(IBUG_68)
_CONTOUR_WEIGHT: Final = 0.1
"""The contour is where a face ends in the picture, not points of it; by hand."""
_SIGMA: Final = 0.03
"""Errors of a landmark in units of the model, of which a face is 2.6 tall; by hand."""
_ROUNDS: Final = 8
"""Twelve end at the same faces."""
_MOST_TURN: Final = 0.5  # radians a round
_MOST_GROWTH: Final = 0.5  # of the scale's logarithm a round
_BLOCK: Final = 256
"""Frames at a time, bounds memory."""
_LEAST: Final = 1e-9
"""Keeps what is divided by, and what is solved for, off zero."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceModelShapes:
    """Faces in a head's axes (x to its right, y down, z back), of one size: ``mean`` (n, 3) and
    ``modes`` (k, n, 3), what faces differ and move by, each of standard deviation 1."""

    mean: F32 = field(metadata=of_shape(POINTS, 3))
    modes: F32 = field(metadata=of_shape(None, POINTS, 3))

    def __post_init__(self) -> None:
        check_fields(self)
        for one in fields(self):
            check_finite(f"FaceModelShapes.{one.name}", getattr(self, one.name))


@dataclass(frozen=True, slots=True, eq=False)
class FittedFaces:
    """Meshes (t, n, 3) in the landmarks' unit, z away from the middle, and by how much (t,) the
    inner landmarks missed them, root mean square as a share of the face's height."""

    xyz: F64 = field(metadata=of_shape("t", POINTS, 3))
    missed: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def fit_faces(xy: Floats, weight: Floats, model: FaceModelShapes | None = None) -> FittedFaces:
    """Meshes of landmarks ``xy`` (t, 68, 2), x right and y down, iBUG's, that count ``weight`` (t,
    68) each, at least ten of them in every frame.

    ``model`` is Limn's own, unless another is given. Raises ModelError when that is missing.
    """
    model = model or load_face_model()
    blocks = [slice(k, k + _BLOCK) for k in range(0, len(xy), _BLOCK)]
    out = [_fitted(np.asarray(xy[one], np.float64), weight[one], model) for one in blocks]
    if not out:
        return FittedFaces(np.zeros((0, POINTS, 3)), np.zeros(0))
    return FittedFaces(
        np.concatenate([one.xyz for one in out]), np.concatenate([one.missed for one in out])
    )


def _fitted(xy: F64, weight: Floats, model: FaceModelShapes) -> FittedFaces:
    mean, modes = model.mean.astype(np.float64), model.modes.astype(np.float64)
    share = np.asarray(weight, np.float64) * np.where(
        np.arange(LANDMARKS) < CONTOUR, _CONTOUR_WEIGHT, 1.0
    )
    # In units of about the model's, whatever pixels are.
    unit = np.sqrt(_mean(((xy - _mean(xy, share)[:, None]) ** 2).sum(-1), share))
    unit = np.maximum(unit, _LEAST)
    y = xy / unit[:, None, None]
    at = _posed_mean(y, share, mean[_ROWS])
    for _ in range(_ROUNDS):
        at = _stepped(at, y, share, mean[_ROWS], modes[:, _ROWS])
    shape = mean + np.einsum("tk,kna->tna", at.shares, modes)
    xyz = at.scale[:, None, None] * np.einsum("tab,tnb->tna", at.R, shape)
    off = xyz[:, _ROWS, :2] + at.shift[:, None] - y
    inner = share * (np.arange(LANDMARKS) >= CONTOUR)
    missed = np.sqrt(_mean((off**2).sum(-1), inner)) / np.maximum(
        at.scale * np.ptp(mean[:, 1]), _LEAST
    )
    xyz[..., :2] += at.shift[:, None]
    return FittedFaces(xyz * unit[:, None, None], missed)


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """Rotations, scales, shifts in the picture and shares of the modes."""

    R: F64 = field(metadata=of_shape("t", 3, 3))
    scale: F64 = field(metadata=of_shape("t"))
    shift: F64 = field(metadata=of_shape("t", 2))
    shares: F64 = field(metadata=of_shape("t", None))

    def __post_init__(self) -> None:
        check_fields(self)


def _posed_mean(y: F64, share: F64, mean: F64) -> _At:
    """The mean face where it fits best (DeMenthon and Davis, 1995, without perspective)."""
    root = np.sqrt(share)[..., None]
    middle, own = _mean(y, share), _mean(np.broadcast_to(mean, (len(y), *mean.shape)), share)
    a, b = root * (mean - own[:, None]), root * (y - middle[:, None])
    normal = np.asarray(np.einsum("tna,tnb->tab", a, a) + _LEAST * np.eye(3), np.float64)
    told = np.asarray(np.einsum("tna,tnb->tab", a, b), np.float64)
    rows = np.linalg.solve(normal, told).transpose(0, 2, 1)
    scale = np.maximum(np.sqrt((rows**2).sum((1, 2)) / 2), _LEAST)
    rows = rows / scale[:, None, None]
    R = nearest_rotation(np.concatenate([rows, np.cross(rows[:, 0], rows[:, 1])[:, None]], axis=1))
    shift = middle - scale[:, None] * np.einsum("tab,tb->ta", R[:, :2], own)
    return _At(R, scale, shift, np.zeros((len(y), 0)))


def _stepped(at: _At, y: F64, share: F64, mean: F64, modes: F64) -> _At:
    """One round of Gauss-Newton with the modes' own spread as prior."""
    t, k = len(y), len(modes)
    shares = at.shares if at.shares.shape[1] else np.zeros((t, k))
    turned = np.einsum("tab,tnb->tna", at.R, mean + np.einsum("tk,kna->tna", shares, modes))
    sized = at.scale[:, None, None] * turned
    off = y - sized[..., :2] - at.shift[:, None]
    slope = np.zeros((t, LANDMARKS, 2, 6 + k))
    slope[:, :, 0, 1], slope[:, :, 0, 2] = sized[..., 2], -sized[..., 1]
    slope[:, :, 1, 0], slope[:, :, 1, 2] = -sized[..., 2], sized[..., 0]
    slope[..., 3] = sized[..., :2]
    slope[:, :, 0, 4] = slope[:, :, 1, 5] = 1.0
    slope[..., 6:] = np.einsum("t,tab,knb->tnak", at.scale, at.R[:, :2], modes)
    J = slope.reshape(t, 2 * LANDMARKS, -1)
    precise = share / np.maximum(_SIGMA * at.scale, _LEAST)[:, None] ** 2
    weighed = J * np.repeat(precise, 2, axis=1)[..., None]
    normal = np.asarray(weighed.transpose(0, 2, 1) @ J, np.float64)
    told = np.asarray(np.einsum("tri,tr->ti", weighed, off.reshape(t, -1)), np.float64)
    normal[:, range(6, 6 + k), range(6, 6 + k)] += 1.0
    told[:, 6:] -= shares
    # Landmarks that all lie in one place tell no rotation.
    normal[:, range(6), range(6)] += _LEAST
    step = np.linalg.solve(normal, told[..., None])[..., 0]
    angle = np.linalg.norm(step[:, :3], axis=1, keepdims=True)
    turn = step[:, :3] * np.minimum(1.0, _MOST_TURN / np.maximum(angle, _LEAST))
    grown = np.exp(np.clip(step[:, 3], -_MOST_GROWTH, _MOST_GROWTH))
    return _At(
        exp_so3(turn) @ at.R, at.scale * grown, at.shift + step[:, 4:6], shares + step[:, 6:]
    )


def _mean(values: Floats, share: F64) -> F64:
    """The mean over points of ``values`` (t, n, ...) that count ``share`` (t, n)."""
    total = np.maximum(share.sum(1), _LEAST)
    summed = np.einsum("tn...,tn->t...", values, share)
    return summed / total.reshape(-1, *[1] * (summed.ndim - 1))


def load_face_model(path: Path = FACE_MODEL) -> FaceModelShapes:
    """Read the model; it is kept in memory. Raises ModelError in one sentence for any other file
    than the one that belongs to this version."""
    return _load(Path(path))


@lru_cache(maxsize=1)
def _load(path: Path) -> FaceModelShapes:
    return load_weights(path, FaceModelShapes, "face model", SHA256)
