"""Keypoints in metres: from pixels and depth, or told by the network itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.errors import ModelError
from ..data.skeletons import Skeleton

_LENGTHS_M: Final = {
    "shoulder elbow": 0.28,
    "elbow wrist": 0.25,
    "hip knee": 0.42,
    "knee ankle": 0.41,
    "shoulder hip": 0.50,
}
"""Of an adult of 1.70 m (Winter, "Biomechanics and Motor Control of Human Movement", 2009)."""
_BONES: Final = tuple(
    (f"{side}_{bone.split()[0]}", f"{side}_{bone.split()[1]}", length)
    for bone, length in _LENGTHS_M.items()
    for side in ("left", "right")
)
_SEEN: Final = 0.3  # score over which a bone's ends count; by hand
_HIPS: Final = ("left_hip", "right_hip")


def metres_about_hips(xy_px: Floats, depth_m: Floats, score: Floats, skeleton: Skeleton) -> F32:
    """Keypoints (n, 3) in metres from the hips' middle, x right, y down, z away.

    ``xy_px`` (n, 2) get the one scale at which bones of usual length agree best with ``depth_m``
    (n,): scaled orthography as in Taylor (2000), solved for the scale. Zeros where no bone is seen.
    """
    xy, z = np.asarray(xy_px, np.float64), np.asarray(depth_m, np.float64)
    a, b = (skeleton.select([bone[k] for bone in _BONES]).rows for k in (0, 1))  # type: ignore[misc]
    lengths = np.array([bone[2] for bone in _BONES])
    weight = np.minimum(score[a], score[b]) * (np.minimum(score[a], score[b]) > _SEEN)
    flat = ((xy[a] - xy[b]) ** 2).sum(-1)
    across = np.maximum(lengths**2 - (z[a] - z[b]) ** 2, 0)
    norm = float((weight * flat**2).sum())
    if not 0 < norm < np.inf:
        return np.zeros((len(skeleton), 3), np.float32)
    m_per_px = np.sqrt((weight * flat * across).sum() / norm)
    return about_hips(np.concatenate([xy * m_per_px, z[:, None]], axis=-1), skeleton)


def about_hips(xyz: Floats, skeleton: Skeleton) -> F32:
    """``xyz`` (n, 3) from the hips' middle."""
    return (xyz - xyz[skeleton.select(_HIPS).rows].mean(0)).astype(np.float32)


def decode_joints(
    pixels: Floats, joints: Floats, count: int, unit_m: float, source: str = "The network"
) -> tuple[F64, F64]:
    """Pixels (count, 2) of the input and metres (count, 3) in the camera's axes, x right, y down,
    z away, as NLF and MeTRAbs tell them; ``unit_m`` is 0.001 for millimetres.

    Raises ModelError for other shapes.
    """
    out: list[F64] = []
    for name, values, axes in (("pixels", pixels, 2), ("joints", joints, 3)):
        one = np.asarray(values, np.float64)
        if one.ndim < 2 or one.shape[-2:] != (count, axes) or one.size != count * axes:
            raise ModelError(
                f"{source} gives '{name}' of shape {np.shape(values)} where {count} keypoints of "
                f"{axes} numbers were expected."
            )
        out.append(one.reshape(count, axes))
    return out[0], out[1] * unit_m
