"""The depth map under a take's skeletons: near is bright, far is dark."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.types import FrameSource, Progress, Take
from ...core.depth.maps import DepthMap, DepthModel
from ...core.depth.reading import grid_px
from ..opencv import load_cv2
from .layout import Layout
from .preview import Painter, draw_take, painter_for

_FOOTAGE: Final = 0.25
"""What is left of the footage under the map, as grey: outlines tell what is what."""
_SLOWLY: Final = 0.15
"""Near and far follow the clip this much a frame: a map's own range flickers."""
_MOST_PX: Final = 512


class DepthPainter:
    """Another painter's pictures with the depth map in the footage's place."""

    def __init__(self, inner: Painter, model: DepthModel) -> None:
        self._inner, self._model = inner, model
        self._range: tuple[float, float] | None = None

    @property
    def take(self) -> Take:
        """The take that is drawn."""
        return self._inner.take

    @property
    def layout(self) -> Layout:
        """Where pictures lie."""
        return self._inner.layout

    def picture(self, position: int, bgr: U8, turned_deg: float | None = None) -> U8:
        """The inner painter's picture of a position over the frame's depth."""
        depth = self._model.estimate(bgr)
        shown = np.zeros_like(bgr) if depth is None else self.coloured(depth, bgr)
        return self._inner.picture(position, shown, turned_deg)

    def coloured(self, depth: DepthMap, bgr: U8) -> U8:
        """The map in colours over the greyed footage, of the footage's size."""
        cv2 = load_cv2()
        height, width = bgr.shape[:2]
        scale = min(1.0, _MOST_PX / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        low, high = self._follow(*np.percentile(depth.inverse, [2, 98]))
        values = depth.at(grid_px((width, height), (size[1], size[0])))
        level = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
        colours = cv2.applyColorMap((np.nan_to_num(level) * 255).astype(np.uint8), _palette())
        colours = cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)
        grey = cv2.cvtColor(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        return np.asarray(cv2.addWeighted(colours, 1 - _FOOTAGE, grey, _FOOTAGE, 0), np.uint8)

    def _follow(self, low: float, high: float) -> tuple[float, float]:
        was = self._range or (low, high)
        now = tuple((1 - _SLOWLY) * a + _SLOWLY * b for a, b in zip(was, (low, high), strict=True))
        self._range = (float(now[0]), float(now[1]))
        return self._range


def render_depth_preview(
    take: Take,
    source: FrameSource,
    out: str | Path,
    model: DepthModel,
    *,
    max_side_px: int | None = None,
    style: str = "overlay",
    with_bodies: bool = False,
) -> Generator[Progress, None, Path]:
    """``media.drawing.preview.render_preview`` with every frame's depth map in the footage's place.

    Raises ModelError when the model can't tell a picture's depth, and what the other raises.
    """

    def painter(pictures: int, side_px: int) -> Painter:
        return DepthPainter(painter_for(take, pictures, side_px, style, with_bodies), model)

    return (yield from draw_take(take, source, Path(out), painter, max_side_px))


def _palette() -> int:
    return int(load_cv2().COLORMAP_INFERNO)
