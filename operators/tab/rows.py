"""Rows of settings: a section names its fields, a line each, and they are drawn alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy


@dataclass(frozen=True, slots=True)
class Row:
    """Settings that share a line: ``fields``, and the tick that switches them on, or none."""

    fields: tuple[str, ...]
    flag: str = ""
    is_slider: bool = False


def row(*fields: str, flag: str = "", is_slider: bool = False) -> Row:
    """Make a row of ``fields``."""
    return Row(fields, flag, is_slider)


def draw_rows(
    layout: bpy.types.UILayout, owner: bpy.types.PropertyGroup, rows: Sequence[Row]
) -> None:
    """Draw ``rows`` of ``owner``, labels to the left; what a tick switches is grey without it."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    names = owner.bl_rna.properties
    for one in rows:
        if not one.flag:
            for field in one.fields:
                column.prop(owner, field, slider=one.is_slider)
            continue
        told = names[one.fields[0] if len(one.fields) == 1 else one.flag]
        line = column.row(heading=told.name)
        line.prop(owner, one.flag, text="")
        values = line.row(align=True)
        values.active = getattr(owner, one.flag)
        for field in one.fields:
            values.prop(owner, field, text="", slider=one.is_slider)
