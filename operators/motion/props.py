"""The fields of the section Motion.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty


class LIMN_PG_motion(bpy.types.PropertyGroup):
    """The section's fields, saved with the scene."""

    if TYPE_CHECKING:
        blend_frames: int
        in_place: bool
        repeat: bool
        use_facing: bool
        facing_deg: float
        other: bpy.types.Action | None
        weight: float
        overlap: int
    else:
        blend_frames: IntProperty(
            name="Blend Frames",
            description="How many frames at each end are corrected so that the cycle closes",
            default=8,
            min=2,
            soft_max=60,
        )
        in_place: BoolProperty(
            name="In Place", description="Take the path over the floor out of the cycle"
        )
        repeat: BoolProperty(
            name="Repeat", description="Repeat the cycle for ever with cyclic curves", default=True
        )
        use_facing: BoolProperty(name="Facing", description="Also turn the start to a direction")
        facing_deg: FloatProperty(
            name="Facing (°)",
            description="Where the motion looks at its start: 0 along -Y, anticlockwise from above",
            min=-180.0,
            max=180.0,
        )
        other: PointerProperty(
            name="Other", description="The action to blend with", type=bpy.types.Action
        )
        weight: FloatProperty(
            name="Weight",
            description="How much of the other action: 0 is none of it, 1 nothing else",
            default=0.5,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        overlap: IntProperty(
            name="Overlap",
            description="Over how many frames one action passes into the other",
            default=10,
            min=1,
            soft_max=60,
        )


def motion_of(scene: bpy.types.Scene) -> LIMN_PG_motion:
    """Return the section's fields of ``scene``."""
    return scene.limn_motion


CLASSES = (LIMN_PG_motion,)


def attach() -> None:
    """Hang the fields on scenes; their classes are registered."""
    bpy.types.Scene.limn_motion = PointerProperty(
        name="Limn Motion",
        description="The fields of Limn's section Motion",
        type=LIMN_PG_motion,
    )


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_motion
