"""One set of bone lengths per person, left and right alike."""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...data.skeletons import part_of
from ...geometry.smoothing import blur

_TABLE_SIGMA: Final = 0.04
"""How far people's proportions lie from the table, in the logarithm, one standard deviation."""
_UNPROVEN_SIGMA: Final = 0.04  # of the logarithm of a length; by hand
_TURNED: Final = 0.05
"""A bone seen from one side only may be wrong by as much in all frames alike. One that turned so
far (1 less the length of its mean direction) and kept its length has proved it."""
_LEAST_M: Final = 1e-3
"""Metres that no bone is taken to be shorter than."""
_BLUR_S: Final = 0.2
"""Seconds over which a bone's change of length is averaged; by hand."""


def bone_lengths(xyz: Floats, bones: tuple[points.Bone, ...] = points.RIGID_BONES) -> F64:
    """Median length (b,) over the frames of ``xyz`` (t, p, 3)."""
    a, b = np.array(bones).T
    lengths = np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1)
    return cast(F64, np.median(lengths, axis=0))


def person_lengths(xyz: Floats, fps: float, share: float = 1.0) -> F64:
    """Symmetric lengths (b,) of ``RIGID_BONES`` in metres, at the networks' own scale.

    ``xyz`` (t, p, 3), whose errors are the ``share`` of the usual ones. Limb and girdle lengths are
    averaged in the logarithm with the table of body shares, scaled to the same overall size, both
    by their variances. Bones whose length wanders over time or differs from left to right are known
    badly: they lean on the table, and a hidden limb doesn't become a stump. Bones that turn and
    keep their length stay as measured.
    """
    lengths = _symmetric(bone_lengths(xyz))
    table = np.array([_share(bone) for bone in points.RIGID_BONES])
    known = np.isfinite(table)
    limbs = slice(0, len(points.LIMB_BONES))
    size = np.exp(np.mean(np.log(lengths[limbs]) - np.log(table[limbs])))
    variance = _symmetric(_variance(xyz, lengths, fps, share))[known]
    w = variance / (variance + _TABLE_SIGMA**2)
    lengths[known] = lengths[known] ** (1 - w) * (table[known] * size) ** w
    return lengths


def _variance(xyz: Floats, lengths: Floats, fps: float, share: float) -> F64:
    """(b,) of each bone's logarithmic length about ``lengths``.

    From the median deviation of what is left after a blur over time: quick noise averages out over
    a clip, slow errors don't.
    """
    a, b = np.array(points.RIGID_BONES).T
    bones = xyz[:, b] - xyz[:, a]
    each = np.maximum(np.linalg.norm(bones, axis=-1), _LEAST_M)
    # Without feet among the keypoints their bones have no length.
    error = np.log(each / np.maximum(lengths, _LEAST_M))
    slow = np.stack([blur(column, max(_BLUR_S * fps, 0.5)) for column in error.T], axis=-1)
    turned = 1 - np.linalg.norm((bones / each[..., None]).mean(0), axis=-1)
    unproven = share * _UNPROVEN_SIGMA * np.clip(1 - turned / _TURNED, 0, 1)
    return (1.4826 * np.median(np.abs(slow), axis=0)) ** 2 + unproven**2


_HEIGHT_PER_TABLE: Final = 1.0605
"""The table's limbs are longer than these joints' are: the reference adult of ``REST_XYZ_BODY``,
1.69 m tall, would come out as 1.59 m."""


def stature(lengths: Floats) -> float:
    """Body height in metres that limbs of these ``lengths`` (b,) belong to, by the same table."""
    table = np.array([_share(bone) for bone in points.LIMB_BONES])
    ratio = np.exp(np.mean(np.log(lengths[: len(table)]) - np.log(table)))
    return float(ratio) * _HEIGHT_PER_TABLE


def enforce_lengths(xyz: Floats, lengths: Floats) -> F64:
    """``xyz`` (t, p, 3) with every limb bone at its exact length, outwards along each limb."""
    out = xyz.copy()
    for (a, b), length in zip(points.LIMB_BONES, lengths, strict=False):
        bone = xyz[:, b] - xyz[:, a]
        norm = np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-6)
        out[:, b] = out[:, a] + bone / norm * length
    return out


def _symmetric(lengths: Floats) -> F64:
    index = {bone: k for k, bone in enumerate(points.RIGID_BONES)}
    out = lengths.astype(np.float64).copy()
    for (a, b), k in index.items():
        twin = (int(points.MIRROR[a]), int(points.MIRROR[b]))
        if twin in index:
            out[k] = (lengths[k] + lengths[index[twin]]) / 2
    return out


def _share(bone: points.Bone) -> float:
    kind = " ".join(part_of(points.POINTS[i]) for i in bone)
    return points.ANTHROPOMETRIC_SHARE.get(kind, np.nan)
