"""Motion from Video: a clip by File > Import, by dropping it on the view, and the sample clip.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, StringProperty

from ...core.data.settings import VIDEO_SUFFIXES
from ..models.model_list import PACKAGE
from ..run.choosing import ChoosesFile, shown_files, suffix_list
from ..run.modal import may_run
from ..settings.props import quality_property, settings_of
from ..tab.sections import TAB

SAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"
"""The clip that Limn brings."""
_SHOWN: Final = 6
"""Names of clips that a dialog lists."""


class LIMN_OT_motion_from_video(ChoosesFile, bpy.types.Operator):
    """Choose a video as Limn's clip and find the people in it; several are estimated one after the
    other"""

    bl_idname = "limn.motion_from_video"
    bl_label = "Motion from Video"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    import_label = "Motion from Video (Limn)"

    if TYPE_CHECKING:
        filepath: str
        directory: str
        files: list[bpy.types.OperatorFileListElement]
        filter_glob: str
        quality: str
        is_started: bool
    else:
        directory: StringProperty(
            name="Folder", description="The folder of the clips", subtype="DIR_PATH",
            options={"HIDDEN", "SKIP_SAVE"},
        )  # fmt: skip
        files: CollectionProperty(
            type=bpy.types.OperatorFileListElement,
            name="Clips",
            description="The files that were chosen in the folder",
            options={"HIDDEN", "SKIP_SAVE"},
        )
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
        names = self._names()
        for name in names[:_SHOWN] or [Path(self.filepath).name]:
            layout.label(text=name, icon="FILE_MOVIE", translate=False)
        if len(names) > _SHOWN:
            layout.label(text=f"+ {len(names) - _SHOWN}", icon="BLANK1", translate=False)
        layout.row().prop(self, "quality", expand=True)
        if len(names) < 2:
            layout.prop(self, "is_started")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Choose the clip, show the tab and start the run; of several, the queue."""
        settings, names = settings_of(context.scene), self._names()
        settings.quality = self.quality
        show_tab(context)
        if len(names) > 1:
            files = [{"name": name} for name in names]
            return self._started("estimate_several", directory=self.directory, files=files)
        clip = str(Path(self.directory, names[0])) if names else self.filepath
        settings.source, settings.clip_path = "FILE", clip
        if not self.is_started or not os.path.isfile(bpy.path.abspath(clip)):
            return {"FINISHED"}
        return self._started("estimate_pose")

    def _names(self) -> list[str]:
        """The clips among what was chosen or dropped: a drop may bring other files along."""
        names = [one.name for one in self.files if one.name]
        return [name for name in names if Path(name).suffix.lower() in VIDEO_SUFFIXES]

    def _started(self, name: str, **options: Any) -> set[str]:  # noqa: ANN401 - an operator's own
        how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
        if options and not bpy.app.background:
            options["is_chosen"] = True
        try:
            getattr(bpy.ops.limn, name)(how, **options)
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
