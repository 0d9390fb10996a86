"""A lens that another tool tells of, for the pictures of a clip."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...data.reading import Damaged

_SAME_SHAPE: Final = 0.01
"""Share by which the shapes of two pictures may differ and be one camera's; by hand."""
_WIDEST_DEG: Final = 170.0
"""As a field of view may be given at most; focal lengths in millimetres, or for a picture of
another size, lie beyond."""
_LONGEST: Final = 60.0
"""Focal length over the picture's longer side from which it is none: 1 degree."""
_MIDDLE: Final = 0.5
"""Share of the picture by which its principal point may lie off its middle; by hand."""


def for_size(K: Floats, told_px: tuple[float, float] | None, size_px: tuple[int, int]) -> F64:
    """Intrinsics ``K`` (3, 3), or (n, 3, 3), of pictures of ``told_px``, None where nobody says,
    for those of ``size_px``; pixels are counted from the middle of the first one.

    Raises Damaged where they are of another shape, or no lens of theirs.
    """
    K_px: F64 = np.array(K, np.float64)
    if told_px is not None:
        scale = np.array(size_px) / np.array(told_px)
        if abs(scale[0] / scale[1] - 1) > _SAME_SHAPE:
            raise Damaged(
                f"it is for pictures of {told_px[0]:g} x {told_px[1]:g} pixels, and the clip has "
                f"{size_px[0]} x {size_px[1]}"
            )
        K_px[..., :2, :] *= scale[:, None]
        K_px[..., :2, 2] += 0.5 * (scale - 1)
    focal = K_px[..., (0, 1), (0, 1)]
    shortest, longest = float(focal.min()), float(focal.max())
    widest = math.degrees(2 * math.atan(max(size_px) / 2 / max(shortest, 1e-9)))
    if widest > _WIDEST_DEG or longest > _LONGEST * max(size_px):
        of = shortest if widest > _WIDEST_DEG else longest
        raise Damaged(
            f"a focal length of {of:.6g} can't be that of pictures of {size_px[0]} x {size_px[1]} "
            "pixels, in pixels"
        )
    off = np.abs(K_px[..., :2, 2] - (np.array(size_px) - 1) / 2) / size_px
    if off.max() > _MIDDLE:
        raise Damaged(
            f"its middle lies outside pictures of {size_px[0]} x {size_px[1]} pixels: it is for "
            "others"
        )
    return K_px
