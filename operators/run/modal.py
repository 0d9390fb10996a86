"""How an operator runs the worker: modal with progress in a window, blocking in scripts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy
from bpy.app.translations import pgettext_iface as iface

from ...core.data.types import Progress
from ...core.pipeline.request import Request
from .outcome import show_notes
from .props import begin_run, end_run, run_of
from .worker import Done, Failed, Worker

_POLL_S: Final = 0.1
_SHOWS_RUN: Final = {"VIEW_3D": "UI", "CLIP_EDITOR": "UI", "PREFERENCES": "WINDOW"}
"""Where the run is drawn: region by area."""


class Clock:
    """Guesses the time left of a stage from how long its part so far took."""

    def __init__(self) -> None:
        self._stage = ""
        self._started_s = 0.0
        self._first = 0

    def seconds_left(self, step: Progress) -> float | None:
        """Seconds left of ``step``'s stage; None while there is nothing to judge by."""
        now_s = time.monotonic()
        if step.stage != self._stage:
            self._stage, self._started_s, self._first = step.stage, now_s, step.done
        passed_s, done = now_s - self._started_s, step.done - self._first
        if passed_s < 1.0 or done < 1 or step.total <= step.done:
            return None
        return passed_s / done * (step.total - step.done)


def may_run(operator: Any, context: bpy.types.Context, lacks: str = "") -> bool:  # noqa: ANN401
    """Whether ``operator``, a class, may start now; else its button says what is in the way."""
    if run_of(context.window_manager).is_running:
        lacks = "A run is going on; Cancel in the Limn tab stops it"
    if lacks:
        operator.poll_message_set(lacks)
    return not lacks


class RunsWorker:
    """Mixin of the operators that start the worker; one runs at a time.

    Inheritors say what to run in ``prepare`` and what to do with its result in ``finish``; until
    then the scene is not touched.
    """

    title: str = ""
    cancelled: str = "Cancelled; nothing was changed"
    """What is told of a run that a person ended."""
    done: str = ""
    """What the undo step is called, for operators that don't leave it to Blender."""
    _worker: Worker
    _timer: bpy.types.Timer | None = None
    _clock: Clock
    _scene: int | None = None
    """The scene in which a run was begun, by its number in this session."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey: one run at a time, and what ``lacks`` says."""
        return may_run(cls, context, cls.lacks(context))

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """What there has to be before this can run; empty when it can."""
        return ""

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Return what the worker is asked, or None after reporting why there is nothing to run."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Use the worker's result; returns what the operator returns."""
        raise NotImplementedError

    def tell(self, context: bpy.types.Context, text: str, icon: str) -> None:
        """Show how the run ended when it gave no result."""
        show_notes(context, [(text, icon)])

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run to the end in scripts and ``blender --background``; in a window, start a run.

        Blender calls this for Repeat Last and after a question. The run then needs an operator of
        its own: one that is in Blender's list of what was done can't turn modal.
        """
        if not bpy.app.background and context.window is not None:
            name = str(self.bl_idname).rpartition(".")[2].removeprefix("LIMN_OT_")  # type: ignore[attr-defined]
            given = self.as_keywords()  # type: ignore[attr-defined]
            getattr(bpy.ops.limn, name)("INVOKE_DEFAULT", **given)
            return {"CANCELLED"}
        request = self.prepare(context)
        if request is None:
            return {"CANCELLED"}
        outcome = Worker(request).wait(lambda _step: None)
        return self._conclude(context, outcome)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Start the worker and come back at once; ``modal`` follows it."""
        request = self.prepare(context)
        if request is None:
            return {"CANCELLED"}
        self._worker, self._clock = Worker(request), Clock()
        manager = context.window_manager
        begin_run(manager, self.title, self._stop)
        self._scene = context.scene.session_uid
        self._timer = manager.event_timer_add(_POLL_S, window=context.window)
        manager.modal_handler_add(self)
        redraw(manager)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Show progress at every tick of the timer; everything else works on as ever."""
        is_well = False
        try:
            result = self._follow(context, event)
            is_well = True
            return result
        finally:
            if not is_well:  # or the panel would wait for ever for a run that nobody follows
                self._stop(context)

    def _follow(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        run = run_of(context.window_manager)
        if run.is_cancelled or asks_to_cancel(context, event):
            self._stop(context)
            self.tell(context, iface(self.cancelled), "CANCEL")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        steps = [(step, self._clock.seconds_left(step)) for step in self._worker.poll()]
        if steps:
            _show(context, *steps[-1], self.title)
        if self._worker.outcome is None or _is_moving_things(context):
            return {"PASS_THROUGH"}
        outcome = self._worker.outcome
        self._stop(context)
        return self._conclude(context, outcome)

    def cancel(self, context: bpy.types.Context) -> None:
        """Called by Blender when it ends the operator itself, as when another file is opened, and
        when a question or the file browser before the run is left."""
        if self._timer is None:
            return
        self._stop(context)
        if context.scene is not None:  # as when the window of the run was closed
            self.tell(context, iface(self.cancelled), "CANCEL")

    def _stop(self, context: bpy.types.Context) -> None:
        self._worker.cancel()
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        end_run(manager)
        for workspace in bpy.data.workspaces:  # the person may have switched meanwhile
            workspace.status_text_set(None)
        redraw(manager)

    def _conclude(self, context: bpy.types.Context, outcome: Done | Failed) -> set[str]:
        if isinstance(outcome, Failed):
            self.tell(context, outcome.message, "ERROR")
            self.report({"ERROR"}, outcome.message)  # type: ignore[attr-defined]
            return {"CANCELLED"}
        with self._where_it_began(context) as is_there:
            if not is_there:
                made = f"; its take is {outcome.result['take']}" if "take" in outcome.result else ""
                told = f"The scene in which this run was begun is gone{made}."
                self.tell(context, told, "ERROR")
                self.report({"ERROR"}, told)  # type: ignore[attr-defined]
                return {"CANCELLED"}
            result = self.finish(context, outcome.result)
            if result == {"FINISHED"} and self.done:
                bpy.ops.ed.undo_push(message=self.done)
        redraw(context.window_manager)
        return result

    @contextmanager
    def _where_it_began(self, context: bpy.types.Context) -> Iterator[bool]:
        """Let the window show the scene in which the run was begun, whatever it shows now; False
        where that scene is gone."""
        window, scenes = context.window, {one.session_uid: one for one in bpy.data.scenes}
        if window is None or self._scene is None:
            yield True
            return
        shown, began = window.scene, scenes.get(self._scene)
        if began is None or began == shown:
            yield began is not None
            return
        window.scene = began
        try:
            yield True
        finally:
            window.scene = shown


def asks_to_cancel(context: bpy.types.Context, event: bpy.types.Event) -> bool:
    """Whether Esc was pressed over the panel; elsewhere it stops playback, a grab or a search."""
    if event.type != "ESC" or event.value != "PRESS" or context.window is None:
        return False
    return any(
        region.type == _SHOWS_RUN.get(area.type)
        and getattr(region, "active_panel_category", "Limn") in ("Limn", "UNSUPPORTED")
        and 0 <= event.mouse_x - region.x < region.width
        and 0 <= event.mouse_y - region.y < region.height
        for area in context.window.screen.areas
        for region in area.regions
    )


def time_left(seconds: float) -> str:
    """Word a time left: "12 s left", "3 min left"."""
    if seconds < 90:
        return iface("{count} s left").format(count=max(1, round(seconds)))
    return iface("{count} min left").format(count=round(seconds / 60))


def _show(
    context: bpy.types.Context, step: Progress, seconds_left: float | None, title: str
) -> None:
    run = run_of(context.window_manager)
    stage = step.stage[:1].upper() + step.stage[1:]
    count = f"{step.done}"
    if step.total > 0:
        count = iface("{done} of {total}").format(done=step.done, total=step.total)
    run.text = stage
    run.detail = count if seconds_left is None else f"{count}, {time_left(seconds_left)}"
    run.fraction = min(1.0, step.done / step.total) if step.total > 0 else 0.0
    if context.workspace is not None:
        told = f"{iface(title)}: {iface(stage)}, {run.detail}"
        how = iface("Esc over the panel: cancel")
        context.workspace.status_text_set(f"{told}  |  {how}")
    redraw(context.window_manager)


def _is_moving_things(context: bpy.types.Context) -> bool:
    # Building in the middle of a grab would pull the objects from under it; the take can wait.
    window = context.window
    return window is not None and any(
        operator.bl_idname.startswith("TRANSFORM_OT") for operator in window.modal_operators
    )


def redraw(manager: bpy.types.WindowManager) -> None:
    """Draw the panel again in every window."""
    # Only the sidebars: drawing a heavy scene ten times a second would make the window sluggish.
    for window in manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if region.type == _SHOWS_RUN.get(area.type):
                    region.tag_redraw()
