"""Cuts the rotated square of a Region out of a picture, and finds the way back.

Crop coordinates: x right, y down, from 0 at the outer edge of the first pixel to ``size_px`` at
the outer edge of the last, so that mirroring is ``size_px - x``. BlazePose answers in them: read as
pixel indices its landmarks lie half a crop pixel too far right, mirrored crop or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F32, F64, U8, Floats
from ...core.data.profiling.stages import staged
from ...core.data.types import Region

OUTSIDE_LEVEL: Final = 0
"""What a network sees outside the mask and outside the picture."""

_PADDING_PX: Final = 2  # what linear interpolation reads beyond the crop's corners


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """``bgr`` (n, n, 3) uint8 and ``A_picture_crop`` (2, 3), which takes crop xy to picture xy."""

    bgr: U8
    A_picture_crop: F64

    def to_picture(self, xy_crop: Floats) -> F32:
        """Return the picture pixels (k, 2) of points (k, 2) in the crop."""
        A = self.A_picture_crop
        return (xy_crop @ A[:, :2].T + A[:, 2]).astype(np.float32)


def picture_from_crop(region: Region, size_px: int) -> F64:
    """Return the affine map (2, 3) from a crop of ``size_px`` to the picture."""
    scale = region.side_px / size_px
    cos, sin = np.cos(region.rotation_rad) * scale, np.sin(region.rotation_rad) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    corner = np.asarray(region.center_px) - linear @ np.full(2, size_px / 2)
    return np.column_stack([linear, corner])


def shrunk(bgr: U8, factor: int, *, is_brief: bool = False) -> tuple[U8, int]:
    """Return ``bgr`` shrunk by ``factor`` and the factor used: 1 where there is nothing to shrink.

    Each pixel is the mean of factor x factor; an incomplete last block is dropped. Whole factors
    are OpenCV's fast path, so they go first, and a finer method has few pixels left to read. One
    that ``is_brief`` only halves, as often as that leaves no less than was asked: a fifth of the
    time of shrinking by three at once, a quarter of a grey level brighter with every time.
    """
    import cv2

    height, width = bgr.shape[:2]
    if not 2 <= factor <= min(height, width):
        return bgr, 1
    if is_brief:
        factor = 1 << (factor.bit_length() - 1)
    size = width // factor, height // factor
    whole = bgr[: size[1] * factor, : size[0] * factor]
    while is_brief and whole.shape[1] > 2 * size[0]:
        half = whole.shape[1] // 2, whole.shape[0] // 2
        whole = cv2.resize(whole, half, interpolation=cv2.INTER_AREA)
    shrunk = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.uint8), factor


@staged("crops")
def cut(bgr: U8, region: Region, size_px: int, *, is_brief: bool = False) -> Crop:
    """Return the crop of ``region``, blanked outside its mask and outside the picture; ``is_brief``
    as in ``shrunk``.

    Regions of twice the crop and more are shrunk by area first: warping alone skips pixels, which
    cost 30 % in 2D on footage with sensor noise.
    """
    import cv2

    A = picture_from_crop(region, size_px)
    x0, y0, x1, y1 = _seen_box(bgr, region, A, size_px)
    level = (OUTSIDE_LEVEL,) * 3
    if x0 >= x1 or y0 >= y1:
        return Crop(np.full((size_px, size_px, 3), OUTSIDE_LEVEL, np.uint8), A)
    factor = int(region.side_px / size_px)
    seen, pitch = shrunk(bgr[y0:y1, x0:x1], factor, is_brief=is_brief)
    # Picture xy = pitch * (xy in what is seen) + origin; the last term centres the first block.
    origin = np.array([x0, y0]) + (pitch - 1) / 2
    first_pixel = A @ (0.5, 0.5, 1.0)  # the centre of the crop's first pixel, in the picture
    A_seen_crop = np.column_stack([A[:, :2], first_pixel - origin]) / pitch
    warped = cv2.warpAffine(
        seen,
        A_seen_crop,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=level,
    )
    return Crop(_without_neighbours(np.asarray(warped, np.uint8), region, A), A)


def _without_neighbours(crop: U8, region: Region, A: F64) -> U8:
    """Blank what a neighbour's limb covers and no nearer limb of the person's own does."""
    if all(limb.is_own for limb in region.limbs):
        return crop
    import cv2

    scale = 1 / float(np.hypot(A[0, 0], A[1, 0]))
    inverse = np.linalg.inv(A[:, :2])
    covered = np.zeros(crop.shape[:2], np.uint8)
    for limb in region.limbs:
        ends = (np.array([limb.start_px, limb.end_px]) - A[:, 2]) @ inverse.T
        # Fixed point with 4 fractional bits, within what OpenCV takes.
        start, end = np.clip(np.rint(ends * 16), -(2**20), 2**20).astype(int).tolist()
        level = 0 if limb.is_own else 255
        thickness = max(1, round(2 * limb.radius_px * scale))
        cv2.line(covered, start, end, level, min(thickness, 255), cv2.LINE_8, 4)
    out = crop.copy()
    out[covered > 0] = OUTSIDE_LEVEL
    return out


def _seen_box(bgr: U8, region: Region, A: F64, size_px: int) -> tuple[int, int, int, int]:
    """Whole pixels x0 y0 x1 y1 of the picture that the mask shows and the crop can reach."""
    height, width = bgr.shape[:2]
    corners = np.array([(0, 0), (size_px, 0), (size_px, size_px), (0, size_px)], float)
    reached = corners @ A[:, :2].T + A[:, 2]
    low = np.maximum(reached.min(axis=0) - _PADDING_PX, np.asarray(region.mask_px[:2]))
    high = np.minimum(reached.max(axis=0) + _PADDING_PX, np.asarray(region.mask_px[2:]))
    x0, y0 = np.clip(np.floor(low), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(high) + 1, 0, (width, height)).astype(int)
    return int(x0), int(y0), int(x1), int(y1)
