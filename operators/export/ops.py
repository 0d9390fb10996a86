"""Export: figures out to other programs, from the panel and from File > Export.

Blender's own formats are written as the figures move in the scene; the others by the worker, from
the take. No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...core.data.errors import LimnError
from ...core.data.showing import showable
from ...scene.figures.record import PERSON_KEY, figures_of
from ...scene.files.exporters import SUFFIXES as BLENDERS_SUFFIXES
from ...scene.files.exporters import export_scene
from ..run.modal import RunsWorker
from ..run.props import add_line, run_of
from ..take.take_operator import CHOOSE, take_of

FORMATS: Final = (
    (".fbx", "FBX (.fbx)", "Armature and body, for engines and animation programs"),
    (".glb", "glTF (.glb)", "Armature and body, for engines and the web"),
    (".usdc", "USD (.usdc)", "Armature and body, for film"),
    (".abc", "Alembic (.abc)", "The body's mesh, frame by frame"),
    (".bvh", "BVH (.bvh)", "Skeleton and rotations; one person"),
    (".amass.npz", "AMASS (.amass.npz)", "SMPL-X rotations for researchers; one person"),
    (".smpl", "SMPL codec (.smpl)", "SMPL-X rotations, compact; one person"),
    (".trc", "TRC (.trc)", "Joints as markers, for OpenSim"),
    (".c3d", "C3D (.c3d)", "Joints as markers, for biomechanics; needs the package ezc3d"),
    (".csv", "CSV (.csv)", "Positions, rotations and confidence as a table"),
    (".json", "JSON (.json)", "Positions, rotations and confidence as JSON"),
    (".coco.json", "COCO keypoints (.coco.json)", "The 2D keypoints that the networks saw"),
    (".obj", "OBJ (.obj)", "The bodies as they stand in this frame"),
    (".ply", "PLY (.ply)", "The bodies as they stand in this frame"),
    (".pc2", "Point cache (.pc2)", "The body's vertices, frame by frame; one person"),
    (".mdd", "Point cache (.mdd)", "The body's vertices, frame by frame; one person"),
)
"""Suffix, name and description of every format the panel offers."""
_IN_SPACE: Final = (".bvh", ".trc", ".c3d", ".csv", ".json")
_KNOWN: Final = sorted((suffix for suffix, _, _ in FORMATS), key=len, reverse=True)


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
                ("ALL", "Everybody", "Everybody of the take"),
            ),
        )
        space: EnumProperty(
            name="Space",
            description="In which positions are told; BVH, TRC, C3D, CSV and JSON only",
            items=(
                ("world", "World", "The scene's axes"),
                ("camera", "Camera", "As the camera sees them"),
            ),
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if run_of(context.window_manager).is_running:
            cls.poll_message_set("A run is going on; press Esc or Cancel to stop it")
            return False
        if not figures_of(context):
            cls.poll_message_set(CHOOSE)
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file, beside the take unless told otherwise."""
        if not self.filepath:
            take = take_of(figures_of(context)[0])
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
        row.enabled = self.suffix in _IN_SPACE
        row.prop(self, "space")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write by Blender's own exporters, or start the worker."""
        self.filepath = _with_suffix(bpy.path.abspath(self.filepath), self.suffix)
        if self.suffix in BLENDERS_SUFFIXES:
            return self._by_blender(context)
        if bpy.app.background:
            return super().execute(context)
        return super().invoke(context, None)  # type: ignore[arg-type] - it doesn't look at it

    def prepare(self, context: bpy.types.Context) -> tuple[str, ...] | None:
        """Word the worker's arguments."""
        (figure, *_) = self._chosen(context)
        options = ["--space", self.space] if self.suffix in _IN_SPACE else []
        if self.who == "ACTIVE":
            options += ["--person", str(int(figure[PERSON_KEY]) + 1)]
        take = str(take_of(figure))
        return ("export", take, "--to", self.filepath, "--progress", "json", *options)

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
        figures = figures_of(context)
        active = context.view_layer.objects.active
        if self.who == "ALL":
            return figures
        return [active if active in figures else figures[0]]

    def _tell_files(self, context: bpy.types.Context, files: list[str]) -> set[str]:
        lines = run_of(context.window_manager).outcome
        lines.clear()
        for path in files:
            add_line(lines, f"Exported: {path}", "EXPORT")
        self.report({"INFO"}, showable(f"Exported {', '.join(files)}"))
        return {"FINISHED"}


class VIEW3D_PT_limn_export(bpy.types.Panel):
    """Section of the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Export"
    bl_parent_id = "VIEW3D_PT_limn"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is something to export."""
        return bool(figures_of(context))

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw a button for the common formats and one for all."""
        layout = self.layout
        grid = layout.grid_flow(columns=4, even_columns=True, align=True)
        for suffix in (".fbx", ".glb", ".usdc", ".bvh"):
            button = grid.operator("limn.export_take", text=suffix.lstrip(".").upper())
            button.suffix = suffix
        layout.operator_menu_enum("limn.export_take", "suffix", text="All Formats", icon="EXPORT")


CLASSES = (LIMN_OT_export_take, VIEW3D_PT_limn_export)


def export_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """Draw the entry of File, Export."""
    self.layout.operator(LIMN_OT_export_take.bl_idname, text="Limn Motion (.bvh, .fbx, .csv, ...)")


def _with_suffix(path: str, suffix: str) -> str:
    """``path`` ending in ``suffix``, in place of any other format's."""
    for known in _KNOWN:
        if path.lower().endswith(known):
            return path[: -len(known)] + suffix
    return path + suffix


def attach() -> None:
    """Add the entry of Blender's own menu."""
    bpy.types.TOPBAR_MT_file_export.append(export_menu)


def detach() -> None:
    """Take it off again."""
    bpy.types.TOPBAR_MT_file_export.remove(export_menu)
