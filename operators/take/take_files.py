"""Names of take files: every run writes one of its own, and old ones are tidied away on request.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.data.errors import LimnError, TakeError
from ...core.data.footage.places import name_of
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...scene.figures.record import PERSON_KEY, figures_of, is_figure, read_record
from ...scene.keeping.packed import unused_blocks
from ...scene.keeping.take_link import (
    figures_of_take,
    find_take,
    link_take,
    takes_in_use,
)
from ..run.modal import may_run
from ..settings.preferences import SUFFIX, keep_takes, take_stem

CHOOSE: Final = "Select one of the figures that Limn made"
_MOST_LISTED: Final = 12


def old_takes(takes: set[Path]) -> list[Path]:
    """Take files of the same clips beside ``takes``, which are in use, that aren't among them."""
    kept = {os.path.normcase(path) for path in takes}
    clips = {(path.parent, take_stem(path)) for path in takes}
    found = [
        path
        for folder in sorted({path.parent for path in takes})
        if os.path.isdir(folder)
        for path in sorted(folder.iterdir())
        if path.name.endswith(SUFFIX) and (folder, take_stem(path)) in clips
    ]
    return [path for path in found if os.path.normcase(path) not in kept]


def why_it_does_not_fit(take: Take, figures: list[bpy.types.Object]) -> str:
    """Say why ``figures`` can't come from ``take``; empty when they can."""
    for figure in figures:
        number, record = int(figure[PERSON_KEY]), read_record(figure)
        clip = name_of(str(figure.get("limn_clip", "")))
        if clip and clip != name_of(take.clip.path):
            return f"it is of another clip than {figure.name}"
        if number >= len(take.people):
            return f"it has no person {number + 1}, whom {figure.name} shows"
        made = take.source_frame[take.people[number].frames].tolist()
        if record is not None and made != record.source_frames.tolist():
            return f"its person {number + 1} is there in other frames than {figure.name}"
    return ""


class LIMN_OT_find_take(bpy.types.Operator, ImportHelper):
    """Point these figures to their take where it lies now"""

    bl_idname = "limn.find_take"
    bl_label = "Find Take"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    filename_ext = ".npz"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filter_glob: StringProperty(
            name="Shown Files",
            description="Which files the browser shows",
            default="*.take.npz;*.npz",
            options={"HIDDEN"},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        return may_run(cls, context, "" if figures_of(context) else CHOOSE)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Check that the file fits every figure of this take, then point them to it."""
        path = Path(bpy.path.abspath(self.filepath))
        figures = [one for one in figures_of_take(figures_of(context)[0]) if is_figure(one)]
        try:
            reason = why_it_does_not_fit(load_take(path), figures)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if reason:
            self.report({"ERROR"}, showable(f"{path} is not the take of these figures: {reason}."))
            return {"CANCELLED"}
        for figure in figures:
            link_take(figure, path)
        keep_takes(context)
        names = ", ".join(figure.name for figure in figures)
        self.report({"INFO"}, showable(f"{path.name} is the take of {names}"))
        return {"FINISHED"}


class LIMN_OT_tidy_takes(bpy.types.Operator):
    """Remove earlier takes of these clips that no figure in this file comes from.
    Says which before it does; other .blend files and undo lose them too"""

    bl_idname = "limn.tidy_takes"
    bl_label = "Tidy Takes"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not in the middle of a run, and only where a figure tells of a folder."""
        return may_run(cls, context, "" if figures_of(context) else CHOOSE)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """List what would go."""
        if not old_takes(takes_in_use()) and not unused_blocks():
            self.report({"INFO"}, "There are no earlier takes to remove")
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the list."""
        column, old = self.layout.column(align=True), old_takes(takes_in_use())
        size = sum(os.path.getsize(path) for path in old) / 1e6
        kept = len(unused_blocks())
        if kept:
            column.label(text=f"Takes kept in this file for nobody: {kept}", icon="TRASH")
        column.label(text=f"Remove for good, {size:.1f} MB, also for other .blend files:")
        for path in old[:_MOST_LISTED]:
            column.label(text=showable(path.name), icon="TRASH")
        if len(old) > _MOST_LISTED:
            column.label(text=f"and {len(old) - _MOST_LISTED} more")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Remove them."""
        removed = [block.name for block in unused_blocks()]
        bpy.data.batch_remove(unused_blocks())
        for path in old_takes(takes_in_use()):
            try:
                path.unlink()
            except OSError as error:
                self.report({"WARNING"}, showable(f"{path} stays: {error.strerror}."))
            else:
                removed.append(path.name)
        self.report({"INFO"}, showable(f"Removed {', '.join(removed) or 'nothing'}"))
        return {"FINISHED"}


def is_lost(figure: bpy.types.Object) -> bool:
    """Whether the take of ``figure`` isn't found."""
    try:
        find_take(figure)
    except TakeError:
        return True
    return False


CLASSES = (LIMN_OT_find_take, LIMN_OT_tidy_takes)
