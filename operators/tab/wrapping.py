"""Sentences over several lines: labels don't wrap, and Blender cuts long ones off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import blf
import bpy

_FONT: Final = 0  # Blender's own, in which labels are drawn
_ICON_PX: Final = 24.0  # an icon and the space before the text
_POPUP_PX: Final = 300.0  # where Blender names no region
_MARGIN_PX: Final = 62.0  # of the tabs, a panel and the box in it


def draw_wrapped(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    text: str,
    icon: str = "NONE",
    *,
    share: float = 1.0,
    kept_px: float = 0.0,
) -> None:
    """Draw ``text`` in as many labels as the region is narrow.

    ``layout`` has ``share`` of the region's width without ``kept_px``, which are for other things.
    """
    scale = context.preferences.system.ui_scale or 1.0
    width = _POPUP_PX * scale if context.region is None else context.region.width
    room = width * share - (_MARGIN_PX + _ICON_PX + kept_px) * scale
    column = layout.column(align=True)
    for number, line in enumerate(wrapped(text, room, _measure(context))):
        column.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


def wrapped(text: str, room: float, width_of: Callable[[str], float]) -> list[str]:
    """Break ``text`` into lines no wider than ``room``, within words only where one is too wide."""
    lines, line = list[str](), ""
    for whole in text.split():
        word = whole
        longer = f"{line} {word}" if line else word
        if width_of(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        while len(word) > 1 and width_of(word) > room:
            fits = next(
                (size for size in range(len(word) - 1, 1, -1) if width_of(word[:size]) <= room), 1
            )
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line or not lines else lines


def _measure(context: bpy.types.Context) -> Callable[[str], float]:
    """How wide Blender draws a text, in pixels."""
    scale = context.preferences.system.ui_scale or 1.0
    points = context.preferences.ui_styles[0].widget.points
    blf.size(_FONT, points * scale)
    return lambda text: blf.dimensions(_FONT, text)[0]
