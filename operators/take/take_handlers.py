"""Keeps the figures' takes told relative to the .blend, and the outcome true after undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...scene.keeping.take_link import relink, takes_in_use
from ..run.props import run_of


@persistent
def _before_save(path: str, *_: object) -> None:
    if path:  # empty for the startup file
        relink(path, bpy.data.filepath)


@persistent
def _after_save(path: str, *_: object) -> None:
    # Saving a copy leaves this file where it was, or nowhere yet.
    if path and path != bpy.data.filepath:
        relink(bpy.data.filepath, path)


@persistent
def _after_undo(*_: object) -> None:
    run = run_of(bpy.context.window_manager)
    if run.take and Path(run.take) not in takes_in_use():
        run.outcome.clear()
        run.take = ""


_HANDLERS: tuple[tuple[str, Any], ...] = (
    ("save_pre", _before_save),
    ("save_post", _after_save),
    ("save_post_fail", _after_save),
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
)


def attach() -> None:
    """Add the handlers."""
    for name, handler in _HANDLERS:
        if hasattr(bpy.app.handlers, name):
            getattr(bpy.app.handlers, name).append(handler)


def detach() -> None:
    """Take them off again."""
    for name, handler in _HANDLERS:
        if hasattr(bpy.app.handlers, name):
            getattr(bpy.app.handlers, name).remove(handler)
