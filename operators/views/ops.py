"""Adding, removing and looking through further views."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import CollectionProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...scene.views import camera_of_view, look_through
from .props import add_view, views_of


class LIMN_OT_add_view(bpy.types.Operator, ImportHelper):
    """Add other cameras' clips of the same scene, filmed at the same time"""

    bl_idname = "limn.add_view"
    bl_label = "Add Further View"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    if TYPE_CHECKING:
        filepath: str
        directory: str
        files: bpy.types.bpy_prop_collection[bpy.types.OperatorFileListElement]
    else:
        files: CollectionProperty(
            name="Files", description="The chosen clips", type=bpy.types.OperatorFileListElement
        )
        directory: StringProperty(
            name="Folder", description="Where the chosen clips are", subtype="DIR_PATH"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add a row for each."""
        names = [one.name for one in self.files if one.name]
        paths = [str(Path(self.directory) / name) for name in names] or [self.filepath]
        for path in paths:
            add_view(context.scene, path)
        return {"FINISHED"}


class LIMN_OT_remove_view(bpy.types.Operator):
    """Take this clip off the list; the file stays"""

    bl_idname = "limn.remove_view"
    bl_label = "Remove Further View"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is one."""
        if not len(views_of(context.scene)):
            cls.poll_message_set("There is no further view to remove")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove the chosen row."""
        scene = context.scene
        views_of(scene).remove(scene.limn_view_row)
        scene.limn_view_row = max(0, min(scene.limn_view_row, len(views_of(scene)) - 1))
        return {"FINISHED"}


class LIMN_OT_look_through_further_view(bpy.types.Operator):
    """See the scene through this phone's camera, over its footage"""

    bl_idname = "limn.look_through_further_view"
    bl_label = "Look Through Further View"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where the chosen view has a camera in the scene."""
        if chosen_camera(context.scene) is None:
            cls.poll_message_set("Estimate Pose makes a camera of every further view first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Make it the scene's camera and let the 3D view look through it."""
        camera = chosen_camera(context.scene)
        if camera is None:
            return {"CANCELLED"}
        look_through(context.scene, camera)
        if context.area is not None and context.area.type == "VIEW_3D":
            context.space_data.region_3d.view_perspective = "CAMERA"
        return {"FINISHED"}


def chosen_camera(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The camera of the chosen view, None where there is none."""
    rows = views_of(scene)
    if not 0 <= scene.limn_view_row < len(rows):
        return None
    return camera_of_view(scene, bpy.path.abspath(rows[scene.limn_view_row].path))


CLASSES = (LIMN_OT_add_view, LIMN_OT_remove_view, LIMN_OT_look_through_further_view)
