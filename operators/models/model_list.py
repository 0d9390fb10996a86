"""The list of other networks in the preferences, read from the user's folder of models.

Reading the folder is all that happens in Blender's process: the network and ONNX Runtime are left
to the worker, which finds the folder by the variable that ``attach`` sets.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...models.user.descriptor import Descriptor
from ...models.user.library import FOLDER_VARIABLE, Library, default_folder
from ..run.props import LIMN_PG_run, run_of
from ..tab.wrapping import draw_wrapped

PACKAGE: Final = (__package__ or "").rsplit(".", 2)[0]
"""The extension's own name, such as bl_ext.user_default.limn."""
OFFLINE: Final = "Blender is offline: allow online access in the preferences, System, Network"
_MEGABYTE: Final = 1_000_000
_SHARE: Final = 0.7  # of the width, for what is said of a network
_JOBS: Final = {"pose": "joints", "people": "people", "depth": "depth", "face": "faces"}
_set_folders: list[str] = []


@dataclass(frozen=True, slots=True)
class Row:
    """A model of the list; ``fault`` is empty where nothing is wrong with it."""

    name: str
    descriptor: Descriptor | None
    is_installed: bool
    fault: str
    note: str


def library() -> Library:
    """Return the user's models, in the extension's user folder unless LIMN_MODELS names another."""
    return Library(default_folder())


def rows() -> tuple[Row, ...]:
    """Return the list, read again only when the folder changed: it is drawn at every mouse move."""
    folder = default_folder()
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _rows(folder, changed)


@lru_cache(maxsize=1)
def _rows(folder: Path, _changed: int) -> tuple[Row, ...]:
    models = Library(folder)
    installed, faults = models.installed(), models.faults()
    listed = [
        Row(name, descriptor, name in installed, faults.pop(name, ""), _note(models, descriptor))
        for name, descriptor in models.known().items()
    ]
    listed += [Row(name, None, False, fault, fault) for name, fault in faults.items()]
    # What a person has comes first.
    return tuple(sorted(listed, key=lambda row: (not row.fault, not row.is_installed, row.name)))


def _note(models: Library, descriptor: Descriptor) -> str:
    doubt = "" if descriptor.checked else "Nobody has told of a run of this file with Limn yet. "
    parts = [f"{descriptor.title}, {descriptor.licence}: {descriptor.credit}."]
    parts.append(f"{doubt}{descriptor.note}".strip())
    if not descriptor.can_be_downloaded:
        parts.append(f"To have it, {models.how_to_get(descriptor.name)}.")
    return showable(" ".join(part for part in parts if part))


def note_of(name: str) -> str:
    """Return what is to know of the model ``name``, for its buttons' tooltips."""
    return next((row.note for row in rows() if row.name == name), "")


def draw_models(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw every model with its buttons, and how the last action ended."""
    run = run_of(context.window_manager)
    box = layout.box()
    box.label(text="Other Networks", icon="NETWORK_DRIVE")
    try:
        listed = rows()
    except LimnError as error:
        draw_wrapped(box, context, str(error), "ERROR")
        return
    if not bpy.app.online_access:
        draw_wrapped(box, context, f"{OFFLINE}; until then add files", "INFO")
    _draw_run(box, context, run)
    for row in listed:
        _draw_row(box, context, row)
    box.operator("limn.model_add", text="Add Your Own...", icon="FILE_FOLDER").model = ""


def _draw_row(box: bpy.types.UILayout, context: bpy.types.Context, row: Row) -> None:
    split = box.split(factor=_SHARE)
    descriptor = row.descriptor
    icon = "ERROR" if row.fault else "CHECKMARK" if row.is_installed else "BLANK1"
    lines = split.column(align=True)
    if descriptor is None:
        draw_wrapped(lines, context, showable(row.fault), icon, share=_SHARE)
    else:
        lines.label(text=showable(descriptor.title), icon=icon, translate=False)
        size = f", {descriptor.size_bytes / _MEGABYTE:.0f} MB" if descriptor.size_bytes else ""
        facts = f"{_JOBS[descriptor.job]}, {descriptor.licence}{size}"
        text = row.fault or f"{facts}: {descriptor.good_for}"
        draw_wrapped(lines, context, showable(text), "BLANK1", share=_SHARE)
    buttons = split.row(align=True)
    if row.is_installed or row.fault:
        buttons.operator("limn.model_remove", text="Remove", icon="X").model = row.name
    if descriptor is not None and not row.is_installed:
        if descriptor.can_be_downloaded:
            buttons.operator("limn.model_download", text="Download", icon="IMPORT").model = row.name
        buttons.operator("limn.model_add", text="Add File", icon="FILE_FOLDER").model = row.name


def _draw_run(box: bpy.types.UILayout, context: bpy.types.Context, run: LIMN_PG_run) -> None:
    if run.is_running:
        row = box.row()
        row.progress(factor=run.fraction, text=f"{run.text} {run.detail}")
        row.operator("limn.cancel", text="Cancel", icon="CANCEL")
    for line in run.models:
        draw_wrapped(box, context, line.text, line.icon)


def attach() -> None:
    """Tell every worker where the models of this Blender lie; a person's own choice goes first."""
    if FOLDER_VARIABLE in os.environ:
        return
    try:
        folder = bpy.utils.extension_path_user(PACKAGE, path="models")
    except ValueError:
        return  # not installed as an extension: the platform's folder serves
    os.environ[FOLDER_VARIABLE] = folder
    _set_folders.append(folder)


def detach() -> None:
    """Undo ``attach``."""
    while _set_folders:
        if os.environ.get(FOLDER_VARIABLE) == _set_folders.pop():
            del os.environ[FOLDER_VARIABLE]
