"""A picture as the tensor that a described network wants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.data.arrays import U8
from ...core.decoding.placement import Placement, letterboxed, stretched
from ..user.descriptor import ModelInput
from .crops import shrunk


def place(
    picture_px: tuple[int, int], entry: ModelInput, fixed_px: tuple[int | None, int | None]
) -> Placement:
    """How a picture (width, height) lies in the input; ``fixed_px`` are the file's own sides."""
    aim = (fixed_px[0] or entry.width, fixed_px[1] or entry.height)
    if entry.fit in ("stretch", "box"):
        return stretched(picture_px, aim)
    fitted = letterboxed(picture_px, aim)
    step = entry.multiple_of
    size = tuple(
        known or -(-side // step) * step
        for known, side in zip(fixed_px, fitted.covered_px, strict=True)
    )
    corner = (0, 0)
    if entry.fit == "center":
        corner = tuple((a - b) // 2 for a, b in zip(size, fitted.covered_px, strict=True))
    return Placement(picture_px, (size[0], size[1]), fitted.covered_px, (corner[0], corner[1]))


def placed(bgr: U8, placement: Placement, pad: float) -> U8:
    """The picture (h, w, 3) laid out as ``placement`` says, the rest of the grey ``pad``."""
    import cv2

    width, height = placement.size_px
    covered = placement.covered_px
    scale = min(covered[0] / bgr.shape[1], covered[1] / bgr.shape[0])
    # A whole block that divides the picture loses no edge, so that the way back stays exact.
    factor = int(1 / scale) if scale < 1 else 1
    divides = bgr.shape[0] % factor == 0 and bgr.shape[1] % factor == 0
    small = shrunk(bgr, factor)[0] if divides else bgr
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(small, covered, interpolation=how)
    if covered == (width, height):
        return np.asarray(resized, np.uint8)
    out = np.full((height, width, 3), round(pad), np.uint8)
    x, y = placement.corner_px
    out[y : y + covered[1], x : x + covered[0]] = resized
    return out


def as_tensor(bgr: U8, entry: ModelInput) -> NDArray[Any]:
    """A picture of the input's size as the tensor: (pixel * scale - mean) / std, batch of one."""
    picture = bgr if entry.channels == "bgr" else bgr[..., ::-1]
    plain = entry.scale == 1.0 and not any(entry.mean) and all(s == 1.0 for s in entry.std)
    if plain and entry.dtype != "float32":
        values: NDArray[Any] = picture.astype(entry.dtype)
    else:
        mean, std = np.array(entry.mean, np.float32), np.array(entry.std, np.float32)
        values = (picture * np.float32(entry.scale) - mean) / std
        values = values.astype(entry.dtype)
    if entry.layout == "NCHW":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values)[None]
