"""The networks that a field of the panel offers by name."""

from __future__ import annotations

import bpy

from ...core.data.settings import ESTIMATORS


def pose_models(_owner: object, _context: bpy.types.Context, _typed: str) -> list[str]:
    """Limn's own estimators and the installed networks that tell joints."""
    return [*ESTIMATORS, *_installed("pose"), *_installed("people")]


def depth_models(_owner: object, _context: bpy.types.Context, _typed: str) -> list[str]:
    """The installed depth networks."""
    return _installed("depth")


def face_models(_owner: object, _context: bpy.types.Context, _typed: str) -> list[str]:
    """The installed networks that tell faces' shapes."""
    return _installed("face")


def _installed(job: str) -> list[str]:
    from ...models.user.library import Library, default_folder

    models = Library(default_folder()).installed()
    return sorted(name for name, model in models.items() if model.job == job)
