"""Motion from Video: a clip by File > Import, by dropping it on the view, and the sample clip.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty

from ...core.data.settings import VIDEO_SUFFIXES
from ..models.model_list import PACKAGE
from ..run.choosing import ChoosesFile, shown_files, suffix_list
from ..run.modal import may_run
from ..settings.props import quality_property, settings_of
from ..tab.sections import TAB

SAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"
"""The clip that Limn brings."""


class LIMN_OT_motion_from_video(ChoosesFile, bpy.types.Operator):
    """Choose a video as Limn's clip and find the people in it"""

    bl_idname = "limn.motion_from_video"
    bl_label = "Motion from Video"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    import_label = "Motion from Video (Limn)"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        quality: str
        is_started: bool
    else:
        filter_glob: shown_files(VIDEO_SUFFIXES)
        quality: quality_property("How closely every frame is looked at")
        is_started: BoolProperty(
            name="Estimate Pose",
            description="Start at once; otherwise the clip is only chosen in the panel",
            default=True,
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not in the middle of a run."""
        return may_run(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask with the panel's quality."""
        self.quality = settings_of(context.scene).quality
        return super().invoke(context, event)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw what is asked."""
        layout = self.layout
        layout.label(text=Path(self.filepath).name, icon="FILE_MOVIE", translate=False)
        layout.row().prop(self, "quality", expand=True)
        layout.prop(self, "is_started")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Choose the clip, show the tab and start the run."""
        settings = settings_of(context.scene)
        settings.source, settings.clip_path = "FILE", self.filepath
        settings.quality = self.quality
        show_tab(context)
        if not self.is_started or not os.path.isfile(bpy.path.abspath(self.filepath)):
            return {"FINISHED"}
        try:
            how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
            bpy.ops.limn.estimate_pose(how)
        except RuntimeError as error:  # what the run reported
            self.report({"ERROR"}, str(error).strip().removeprefix("Error: "))
            return {"CANCELLED"}
        return {"FINISHED"}


class LIMN_FH_video(bpy.types.FileHandler):
    """Videos that are dropped on a 3D view."""

    bl_idname = "LIMN_FH_video"
    bl_label = "Motion from Video"
    bl_import_operator = "limn.motion_from_video"
    bl_file_extensions = suffix_list(VIDEO_SUFFIXES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Over 3D views only; elsewhere Blender has uses of its own for videos."""
        return context.area is not None and context.area.type == "VIEW_3D"


class LIMN_OT_sample_clip(bpy.types.Operator):
    """Choose the clip that Limn brings, to see what a run does"""

    bl_idname = "limn.sample_clip"
    bl_label = "Try the Sample Clip"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where it was brought along."""
        lacks = "" if SAMPLE.is_file() else "This copy of Limn has no sample clip"
        return may_run(cls, context, lacks)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Copy it where takes may be written beside it, and choose it."""
        folder = Path(bpy.utils.extension_path_user(PACKAGE, path="sample", create=True))
        clip = folder / SAMPLE.name
        try:
            if not clip.is_file():
                shutil.copyfile(SAMPLE, clip)
        except OSError as error:
            self.report({"ERROR"}, f"Can't copy the sample clip to {folder}: {error.strerror}.")
            return {"CANCELLED"}
        settings = settings_of(context.scene)
        settings.source, settings.clip_path = "FILE", str(clip)
        return {"FINISHED"}


def show_tab(context: bpy.types.Context) -> None:
    """Open the sidebar of the view at hand on Limn's tab."""
    area = context.area
    if area is None or area.type != "VIEW_3D":
        return
    area.spaces.active.show_region_ui = True
    for region in area.regions:
        # Blender lets the tab be chosen once the sidebar has been drawn.
        if region.type == "UI" and getattr(region, "active_panel_category", "") not in (
            "",
            "UNSUPPORTED",
        ):
            region.active_panel_category = TAB


CLASSES = (LIMN_OT_motion_from_video, LIMN_FH_video, LIMN_OT_sample_clip)
