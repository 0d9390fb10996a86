"""Blender's camera solver, on the points that Limn followed.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Generator
from pathlib import Path

import bpy

from ...core.data.errors import LimnError, SettingsError
from ...core.data.take_file import load_take
from ...core.data.types import Progress
from ...scene.camera import find_footage
from ...scene.figures.record import figures_of
from ...scene.keeping.take_link import find_take
from ...scene.solver.solving import Solve, solve_steps
from ..run.modal import asks_to_cancel, may_run, redraw
from ..run.outcome import add_note
from ..run.props import begin_run, end_run, run_of
from ..settings.props import settings_of
from ..take.take_files import CHOOSE

_POLL_S = 0.05


class LIMN_OT_solve_camera(bpy.types.Operator):
    """Let Blender's own solver find the camera of these people's clip, on the points behind them
    that Limn followed and with Limn's focal length. It is compared with Limn's path and taken away
    again where it isn't to be believed; else Camera is set to From Blender and Solve Again uses
    it. Tracks of your own are never touched"""

    bl_idname = "limn.solve_camera"
    bl_label = "Solve Camera in Blender"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    _steps: Generator[Progress, None, Solve] | None = None
    _timer: bpy.types.Timer | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        lacks = "" if figures_of(context) else CHOOSE
        if not lacks and not list(context.window_manager.windows):
            lacks = "Blender's solver needs a window; there is none here"
        return may_run(cls, context, lacks)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Solve to the end."""
        if not self._begin(context):
            return {"CANCELLED"}
        try:
            while self._advance(context) is None:
                pass
        finally:
            self._stop(context)
        return self._ended

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Solve a round at every tick, so that Esc ends it in between."""
        if not self._begin(context):
            return {"CANCELLED"}
        manager = context.window_manager
        begin_run(manager, self.bl_label, self._stop)
        self._timer = manager.event_timer_add(_POLL_S, window=context.window)
        manager.modal_handler_add(self)
        redraw(manager)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the next step."""
        is_cancelled = run_of(context.window_manager).is_cancelled
        if is_cancelled or asks_to_cancel(context, event):
            self._stop(context)
            self.report({"INFO"}, "Cancelled; nothing was changed")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        is_well = False
        try:
            step = self._advance(context)
            is_well = True
        finally:
            if not is_well:
                self._stop(context)
        if step is None:
            return {"RUNNING_MODAL"}
        self._stop(context)
        return step

    def cancel(self, context: bpy.types.Context) -> None:
        """Called by Blender when it ends the operator itself."""
        self._stop(context)

    def _begin(self, context: bpy.types.Context) -> bool:
        try:
            take = load_take(find_take(figures_of(context)[0]))
            footage = find_footage(Path(take.clip.path))
            if footage is None or take.clip.is_still:
                raise SettingsError(f"The clip {take.clip.path} is not there.")
            clip = bpy.data.movieclips.load(str(footage), check_existing=True)
        except (LimnError, RuntimeError) as error:
            self.report({"ERROR"}, str(error).strip())
            return False
        self._steps = solve_steps(context, clip, take)
        return True

    def _advance(self, context: bpy.types.Context) -> set[str] | None:
        """Take a step; None while there are more, else how it ended."""
        assert self._steps is not None
        try:
            step = next(self._steps)
        except StopIteration as end:
            settings_of(context.scene).camera = "given"
            text = f"{end.value.says()}; Solve Again uses it"
            self.report({"INFO"}, text)
            add_note(context, text)
            self._ended = {"FINISHED"}
            return self._ended
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            add_note(context, str(error), "ERROR")
            self._ended = {"CANCELLED"}
            return self._ended
        run = run_of(context.window_manager)
        run.text, run.detail = step.stage, f"{step.done} of {step.total}"
        run.fraction = step.done / step.total
        redraw(context.window_manager)
        return None

    def _stop(self, context: bpy.types.Context) -> None:
        manager = context.window_manager
        if self._steps is not None:
            self._steps.close()
            self._steps = None
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        end_run(manager)
        redraw(manager)


CLASSES = (LIMN_OT_solve_camera,)
