"""The buttons of other networks: download after a question, add a file, remove.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.pipeline.request import Request
from ..run.modal import RunsWorker, may_run
from ..run.props import add_line, run_of
from .model_list import OFFLINE, library, note_of

_ACTIONS: Final = (
    ("DOWNLOAD", "Download", "Fetch the model"),
    ("ADD", "Add", "Install a file"),
)

if TYPE_CHECKING:
    _Operator = bpy.types.Operator
else:
    _Operator = object


def _model_property() -> Any:  # noqa: ANN401 - Blender's property has no type
    return StringProperty(
        name="Model", description="Name of the model in the list", options={"HIDDEN", "SKIP_SAVE"}
    )


class _ForModel(_Operator):
    model: str

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One thing at a time."""
        return may_run(cls, context)

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:  # noqa: ANN401
        """Say what the button does, and what is to know of its model."""
        known = note_of(properties.model) if properties.model else ""
        return f"{cls.__doc__}.\n{known}" if known else f"{cls.__doc__}"

    def work(self, action: str, filepath: str = "", descriptor: str = "") -> set[str]:
        """Let the worker do it: beside Blender in a window, at once in scripts."""
        how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
        try:
            return bpy.ops.limn.model_work(
                how, action=action, model=self.model, filepath=filepath, descriptor=descriptor
            )
        except RuntimeError as error:  # what the other operator reported
            self.report({"ERROR"}, str(error).strip().removeprefix("Error: "))
            return {"CANCELLED"}


class LIMN_OT_model_work(RunsWorker, bpy.types.Operator):
    """Install a model in the worker, which alone uses the network and opens models"""

    bl_idname = "limn.model_work"
    bl_label = "Install Model"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Other Networks"

    if TYPE_CHECKING:
        action: str
        model: str
        filepath: str
        descriptor: str
    else:
        action: EnumProperty(name="Action", description="What to do with the model", items=_ACTIONS)
        model: _model_property()
        filepath: StringProperty(
            name="File", description="The model file to install", options={"SKIP_SAVE"}
        )
        descriptor: StringProperty(
            name="Descriptor", description="What the file is, as JSON", options={"SKIP_SAVE"}
        )

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Nothing is downloaded while Blender is offline, whoever asks."""
        run_of(context.window_manager).models.clear()
        if self.action == "DOWNLOAD":
            if not bpy.app.online_access:
                self.report({"ERROR"}, f"{OFFLINE}.")
                return None
            return Request("models download", {"name": self.model, "yes": True})
        what = {"name": self.model} if self.model else {"descriptor": self.descriptor}
        return Request("models add", {"file": self.filepath, **what})

    def tell(self, context: bpy.types.Context, text: str, icon: str) -> None:
        """Show it below the list."""
        add_line(run_of(context.window_manager).models, text, icon)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Say what is there now; the list reads the folder again."""
        text = f"Installed {result.get('name')}"
        self.tell(context, text, "CHECKMARK")
        self.report({"INFO"}, text)
        return {"FINISHED"}


class LIMN_OT_model_download(_ForModel, bpy.types.Operator):
    """Download this model, after showing its licence, size and source"""

    bl_idname = "limn.model_download"
    bl_label = "Download Model"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    if TYPE_CHECKING:
        model: str
    else:
        model: _model_property()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if not bpy.app.online_access:
            cls.poll_message_set(OFFLINE)
            return False
        return super().poll(context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask first."""
        return context.window_manager.invoke_props_dialog(self, width=520)

    def draw(self, _context: bpy.types.Context) -> None:
        """Show what would be fetched."""
        column = self.layout.column()
        try:
            descriptor = library().describe(self.model)
        except LimnError as error:
            column.label(text=str(error), icon="ERROR")
            return
        size = f", {descriptor.size_bytes / 1e6:.0f} MB" if descriptor.size_bytes else ""
        column.label(text=f"Download {showable(descriptor.title)}{size}?", icon="IMPORT")
        column.label(text=f"Licence: {showable(descriptor.licence)}")
        column.label(text=showable(descriptor.credit))
        column.label(text=f"From {showable(str(descriptor.url))}")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The person said yes, or a script asked for this very model."""
        return self.work("DOWNLOAD")


class LIMN_OT_model_add(_ForModel, bpy.types.Operator, ImportHelper):
    """Install a model file that you have, a .onnx, a .zip that holds one, or a .task"""

    bl_idname = "limn.model_add"
    bl_label = "Add Model File"
    bl_options = {"INTERNAL"}  # noqa: RUF012
    filename_ext = ".onnx"

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        model: str
        descriptor: str
    else:
        filter_glob: StringProperty(
            name="Shown Files",
            description="Which files the browser shows",
            default="*.onnx;*.zip;*.task",
            options={"HIDDEN"},
        )
        model: _model_property()
        descriptor: StringProperty(
            name="Descriptor",
            description="JSON that says what the file is; empty takes the .json beside the file",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )

    def draw(self, _context: bpy.types.Context) -> None:
        """Only a model that isn't in the list needs a descriptor."""
        if self.model:
            self.layout.label(text=f"Add as {self.model}")
        else:
            self.layout.prop(self, "descriptor")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Have the worker try the file and copy it."""
        file = Path(bpy.path.abspath(self.filepath))
        if not file.name:
            self.report({"ERROR"}, "Choose the model's file in the browser.")
            return {"CANCELLED"}
        chosen = bpy.path.abspath(self.descriptor) if self.descriptor else ""
        return self.work("ADD", str(file), chosen or str(file.with_suffix(".json")))


class LIMN_OT_model_remove(_ForModel, bpy.types.Operator):
    """Delete this model from the folder of models"""

    bl_idname = "limn.model_remove"
    bl_label = "Remove Model"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    if TYPE_CHECKING:
        model: str
    else:
        model: _model_property()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Delete it."""
        run_of(context.window_manager).models.clear()
        try:
            library().remove(self.model)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Removed {self.model}")
        return {"FINISHED"}


CLASSES = (
    LIMN_OT_model_work,
    LIMN_OT_model_download,
    LIMN_OT_model_add,
    LIMN_OT_model_remove,
)
