"""A table of a camera's places, CSV: what any tool can write with a few lines.

A header, then a row a frame: ``frame`` (its number in the file, from 0), ``x y z`` where the camera
stands in any unit, ``qw qx qy qz`` the rotation from its axes (OpenCV's: x right, y down, z ahead)
to the world's, and, if the lens is known, ``focal_px`` in pixels of the clip, ``focal_y_px`` where
these aren't square, ``cx_px cy_px`` the principal point where it isn't the middle and, the same in
every row, its distortion ``k1 k2 p1 p2``; ``width_px height_px`` where pixels are those of another
size of the same picture. Semicolons or tabs may part columns, decimals may have commas then.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, check_fields, of_shape
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ...data.types import ClipInfo
from ...geometry.rotations import matrix_from_quat, quat_from_matrix
from .lens import for_size
from .numbering import in_clip

_NEEDED: Final = ("frame", "x", "y", "z", "qw", "qx", "qy", "qz")
_FOCAL: Final = "focal_px"
_LENS: Final = ("k1", "k2", "p1", "p2")
_SIZE: Final = ("width_px", "height_px")
_MORE: Final = ("focal_y_px", "cx_px", "cy_px", *_SIZE)
COLUMNS: Final = (*_NEEDED, _FOCAL, *_LENS, *_MORE)
_SAME_IN_ALL: Final = (*_LENS, *_SIZE)
_MOST_FRAME: Final = 1_000_000_000  # as of takes
_MOST: Final = 1e6  # no camera is farther away, and no lens longer, whatever the unit


@dataclass(frozen=True, slots=True, eq=False)
class CameraRows:
    """A camera at n ``frames`` (n,): ``T_world_camera`` (n, 4, 4), OpenCV's axes, ``K`` (n, 3, 3)
    pixels from the middle of the first, 0 where the lens is unknown, and ``dist`` (4,), of pictures
    of ``size_px``, None where nobody says."""

    frames: I64 = field(metadata=of_shape("n"))
    T_world_camera: F64 = field(metadata=of_shape("n", 4, 4))
    K: F64 = field(metadata=of_shape("n", 3, 3))
    dist: F64 = field(metadata=of_shape(4))
    size_px: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_fields(self)


def read_table(text: str, clip: ClipInfo) -> GivenCamera:
    """The camera of ``clip`` in the ``text`` of such a file. Raises Damaged."""
    rows = rows_of(text, clip.size_px)
    K = rows.K if not rows.K.any() else for_size(rows.K, rows.size_px, clip.size_px)
    frames = in_clip(rows.frames, clip, are_names=False)
    return GivenCamera(frames.astype(np.int32), rows.T_world_camera, K, rows.dist)


def rows_of(text: str, size_px: tuple[int, int]) -> CameraRows:
    """The rows of such a file, in order; ``size_px`` is the picture where it names none. Raises
    Damaged."""
    told = _columns_of(text)
    order = np.argsort(told["frame"], kind="stable")
    told = {name: values[order] for name, values in told.items()}
    frames = told["frame"]
    if (frames % 1 != 0).any() or frames[0] < 0:
        raise Damaged("its frames are no numbers of frames from 0")
    if (np.diff(frames) <= 0).any():
        raise Damaged("it has a frame twice")
    for name in _SAME_IN_ALL:
        if name in told and np.ptp(told[name]) > 0:
            raise Damaged(f"its {name} changes from row to row, which Limn doesn't know")
    quat = np.stack([told[name] for name in ("qw", "qx", "qy", "qz")], axis=-1)
    norm = np.linalg.norm(quat, axis=1, keepdims=True)
    if (norm < 1e-6).any():
        raise Damaged("one of its rotations is none")
    T: F64 = np.tile(np.eye(4), (len(frames), 1, 1))
    T[:, :3, :3] = matrix_from_quat(quat / norm)
    T[:, :3, 3] = np.stack([told[name] for name in "xyz"], axis=-1)
    rows = CameraRows(frames.astype(np.int64), T, np.zeros((len(T), 3, 3)), np.zeros(4))
    return rows if _FOCAL not in told else _with_lens(rows, told, size_px)


def _with_lens(rows: CameraRows, told: dict[str, F64], size_px: tuple[int, int]) -> CameraRows:
    size = tuple(float(told[name][0]) for name in _SIZE if name in told)
    if len(size) == 1 or (size and min(size) < 1):
        raise Damaged("it tells no size of its pictures")
    width, height = size or size_px
    for name in (_FOCAL, "focal_y_px"):
        if name in told and (told[name] <= 0).any():
            raise Damaged(f"a {name} isn't positive")
    K = np.zeros((len(rows.frames), 3, 3))
    K[:, 0, 0] = told[_FOCAL]
    K[:, 1, 1] = told.get("focal_y_px", told[_FOCAL])
    K[:, 0, 2], K[:, 1, 2] = told.get("cx_px", (width - 1) / 2), told.get("cy_px", (height - 1) / 2)
    K[:, 2, 2] = 1
    dist = np.array([told[name][0] if name in told else 0.0 for name in _LENS])
    return replace(rows, K=K, dist=dist, size_px=(width, height) if size else None)


def table_text(rows: CameraRows) -> str:
    """The text of such a file, which ``rows_of`` reads."""
    has_lens, names = bool(rows.K.any()), list(_NEEDED)
    size = rows.size_px or ()
    if has_lens:
        names += [_FOCAL, *_LENS, "focal_y_px", "cx_px", "cy_px", *_SIZE[: len(size)]]
    lines = [",".join(names)]
    quats = quat_from_matrix(rows.T_world_camera[:, :3, :3])
    for frame, T, quat, K in zip(rows.frames, rows.T_world_camera, quats, rows.K, strict=True):
        values = [*T[:3, 3], *quat]
        if has_lens:
            values += [K[0, 0], *rows.dist, K[1, 1], K[0, 2], K[1, 2], *size]
        lines.append(f"{int(frame)}," + ",".join(f"{float(value):.9g}" for value in values))
    return "\n".join(lines) + "\n"


def _columns_of(text: str) -> dict[str, F64]:
    """The known columns by name, (n,) each. Raises Damaged."""
    lines = (line for line in io.StringIO(text) if line.strip() and not line.startswith("#"))
    header = next(lines, "")
    mark = max(",;\t", key=header.count)
    has_commas = mark != ","
    names = [
        name.strip().lower() for name in next(csv.reader([header], delimiter=mark), list[str]())
    ]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise Damaged(f"its first line names no column {missing[0]}")
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise Damaged(f"its first line names the column {twice[0]} twice")
    column = {name: names.index(name) for name in COLUMNS if name in names}
    rows = [
        [
            _number(row[at].replace(",", ".") if has_commas else row[at], name, number)
            if at < len(row)
            else _number("", name, number)
            for name, at in column.items()
        ]
        for number, row in enumerate(csv.reader(lines, delimiter=mark), 2)
        if any(entry.strip() for entry in row)
    ]
    if not rows:
        raise Damaged("it has no rows")
    return dict(zip(column, np.array(rows).T, strict=True))


def _number(told: str, name: str, line: int) -> float:
    try:
        value = float(told)
    except ValueError as error:
        raise Damaged(f"line {line} has no number under {name}") from error
    most = _MOST_FRAME if name == "frame" else _MOST
    if not math.isfinite(value) or abs(value) > most:
        raise Damaged(f"line {line} has no likely number under {name}")
    return value
