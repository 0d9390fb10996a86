"""The tree of joints that motion is augmented on: tables and the few moves every stage shares."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Floats

_TREE: Final = (
    ("pelvis", ""),
    ("left_hip", "pelvis"),
    ("right_hip", "pelvis"),
    ("left_knee", "left_hip"),
    ("right_knee", "right_hip"),
    ("left_ankle", "left_knee"),
    ("right_ankle", "right_knee"),
    ("left_heel", "left_ankle"),
    ("right_heel", "right_ankle"),
    ("left_toe", "left_ankle"),
    ("right_toe", "right_ankle"),
    ("spine", "pelvis"),
    ("neck", "spine"),
    ("nose", "neck"),
    ("left_ear", "neck"),
    ("right_ear", "neck"),
    ("left_shoulder", "neck"),
    ("right_shoulder", "neck"),
    ("left_elbow", "left_shoulder"),
    ("right_elbow", "right_shoulder"),
    ("left_wrist", "left_elbow"),
    ("right_wrist", "right_elbow"),
)
JOINTS: Final = tuple(name for name, _ in _TREE)
COUNT: Final = len(JOINTS)
PARENT: Final = np.array([JOINTS.index(parent) if parent else 0 for _, parent in _TREE])
SIDES: Final = ("left", "right")


def _other_side(name: str) -> str:
    side, _, part = name.partition("_")
    return f"{'right' if side == 'left' else 'left'}_{part}" if part else name


MIRROR: Final = np.array([JOINTS.index(_other_side(name)) for name in JOINTS])
TO_POINTS: Final = np.array([JOINTS.index(n.replace("foot_index", "toe")) for n in points.POINTS])
"""The 19 points of the solver among the joints of the tree."""
SOLES: Final = np.array(
    [JOINTS.index(f"{side}_{part}") for side in SIDES for part in ("heel", "toe")]
)


def joint(name: str) -> int:
    """Index of a joint by its name."""
    return JOINTS.index(name)


def point(name: str) -> int:
    """Index of one of the solver's points by its name."""
    return points.POINTS.index(name)


def beyond(name: str) -> list[int]:
    """A joint and everything that hangs on it."""
    found = {joint(name)}
    for j in range(COUNT):  # parents come before their children
        if j and int(PARENT[j]) in found:
            found.add(j)
    return sorted(found)


def offsets(xyz: Floats) -> Floats:
    """Positions (b, t, j, 3) to offsets from each joint's parent; the pelvis keeps its position."""
    out = xyz - xyz[:, :, PARENT]
    out[:, :, 0] = xyz[:, :, 0]
    return out


def positions(offset: Floats) -> Floats:
    """Inverse of ``offsets``."""
    out = offset.copy()
    for j in range(1, COUNT):
        out[:, :, j] += out[:, :, PARENT[j]]
    return out


def rotations(rotvec: Floats) -> Floats:
    """Rotation vectors (..., 3) to matrices (..., 3, 3): Rodrigues' formula."""
    angle = np.linalg.norm(rotvec, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(rotvec, -1, 0)
    zero = np.zeros_like(x)
    K = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*rotvec.shape[:-1], 3, 3)
    small = np.maximum(angle, 1e-6)
    return (
        np.float32(np.eye(3)) + np.sin(small) / small * K + (1 - np.cos(small)) / small**2 * (K @ K)
    )


def turn(offset: Floats, name: str, R: Floats) -> None:
    """Turn a joint and what hangs on it, in place, by ``R`` that broadcasts to (b, t, 3, 3)."""
    which = beyond(name)
    offset[:, :, which] = offset[:, :, which] @ np.swapaxes(R, -1, -2)
