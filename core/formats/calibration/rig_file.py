"""Calibrations of several cameras: TOML as Pose2Sim, Caliscope, Anipose and FreeMoCap write it, and
OpenCV's YAML.

Every camera has a matrix, distortions, and a rotation and translation that take the world to its
axes. TOML holds a table a camera (``matrix``, ``distortions``, ``rotation`` as a vector or matrix,
``translation``, ``size``); YAML holds matrices whose names end in the camera's (``K_1``,
``dist_1``, ``R_1`` or ``Rot_1``, ``T_1``, as EasyMocap does) or those of a stereo pair (``M1``,
``D1``, ``M2``, ``D2``, ``R``, ``T``, as OpenCV's own sample does).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from ...data.arrays import F64, check_fields, of_shape
from ...data.errors import SettingsError
from ...data.reading import Damaged, read_text, refusing
from ...geometry.rotations import exp_so3

_MOST_BYTES: Final = 4_000_000  # bounds memory
_MOST_CAMERAS: Final = 256  # bounds work on damaged files
_MILLIMETRES: Final = 100.0
"""Cameras this far from the world's middle are told in millimetres, as FreeMoCap does."""
_SAME_SHAPE: Final = 0.01
"""Share by which the shapes of two pictures may differ and be one camera's; by hand."""
_MATRIX: Final = re.compile(
    r"^\s*([\w.-]+)\s*:\s*!!opencv-matrix\s+rows\s*:\s*(\d+)\s+cols\s*:\s*(\d+)\s+dt\s*:\s*\S+\s+"
    r"data\s*:\s*\[([^\]]*)\]",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedCamera:
    """``K`` (3, 3) pixels, ``dist`` (4,) k1 k2 p1 p2; a world point X lies at ``R X + t`` in its
    axes, metres. ``size_px`` is the picture that ``K`` is for, None where the file doesn't say."""

    name: str
    K: F64 = field(metadata=of_shape(3, 3))
    dist: F64 = field(metadata=of_shape(4))
    R: F64 = field(metadata=of_shape(3, 3))
    t: F64 = field(metadata=of_shape(3))
    size_px: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def world_to_camera(self) -> F64:
        """(4, 4), world to this camera."""
        T = np.eye(4)
        T[:3, :3], T[:3, 3] = self.R, self.t
        return T

    def for_size(self, size_px: tuple[int, int]) -> CalibratedCamera:
        """The same for a picture of another size. Raises SettingsError for one of another shape."""
        if self.size_px is None or self.size_px == size_px:
            return replace(self, size_px=size_px)
        x, y = size_px[0] / self.size_px[0], size_px[1] / self.size_px[1]
        if abs(x / y - 1) > _SAME_SHAPE:
            raise SettingsError(
                f"The calibration of {self.name} is for {self.size_px[0]} x {self.size_px[1]} "
                f"pixels, and its clip has {size_px[0]} x {size_px[1]}."
            )
        K = self.K.copy()
        K[0] *= x
        K[1] *= y
        return replace(self, K=K, size_px=size_px)


def read_calibration(path: str | Path) -> list[CalibratedCamera]:
    """The cameras of a calibration file, in its order. Raises SettingsError."""
    what = "no calibration of cameras"
    with refusing(path, "the calibration", what, SettingsError):
        return cameras_in(read_text(Path(path), _MOST_BYTES))


def cameras_in(text: str) -> list[CalibratedCamera]:
    """The cameras of a calibration's text, in its order. Raises Damaged."""
    try:
        cameras = _of_yaml(text) if "!!opencv-matrix" in text else _of_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise Damaged("it is neither TOML nor OpenCV's YAML") from error
    if not 1 <= len(cameras) <= _MOST_CAMERAS:
        raise Damaged("it holds no camera with a matrix, a rotation and a translation")
    return _in_metres(cameras)


def cameras_for(
    cameras: Sequence[CalibratedCamera], clips: Sequence[Path], path: Path
) -> list[CalibratedCamera]:
    """The camera of each clip: the one whose name its file's name has in it, or the cameras in
    order where they are as many as clips. Raises SettingsError."""
    by_name = [[one for one in cameras if one.name and one.name in clip.stem] for clip in clips]
    chosen = [max(found, key=lambda one: len(one.name)) for found in by_name if found]
    if len(chosen) == len(clips) and len({one.name for one in chosen}) == len(clips):
        return chosen
    if len(cameras) == len(clips):
        return list(cameras)
    names = ", ".join(one.name for one in cameras)
    raise SettingsError(
        f"{path} holds the cameras {names}: name the {len(clips)} clips after theirs, or give as "
        "many clips in their order."
    )


def _in_metres(cameras: Sequence[CalibratedCamera]) -> list[CalibratedCamera]:
    farthest = max(float(np.linalg.norm(one.t)) for one in cameras)
    scale = 1e-3 if farthest > _MILLIMETRES else 1.0
    return [replace(one, t=one.t * scale) for one in cameras]


def _of_toml(text: str) -> list[CalibratedCamera]:
    tables = _tables(tomllib.loads(text), "")
    return [_camera(name, table) for name, table in tables]


def _tables(entries: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "matrix" in entries and "translation" in entries:
        yield str(entries.get("name", name)), entries
        return
    for key, value in entries.items():
        if isinstance(value, dict):
            yield from _tables(cast(dict[str, Any], value), key)


def _camera(name: str, table: Mapping[str, Any]) -> CalibratedCamera:
    size = table.get("size")
    dist = _numbers(table.get("distortions", [0.0] * 4), f"{name}.distortions")
    if table.get("fisheye") is True and dist.any():
        raise Damaged(f"the lens of {name} is a fisheye, whose distortions Limn doesn't know")
    return _checked(
        name,
        _numbers(table["matrix"], f"{name}.matrix"),
        dist,
        _numbers(table.get("rotation", []), f"{name}.rotation"),
        _numbers(table["translation"], f"{name}.translation"),
        None if size is None else _numbers(size, f"{name}.size"),
    )


def _of_yaml(text: str) -> list[CalibratedCamera]:
    matrices = {
        found[1]: _numbers([float(word) for word in found[4].replace(",", " ").split()], found[1])
        for found in _MATRIX.finditer(text)
    }
    if "M1" in matrices and "R" in matrices and "T" in matrices:
        still = np.eye(3).ravel(), np.zeros(3)
        pairs = [("1", *still), ("2", matrices["R"], matrices["T"])]
        return [
            _checked(name, matrices[f"M{name}"], matrices[f"D{name}"], R, t, None)
            for name, R, t in pairs
        ]
    names = [name.removeprefix("K_") for name in matrices if name.startswith("K_")]
    out: list[CalibratedCamera] = []
    for name in names:
        R = matrices.get(f"Rot_{name}", matrices.get(f"R_{name}"))
        t = matrices.get(f"T_{name}")
        if R is None or t is None:
            raise Damaged(f"the camera {name} has no R_{name} or T_{name}")
        dist = matrices.get(f"dist_{name}", np.zeros(4))
        out.append(_checked(name, matrices[f"K_{name}"], dist, R, t, None))
    return out


def _numbers(value: object, name: str) -> F64:
    try:
        out = np.asarray(value, np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise Damaged(f"{name} holds what isn't a number") from error
    if not np.isfinite(out).all() or np.abs(out).max(initial=0.0) > 1e9:
        raise Damaged(f"{name} holds numbers that no camera has")
    return out


def _checked(
    name: str, K: F64, dist: F64, rotation: F64, translation: F64, size: F64 | None
) -> CalibratedCamera:
    if K.size != 9 or translation.size != 3 or rotation.size not in (3, 9) or dist.size < 4:
        raise Damaged(f"the camera {name} lacks its matrix, rotation, translation or distortions")
    if dist[4:].any():
        raise Damaged(f"the lens of {name} has more than four distortions, which Limn doesn't know")
    matrix = K.reshape(3, 3)
    turn = np.asarray(rotation.reshape(3, 3) if rotation.size == 9 else exp_so3(rotation))
    is_turn = np.abs(turn @ turn.T - np.eye(3)).max() < 1e-3 and np.linalg.det(turn) > 0
    if not is_turn or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise Damaged(f"the camera {name} has no rotation or no focal length")
    size_px = None if size is None or size.size != 2 else (int(size[0]), int(size[1]))
    if size_px is not None and min(size_px) < 1:
        raise Damaged(f"the camera {name} has no size")
    return CalibratedCamera(name, matrix, dist[:4], turn.astype(np.float64), translation, size_px)
