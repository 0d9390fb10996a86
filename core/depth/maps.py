"""A picture's relative depth as a network tells it, and the way from the picture into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..data.arrays import F32, F64, U8, Floats, check_finite, check_shape


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """Relative inverse depth of one picture, larger = nearer, with unknown scale and shift.

    ``inverse`` (h, w) float32, finite. Picture pixels go into it by ``per_px`` (x, y), its pixels
    per pixel of the picture, and ``corner`` (x, y), where the picture's outer corner lies in it;
    both differ from (w/W, h/H) and 0 where the network saw the picture with borders.
    """

    inverse: F32
    per_px: tuple[float, float]
    corner: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_shape("DepthMap.inverse", self.inverse, (None, None))
        check_finite("DepthMap.inverse", self.inverse)

    def from_picture(self, xy_px: Floats) -> F64:
        """Places (..., 2) in the map of picture pixels (..., 2); (0, 0) is a pixel's centre."""
        out = (np.asarray(xy_px, np.float64) + 0.5) * self.per_px
        return out + self.corner - 0.5

    def at(self, xy_px: Floats) -> F64:
        """Values (...) at picture pixels (..., 2), linear between pixels, NaN outside the map."""
        xy = self.from_picture(xy_px)
        height, width = self.inverse.shape
        low, high = np.array([-0.5, -0.5]), np.array([width - 0.5, height - 0.5])
        with np.errstate(invalid="ignore"):
            inside = np.all((xy >= low) & (xy <= high), axis=-1)
        xy = np.where(inside[..., None], xy, 0.0)
        x, y = np.clip(xy[..., 0], 0, width - 1), np.clip(xy[..., 1], 0, height - 1)
        x0 = np.minimum(x.astype(int), max(width - 2, 0))
        y0 = np.minimum(y.astype(int), max(height - 2, 0))
        x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
        u, v = x - x0, y - y0
        above = (1 - u) * self.inverse[y0, x0] + u * self.inverse[y0, x1]
        below = (1 - u) * self.inverse[y1, x0] + u * self.inverse[y1, x1]
        return np.where(inside, (1 - v) * above + v * below, np.nan)

    def pixel_at(self, xy_px: Floats) -> F64:
        """The one nearest pixel (...) at picture pixels (..., 2), NaN outside the map."""
        xy = self.from_picture(xy_px)
        height, width = self.inverse.shape
        with np.errstate(invalid="ignore"):
            inside = np.all((xy >= -0.5) & (xy < np.array([width - 0.5, height - 0.5])), axis=-1)
        column, row = np.moveaxis(np.rint(np.where(inside[..., None], xy, 0.0)).astype(int), -1, 0)
        column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
        return np.where(inside, self.inverse[row, column], np.nan)


class DepthModel(Protocol):
    """Tells the relative depth of a picture. Called from several threads at once."""

    @property
    def name(self) -> str:
        """What people call the model."""
        ...

    def estimate(self, bgr: U8) -> DepthMap | None:
        """Depth of a (h, w, 3) picture; None where the picture shows nothing, such as black."""
        ...
