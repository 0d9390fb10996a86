"""A table of a camera's places, CSV: what any tool can write with a few lines.

A header, then a row a frame: ``frame`` (its number in the file, from 0), ``x y z`` where the camera
stands in any unit, ``qw qx qy qz`` the rotation from its axes (OpenCV's: x right, y down, z ahead)
to the world's, and, if the lens is known, ``focal_px`` in pixels of the clip and, the same in every
row, its distortion ``k1 k2 p1 p2``.
"""

from __future__ import annotations

import csv
import io
import math
from typing import Final

import numpy as np

from ...data.arrays import F64, I64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ...geometry.rotations import matrix_from_quat, quat_from_matrix

_NEEDED: Final = ("frame", "x", "y", "z", "qw", "qx", "qy", "qz")
FOCAL: Final = "focal_px"
_LENS: Final = ("k1", "k2", "p1", "p2")
COLUMNS: Final = (*_NEEDED, FOCAL, *_LENS)
_MOST_FRAME: Final = 1_000_000_000  # as of takes
_MOST: Final = 1e6  # no camera is farther away, and no lens longer, whatever the unit


def read_table(text: str, size_px: tuple[int, int]) -> GivenCamera:
    """The camera in the ``text`` of such a file. Raises Damaged."""
    reader = csv.reader(io.StringIO(text))
    header: list[str] = next(reader, list[str]())
    names = [name.strip().lower() for name in header]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise Damaged(f"its first line names no column {missing[0]}")
    column = {name: names.index(name) for name in COLUMNS if name in names}
    rows = [
        [_number(row, at, name, number) for name, at in column.items()]
        for number, row in enumerate(reader, 2)
        if row
    ]
    if not rows:
        raise Damaged("it has no rows")
    values = np.array(rows)
    values = values[np.argsort(values[:, 0], kind="stable")]
    frames = values[:, 0]
    if (frames % 1 != 0).any() or frames[0] < 0 or frames[-1] > _MOST_FRAME:
        raise Damaged("its frames are no numbers of frames from 0")
    if (np.diff(frames) <= 0).any():
        raise Damaged("it has a frame twice")
    quat = values[:, 4:8]
    norm = np.linalg.norm(quat, axis=1, keepdims=True)
    if (norm < 1e-6).any():
        raise Damaged("one of its rotations is none")
    T: F64 = np.tile(np.eye(4), (len(values), 1, 1))
    T[:, :3, :3], T[:, :3, 3] = matrix_from_quat(quat / norm), values[:, 1:4]
    K = np.zeros((len(values), 3, 3))
    dist = np.zeros(4)
    if FOCAL in column:
        focal = values[:, list(column).index(FOCAL)]
        if (focal <= 0).any():
            raise Damaged(f"a {FOCAL} isn't positive")
        K[:, 0, 0] = K[:, 1, 1] = focal
        told = {name: values[0, at] for at, name in enumerate(column)}
        dist = np.array([told.get(name, 0.0) for name in _LENS])
        K[:, 0, 2], K[:, 1, 2] = (size_px[0] - 1) / 2, (size_px[1] - 1) / 2
        K[:, 2, 2] = 1
    return GivenCamera(frames.astype(np.int32), T, K, dist)


def table_text(frames: I64, T_world_camera: F64, focal_px: F64, dist: F64) -> str:
    """The text of such a file: ``frames`` (n,), ``T_world_camera`` (n, 4, 4), ``focal_px`` (n,)
    and ``dist`` (4,)."""
    lines = [",".join(COLUMNS)]
    quats = quat_from_matrix(T_world_camera[:, :3, :3])
    for frame, T, quat, focal in zip(frames, T_world_camera, quats, focal_px, strict=True):
        values = [*T[:3, 3], *quat, focal, *dist]
        lines.append(f"{int(frame)}," + ",".join(f"{float(value):.9g}" for value in values))
    return "\n".join(lines) + "\n"


def _number(row: list[str], at: int, name: str, line: int) -> float:
    try:
        value = float(row[at])
    except (IndexError, ValueError) as error:
        raise Damaged(f"line {line} has no number under {name}") from error
    most = _MOST_FRAME if name == "frame" else _MOST
    if not math.isfinite(value) or abs(value) > most:
        raise Damaged(f"line {line} has no likely number under {name}")
    return value
