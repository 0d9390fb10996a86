"""Estimate Pose, its Cancel button, and loading a take again."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.data.errors import LimnError, SettingsError
from ...core.data.take_file import load_take
from ...core.pipeline.request import Request
from ...scene.build import build_take
from ..run.modal import may_run
from ..run.outcome import show_outcome
from ..run.props import run_of
from ..run.viewport import frame_in_window
from ..settings.preferences import keep_takes, users_model
from ..settings.props import settings_of
from ..views.props import show_views
from .clip_operator import RunsOnClip
from .request import clip_of, make_request, show_settings
from .unfinished import going_on, is_begun


def build_from(
    operator: bpy.types.Operator, context: bpy.types.Context, path: Path, replace: bool
) -> set[str]:
    """Load the take at ``path`` and build it into the scene, reporting on ``operator``."""
    try:
        take = load_take(path)
        model = users_model(context)
        report = build_take(context, take, take_path=str(path), replace=replace, smplx=model)
    except LimnError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    show_views(context.scene, take)
    show_outcome(context, take, report)
    frame_in_window(context, take)
    keep_takes(context)
    for warning in report.warnings:
        operator.report({"WARNING"}, warning)
    count = len(report.armatures)
    operator.report({"INFO"}, f"{count} {'person' if count == 1 else 'people'} in the scene")
    return {"FINISHED"}


class LIMN_OT_estimate_pose(RunsOnClip, bpy.types.Operator):
    """Find the people in the clip and add one keyframed armature for each"""

    bl_idname = "limn.estimate_pose"
    bl_label = "Estimate Pose"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Estimate Pose"
    cancelled = "Cancelled; nothing in the scene was changed. Continue goes on from here."

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Read the panel into what the worker is asked."""
        try:
            return going_on(make_request(context), clip_of(settings_of(context.scene)))
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Build the take that the worker wrote."""
        replace = settings_of(context.scene).replace
        return build_from(self, context, Path(str(result["take"])), replace)

    def tell(self, context: bpy.types.Context, text: str, icon: str) -> None:
        """Say of a run that failed amid the clip that it can go on."""
        if icon == "ERROR" and is_begun(settings_of(context.scene)):
            text = f"{text} What was seen until then is kept; Continue goes on from there."
        super().tell(context, text, icon)


class LIMN_OT_cancel(bpy.types.Operator):
    """Stop the run and leave the scene as it is"""

    bl_idname = "limn.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while something runs."""
        return run_of(context.window_manager).is_running

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the running operator to stop; it looks ten times a second."""
        run_of(context.window_manager).is_cancelled = True
        return {"FINISHED"}


class LIMN_OT_load_take(bpy.types.Operator, ImportHelper):
    """Add the people of a take that an earlier run wrote, without estimating again"""

    bl_idname = "limn.load_take"
    bl_label = "Load Take"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012
    filename_ext = ".npz"
    import_label = "Limn Take (.take.npz)"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        replace: bool
    else:
        filter_glob: StringProperty(
            name="Shown Files",
            description="Which files the browser shows",
            default="*.take.npz;*.npz",
            options={"HIDDEN"},
        )
        replace: BoolProperty(
            name="Replace Earlier Run",
            description="Remove what an earlier run of the same clip made in this scene",
            default=True,
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not in the middle of a run."""
        return may_run(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Build the chosen take."""
        path = Path(bpy.path.abspath(self.filepath))
        result = build_from(self, context, path, self.replace)
        if result == {"FINISHED"}:
            with suppress(SettingsError):  # a take that another program wrote may hold anything
                show_settings(settings_of(context.scene), load_take(path))
        return result


CLASSES = (LIMN_OT_estimate_pose, LIMN_OT_cancel, LIMN_OT_load_take)
