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
from ...core.retargeting.shapes.mapping import SHAPE
from ...scene.figures.playing.person import playing_person
from ...scene.figures.record import figures_of, is_figure, person_of
from ...scene.keeping.take_link import find_take
from ...scene.retarget import recognise_rig, retarget_person
from ...scene.timeline import Timeline
from ..run.modal import may_run
from ..take.take_operator import CHOOSE
from .props import retarget_of, show_map, shown_map


def source_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The figure whose motion is taken: the one chosen, else the active one, else the first."""
    source = retarget_of(context.scene).source
    if source is not None and source.name in context.scene.objects:
        return source
    active = context.view_layer.objects.active
    if active is not None and is_figure(active):
        return active
    return next(iter(figures_of(context)), None)


def lacks_target(context: bpy.types.Context) -> str:
    """Say that the character is missing; empty when one is chosen."""
    is_there = retarget_of(context.scene).target is not None
    return "" if is_there else "Choose the character's armature as the target first"


class _OnTarget:
    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a character."""
        return may_run(cls, context, lacks_target(context))


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
    bl_options = {"REGISTER"}  # noqa: RUF012
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


class _OnLine(_OnTarget):
    """Mixin: works on the active line of the bone map."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a map."""
        lacks = lacks_target(context)
        if not lacks and not len(retarget_of(context.scene).roles):
            lacks = "Recognise the character's bones first, or load a bone map"
        return may_run(cls, context, lacks)


class LIMN_OT_add_bone(_OnLine, bpy.types.Operator):
    """Add another bone to the chain of this role, as a spine of several bones has"""

    bl_idname = "limn.add_bone"
    bl_label = "Add Bone to Role"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add a line after the active one."""
        fields = retarget_of(context.scene)
        row = max(0, min(fields.role, len(fields.roles) - 1))
        fields.roles.add().name = fields.roles[row].name
        fields.roles.move(len(fields.roles) - 1, row + 1)
        fields.role = row + 1
        return {"FINISHED"}


class LIMN_OT_remove_bone(_OnLine, bpy.types.Operator):
    """Take this bone out of the map; a role's last line stays, empty"""

    bl_idname = "limn.remove_bone"
    bl_label = "Remove Bone from Role"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove or empty the active line."""
        fields = retarget_of(context.scene)
        row = max(0, min(fields.role, len(fields.roles) - 1))
        line = fields.roles[row]
        if sum(one.name == line.name for one in fields.roles) > 1:
            fields.roles.remove(row)
            fields.role = max(0, row - 1)
        else:
            line.bone = ""
        return {"FINISHED"}


class LIMN_OT_retarget(bpy.types.Operator):
    """Key the figure's motion on the character, as one new action"""

    bl_idname = "limn.retarget"
    bl_label = "Retarget Motion"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        lacks = "" if source_of(context) is not None else CHOOSE
        return may_run(cls, context, lacks or lacks_target(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Retarget the source."""
        fields, figure = retarget_of(context.scene), source_of(context)
        if figure is None:
            self.report({"ERROR"}, f"{CHOOSE}.")
            return {"CANCELLED"}
        options = RetargetOptions(fields.in_place, fields.plant_feet)
        notes: list[str] = []
        try:
            if not len(fields.roles):
                show_map(fields, recognise_rig(fields.target))
            take = load_take(find_take(figure))
            made = person_of(take, figure)
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
    LIMN_OT_add_bone,
    LIMN_OT_remove_bone,
    LIMN_OT_retarget,
)
