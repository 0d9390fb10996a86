"""Motion for Limn: another tool's result, cleaned or as it is, as figures in the scene.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ...core.importing.motion import MOTION_SUFFIXES
from ...core.pipeline.request import Request
from ..estimate.ops import build_from
from ..estimate.request import clip_of, why_not
from ..estimate.video_import import show_tab
from ..run.choosing import ChoosesAndRuns, shown_files, suffix_list
from ..settings.preferences import fresh_take, take_path
from ..settings.props import settings_of

_UP: Final = (
    ("auto", "Automatic", "The axis along which people stand"),
    ("z", "Z", "Z points up"),
    ("y", "Y", "Y points up"),
    ("-y", "-Y", "Y points down, as in a camera's axes"),
)


class LIMN_OT_import_motion(ChoosesAndRuns, bpy.types.Operator):
    """Bring the motion that another tool estimated, and clean it: no jitter, feet that stand"""

    bl_idname = "limn.import_motion"
    bl_label = "Motion of Another Tool"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    import_label = "Motion of Another Tool (Limn)"
    title = "Import Motion"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        is_as_it_is: bool
        uses_clip: bool
        looks: bool
        up: str
        height_m: float
        fps: float
        width: int
        height: int
    else:
        filter_glob: shown_files(MOTION_SUFFIXES)
        is_as_it_is: BoolProperty(
            name="As It Is",
            description="Bring the motion unchanged: neither jitter nor sliding feet are mended",
            default=False,
        )
        uses_clip: BoolProperty(
            name="Of the Chosen Clip",
            description="The motion was estimated from the clip that is chosen in the panel",
            default=False,
        )
        looks: BoolProperty(
            name="Look at the Clip Too",
            description="Limn's own networks look at the clip as well, and what the file tells is "
            "evidence beside theirs. Takes as long as an estimate",
            default=True,
        )
        up: EnumProperty(
            name="Up", description="The axis of the file's world that points up", items=_UP
        )
        height_m: FloatProperty(
            name="Body Height (m)",
            description="How tall people are; 0 takes what their feet or the file tell",
            default=0.0,
            min=0.0,
            max=2.8,
        )
        fps: FloatProperty(
            name="Frame Rate",
            description="Frames per second of the file; 0 takes what it tells",
            default=0.0,
            min=0.0,
            max=1000.0,
        )
        width: IntProperty(
            name="Picture Width",
            description="Of keypoints in pictures: how wide these are in pixels; 0 takes what the "
            "file or the chosen clip tells",
            default=0,
            min=0,
            max=99_999,
        )
        height: IntProperty(
            name="Picture Height",
            description="Of keypoints in pictures: how high these are in pixels; 0 takes what the "
            "file or the chosen clip tells",
            default=0,
            min=0,
            max=99_999,
        )

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw what is asked."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "is_as_it_is")
        layout.prop(self, "uses_clip")
        row = layout.row()
        row.active = self.uses_clip and not self.is_as_it_is
        row.prop(self, "looks")
        for name in ("up", "height_m", "fps", "width", "height"):
            layout.prop(self, name)

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """What the worker is asked."""
        file = Path(bpy.path.abspath(self.filepath))
        if not file.is_file():
            self.report({"ERROR"}, f"Choose a file of motion; {file.name or 'nothing'} is none.")
            return None
        settings = settings_of(context.scene)
        given: dict[str, Any] = {
            "motion": str(file),
            "output": str(fresh_take(take_path(context, file))),
            "up": self.up,
        }
        if self.uses_clip:
            if reason := why_not(settings):
                self.report({"ERROR"}, f"{reason}.")
                return None
            given["video"] = str(clip_of(settings))
            if self.looks and not self.is_as_it_is:
                given["quality"] = settings.quality
            else:
                given["networks"] = "off"
        if self.is_as_it_is:
            given["as_is"] = True
        if self.height_m > 0:
            given["height"] = round(self.height_m, 4)
        if self.width > 0 and self.height > 0:
            given["size"] = f"{self.width}x{self.height}"
        if self.fps > 0:
            given["fps"] = round(self.fps, 6)
        return Request("import", given)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Build the take that the worker wrote."""
        show_tab(context)
        return build_from(self, context, Path(str(result["take"])), False)


class LIMN_FH_motion(bpy.types.FileHandler):
    """Results of other tools that are dropped on a 3D view."""

    bl_idname = "LIMN_FH_motion"
    bl_label = "Motion for Limn"
    bl_import_operator = "limn.import_motion"
    bl_file_extensions = suffix_list(MOTION_SUFFIXES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Over 3D views only."""
        return context.area is not None and context.area.type == "VIEW_3D"


CLASSES = (LIMN_OT_import_motion, LIMN_FH_motion)
