"""Keypoints of several cameras that a calibration tells of: points in space, where rays meet.

FreeMoCap keeps both: an array (cameras, frames, points, 2 or 3) in ``output_data/raw_data`` of a
recording, and ``NAME_camera_calibration.toml`` in the recording's folder, cameras in the same order
(freemocap/freemocap, path_getters.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, Floats
from ...data.errors import SettingsError
from ...data.faces.ibug import FACE_68
from ...data.hand_points import hand_names
from ...data.reading.files import Damaged
from ...formats.calibration.rig_file import CalibratedCamera, read_calibration
from ...geometry.camera import undistort
from ...geometry.rotations import normalize
from ..keypoints.names import BY_COUNT, names_of
from ..markers.names import solver_columns
from ..markers.points import MarkerMotion, MarkerTrack
from ..values import MOST_FRAMES

_PATTERN: Final = "*calibration*.toml"
_FOLDERS: Final = 4
"""In how many folders, the file's own and those about it, a calibration is looked for."""
_BLOCK: Final = 256  # frames at a time, bounds memory
_ROUNDS: Final = 6  # of the reweighted least squares
_SIGMA: Final = 0.02
"""Errors of keypoints, of the picture's focal length; by hand."""
_NEAREST_M: Final = 1e-3  # before the lens, within which no point is weighed as nearer
_SEEN: Final = 0.1
"""Score over which a camera saw a point; by hand."""
_MISSED: Final = 0.02
"""Of a focal length: points in space that miss a quarter of the pictures by so much were seen by
other cameras than those of the calibration; by hand."""
_UPRIGHT: Final = 0.8
"""Frames whose body is at least this share of its greatest length stand; by hand."""
_NOTE: Final = "Keypoints of {} cameras were brought together by {}."


def read(values: F64, path: Path) -> MarkerMotion | None:
    """The points of an array of several cameras whose calibration lies near ``path``; None for any
    other. Raises Damaged."""
    if values.ndim != 4 or not 2 <= values.shape[0] < values.shape[1]:
        return None
    if values.shape[2] not in BY_COUNT or values.shape[3] not in (2, 3):
        return None
    for file in _near(path):
        try:
            cameras = read_calibration(file)
        except SettingsError:
            continue  # a file of that name of another kind
        if len(cameras) == len(values):
            found = _in_space(values, cameras)
            if found is not None:
                note = _NOTE.format(len(values), file.name)
                return MarkerMotion("FreeMoCap", (found,), up="z", notes=(note,))
    return None


def _near(path: Path) -> list[Path]:
    folders = [path.absolute().parent]
    folders += list(folders[0].parents)[: _FOLDERS - 1]
    return [file for folder in folders for file in sorted(folder.glob(_PATTERN)) if file.is_file()]


def _in_space(values: F64, cameras: Sequence[CalibratedCamera]) -> MarkerTrack | None:
    """One person's points, z up; None where the cameras are others than those that saw them."""
    names = names_of(values.shape[2])
    wanted = {*FACE_68.names, *hand_names("left"), *hand_names("right")}
    body = solver_columns(names).values()
    columns = sorted({*body, *(k for k, name in enumerate(names) if name in wanted)})
    told = values[:, :MOST_FRAMES][:, :, columns]
    X, missed = meeting_points(told, cameras)
    if not np.isfinite(missed) or missed > _MISSED:
        return None
    kept = tuple(names[k] for k in columns)
    frames = np.arange(X.shape[0], dtype=np.int32)
    return MarkerTrack("Person 1", kept, frames, _upright(X, kept))


def meeting_points(values: Floats, cameras: Sequence[CalibratedCamera]) -> tuple[F64, float]:
    """Where the rays of keypoints ``values`` (cameras, t, n, 2 or 3) meet, (t, n, 3) metres in the
    calibration's world, NaN where fewer than two cameras see one; and by how much the points miss
    a quarter of the pictures, of a focal length, NaN where none is seen by two.

    A third number that lies between 0 and 1 is a score. Linear triangulation, reweighted by
    distance and robust (Hartley and Zisserman, Multiple view geometry, 12.2).
    """
    xy, score = _rays(values, cameras)
    R, t = np.stack([one.R for one in cameras]), np.stack([one.t for one in cameras])
    parts: list[F64] = []
    missed: list[F64] = []
    for first in range(0, values.shape[1], _BLOCK):
        rows = slice(first, first + _BLOCK)
        X, off = _met(xy[:, rows], score[:, rows], R, t)
        parts.append(X)
        missed.append(off)
    apart = np.concatenate(missed)
    return np.concatenate(parts), float(np.percentile(apart, 75)) if len(apart) else float("nan")


def _rays(values: Floats, cameras: Sequence[CalibratedCamera]) -> tuple[F64, F64]:
    """Rays (c, t, n, 2) at depth 1, and scores (c, t, n), 0 where there is no keypoint."""
    pixels = np.asarray(values[..., :2], np.float64)
    is_there: Bools = np.asarray(np.isfinite(pixels).all(-1))
    score = is_there.astype(np.float64)
    if values.shape[-1] == 3:
        third = np.nan_to_num(values[..., 2])
        if third.min() >= 0 and third.max() <= 1:
            score = score * third
    pixels = np.where(is_there[..., None], pixels, 0.0)
    rays: list[F64] = []
    for one, each in zip(cameras, pixels, strict=True):
        K = one.K
        y = (each[..., 1] - K[1, 2]) / K[1, 1]
        x = (each[..., 0] - K[0, 2] - K[0, 1] * y) / K[0, 0]
        rays.append(np.asarray(undistort(np.stack([x, y], axis=-1), one.dist), np.float64))
    return np.stack(rays), score


def _met(xy: F64, score: F64, R: F64, t: F64) -> tuple[F64, F64]:
    """Points (t, n, 3), and by how much (k,) each that two cameras see misses their pictures."""
    rows = R[:, None, None, :2] - xy[..., None] * R[:, None, None, 2:]
    away = t[:, None, None, :2] - xy * t[:, None, None, 2:]
    z, share = np.ones(score.shape), np.ones(score.shape)
    points: F64 = np.zeros((*score.shape[1:], 3))
    off: F64 = np.zeros(score.shape)
    for _ in range(_ROUNDS):
        w = score * share / z**2
        H = np.einsum("ctn,ctnka,ctnkb->tnab", w, rows, rows, optimize=True) + 1e-9 * np.eye(3)
        g = -np.einsum("ctn,ctnka,ctnk->tna", w, rows, away, optimize=True)
        points = np.asarray(np.linalg.solve(H, g[..., None])[..., 0], np.float64)
        own = np.einsum("cab,tnb->ctna", R, points) + t[:, None, None]
        z = np.maximum(own[..., 2], _NEAREST_M)
        off = np.asarray(np.linalg.norm(own[..., :2] / z[..., None] - xy, axis=-1), np.float64)
        share = 1 / (1 + (off / _SIGMA) ** 2) ** 2
    seen = score > _SEEN
    is_met = seen.sum(0) >= 2
    points[~is_met] = np.nan
    return points, off[seen & is_met]


def _upright(X: F64, names: tuple[str, ...]) -> F64:
    """Points with z up: of a world whose axes are a camera's, up is where those who stand straight
    have their shoulders over their ankles. Raises Damaged without those."""
    columns = solver_columns(names)
    tops = [columns[name] for name in ("left_shoulder", "right_shoulder") if name in columns]
    ends = [columns[name] for name in ("left_ankle", "right_ankle") if name in columns]
    if not tops or not ends:
        raise Damaged("its points have no shoulders or no ankles")
    rise = X[:, tops].mean(1) - X[:, ends].mean(1)
    length = np.linalg.norm(rise, axis=-1)
    known = np.isfinite(length)
    if not known.any():
        raise Damaged("no two of its cameras see one body")
    stands = known & (length > _UPRIGHT * np.nanpercentile(length, 95))
    up = normalize(np.median(normalize(rise[stands]), axis=0))
    side = np.cross([0.0, 1.0, 0.0] if abs(up[1]) < abs(up[2]) else [0.0, 0.0, 1.0], up)
    x = normalize(side)
    return X @ np.stack([x, np.cross(up, x), up], axis=1)
