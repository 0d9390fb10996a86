"""Keeps the figures' takes told relative to the .blend, and the outcome true after undo."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...scene.keeping.take_link import TAKE_KEY, find_take, rebased, relink, relink_imported
from ..estimate.request import show_settings
from ..run.outcome import recall_notes
from ..settings.preferences import keep_takes
from ..settings.props import settings_of
from ..views.props import views_of


@persistent
def _before_save(path: str, *_: object) -> None:
    if path:  # empty for the startup file
        relink(path, bpy.data.filepath)
        _rebase_fields(path, bpy.data.filepath)
        keep_takes(bpy.context)


@persistent
def _after_save(path: str, *_: object) -> None:
    # Saving a copy leaves this file where it was, or nowhere yet.
    if path and path != bpy.data.filepath:
        relink(bpy.data.filepath, path)
        _rebase_fields(bpy.data.filepath, path)


def _rebase_fields(saved_as: str, was: str) -> None:
    """Tell the panel's clips from where the file is saved; Blender only does so for its own."""
    for scene in bpy.data.scenes:
        if scene.library is not None:
            continue
        fields = settings_of(scene)
        if fields.clip_path:
            fields.clip_path = rebased(fields.clip_path, saved_as, was)
        for view in views_of(scene):
            if view.path:
                view.path = rebased(view.path, saved_as, was)


@persistent
def _after_load(*_: object) -> None:
    recall_notes(bpy.context)
    # A .blend built outside this window doesn't hold the panel's fields, and solving again with
    # the defaults would drop the height and the field of view that its take was solved with.
    for scene in bpy.data.scenes:
        if settings_of(scene).has_defaults or scene.library is not None:
            continue
        figure = next((one for one in scene.objects if TAKE_KEY in one), None)
        if figure is not None:
            with suppress(LimnError):  # a lost take tells itself when it is needed
                take = load_take(find_take(figure))
                show_settings(settings_of(scene), take)
                if not settings_of(scene).clip_path and os.path.exists(take.clip.path):
                    settings_of(scene).clip_path = take.clip.path


@persistent
def _after_import(imported: Any, *_: object) -> None:  # noqa: ANN401 - from Blender 4.3 on
    for item in imported.import_items:
        source = item.source_library
        if isinstance(item.id, bpy.types.Object) and source is not None:
            relink_imported(item.id, source.filepath)


@persistent
def _after_undo(*_: object) -> None:
    recall_notes(bpy.context)
    # An object whose place was keyed by the step that is undone keeps its old matrix otherwise.
    for one in bpy.context.scene.objects:
        if TAKE_KEY in one:
            one.update_tag(refresh={"OBJECT"})


_HANDLERS: tuple[tuple[str, Any], ...] = (
    ("save_pre", _before_save),
    ("save_post", _after_save),
    ("save_post_fail", _after_save),
    ("blend_import_post", _after_import),
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
)


def attach() -> None:
    """Add the handlers."""
    for name, handler in _HANDLERS:
        if hasattr(bpy.app.handlers, name):
            getattr(bpy.app.handlers, name).append(handler)
    # Before the preferences' own, which marks scenes as having had their defaults.
    bpy.app.handlers.load_post.insert(0, _after_load)


def detach() -> None:
    """Take them off again."""
    bpy.app.handlers.load_post.remove(_after_load)
    for name, handler in _HANDLERS:
        if hasattr(bpy.app.handlers, name):
            getattr(bpy.app.handlers, name).remove(handler)
