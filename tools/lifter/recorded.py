"""Recorded motion as positions and orientations of joints, whatever file it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.data.arrays import F64
from ...core.formats.bvh import load_bvh


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """``xyz`` (t, j, 3) and ``R_world_joint`` (t, j, 3, 3) of the joints ``names``, y up, in the
    file's unit; ``rest`` (j, 3) is the pose of no rotation, from the root; ``fps``."""

    names: tuple[str, ...]
    xyz: F64
    R_world_joint: F64
    rest: F64
    fps: float


def read_bvh(path: Path) -> Recorded:
    """Read one BVH file. Raises ValueError when it is none, with its name."""
    bvh = load_bvh(path)
    return Recorded(bvh.names, *bvh.posed(), bvh.rest(), 1 / bvh.frame_time_s)
