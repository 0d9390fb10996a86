"""The fields of the section Retarget: character, options, bone map.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import json
from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...core.data.errors import LimnError
from ...core.retargeting.bonemap import BoneMap
from ...core.retargeting.roles import ROLES
from ...scene.figures.record import PERSON_KEY
from ...scene.retarget import recognise_rig


def _is_figure(_owner: object, other: bpy.types.Object) -> bool:
    return other.type == "ARMATURE" and PERSON_KEY in other


def _is_character(_owner: object, other: bpy.types.Object) -> bool:
    return other.type == "ARMATURE" and PERSON_KEY not in other


def _recognise(fields: "LIMN_PG_retarget", _context: bpy.types.Context) -> None:
    """Another character is recognised anew; a map from a file stays if all its bones are there."""
    target = fields.target
    if target is not None and fields.is_loaded:
        bones = {bone.name for bone in target.data.bones}
        if bones.issuperset(shown_map(fields).bones):
            return
    fields.is_loaded = False
    forget_map(fields)
    if target is None:
        return
    try:
        show_map(fields, recognise_rig(target))
    except LimnError as error:
        fields.trouble = str(error)


def _active_role(fields: "LIMN_PG_retarget") -> int:
    """The row of the character's active bone, where it is in the map; else the chosen row."""
    bone = None if fields.target is None else fields.target.data.bones.active
    kept = fields.kept_role
    if bone is None or (kept < len(fields.roles) and fields.roles[kept].bone in ("", bone.name)):
        return kept
    return next((at for at, one in enumerate(fields.roles) if one.bone == bone.name), kept)


def _choose_role(fields: "LIMN_PG_retarget", row: int) -> None:
    fields.kept_role = row
    if fields.target is None or not 0 <= row < len(fields.roles):
        return
    bones = fields.target.data.bones
    if fields.roles[row].bone in bones:
        bones.active = bones[fields.roles[row].bone]


def _all_bones(line: "LIMN_PG_role") -> str:
    """Those of all lines of the role, as scripts read them."""
    lines = retarget_of(line.id_data).roles
    return ", ".join(one.bone for one in lines if one.name == line.name and one.bone)


class LIMN_PG_role(bpy.types.PropertyGroup):
    """A line of the map: ``name`` is the role; a chain of bones has a line for each."""

    if TYPE_CHECKING:
        bone: str
        bones: str
    else:
        bone: StringProperty(
            name="Bone",
            description="The character's bone that plays this role; empty for none",
        )
        bones: StringProperty(
            name="Bones",
            description="All bones of the role, from the body outwards, separated by commas",
            options={"HIDDEN"},
            get=_all_bones,
        )


class LIMN_PG_retarget(bpy.types.PropertyGroup):
    """The section's fields, saved with the scene."""

    if TYPE_CHECKING:
        source: bpy.types.Object | None
        target: bpy.types.Object  # None where none is chosen, which poll rules out
        in_place: bool
        plant_feet: bool
        tolerance_deg: float
        controls: str
        is_loaded: bool
        convention: str
        trouble: str
        switches: str
        roles: bpy.types.bpy_prop_collection[LIMN_PG_role]
        role: int
        kept_role: int
    else:
        source: PointerProperty(
            name="Source",
            description="The figure whose motion is taken; empty takes the selected one",
            type=bpy.types.Object,
            poll=_is_figure,
        )
        target: PointerProperty(
            name="Target",
            description="The character's armature, which is to move; its bones are recognised",
            type=bpy.types.Object,
            poll=_is_character,
            update=_recognise,
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
        is_loaded: BoolProperty(
            name="Loaded", description="Whether the map comes from a file", options={"HIDDEN"}
        )
        convention: StringProperty(
            name="Naming",
            description="What kind of rig the bones were recognised as",
            options={"HIDDEN"},
        )
        trouble: StringProperty(
            name="Trouble",
            description="Why the bones could not be recognised",
            options={"HIDDEN"},
        )
        switches: StringProperty(
            name="Switches",
            description="The rig's own properties that are set so that the keys are seen",
            options={"HIDDEN"},
        )
        roles: CollectionProperty(
            name="Bone Map",
            description="Which bone of the character plays which role",
            type=LIMN_PG_role,
        )
        role: IntProperty(
            name="Active Role",
            description="The chosen line of the bone map; choosing one makes its bone active",
            get=_active_role,
            set=_choose_role,
        )
        kept_role: IntProperty(
            name="Chosen Role",
            description="The line of the bone map that was chosen last",
            options={"HIDDEN"},
        )


def retarget_of(scene: bpy.types.Scene) -> LIMN_PG_retarget:
    """Return the section's fields of ``scene``."""
    return scene.limn_retarget


def forget_map(fields: LIMN_PG_retarget) -> None:
    """Empty the section's lines."""
    fields.roles.clear()
    fields.convention = fields.switches = fields.trouble = ""
    fields.kept_role = 0


def show_map(fields: LIMN_PG_retarget, bone_map: BoneMap) -> None:
    """Fill the section's lines from a map."""
    forget_map(fields)
    fields.convention = bone_map.convention
    fields.switches = json.dumps([[b, k, v] for (b, k), v in bone_map.switches.items()])
    for role in ROLES:
        for bone in bone_map.chains.get(role, ("",)):
            line = fields.roles.add()
            line.name, line.bone = role, bone


def shown_map(fields: LIMN_PG_retarget) -> BoneMap:
    """Return the map as the section's lines say."""
    chains: dict[str, tuple[str, ...]] = {}
    for line in fields.roles:
        if line.bone:
            chains[line.name] = (*chains.get(line.name, ()), line.bone)
    try:
        switches = {(str(b), str(k)): float(v) for b, k, v in json.loads(fields.switches or "[]")}
    except (TypeError, ValueError):  # somebody changed the file by hand
        switches = {}
    return BoneMap(fields.convention, chains, switches)


CLASSES = (LIMN_PG_role, LIMN_PG_retarget)


def attach() -> None:
    """Hang the fields on scenes; their classes are registered."""
    bpy.types.Scene.limn_retarget = PointerProperty(
        name="Limn Retarget",
        description="The fields of Limn's section Retarget",
        type=LIMN_PG_retarget,
    )


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_retarget
