"""Drawn faces as the face network saw them, beside the truth: read back from the studio's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.data.arrays import F32


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """n pictures: the network's ``xyz_px`` (n, 468, 3) and ``presence`` (n,); the true ``shares``
    (n, k) of the units, the head's rotation ``R_ray_head`` (n, 3, 3) against the ray to it; which
    ``head`` (n,) it is, and the face's ``size_px`` (n,)."""

    xyz_px: F32
    presence: F32
    shares: F32
    R_ray_head: F32
    head: F32
    size_px: F32


def read_faces(folder: Path, *, held_out: bool) -> tuple[Faces, tuple[str, ...]]:
    """Everything ``shoot_faces`` wrote for one split, and the units' names. Raises
    FileNotFoundError without any."""
    split = "held_out" if held_out else "train"
    files = sorted(folder.glob(f"{split}_[0-9]*[0-9].npz"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no {split}_*.npz; run 'shoot' first")
    columns: dict[str, list[F32]] = {name: [] for name in Faces.__slots__}
    names: tuple[str, ...] = ()
    for path in files:
        with np.load(path) as file:
            names = tuple(str(name) for name in file["names"])
            for name, values in columns.items():
                values.append(file[name].astype(np.float32))
    return Faces(*(np.concatenate(columns[name]) for name in Faces.__slots__)), names
