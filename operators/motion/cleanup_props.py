"""The fields of the section Clean Up.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty

CLEANUP_MENU: Final = "LIMN_MT_cleanup"
"""The menu that lists the tools."""


class LIMN_PG_cleanup(bpy.types.PropertyGroup):
    """The section's fields, saved with the scene."""

    if TYPE_CHECKING:
        cutoff_hz: float
        ease: int
        shortest: int
        turn: bool
    else:
        cutoff_hz: FloatProperty(
            name="Cut-off (Hz)",
            description="What shakes faster than this goes: 1 is very smooth, 10 hardly changes",
            default=4.0,
            min=0.2,
            max=30.0,
        )
        ease: IntProperty(
            name="Ease",
            description="Over how many frames at each end of the range the foot passes into the "
            "lock and out of it",
            default=4,
            min=0,
            soft_max=20,
        )
        shortest: IntProperty(
            name="Shortest",
            description="How many frames a cycle has at least",
            default=15,
            min=2,
            soft_max=120,
        )
        turn: BoolProperty(
            name="Turn",
            description="Put which way the character looks on the root too, not only where it goes",
        )


def cleanup_of(scene: bpy.types.Scene) -> LIMN_PG_cleanup:
    """Return the section's fields of ``scene``."""
    return scene.limn_cleanup


CLASSES = (LIMN_PG_cleanup,)


def attach() -> None:
    """Hang the fields on scenes; their class is registered."""
    bpy.types.Scene.limn_cleanup = PointerProperty(
        name="Limn Clean Up",
        description="The fields of Limn's section Clean Up",
        type=LIMN_PG_cleanup,
    )


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn_cleanup
