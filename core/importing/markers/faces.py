"""Faces of whose landmarks a file tells places in space: shapes and jaw, as from a picture.

The landmarks are turned to look straight at the viewer; there the same model of faces is fitted to
them, and the same reader asked, as of landmarks in pictures (``faces.landmark_fit``).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, Floats
from ...data.faces.ibug import CONTOUR
from ...data.faces.mesh import IBUG_68, rows_of
from ...faces.calming import calmed
from ...faces.collecting import metric
from ...faces.features import turn_onto
from ...faces.landmark_fit import fit_faces, load_face_model
from ...faces.posing import FaceMotion, motion_of
from ...geometry.smoothing import interpolate_columns

_ROWS: Final = rows_of(IBUG_68)
_MOST: Final = 0.8
"""Share of the inner landmarks that make a face; by hand."""
_FAR: Final = 0.08
"""Of a face's height: landmarks that miss every face by so much are none; by hand."""


def face_in_space(points: Floats, fps: float) -> FaceMotion | None:
    """The face of landmarks ``points`` (t, 68, 3) in any axes and unit, NaN where they weren't
    told; None where they never make a face. Its rotations are those from the zero pose's axes to
    the points'. Raises ModelError when the model of faces or its reader is missing."""
    known: Bools = np.asarray(np.isfinite(points).all(-1))
    there: Bools = np.asarray(known[:, CONTOUR:].mean(1) > _MOST)
    if not there.any():
        return None
    told = _without_holes(points[there], known[there])
    weight = known[there].astype(np.float64)
    model = load_face_model()
    template = model.mean[_ROWS].astype(np.float64)
    inner = np.arange(len(_ROWS)) >= CONTOUR
    turn = turn_onto(told, template, inner.astype(np.float64))
    seen = np.einsum("tba,tnb->tna", turn, told)
    frames = np.flatnonzero(there).astype(np.int32)
    fit = fit_faces(calmed(seen[..., :2], weight, frames), weight, model)
    t, n = len(points), fit.xyz.shape[1]
    meshes, turns = np.zeros((t, n, 3)), np.tile(np.eye(3), (t, 1, 1))
    presence = np.zeros(t)
    meshes[there], turns[there] = metric(fit.xyz), turn
    presence[there] = fit.missed < _FAR
    if not presence.any():
        return None
    return motion_of(meshes, turns, presence, np.ones(t), fps)


def _without_holes(points: Floats, known: Bools) -> F64:
    """Landmarks (t, 68, 3) with those that are missing in some frames put in from the others; those
    that are missing in all lie in the face's middle, and count nothing."""
    out = np.where(known[..., None], points, np.nanmean(points, axis=1, keepdims=True))
    grid = np.arange(len(points), dtype=np.float64)
    for k in range(points.shape[1]):
        at = np.flatnonzero(known[:, k])
        if 0 < len(at) < len(grid):
            out[:, k] = interpolate_columns(grid, grid[at], np.asarray(points[at, k], np.float64))
    return np.asarray(out, np.float64)
