"""Presets of the settings, kept where Blender keeps presets and chosen in the section's title.

Those that Limn brings lie in ``shipped``, below folders that Blender names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from .setting_rows import READING, SOLVING

FOLDER: Final = "limn/settings"
"""Below Blender's folder of presets."""
SHIPPED: Final = Path(__file__).with_name("shipped")
_NOT_KEPT: Final = ("first_frame", "last_frame", "use_range")
"""What belongs to a clip and not to a way of working."""


def kept_fields() -> list[str]:
    """The fields of the settings that a preset keeps."""
    rows = (*READING, *SOLVING)
    named = [name for one in rows for name in (one.flag, *one.fields) if name]
    return [name for name in ("quality", *named) if name not in _NOT_KEPT]


class LIMN_OT_add_preset(AddPresetBase, bpy.types.Operator):
    """Keep these settings as a preset, or remove the chosen one"""

    bl_idname = "limn.add_preset"
    bl_label = "Add Limn Preset"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    preset_menu = "LIMN_PT_presets"
    preset_defines = ["limn = bpy.context.scene.limn"]  # noqa: RUF012
    preset_values = [f"limn.{name}" for name in kept_fields()]  # noqa: RUF012
    preset_subdir = FOLDER


class LIMN_PT_presets(PresetPanel, bpy.types.Panel):
    """The menu of presets."""

    bl_label = "Limn Presets"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = "limn.add_preset"


CLASSES = (LIMN_OT_add_preset, LIMN_PT_presets)


def attach() -> None:
    """Show the presets that Limn brings among the person's own."""
    _paths().register_preset_path(str(SHIPPED))


def detach() -> None:
    """Take them away."""
    _paths().unregister_preset_path(str(SHIPPED))


def _paths() -> Any:  # noqa: ANN401 - a module without types
    return bpy.utils
