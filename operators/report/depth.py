"""Add Depth: the depth map of the take at hand as a surface in the scene, seen by its camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...core.depth.relief_file import SUFFIX, load_relief
from ...core.pipeline.request import Request
from ...scene.camera_aim import camera_of
from ...scene.figures.record import read_record
from ...scene.relief.surface import CACHE_SUFFIX, add_relief
from ...scene.timeline import timeline_at
from ..estimate.request import depth_options
from ..run.outcome import show_notes
from ..settings.preferences import beside_take
from ..settings.props import settings_of
from ..take.take_operator import WorksOnFigures
from .preview import footage_of, is_gone


class LIMN_OT_add_depth(WorksOnFigures, bpy.types.Operator):
    """Put the clip's depth map into the scene, in metres behind and around these figures. Needs a
    depth network: the one named under Networks, else the one the take was made with"""

    bl_idname = "limn.add_depth"
    bl_label = "Add Depth"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Add Depth"

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Find the take, its camera and footage, and word what the worker is asked."""
        at_hand = self.take_at_hand(context)
        if at_hand is None:
            return None
        figures, self._take = at_hand
        try:
            camera_of(figures[0])
            info = load_take(self._take).clip
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        moved = footage_of(context, info)
        if moved is None:
            self.report({"ERROR"}, is_gone(info))
            return None
        self.remember(figures)
        output = beside_take(self._take, SUFFIX)
        options = {"take": str(self._take), "output": str(output)}
        options |= {"clip": str(moved)} if str(moved) != info.path else {}
        return Request("depth", options | depth_options(settings_of(context.scene)))

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Hang the relief on the camera."""
        file = Path(str(result["depth"]))
        figures = self.remembered(context, str(self._take))
        if not figures:
            file.unlink(missing_ok=True)
            return {"CANCELLED"}
        try:
            camera = camera_of(figures[0])
            take = load_take(self._take)
            relief = load_relief(file, take)
            record = read_record(figures[0])
            start = context.scene.frame_start if record is None else round(record.start)
            render = context.scene.render
            timeline = timeline_at(take, start, render.fps / render.fps_base)
            cache = beside_take(self._take, CACHE_SUFFIX)
            owner, warnings = add_relief(
                take, relief, camera, camera.users_collection[0], timeline, cache
            )
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            file.unlink(missing_ok=True)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        show_notes(context, [(f"Depth: {owner.name}, moved by {cache.name}", "MESH_GRID")])
        self.report({"INFO"}, f"The depth is the object '{owner.name}'")
        return {"FINISHED"}


CLASSES = (LIMN_OT_add_depth,)
