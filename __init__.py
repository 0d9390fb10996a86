"""Limn: markerless 3D motion capture from ordinary video, inside Blender and from the shell.

Importing this package imports nothing else: core, media, models and cli work in plain Python, and
Blender calls ``register`` when the extension is enabled.
"""

from __future__ import annotations


def register() -> None:
    """Add Limn's operators, panel and preferences to Blender."""
    from . import operators

    operators.register()


def unregister() -> None:
    """Remove everything that ``register`` added."""
    from . import operators

    operators.unregister()
