"""Pictures of people, cut out of the clip, for the list of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import bpy.utils.previews

from ...scene.figures.record import PERSON_KEY
from ...scene.keeping.take_link import named_take

_pictures: dict[str, Any] = {}
"""Blender's collection of previews, made when the first picture is shown."""


def load_pictures(figures: Sequence[bpy.types.Object], paths: Sequence[str]) -> None:
    """Show the pictures at ``paths``, one for each person of the take; empty for none."""
    _forget_pictures()
    pictures = _pictures["people"] = bpy.utils.previews.new()
    for figure in figures:
        number = int(figure[PERSON_KEY])
        if number < len(paths) and paths[number]:
            pictures.load(_picture_key(figure), paths[number], "IMAGE")


def picture_of(figure: bpy.types.Object) -> int | None:
    """Blender's number of a figure's picture, once there is one."""
    picture = _pictures.get("people", {}).get(_picture_key(figure))
    return None if picture is None else int(picture.icon_id)


def _picture_key(figure: bpy.types.Object) -> str:
    return f"{named_take(figure)}:{int(figure[PERSON_KEY])}"


def _forget_pictures() -> None:
    # Blender complains of previews that nobody removed.
    if "people" in _pictures:
        bpy.utils.previews.remove(_pictures.pop("people"))


def detach() -> None:
    """Let go of the pictures."""
    _forget_pictures()
