"""Export: figures out to other programs, from the panel and from File > Export.

Blender's own formats are written as the figures move in the scene; the others by the worker, from
the take. No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take, save_take
from ...core.formats import table
from ...core.pipeline.request import Request
from ...scene.figures.playing.person import playing_take
from ...scene.figures.record import PERSON_KEY, figures_of, is_figure
from ...scene.files.exporters import export_scene
from ...scene.keeping.take_link import find_take, named_take
from ..run.modal import RunsWorker
from ..run.outcome import show_notes
from ..take.take_operator import CHOOSE


def described(row: table.Format) -> str:
    """A format's tooltip."""
    told = [row.holds[:1].upper() + row.holds[1:]]
    told += ["one person"] if row.one_person else []
    needs_package = row.package and not row.from_scene
    told += [f"needs the package {row.package}"] if needs_package else []
    return "; ".join(told)


FORMATS: Final = tuple(
    (row.suffix, f"{row.title} ({row.suffix})", described(row)) for row in table.FORMATS
)
"""Suffix, name and description of every format the panel offers."""
COMMON: Final = tuple(row.suffix for row in table.FORMATS if row.is_common)
"""Suffixes that have a button of their own."""
_IN_SPACE: Final = table.suffixes([row for row in table.FORMATS if row.has_space])


class LIMN_OT_export_take(RunsWorker, bpy.types.Operator):
    """Write the figures that Limn made for another program"""

    bl_idname = "limn.export_take"
    bl_label = "Export"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Export"

    if TYPE_CHECKING:
        filepath: str
        check_existing: bool
        suffix: str
        who: str
        space: str
    else:
        filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        check_existing: BoolProperty(default=True, options={"HIDDEN"})
        suffix: EnumProperty(
            name="Format",
            description="What to write",
            items=FORMATS,
        )
        who: EnumProperty(
            name="People",
            description="Whom to write",
            items=(
                ("ACTIVE", "Active Figure", "The selected figure only"),
                ("ALL", "Everybody", "Everybody of the take who is in the scene"),
            ),
        )
        space: EnumProperty(
            name="Space",
            description=f"In which positions are told; {_IN_SPACE} only",
            items=(
                ("world", "World", "The scene's axes"),
                ("camera", "Camera", "As the camera sees them"),
            ),
        )

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """Figures, when there are none."""
        return "" if figures_of(context) else CHOOSE

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file, beside the take unless told otherwise."""
        if not self.filepath:
            take = named_take(figures_of(context)[0])
            stem = take.name.removesuffix(".npz").removesuffix(".take")
            self.filepath = str(take.with_name(stem))
        self.check(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: bpy.types.Context) -> bool:
        """Let the file's name end as the format does."""
        wanted = _with_suffix(self.filepath, self.suffix)
        is_changed, self.filepath = wanted != self.filepath, wanted
        return is_changed

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the choices beside the file browser."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "suffix")
        layout.prop(self, "who")
        row = layout.row()
        row.enabled = table.format_of(self.suffix).has_space
        row.prop(self, "space")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write by Blender's own exporters, or start the worker."""
        named = _suffix_of(self.filepath)
        if named and not self.properties.is_property_set("suffix"):
            self.suffix = named  # as a script means it that gives a file's name alone
        self.filepath = _with_suffix(bpy.path.abspath(self.filepath), self.suffix)
        if table.format_of(self.suffix).from_scene:
            return self._by_blender(context)
        if bpy.app.background:
            return super().execute(context)
        return super().invoke(context, None)  # type: ignore[arg-type] - it doesn't look at it

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Word what the worker is asked."""
        try:
            take, number = _as_it_plays(context, self._chosen(context), is_all=self.who == "ALL")
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        options = {"take": str(take), "to": self.filepath}
        if table.format_of(self.suffix).has_space:
            options["space"] = self.space
        if self.who == "ACTIVE":
            options["person"] = str(number)
        return Request("export", options)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Say where the file is."""
        return self._tell_files(context, [str(path) for path in result.get("files", ())])

    def _by_blender(self, context: bpy.types.Context) -> set[str]:
        try:
            written = export_scene(context, self._chosen(context), Path(self.filepath))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._tell_files(context, [str(written)])

    def _chosen(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        active = context.view_layer.objects.active
        if self.who == "ALL":
            return figures_of(context)
        return [active if active is not None and is_figure(active) else figures_of(context)[0]]

    def _tell_files(self, context: bpy.types.Context, files: list[str]) -> set[str]:
        show_notes(context, [(f"Exported: {path}", "EXPORT") for path in files])
        self.report({"INFO"}, showable(f"Exported {', '.join(files)}"))
        return {"FINISHED"}


CLASSES = (LIMN_OT_export_take,)


def _as_it_plays(
    context: bpy.types.Context, figures: Sequence[bpy.types.Object], *, is_all: bool
) -> tuple[Path, int]:
    """The take as the figures play it in the scene, and the number of the first in it.

    That is the take's own file where nobody changed anything, nor deleted anybody if the figures
    are all there are. Raises LimnError.
    """
    path, number = find_take(figures[0]), int(figures[0][PERSON_KEY])
    take, is_changed = playing_take(context.scene, load_take(path), figures, is_all=is_all)
    if not is_changed:
        return path, number + 1
    # Blender empties this folder when it ends.
    edited = Path(bpy.app.tempdir) / "limn_as_it_plays.take.npz"
    save_take(take, edited)
    return edited, 1 + sorted(int(one[PERSON_KEY]) for one in figures).index(number)


def export_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """Draw the entry of File, Export."""
    self.layout.operator(
        LIMN_OT_export_take.bl_idname, text=f"Limn Motion ({', '.join(COMMON)}, ...)"
    )


def _with_suffix(path: str, suffix: str) -> str:
    """``path`` ending in ``suffix``, in place of any other format's."""
    return path[: len(path) - len(_suffix_of(path))] + suffix


def _suffix_of(path: str) -> str:
    """The suffix of the format that a file is named for; empty when it is of none."""
    try:
        return table.format_of(path).suffix
    except LimnError:
        return ""
