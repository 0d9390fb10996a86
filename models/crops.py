"""Cuts the rotated square of a Region out of a picture, and finds the way back.

Crop coordinates: x right, y down, 0 at the left and top, ``size_px`` at the right and bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.arrays import F32, F64, U8, Floats
from ..core.types import Region

OUTSIDE_LEVEL: Final = 0
"""What a network sees outside the mask and outside the picture."""

_PADDING_PX: Final = 2  # what linear interpolation reads beyond the crop's corners
_MOST_SHRINKING: Final = 2.0  # linear interpolation skips source pixels beyond this


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


def cut(bgr: U8, region: Region, size_px: int) -> Crop:
    """Return the crop of ``region``, blanked outside its mask and outside the picture.

    Regions more than twice as large as the crop are shrunk by area first; warping alone would skip
    pixels and turn noise and thin limbs into flicker.
    """
    import cv2

    A = picture_from_crop(region, size_px)
    x0, y0, x1, y1 = _seen_box(bgr, region, A, size_px)
    level = (OUTSIDE_LEVEL,) * 3
    if x0 >= x1 or y0 >= y1:
        return Crop(np.full((size_px, size_px, 3), OUTSIDE_LEVEL, np.uint8), A)
    seen = bgr[y0:y1, x0:x1]
    # Picture xy = pitch * (xy in what is seen) + origin.
    pitch, origin = np.ones(2), np.array([x0, y0], float)
    if region.side_px / size_px > _MOST_SHRINKING:
        height, width = seen.shape[:2]
        shrinking = region.side_px / size_px
        size = max(1, round(width / shrinking)), max(1, round(height / shrinking))
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
        pitch = np.array([width, height]) / size
        origin += (pitch - 1) / 2  # the centre of the first shrunk pixel
    A_seen_crop = np.column_stack([A[:, :2] / pitch[:, None], (A[:, 2] - origin) / pitch])
    warped = cv2.warpAffine(
        seen,
        A_seen_crop,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=level,
    )
    return Crop(np.asarray(warped, np.uint8), A)


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
