"""The fields of the section Retarget: character, options, bone map.

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

from ...core.retargeting.bonemap import BoneMap
from ...core.retargeting.roles import ROLES
from ...scene.figures.record import PERSON_KEY


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


CLASSES = (LIMN_PG_role, LIMN_PG_retarget)


def attach() -> None:
    """Hang the fields on scenes; their classes are registered."""
    bpy.types.Scene.limn_retarget = PointerProperty(type=LIMN_PG_retarget)


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_retarget
