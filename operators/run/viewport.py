"""The 3D viewport that somebody looks at."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.data.types import Take
from ...scene.stage.looking import frame_people


def frame_in_window(context: bpy.types.Context, take: Take) -> None:
    """Let the viewport in which something was started, or the largest one, show the people.

    A camera view that somebody set stays.
    """
    space = viewport(context)
    if space is not None:
        frame_people(context.scene, space, take)


def viewport(context: bpy.types.Context) -> Any:  # noqa: ANN401 - a space of a 3D view, or None
    """The one in which something was started, else the largest of the window; None without any."""
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area.spaces.active
    if context.window is None:
        return None
    views = [area for area in context.window.screen.areas if area.type == "VIEW_3D"]
    largest = max(views, key=lambda area: area.width * area.height, default=None)
    return None if largest is None else largest.spaces.active
