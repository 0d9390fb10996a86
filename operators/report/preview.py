"""Render Preview: the take drawn over its footage, as a video beside the take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

from ...core.data.errors import LimnError
from ...core.data.footage.places import name_of
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.data.types import ClipInfo
from ...core.pipeline.request import Request
from ...scene.figures.record import figures_of
from ...scene.keeping.take_link import find_take
from ..estimate.request import clip_of, depth_options
from ..run.modal import RunsWorker
from ..run.outcome import show_notes
from ..settings.preferences import beside_take
from ..settings.props import settings_of
from ..take.take_operator import CHOOSE


class LIMN_OT_render_preview(RunsWorker, bpy.types.Operator):
    """Draw the take's skeletons over the footage beside a turning view, as a file by the take"""

    bl_idname = "limn.render_preview"
    bl_label = "Render Preview"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Render Preview"

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """Figures, when there are none."""
        return "" if figures_of(context) else CHOOSE

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Find the take and its footage."""
        try:
            path = find_take(figures_of(context)[0])
            info = load_take(path).clip
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        moved = footage_of(context, info)
        if moved is None:
            self.report({"ERROR"}, is_gone(info))
            return None
        output = preview_path(path, info)
        options: dict[str, Any] = {"take": str(path), "output": str(output)}
        options |= {"clip": str(moved)} if str(moved) != info.path else {}
        settings = settings_of(context.scene)
        if settings.preview_gallery:
            options["style"] = "gallery"
        elif settings.preview_bodies:
            options["mesh"] = True
        if settings.preview_depth:
            options |= {"depth": True, **depth_options(settings)}
        return Request("preview", options)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Say where the file is."""
        for warning in result.get("warnings", ()):
            self.report({"WARNING"}, showable(str(warning)))
        show_notes(context, [(f"Preview: {result['preview']}", "FILE_MOVIE")])
        self.report({"INFO"}, f"Preview written to {showable(str(result['preview']))}")
        return {"FINISHED"}


def preview_path(take: Path, info: ClipInfo) -> Path:
    """Choose the preview's file: walk.take.npz gives walk.preview.mp4, a photo a .png."""
    return beside_take(take, f".preview{'.png' if info.is_still else '.mp4'}")


def footage_of(context: bpy.types.Context, info: ClipInfo) -> Path | None:
    """The footage where it was, else the panel's clip if it has the same name, else None."""
    was = Path(info.path)
    chosen = clip_of(settings_of(context.scene))
    is_pattern = not os.path.exists(was) and os.path.isdir(was.parent) and "#" in was.name
    if os.path.exists(was) or is_pattern:
        return was
    return chosen if chosen.name == name_of(info.path) and os.path.exists(chosen) else None


def is_gone(info: ClipInfo) -> str:
    """The sentence for a clip that is neither where it was nor chosen in the panel."""
    return showable(
        f"The clip {info.path} is not there any more; "
        f"choose {name_of(info.path)} where it is now as the clip, then try again."
    )


CLASSES = (LIMN_OT_render_preview,)
