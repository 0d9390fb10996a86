"""Blender's doors: operators, panel, properties, preferences.

Nothing here imports bpy until ``register`` is called, and nothing ever loads a network.
"""

from __future__ import annotations


def register() -> None:
    """Add every class, property, menu entry and command."""
    import bpy

    from . import (
        commands,
        estimate,
        export_motion,
        models_list,
        motion,
        people,
        preferences,
        properties,
        retarget,
    )

    for cls in _classes():
        bpy.utils.register_class(cls)
    properties.attach()
    retarget.attach()
    motion.attach()
    people.attach()
    preferences.attach()
    models_list.attach()
    bpy.types.TOPBAR_MT_file_import.append(estimate.import_menu)
    bpy.types.TOPBAR_MT_file_export.append(export_motion.export_menu)
    commands.attach()


def unregister() -> None:
    """Remove them in the opposite order."""
    import bpy

    from . import (
        commands,
        estimate,
        export_motion,
        models_list,
        motion,
        people,
        preferences,
        properties,
        retarget,
    )

    commands.detach()
    people.detach()
    bpy.types.TOPBAR_MT_file_export.remove(export_motion.export_menu)
    bpy.types.TOPBAR_MT_file_import.remove(estimate.import_menu)
    models_list.detach()
    preferences.detach()
    motion.detach()
    retarget.detach()
    properties.detach()
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)


def _classes() -> tuple[type, ...]:
    from . import (
        compare,
        depth,
        estimate,
        export_motion,
        gallery,
        models,
        motion,
        motion_panel,
        panel,
        people,
        people_panel,
        preferences,
        preview,
        properties,
        report_panel,
        retarget,
        selftest,
        solve_again,
    )

    return (
        *properties.CLASSES,
        *preferences.CLASSES,
        *estimate.CLASSES,
        *compare.CLASSES,
        *selftest.CLASSES,
        *models.CLASSES,
        *panel.CLASSES,
        *people.CLASSES,
        *people_panel.CLASSES,
        *preview.CLASSES,
        *gallery.CLASSES,
        *depth.CLASSES,
        *report_panel.CLASSES,
        *solve_again.CLASSES,
        *retarget.CLASSES,
        *motion.CLASSES,
        *motion_panel.CLASSES,
        *export_motion.CLASSES,
    )
