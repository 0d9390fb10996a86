"""Blender's doors, one folder a topic: each has operators, a panel and properties.

Nothing here imports bpy until ``register`` is called, and nothing ever loads a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Final

_MODULES: Final = (
    "run.props",
    "settings.props",
    "settings.preferences",
    "views.props",
    "views.ops",
    "estimate.ops",
    "estimate.video_import",
    "estimate.several",
    "importing.ops",
    "importing.armature",
    "estimate.clip_facts",
    "report.compare",
    "settings.selftest",
    "models.model_list",
    "models.ops",
    "estimate.panel",
    "settings.presets",
    "settings.panel",
    "views.panel",
    "people.pictures",
    "people.ops",
    "people.people_list",
    "people.panel",
    "body.panel",
    "report.preview",
    "report.gallery",
    "report.depth",
    "report.panel",
    "report.look_panel",
    "take.take_files",
    "take.kept",
    "take.take_handlers",
    "take.solve_again",
    "take.panel",
    "solver.ops",
    "retarget.props",
    "retarget.ops",
    "retarget.bone_list",
    "retarget.panel",
    "motion.props",
    "motion.ops",
    "motion.panel",
    "motion.cleanup_props",
    "motion.cleanup",
    "motion.cleanup_panel",
    "stage.ops",
    "stage.panel",
    "export.ops",
    "export.assets",
    "export.panel",
    "help.manual",
    "translations.registering",
    "tab.menus",
    "background.commands",
)
"""Everything that is registered, in this order, the tab's main panel before its sections (whose
order ``tab.sections`` says): a module's ``CLASSES``, and what its ``attach`` hangs on Blender's own
types, menus and handlers."""


def register() -> None:
    """Add every class, property, menu entry and command."""
    import bpy

    for module in _modules():
        for cls in getattr(module, "CLASSES", ()):
            bpy.utils.register_class(cls)
    for module in _modules():
        if hasattr(module, "attach"):
            module.attach()
    import_module(".tab.menus", __name__).offer(
        [cls for module in _modules() for cls in getattr(module, "CLASSES", ())]
    )


def unregister() -> None:
    """Remove them in the opposite order."""
    import bpy

    modules = list(_modules())[::-1]
    for module in modules:
        if hasattr(module, "detach"):
            module.detach()
    for module in modules:
        for cls in reversed(getattr(module, "CLASSES", ())):
            bpy.utils.unregister_class(cls)


def _modules() -> Iterator[ModuleType]:
    return (import_module(f".{name}", __name__) for name in _MODULES)
