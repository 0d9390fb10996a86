"""What the operators that run networks on the panel's clip have in common."""

from __future__ import annotations

import bpy

from ..run.modal import RunsWorker
from ..run.props import run_of
from ..settings.props import settings_of
from .request import why_not


class RunsOnClip(RunsWorker):
    """Mixin: ready when no run is going on and the panel names a clip."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if run_of(context.window_manager).is_running:
            cls.poll_message_set("A run is going on; press Esc or Cancel to stop it")  # type: ignore[attr-defined]
            return False
        if reason := why_not(settings_of(context.scene)):
            cls.poll_message_set(reason)  # type: ignore[attr-defined]
            return False
        return True
