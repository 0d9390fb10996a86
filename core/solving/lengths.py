"""One set of bone lengths per person, left and right alike."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import F64, Floats
from . import points

_ANTHROPOMETRIC_WEIGHT: Final = 0.5
"""Halfway between the networks' median and the table: measured neutral on average, and it keeps a
limb that is always hidden or foreshortened from becoming a stump."""


def bone_lengths(xyz: Floats, bones: tuple[points.Bone, ...] = points.RIGID_BONES) -> F64:
    """Median length (b,) over the frames of ``xyz`` (t, p, 3)."""
    a, b = np.array(bones).T
    return np.median(np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1), axis=0)


def person_lengths(xyz: Floats) -> F64:
    """Symmetric lengths (b,) of ``RIGID_BONES`` in metres, at the networks' own scale.

    Limb and girdle lengths are averaged in the logarithm with the table of body shares, scaled to
    the same overall size.
    """
    lengths = _symmetric(bone_lengths(xyz))
    table = np.array([_share(bone) for bone in points.RIGID_BONES])
    known = np.isfinite(table)
    limbs = slice(0, len(points.LIMB_BONES))
    size = np.exp(np.mean(np.log(lengths[limbs]) - np.log(table[limbs])))
    w = _ANTHROPOMETRIC_WEIGHT
    lengths[known] = lengths[known] ** (1 - w) * (table[known] * size) ** w
    return lengths


_HEIGHT_PER_TABLE: Final = 1.083
"""The table's limbs are longer than these joints' are: the reference adult of ``REST_XYZ_BODY``,
1.69 m tall, would come out as 1.56 m."""


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
    kind = " ".join(points.POINTS[i].removeprefix("left_").removeprefix("right_") for i in bone)
    return points.ANTHROPOMETRIC_SHARE.get(kind, np.nan)
