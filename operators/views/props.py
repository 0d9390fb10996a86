"""The further views that a scene's runs are given.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, StringProperty

from ...core.data.errors import ClipError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ..settings.beside_blend import BESIDE_BLEND


class LIMN_PG_view(bpy.types.PropertyGroup):
    """Another camera's clip, and what the last run found of it."""

    if TYPE_CHECKING:
        path: str
        is_used: bool
        use_start: bool
        start_s: float
        found_s: float
        agreement: str
    else:
        path: StringProperty(
            name="Clip",
            description="Another camera's video of the same people",
            subtype="FILE_PATH",
            options=BESIDE_BLEND,
        )
        is_used: BoolProperty(
            name="Use This View",
            description="Whether this clip is evidence for Estimate Pose and Solve Again",
            default=True,
        )
        use_start: BoolProperty(
            name="Known Start",
            description="Say when this clip starts; otherwise people's movements tell",
        )
        start_s: FloatProperty(
            name="Start (s)",
            description="Seconds after the first clip at which this one starts",
            precision=3,
            step=1,
            min=-36000.0,
            max=36000.0,
        )
        found_s: FloatProperty(
            name="Found Start",
            description="When this clip starts after the first, as the last run found",
        )
        agreement: StringProperty(
            name="Agreement",
            description="How well this view fits the others: good, check or poor; empty before a "
            "run",
        )


CLASSES = (LIMN_PG_view,)


def views_of(scene: bpy.types.Scene) -> Any:  # noqa: ANN401 - Blender's collections have no type
    """The rows of ``scene``'s further views."""
    return scene.limn_views


def add_view(scene: bpy.types.Scene, path: str) -> None:
    """Add a row for a clip, unless it has one."""
    wanted = os.path.normcase(os.path.abspath(bpy.path.abspath(path)))
    for row in views_of(scene):
        if os.path.normcase(os.path.abspath(bpy.path.abspath(row.path))) == wanted:
            return
    row = views_of(scene).add()
    row.path = path
    scene.limn_view_row = len(views_of(scene)) - 1


def view_options(scene: bpy.types.Scene, clip: Path) -> dict[str, Any]:
    """What a run of ``clip`` is asked for the views in use; nothing without any.

    Raises ClipError for a clip that isn't there.
    """
    used = [row for row in views_of(scene) if row.is_used and row.path]
    paths = [Path(bpy.path.abspath(row.path)) for row in used]
    for path in paths:
        if not os.path.isfile(path):
            raise ClipError(f"The further view {path} does not exist.")
    if not paths:
        return {}
    starts = [f"{number}={row.start_s:.4f}" for number, row in enumerate(used, 2) if row.use_start]
    shift = {"shift": starts} if starts else {}
    return {"clips": [str(clip), *map(str, paths)], "together": True, **shift}


def leave_out_options(scene: bpy.types.Scene, path: Path) -> dict[str, Any]:
    """What Solve Again of the take at ``path`` is asked of its further views, if it has any."""
    if not len(views_of(scene)):
        return {}
    take = load_take(path)
    return {"leave_out": _left_out(scene, take) or ["none"]} if take.views else {}


def _left_out(scene: bpy.types.Scene, take: Take) -> list[str]:
    """Numbers, from 1, of the views of ``take`` that are switched off in ``scene``."""
    off = {
        os.path.normcase(os.path.abspath(bpy.path.abspath(row.path)))
        for row in views_of(scene)
        if not row.is_used
    }
    return [
        str(number)
        for number, view in enumerate(take.views, 1)
        if os.path.normcase(os.path.abspath(view.part.clip.path)) in off
    ]


def show_views(scene: bpy.types.Scene, take: Take) -> None:
    """Tell in the rows what was found of the views of ``take``; those without a row get one."""
    for view in take.views:
        add_view(scene, view.part.clip.path)
    found = {os.path.normcase(view.part.clip.path): view for view in take.views}
    for row in views_of(scene):
        view = found.get(os.path.normcase(os.path.abspath(bpy.path.abspath(row.path))))
        row.agreement = ""
        if view is not None and view.is_used:
            row.found_s, row.agreement = view.starts_s, view.agreement.word


def attach() -> None:
    """Hang the rows on scenes; their class is registered."""
    bpy.types.Scene.limn_views = CollectionProperty(
        name="Further Views",
        description="Other cameras' clips of the same scene",
        type=LIMN_PG_view,
    )
    bpy.types.Scene.limn_view_row = IntProperty(name="View", description="The chosen further view")


def detach() -> None:
    """Take them off again."""
    del bpy.types.Scene.limn_view_row
    del bpy.types.Scene.limn_views
