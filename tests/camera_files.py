"""Files of one clip's camera as tools write them, from poses that are known."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from limn.core.data.arrays import F64
from limn.core.data.types import ClipInfo
from limn.core.geometry.rotations import quat_from_matrix
from moving_room import cameras, shake, sideways

COUNT = 6
CLIP = ClipInfo("walk.mp4", (1280, 720), 30.0, COUNT)
POSES = np.stack([c.T_world_camera for c in cameras(sideways(COUNT), shake(COUNT))])
OPENCV = "OPENCV 640 360 500 510 320 180 0.1 0.01 0.001 0.002"
NAMES = [f"frame {i:03d}.jpg" for i in range(COUNT)]
CALIBRATION = """[cam1]
name = "cam1"
size = [640, 360]
matrix = [[500.0, 0, 319.5], [0, 500.0, 179.5], [0, 0, 1]]
distortions = [-0.1, 0.02, 0, 0]
rotation = [0.1, 1.2, -0.3]
translation = [0.5, 0.2, 4.0]
"""


def table(path: Path, first: int = 0, count: int = COUNT, lens: str = "", mark: str = ",") -> Path:
    names = "frame,x,y,z,qw,qx,qy,qz".split(",") + ([lens.partition("=")[0]] if lens else [])
    rows = [mark.join(names)]
    for i in range(count):
        T = POSES[i % COUNT]
        values = [*T[:3, 3], *np.atleast_1d(quat_from_matrix(T[:3, :3]))]
        told = [f"{v:.9f}" for v in values] + ([lens.partition("=")[2]] if lens else [])
        told = [one.replace(".", ",") for one in told] if mark == ";" else told
        rows.append(mark.join([str(first + i), *told]))
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def _camera_from_world(T: F64) -> list[float]:
    """A camera's pose (4, 4) as COLMAP tells it: quaternion and translation, seven numbers."""
    R = T[:3, :3].T
    return [*np.atleast_1d(quat_from_matrix(R)), *(-R @ T[:3, 3])]


def colmap(
    folder: Path, names: list[str], cameras: dict[int, str], lenses: list[int], points: str = ""
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["\ufeff# a comment"]
    for i, (name, lens) in enumerate(zip(names, lenses, strict=True)):
        told = " ".join(f"{v:.12f}" for v in _camera_from_world(POSES[i % COUNT]))
        lines.append(f"{i + 1} {told} {lens} {name}")
        lines += [points] if points != "none" else []
    (folder / "images.txt").write_text("\n".join(lines) + "\n", "utf-8")
    told = [f"{number} {lens}" for number, lens in cameras.items()]
    (folder / "cameras.txt").write_text("\r\n".join(told) + "\r\n")
    return folder


def binary(folder: Path, model: int = 4, kept: int | None = None) -> Path:
    """The same model as COLMAP writes it by itself."""
    numbers = [500.0, 510, 320, 180, 0.1, 0.01, 0.001, 0.002]
    head = struct.pack("<QIiQQ8d", 1, 1, model, 640, 360, *numbers)
    images = struct.pack("<Q", COUNT)
    for i, T in enumerate(POSES):
        images += struct.pack("<I7dI", i + 1, *_camera_from_world(T), 1)
        images += NAMES[i].encode() + b"\0"
        images += struct.pack("<Q2dQ", 1, 5.0, 6.0, 2**64 - 1)
    (folder / "cameras.bin").write_bytes(head)
    (folder / "images.bin").write_bytes(images[:kept])
    return folder
