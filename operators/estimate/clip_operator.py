"""What the operators that run networks on the panel's clip have in common."""

from __future__ import annotations

import bpy

from ..run.modal import RunsWorker
from ..settings.props import settings_of
from .request import why_not


class RunsOnClip(RunsWorker):
    """Mixin: ready when no run is going on and the panel names a clip."""

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """A clip, when the panel names none."""
        return why_not(settings_of(context.scene))
