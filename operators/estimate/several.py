"""Several clips one after the other, each into its take, with the panel's settings.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import CollectionProperty, EnumProperty, StringProperty

from ...core.data.errors import LimnError
from ...core.data.settings import VIDEO_SUFFIXES
from ...core.pipeline.request import Request
from ..run.choosing import ChoosesAndRuns, shown_files
from ..run.outcome import show_notes
from ..settings.preferences import take_path
from .request import batch_options

_ALSO = (
    ("blend", "Scene", "A .blend with everybody of the clip"),
    ("mp4", "Preview Video", "The clip with everybody drawn over it"),
    ("bvh", "BVH", "A skeleton's motion, a file a person"),
    ("fbx", "FBX", "Characters for game engines and other programs"),
    ("glb", "GLB", "Characters for the web and game engines"),
)


class LIMN_OT_estimate_several(ChoosesAndRuns, bpy.types.Operator):
    """Estimate several clips one after the other, each into a take of its own; what was done
    before with these settings isn't done again, so a cancelled run goes on where it was"""

    bl_idname = "limn.estimate_several"
    bl_label = "Estimate Several Clips"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Several Clips"
    cancelled = "Cancelled; what is done stays, and the same clips go on from there"

    if TYPE_CHECKING:
        filepath: str
        directory: str
        files: list[bpy.types.OperatorFileListElement]
        filter_glob: str
        also: set[str]
    else:
        also: EnumProperty(
            name="Also Make",
            description="What is made of every take beside it",
            items=list(_ALSO),
            options={"ENUM_FLAG"},
        )
        directory: StringProperty(
            name="Folder", description="The folder of the clips", subtype="DIR_PATH"
        )
        files: CollectionProperty(
            type=bpy.types.OperatorFileListElement,
            name="Clips",
            description="The files that were chosen in the folder",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        filter_glob: shown_files(VIDEO_SUFFIXES)

    def as_keywords(self) -> dict[str, Any]:
        """What the run that follows is given: Blender's own leaves lists of files out."""
        files = [{"name": one.name} for one in self.files]
        chosen = {"directory": self.directory, "files": files, "also": set(self.also)}
        return {**chosen, "is_chosen": True}

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """What the worker is asked."""
        folder = Path(bpy.path.abspath(self.directory))
        clips = [folder / one.name for one in self.files if one.name]
        if not clips:
            self.report({"ERROR"}, "Choose clips in the browser, several with Shift or Ctrl.")
            return None
        try:
            options = batch_options(context)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        takes = take_path(context, clips[0]).parent
        # Other .blend files may need the takes that are there.
        words = {"clips": [str(clip) for clip in clips], "output": str(takes), "keep": True}
        if self.also:
            words["also"] = [f".{kind}" for kind, *_ in _ALSO if kind in self.also]
            if bpy.app.binary_path:  # else this is Python's bpy module, which is found by itself
                words["blender"] = bpy.app.binary_path
        return Request("batch", {**words, **options})

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Say what became of each clip; its take is loaded from the panel."""
        notes: list[tuple[str, str]] = []
        for one in result.get("clips", ()):
            name = Path(str(one["clip"])).name
            if "error" in one:
                notes.append((f"{name}: {one['error']}", "ERROR"))
            else:
                count = len(one.get("people", ()))
                who = "1 person" if count == 1 else f"{count} people"
                made = (one["take"], *one.get("files", ()))
                files = ", ".join(Path(str(file)).name for file in made)
                notes.append((f"{name}: {who}, {files}", "CHECKMARK"))
            notes += [(str(words), "ERROR") for words in one.get("not_made", ())]
        notes.append((f"Report: {result.get('report', '')}", "INFO"))
        show_notes(context, notes)
        return {"FINISHED"}


CLASSES = (LIMN_OT_estimate_several,)
