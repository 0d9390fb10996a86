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
_NEAREST_M: Final = 0.3
"""Metres before the camera from which a body was placed there, not about its hips; by hand."""


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


_AGREES: Final = 0.06
"""Of the body's size: pixels and metres that lie so far apart tell of nobody; by hand."""
_OUTSIDE: Final = 0.3
"""What is left of the score of a joint beside the crop, where the network only guesses; by hand."""
_ROUNDS: Final = 5  # of the reweighted fit of pixels and metres
_UNSURE_M: Final = 0.10
"""Metres of a joint's own uncertainty at which it counts half; by hand."""


def joint_scores(
    pixels: Floats,
    xyz_m: Floats,
    size_px: tuple[int, int],
    confidence: Floats | None = None,
    uncertainty_m: Floats | None = None,
) -> F32:
    """How surely joints (n,) were seen by a network that tells ``pixels`` (n, 2) of its input and
    metres ``xyz_m`` (n, 3) for all of them, whatever is in the picture: in [0, 1].

    By its own ``confidence`` (n,) or ``uncertainty_m`` (n,) where it tells one. Else by how well
    both agree, under the one scale at which the body's metres cover its pixels: of nobody, and of
    joints that it can't see, they contradict each other. Joints outside the input were guessed.
    """
    xy, xyz = np.asarray(pixels, np.float64), np.asarray(xyz_m, np.float64)
    inside = ((xy > -0.5) & (xy < np.array(size_px) - 0.5)).all(-1)
    share = np.where(inside, 1.0, _OUTSIDE)
    if confidence is not None:
        return (np.clip(np.nan_to_num(confidence), 0, 1) * share).astype(np.float32)
    if uncertainty_m is not None:
        sigma = np.nan_to_num(np.asarray(uncertainty_m, np.float64), nan=np.inf)
        return (share / (1 + (np.maximum(sigma, 0) / _UNSURE_M) ** 2)).astype(np.float32)
    # The input's pixels shrink with distance: rays where the body stands before the camera.
    flat = xyz[:, :2] / xyz[:, 2:] if (xyz[:, 2] > _NEAREST_M).all() else xyz[:, :2]
    size = float(np.sqrt(((xy - xy.mean(0)) ** 2).sum(-1).mean()))
    sure = np.ones(len(xy))
    for _ in range(_ROUNDS):
        weight = (sure / sure.sum())[:, None]
        a, b = flat - (weight * flat).sum(0), xy - (weight * xy).sum(0)
        norm = float((weight * a**2).sum())
        if not (size > 0 and 0 < norm < np.inf):
            return np.zeros(len(xy), np.float32)
        off = np.linalg.norm(b - a * ((weight * a * b).sum() / norm), axis=-1) / size
        sure = 1 / (1 + (off / _AGREES) ** 2)
    return (share * sure).astype(np.float32)


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


def one_each(values: Floats, count: int, name: str, source: str = "The network") -> F64:
    """One number for each of ``count`` keypoints. Raises ModelError for another shape."""
    one = np.asarray(values, np.float64)
    if one.size != count:
        raise ModelError(
            f"{source} gives '{name}' of shape {one.shape} where {count} numbers were expected."
        )
    return one.reshape(count)
