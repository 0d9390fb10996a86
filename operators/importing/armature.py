"""The motion of an armature of the scene as a take: cleaned, or as it is.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty

from ...core.data.errors import LimnError
from ...core.pipeline.request import Request
from ...scene.motion.sampling import sample_armature
from ..estimate.ops import build_from
from ..estimate.video_import import show_tab
from ..run.modal import RunsWorker
from ..settings.preferences import fresh_take, take_path

_NONE = "Select an armature that moves: of Mixamo, Rigify, CMU or another rig that Limn knows"


class LIMN_OT_import_armature(RunsWorker, bpy.types.Operator):
    """Make a take of what the active armature does, whatever moves it: cleaned, feet that stand"""

    bl_idname = "limn.import_armature"
    bl_label = "Motion of Active Armature"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Import Motion"

    if TYPE_CHECKING:
        is_as_it_is: bool
    else:
        is_as_it_is: BoolProperty(
            name="As It Is",
            description="Bring the motion unchanged: neither jitter nor sliding feet are mended",
            default=False,
        )

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """What there has to be before this can run; empty when it can."""
        return "" if _armature(context) is not None else _NONE

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Read the armature frame by frame into a file of the session, for the worker."""
        armature = _armature(context)
        if armature is None:
            self.report({"ERROR"}, f"{_NONE}.")
            return None
        name = "".join(c if c.isalnum() or c in " _-" else "_" for c in armature.name)
        file = Path(bpy.app.tempdir) / f"{name}.npz"
        try:
            sample_armature(context.scene, armature, file)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        given: dict[str, Any] = {
            "motion": str(file),
            "output": str(fresh_take(take_path(context, _home() / file.name))),
        }
        if self.is_as_it_is:
            given["as_is"] = True
        return Request("import", given)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Build the take that the worker wrote."""
        show_tab(context)
        return build_from(self, context, Path(str(result["take"])), False)


def _home() -> Path:
    """Beside the open file; a folder that isn't there, instead of which Limn's own is taken, of a
    file that was never saved."""
    saved = bpy.data.filepath
    return Path(saved).parent if saved else Path(bpy.app.tempdir) / "unsaved"


def _armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active armature, unless it is nobody that could move."""
    active = context.object
    return active if active is not None and active.type == "ARMATURE" else None


CLASSES = (LIMN_OT_import_armature,)
