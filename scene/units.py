"""Metres in a scene that counts in something else, as one for Unreal Engine does in centimetres."""

from __future__ import annotations

import bpy


def units_per_metre(scene: bpy.types.Scene) -> float:
    """How many of the scene's units make the metre that Blender shows: 100 at a Unit Scale of 0.01.

    Without a unit system Blender shows plain numbers, and one of them is a metre.
    """
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else 1.0 / float(units.scale_length)
