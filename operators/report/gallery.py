"""Gallery: the take at hand as coloured sticks before a photo wall, in a scene of its own."""

from __future__ import annotations

import bpy

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...scene.figures.record import figures_of
from ...scene.gallery.scene import make_gallery_scene
from ...scene.keeping.take_link import find_take
from ..take.take_operator import CHOOSE


class LIMN_OT_make_gallery(bpy.types.Operator):
    """Show these figures as coloured sticks before a photo wall, in a scene of its own"""

    bl_idname = "limn.make_gallery"
    bl_label = "Make Gallery"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if not figures_of(context):
            cls.poll_message_set(CHOOSE)
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Make the scene and show it."""
        figures = figures_of(context)
        try:
            take = load_take(find_take(figures[0]))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        scene, warnings = make_gallery_scene(context.scene, take, figures)
        if context.window is not None:
            context.window.scene = scene
        for sentence in warnings:
            self.report({"WARNING"}, sentence)
        self.report({"INFO"}, f"The gallery is the scene '{scene.name}'")
        return {"FINISHED"}


CLASSES = (LIMN_OT_make_gallery,)
