"""The view through the footage, bones in front, and a scene set up for rendering.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import bpy

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...scene.camera_aim import camera_of
from ...scene.figures.armature import draw_bones
from ...scene.figures.record import collection_of, figures_of
from ...scene.keeping.take_link import find_take
from ...scene.stage.looking import frame_people, look_back, look_through
from ...scene.stage.setup import set_up
from ..run.viewport import viewport
from ..take.take_files import CHOOSE


class _OnFigures:
    """Mixin: needs figures."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if not figures_of(context):
            cls.poll_message_set(CHOOSE)  # type: ignore[attr-defined]
            return False
        return True


class LIMN_OT_look_through(_OnFigures, bpy.types.Operator):
    """Show these people over their footage, through their camera; once more shows the scene"""

    bl_idname = "limn.look_through"
    bl_label = "Over Footage"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Change the viewport."""
        space, scene = viewport(context), context.scene
        try:
            camera = camera_of(figures_of(context)[0])
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if space is None:
            self.report({"ERROR"}, "There is no 3D viewport in this window to show them in.")
            return {"CANCELLED"}
        region = space.region_3d
        if region.view_perspective == "CAMERA" and scene.camera == camera:
            look_back(space)
            return {"FINISHED"}
        look_through(scene, space, camera)
        return {"FINISHED"}


class LIMN_OT_frame_people(_OnFigures, bpy.types.Operator):
    """Move the viewport to where these people move"""

    bl_idname = "limn.frame_people"
    bl_label = "Frame People"
    bl_options = {"REGISTER"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Move the view."""
        space = viewport(context)
        try:
            take = load_take(find_take(figures_of(context)[0]))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if space is not None and space.region_3d is not None:
            space.region_3d.view_perspective = "PERSP"
            frame_people(context.scene, space, take)
        return {"FINISHED"}


class LIMN_OT_show_bones(_OnFigures, bpy.types.Operator):
    """Draw these people's bones in front of their bodies, or inside them again"""

    bl_idname = "limn.show_bones"
    bl_label = "Bones in Front"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Switch."""
        figures = figures_of(context)
        is_shown = all(figure.show_in_front for figure in figures)
        for figure in figures:
            draw_bones(figure, in_front=not is_shown)
        return {"FINISHED"}


class LIMN_OT_set_up_render(_OnFigures, bpy.types.Operator):
    """Let F12 show these people over their footage: adds a ground that catches shadows, a sun and,
    where there is none, a sky; makes the film transparent, lays the render over the footage in the
    compositor and shows colours by the Standard view transform"""

    bl_idname = "limn.set_up_render"
    bl_label = "Set Up Render"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the scene up."""
        figures = figures_of(context)
        try:
            camera = camera_of(figures[0])
            take = load_take(find_take(figures[0]))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.scene.camera = camera
        notes = set_up(context.scene, take, collection_of(figures), camera, is_asked=True)
        self.report({"WARNING"} if notes else {"INFO"}, " ".join(notes) or "F12 shows them now")
        return {"FINISHED"}


CLASSES = (
    LIMN_OT_look_through,
    LIMN_OT_frame_people,
    LIMN_OT_show_bones,
    LIMN_OT_set_up_render,
)
