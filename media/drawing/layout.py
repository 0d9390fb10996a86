"""Where footage and 3D view lie in a preview picture, and pictures on a sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import U8

_PANEL_WIDTH: Final = 0.82
"""Width of the 3D view over its height."""

_MIN_HEIGHT_PX: Final = 480
"""Smaller footage is enlarged to this, so that the writing can be read."""

_GAP_PX: Final = 2
_GAP_BGR: Final = (12, 9, 8)
_WHITE_BGR: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes are (width, height) in pixels, all even; ``columns`` and ``rows`` are the sheet's."""

    footage_px: tuple[int, int]
    panel_px: tuple[int, int]
    columns: int = 1
    rows: int = 1
    gap_bgr: tuple[int, int, int] = _GAP_BGR

    @classmethod
    def of(cls, source_px: tuple[int, int], max_side_px: int, pictures: int = 1) -> Layout:
        """Fit ``pictures`` of footage of ``source_px`` into a sheet of at most ``max_side_px``."""
        wide = source_px[0] / source_px[1] + _PANEL_WIDTH
        columns = 1 if pictures < 2 else min(pictures, 2 if wide > 1.8 else 3)
        rows = math.ceil(max(pictures, 1) / columns)
        height = min(
            (max_side_px / columns - 2 * _GAP_PX) / wide,
            max_side_px / rows - _GAP_PX,
            max(source_px[1], _MIN_HEIGHT_PX),
        )
        high = _even(height)
        footage = (_even(height * source_px[0] / source_px[1]), high)
        return cls(footage, (_even(height * _PANEL_WIDTH), high), columns, rows)

    @classmethod
    def plain(cls, source_px: tuple[int, int], max_side_px: int, pictures: int = 1) -> Layout:
        """Fit ``pictures`` of ``source_px``'s shape without 3D views into a sheet, on white."""
        wide = source_px[0] / source_px[1]
        columns = 1 if pictures < 2 else min(pictures, 2 if wide > 1.2 else 3)
        rows = math.ceil(max(pictures, 1) / columns)
        height = min(
            (max_side_px / columns - _GAP_PX) / wide,
            max_side_px / rows - _GAP_PX,
            max(source_px[1], _MIN_HEIGHT_PX),
        )
        return cls((_even(height * wide), _even(height)), (0, 0), columns, rows, _WHITE_BGR)

    @property
    def picture_px(self) -> tuple[int, int]:
        """Size of footage and 3D view together."""
        if self.panel_px[0] == 0:
            return self.footage_px
        return self.footage_px[0] + _GAP_PX + self.panel_px[0], self.footage_px[1]

    @property
    def sheet_px(self) -> tuple[int, int]:
        """Size of all pictures together."""
        width, height = self.picture_px
        gaps = (self.columns - 1) * _GAP_PX, (self.rows - 1) * _GAP_PX
        return self.columns * width + gaps[0], self.rows * height + gaps[1]

    @property
    def text_px(self) -> float:
        """Height of capital letters."""
        return max(self.footage_px[1] / 52, 7.0)

    def joined(self, footage: U8, panel: U8) -> U8:
        """Footage and 3D view side by side."""
        gap = np.full((self.footage_px[1], _GAP_PX, 3), _GAP_BGR, np.uint8)
        return np.hstack([footage, gap, panel])

    def blank_sheet(self) -> U8:
        """A sheet without pictures."""
        width, height = self.sheet_px
        return np.full((height, width, 3), self.gap_bgr, np.uint8)

    def place(self, sheet: U8, slot: int, picture: U8) -> None:
        """Put a picture into the ``slot``-th place, row by row."""
        width, height = self.picture_px
        x, y = slot % self.columns * (width + _GAP_PX), slot // self.columns * (height + _GAP_PX)
        sheet[y : y + height, x : x + width] = picture


def _even(side: float) -> int:
    return max(2 * int(side / 2), 2)
