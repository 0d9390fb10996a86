"""How a picture lies in a network's input, and the way back; exact at any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data.arrays import F32, Floats
from ..data.types import Detections


@dataclass(frozen=True, slots=True)
class Placement:
    """A picture scaled to ``covered_px`` whole pixels at ``corner_px`` of an input ``size_px``.

    All are (x, y) or (width, height). Coordinates are pixel indices on both sides: 0 is the centre
    of the first pixel, so a picture of half the size has its first pixel at -0.25 of the input's.
    """

    picture_px: tuple[int, int]
    size_px: tuple[int, int]
    covered_px: tuple[int, int]
    corner_px: tuple[int, int]

    def to_picture(self, xy_input: Floats) -> F32:
        """Picture pixels (..., 2) of positions (..., 2) in the input."""
        pitch = np.array(self.picture_px) / np.array(self.covered_px)
        return ((xy_input + 0.5 - np.array(self.corner_px)) * pitch - 0.5).astype(np.float32)

    def to_input(self, xy_px: Floats) -> F32:
        """Positions (..., 2) in the input of picture pixels (..., 2)."""
        scale = np.array(self.covered_px) / np.array(self.picture_px)
        return ((xy_px + 0.5) * scale + np.array(self.corner_px) - 0.5).astype(np.float32)

    def people_to_picture(self, found: Detections) -> Detections:
        """People found in the input, in picture pixels."""
        boxes = self.to_picture(found.boxes_px.reshape(-1, 2, 2)).reshape(-1, 4)
        return Detections(self.to_picture(found.xy_px), found.keypoint_score, boxes, found.score)


def letterboxed(
    picture_px: tuple[int, int], size_px: tuple[int, int], *, centred: bool = True
) -> Placement:
    """The whole picture as large as it fits, in the middle or in the top left corner."""
    scale = min(size_px[0] / picture_px[0], size_px[1] / picture_px[1])
    width, height = (
        min(max(1, round(side * scale)), most)
        for side, most in zip(picture_px, size_px, strict=True)
    )
    corner = ((size_px[0] - width) // 2, (size_px[1] - height) // 2) if centred else (0, 0)
    return Placement(picture_px, size_px, (width, height), corner)


def stretched(picture_px: tuple[int, int], size_px: tuple[int, int]) -> Placement:
    """The whole picture over the whole input, its shape given up."""
    return Placement(picture_px, size_px, size_px, (0, 0))
