"""Files for an operator: chosen in Blender's browser, or dropped on a view.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from .modal import RunsWorker


def suffix_list(suffixes: Iterable[str]) -> str:
    """Suffixes as a file handler takes them: ".mov;.mp4"."""
    return ";".join(sorted(suffixes))


def shown_files(suffixes: Iterable[str]) -> Any:  # noqa: ANN401 - Blender's property has no type
    """Make the field that tells the browser which files to show: those with ``suffixes``."""
    return StringProperty(
        name="Shown Files",
        description="Which files the browser shows",
        default=";".join(f"*{suffix}" for suffix in sorted(suffixes)),
        options={"HIDDEN"},
    )


class ChoosesFile(ImportHelper):
    """Mixin: asks for a file, or for one that was dropped how to go on."""

    filename_ext = ""

    if TYPE_CHECKING:
        filepath: str
        properties: bpy.types.OperatorProperties

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Open the browser, or a dialog where the caller gave a file."""
        # The path of the time before is there too, to open the browser at, but isn't set.
        if self.properties.is_property_set("filepath") and self.filepath:
            return context.window_manager.invoke_props_dialog(self)  # type: ignore[arg-type]
        return super().invoke(context, event)


class ChoosesAndRuns(ChoosesFile, RunsWorker):
    """Mixin: hands what was chosen to the worker, as nothing of strangers is opened in Blender."""

    if TYPE_CHECKING:
        is_chosen: bool
    else:
        is_chosen: BoolProperty(
            name="Files Chosen",
            description="Files were chosen, so none are asked for",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask; once asked, start the run."""
        if self.is_chosen:
            return RunsWorker.invoke(self, context, event)
        return ChoosesFile.invoke(self, context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run what was chosen."""
        self.is_chosen = True
        return RunsWorker.execute(self, context)
