"""COLMAP's text model: ``cameras.txt`` and ``images.txt`` (colmap.github.io/format.html)."""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ...geometry.rotations import matrix_from_quat

_LENSES: Final = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "SIMPLE_RADIAL": ("f", "cx", "cy", "k1"),
    "RADIAL": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
}
"""What the numbers after width and height are, by the camera's model."""
_MOST: Final = 1e6  # no pose or lens has larger numbers, whatever the unit


def read_colmap(images: str, cameras: str, size_px: tuple[int, int]) -> GivenCamera:
    """The camera of a clip whose pictures were registered, one image a frame.

    The last number in an image's name is its frame's; where the first one is 1, as FFmpeg counts,
    frames are counted from there. Raises Damaged.
    """
    lenses = {
        fields[0]: _lens(fields, size_px) for fields in (line.split() for line in _lines(cameras))
    }
    # After every image's line comes one with its points, which may be empty.
    rows = [line.split() for line in images.splitlines() if not line.startswith("#")][::2]
    found: dict[int, tuple[F64, F64, F64]] = {}
    for fields in rows:
        if not fields:
            continue
        if len(fields) < 10:
            raise Damaged(f"images.txt has an image of {len(fields)} fields")
        name = " ".join(fields[9:])
        numbers = re.findall(r"\d+", name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        if not numbers:
            raise Damaged(f"the image {name[:80]} has no number in its name")
        if fields[8] not in lenses:
            raise Damaged(f"cameras.txt has no camera {fields[8][:80]}")
        pose = np.array([_number(field) for field in fields[1:8]])
        frame = int(numbers[-1][-9:])
        if frame in found:
            raise Damaged(f"frame {frame} has two images")
        found[frame] = (_placed(pose), *lenses[fields[8]])
    if not found:
        raise Damaged("images.txt has no images")
    frames = np.array(sorted(found), np.int32)
    T, K, dist = zip(*(found[int(frame)] for frame in frames), strict=True)
    return GivenCamera(frames - (frames[0] == 1), np.stack(T), np.stack(K), dist[0])


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _lens(fields: list[str], size_px: tuple[int, int]) -> tuple[F64, F64]:
    """K (3, 3) in pixels of the clip and dist (4,)."""
    if len(fields) < 5 or fields[1] not in _LENSES:
        known = ", ".join(_LENSES)
        kind = fields[1][:80] if len(fields) > 1 else "none"
        raise Damaged(f"cameras.txt has a camera of the model {kind}, not one of {known}")
    names = _LENSES[fields[1]]
    if len(fields) != 4 + len(names):
        raise Damaged(f"cameras.txt has a {fields[1]} of {len(fields) - 4} numbers")
    width, height, *values = (_number(field) for field in fields[2:])
    of = dict(zip(names, values, strict=True))
    fx, fy = of.get("fx", of.get("f", 0.0)), of.get("fy", of.get("f", 0.0))
    if min(width, height, fx, fy) <= 0:
        raise Damaged("cameras.txt has a camera without size or focal length")
    scale = np.array([size_px[0] / width, size_px[1] / height])
    K = np.array([[fx, 0, of["cx"]], [0, fy, of["cy"]], [0, 0, 1.0]])
    K[:2] *= scale[:, None]
    # COLMAP's pixels begin at 0, ours have their middles at whole numbers.
    K[:2, 2] -= 0.5
    return K, np.array([of.get(name, 0.0) for name in ("k1", "k2", "p1", "p2")])


def _placed(pose: F64) -> F64:
    """``T_world_camera`` (4, 4) of a quaternion and translation (7,) from world to camera."""
    norm = float(np.linalg.norm(pose[:4]))
    if norm < 1e-6:
        raise Damaged("images.txt has a rotation that is none")
    T: F64 = np.eye(4)
    R = np.asarray(matrix_from_quat(pose[:4] / norm), np.float64)
    T[:3, :3], T[:3, 3] = R.T, -R.T @ pose[4:]
    return T


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise Damaged(f"'{text[:80]}' is no number") from error
    if not math.isfinite(value) or abs(value) > _MOST:
        raise Damaged(f"'{text[:80]}' is no likely number")
    return value
