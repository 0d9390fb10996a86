"""The fields of the section Retarget: character, options, bone map.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import csv
import json
from collections.abc import Sequence
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


def _forget_map(fields: "LIMN_PG_retarget", _context: bpy.types.Context) -> None:
    """Another character is recognised anew; a map from a file stays if all its bones are there."""
    target = fields.target
    if target is not None and fields.is_loaded:
        bones = {bone.name for bone in target.data.bones}
        if bones.issuperset(shown_map(fields).bones):
            return
    fields.is_loaded = False
    fields.roles.clear()
    fields.convention = fields.switches = ""


class LIMN_PG_role(bpy.types.PropertyGroup):
    """One line of the map: ``name`` is the role, ``bones`` separated by commas."""

    if TYPE_CHECKING:
        bones: str
    else:
        bones: StringProperty(
            name="Bones",
            description="Bone names, from the body outwards, separated by commas; a name that "
            'holds a comma stands in "quotation marks"',
        )


class LIMN_PG_retarget(bpy.types.PropertyGroup):
    """The section's fields, saved with the scene."""

    if TYPE_CHECKING:
        target: bpy.types.Object  # None where none is chosen, which poll rules out
        in_place: bool
        plant_feet: bool
        tolerance_deg: float
        controls: str
        is_loaded: bool
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
            update=_forget_map,
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
        is_loaded: BoolProperty(options={"HIDDEN"})
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
    fields.switches = json.dumps([[b, k, v] for (b, k), v in bone_map.switches.items()])
    fields.roles.clear()
    for role in ROLES:
        line = fields.roles.add()
        line.name, line.bones = role, _as_line(bone_map.chains.get(role, ()))


def shown_map(fields: LIMN_PG_retarget) -> BoneMap:
    """Return the map as the section's lines say."""
    chains = {line.name: bones for line in fields.roles if (bones := _names_of(line.bones))}
    switches = {(b, k): float(v) for b, k, v in json.loads(fields.switches or "[]")}
    return BoneMap(fields.convention, chains, switches)


def _as_line(names: Sequence[str]) -> str:
    """Names separated by commas, those that hold one in quotation marks."""
    return ", ".join(f'"{name}"' if "," in name else name for name in names)


def _names_of(line: str) -> tuple[str, ...]:
    row = next(csv.reader([line], skipinitialspace=True), [])
    return tuple(name for word in row if (name := word.strip()))


CLASSES = (LIMN_PG_role, LIMN_PG_retarget)


def attach() -> None:
    """Hang the fields on scenes; their classes are registered."""
    bpy.types.Scene.limn_retarget = PointerProperty(type=LIMN_PG_retarget)


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_retarget
