"""Retarget: a figure's motion onto the artist's own armature, its bone map shown and editable.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    PointerProperty,
    StringProperty,
)
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..core.data.errors import LimnError
from ..core.data.take_file import load_take
from ..core.data.timing import take_frame_rate
from ..core.retargeting.bonemap import BoneMap, load_map, save_map
from ..core.retargeting.posing import RetargetOptions
from ..core.retargeting.roles import FINGER_ROLES, ROLES, TWIST_ROLES
from ..scene.figures.record import PERSON_KEY, figures_of
from ..scene.retarget import recognise_rig, retarget_person, timeline_of
from .at_hand import CHOOSE, take_of
from .properties import LIMN_PG_run, run_of


def _is_armature(_owner: object, other: bpy.types.Object) -> bool:
    return other.type == "ARMATURE" and PERSON_KEY not in other


class LIMN_PG_role(bpy.types.PropertyGroup):
    """One line of the map: ``name`` is the role, ``bones`` separated by commas."""

    if TYPE_CHECKING:
        bones: str
    else:
        bones: StringProperty(name="Bones", description="Bone names, from the body outwards, by ,")


class LIMN_PG_retarget(bpy.types.PropertyGroup):
    """The section's fields, saved with the scene."""

    if TYPE_CHECKING:
        target: bpy.types.Object  # None where none is chosen, which poll rules out
        in_place: bool
        plant_feet: bool
        tolerance_deg: float
        controls: str
        convention: str
        switches: str
        show_map: bool
        roles: bpy.types.bpy_prop_collection[LIMN_PG_role]
    else:
        target: PointerProperty(
            name="Character",
            description="The armature to move",
            type=bpy.types.Object,
            poll=_is_armature,
        )
        in_place: BoolProperty(name="In Place", description="Don't travel over the floor")
        plant_feet: BoolProperty(
            name="Plant Feet",
            description="Hold standing feet on the character's own proportions",
            default=True,
        )
        tolerance_deg: FloatProperty(
            name="Thin Keys (°)",
            description="Leave out keys that lie this near to a line between others; 0 keeps all",
            min=0.0,
            max=10.0,
        )
        controls: EnumProperty(
            name="Controls",
            description="Which controls of a generated Rigify rig drive arms and legs",
            items=(
                ("fk", "FK", "Rotations of every part"),
                ("ik", "IK", "Hands, feet and pole targets, easy to change by hand"),
            ),
        )
        convention: StringProperty()
        switches: StringProperty()
        show_map: BoolProperty(name="Bone Map")
        roles: CollectionProperty(type=LIMN_PG_role)


def retarget_of(scene: bpy.types.Scene) -> LIMN_PG_retarget:
    """Return the section's fields of ``scene``."""
    return scene.limn_retarget


def show_map(fields: LIMN_PG_retarget, bone_map: BoneMap) -> None:
    """Fill the section's lines from a map."""
    fields.convention = bone_map.convention
    fields.switches = ";".join(f"{b}|{k}|{v}" for (b, k), v in bone_map.switches.items())
    fields.roles.clear()
    for role in ROLES:
        line = fields.roles.add()
        line.name, line.bones = role, ", ".join(bone_map.chains.get(role, ()))


def shown_map(fields: LIMN_PG_retarget) -> BoneMap:
    """Return the map as the section's lines say."""
    chains = {
        line.name: bones
        for line in fields.roles
        if (bones := tuple(word.strip() for word in line.bones.split(",") if word.strip()))
    }
    switches = {}
    for entry in filter(None, fields.switches.split(";")):
        bone, key, value = entry.rsplit("|", 2)
        switches[bone, key] = float(value)
    return BoneMap(fields.convention, chains, switches)


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
            show_map(retarget_of(context.scene), load_map(self.filepath))
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
        try:
            if not len(fields.roles):
                show_map(fields, recognise_rig(fields.target))
            take = load_take(take_of(figure))
            retarget_person(
                fields.target, take.people[int(figure[PERSON_KEY])],
                timeline_of(context.scene, take), take_frame_rate(take), shown_map(fields), options,
                fields.tolerance_deg, fields.controls,
            )  # fmt: skip
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{fields.target.name} moves as {figure.name}.")
        return {"FINISHED"}


class VIEW3D_PT_limn_retarget(bpy.types.Panel):
    """Section of the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Retarget"
    bl_parent_id = "VIEW3D_PT_limn"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def draw(self, context: bpy.types.Context) -> None:
        """Draw character, options, button and map."""
        fields, layout = retarget_of(context.scene), self.layout
        run: LIMN_PG_run = run_of(context.window_manager)
        layout.enabled = not run.is_running
        layout.prop(fields, "target")
        row = layout.row()
        row.prop(fields, "in_place")
        row.prop(fields, "plant_feet")
        layout.prop(fields, "tolerance_deg")
        layout.row().prop(fields, "controls", expand=True)
        layout.operator("limn.retarget", icon="ARMATURE_DATA")
        layout.prop(fields, "show_map", icon="TRIA_DOWN" if fields.show_map else "TRIA_RIGHT")
        if not fields.show_map:
            return
        row = layout.row(align=True)
        row.operator("limn.recognise_rig", text="Recognise")
        row.operator("limn.load_bone_map", text="Load")
        row.operator("limn.save_bone_map", text="Save")
        if fields.convention:
            layout.label(text=f"Naming: {fields.convention}")
        column = layout.column(align=True)
        for line in fields.roles:
            if line.bones or line.name not in (*FINGER_ROLES, *TWIST_ROLES):
                column.prop(line, "bones", text=line.name.replace("_", " "))


CLASSES = (
    LIMN_PG_role,
    LIMN_PG_retarget,
    LIMN_OT_recognise_rig,
    LIMN_OT_save_bone_map,
    LIMN_OT_load_bone_map,
    LIMN_OT_retarget,
    VIEW3D_PT_limn_retarget,
)


def attach() -> None:
    """Hang the fields on scenes; their classes are registered."""
    bpy.types.Scene.limn_retarget = PointerProperty(type=LIMN_PG_retarget)


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_retarget
