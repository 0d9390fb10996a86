"""Retarget: a figure's motion onto the artist's own armature, its bone map shown and editable.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...core.data.timing import take_frame_rate
from ...core.retargeting.bonemap import load_map, save_map
from ...core.retargeting.posing import RetargetOptions
from ...core.retargeting.topology import SHAPE
from ...scene.figures.playing import playing_person
from ...scene.figures.record import PERSON_KEY, figures_of
from ...scene.keeping.take_link import find_take
from ...scene.retarget import recognise_rig, retarget_person
from ...scene.timeline import Timeline
from ..take.take_operator import CHOOSE
from .props import retarget_of, show_map, shown_map


class _OnTarget:
    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a character."""
        return retarget_of(context.scene).target is not None


class LIMN_OT_recognise_rig(_OnTarget, bpy.types.Operator):
    """Find out which bone of the character is what"""

    bl_idname = "limn.recognise_rig"
    bl_label = "Recognise Bones"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill the map."""
        fields = retarget_of(context.scene)
        try:
            show_map(fields, recognise_rig(fields.target))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{fields.target.name}: {fields.convention}")
        return {"FINISHED"}


class LIMN_OT_save_bone_map(_OnTarget, bpy.types.Operator, ExportHelper):
    """Save the bone map as a preset to keep and share"""

    bl_idname = "limn.save_bone_map"
    bl_label = "Save Bone Map"
    filename_ext = ".json"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the preset."""
        try:
            save_map(shown_map(retarget_of(context.scene)), self.filepath)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class LIMN_OT_load_bone_map(_OnTarget, bpy.types.Operator, ImportHelper):
    """Load a bone map that was saved as a preset"""

    bl_idname = "limn.load_bone_map"
    bl_label = "Load Bone Map"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    filename_ext = ".json"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill the map from the preset."""
        try:
            fields = retarget_of(context.scene)
            show_map(fields, load_map(self.filepath))
            fields.is_loaded = True
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class LIMN_OT_retarget(bpy.types.Operator):
    """Key the selected figure's motion on the character, as one new action"""

    bl_idname = "limn.retarget"
    bl_label = "Retarget"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if not figures_of(context):
            cls.poll_message_set(CHOOSE)
            return False
        if retarget_of(context.scene).target is None:
            cls.poll_message_set("Choose the character's armature")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Retarget the active figure, else the first."""
        fields = retarget_of(context.scene)
        figures = figures_of(context)
        active = context.view_layer.objects.active
        figure = active if active in figures else figures[0]
        options = RetargetOptions(fields.in_place, fields.plant_feet)
        notes: list[str] = []
        try:
            if not len(fields.roles):
                show_map(fields, recognise_rig(fields.target))
            take = load_take(find_take(figure))
            made = take.people[int(figure[PERSON_KEY])]
            playing = playing_person(context.scene, figure, made)
            start = round(float(playing.scene_frames[0])) if len(playing.scene_frames) else 0
            retarget_person(
                fields.target, playing.person, Timeline(start, playing.scene_frames, start),
                take_frame_rate(take), shown_map(fields), options, fields.tolerance_deg,
                fields.controls, notes,
            )  # fmt: skip
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if fields.convention == SHAPE:
            notes.append("The bones were guessed by their shape; look at the bone map.")
        done = f"{fields.target.name} moves as {figure.name}."
        self.report({"WARNING"} if notes else {"INFO"}, " ".join((done, *notes)))
        return {"FINISHED"}


CLASSES = (
    LIMN_OT_recognise_rig,
    LIMN_OT_save_bone_map,
    LIMN_OT_load_bone_map,
    LIMN_OT_retarget,
)
