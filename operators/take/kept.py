"""A take that only the .blend keeps, written to the disk again.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import os

import bpy

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...scene.figures.record import figures_of
from ...scene.keeping.packed import is_packed, write_packed
from ...scene.keeping.take_link import (
    figures_of_take,
    find_take,
    link_take,
    named_take,
    take_on_disk,
)
from ..settings.preferences import fresh_take
from .take_files import CHOOSE


def is_only_kept(figure: bpy.types.Object) -> bool:
    """Whether the take of ``figure`` is in the .blend and nowhere else."""
    return is_packed(figure) and take_on_disk(figure) is None


class LIMN_OT_write_kept_take(bpy.types.Operator):
    """Write the take that this .blend keeps to the disk, where it was or else beside the .blend"""

    bl_idname = "limn.write_kept_take"
    bl_label = "Write to Disk"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        figures = figures_of(context)
        if not figures:
            cls.poll_message_set(CHOOSE)
        elif not is_only_kept(figures[0]):
            cls.poll_message_set("The take is on the disk, or this file keeps none")
        return bool(figures) and is_only_kept(figures[0])

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write it and let the figures come from there."""
        figure = figures_of(context)[0]
        path = named_take(figure)
        try:
            if os.path.lexists(path) or not os.path.isdir(path.parent):
                path = fresh_take(find_take(figure))
            write_packed(figure, path)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for one in figures_of_take(figure):
            link_take(one, path)
        self.report({"INFO"}, showable(f"Wrote {path}"))
        return {"FINISHED"}


CLASSES = (LIMN_OT_write_kept_take,)
