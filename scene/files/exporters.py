"""Armatures and bodies out through Blender's own exporters; OBJ and PLY as they stand now."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import bpy

from ...core.data.errors import OutputError
from ..figures.body import body_of


def export_scene(
    context: bpy.types.Context, armatures: list[bpy.types.Object], path: str | Path
) -> Path:
    """Write ``armatures`` with their bodies and actions to ``path``, the format by its suffix.

    Selection and active object are as before afterwards. Raises OutputError for an unknown suffix
    or when the file can't be written.
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise OutputError(
            f"Blender can't write {path.name} for Limn; the suffixes are {', '.join(_WRITERS)}."
        )
    if not path.parent.is_dir():
        raise OutputError(f"Can't write {path}: its folder doesn't exist.")
    chosen = [*armatures, *(body for a in armatures if (body := body_of(a)) is not None)]
    selected, active = context.selected_objects, context.view_layer.objects.active
    try:
        # A folder of its own: some exporters put empty folders beside what they write.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".limn-") as folder:
            _select(context, chosen)
            write(str(Path(folder) / path.name))
            os.replace(Path(folder) / path.name, path)
    except (RuntimeError, OSError) as error:
        raise OutputError(f"Can't write {path}: {str(error).strip()}.") from error
    finally:
        _select(context, selected)
        context.view_layer.objects.active = active
    return path


def _select(context: bpy.types.Context, chosen: list[bpy.types.Object]) -> None:
    for other in context.view_layer.objects:
        other.select_set(other in chosen)
    if chosen:
        context.view_layer.objects.active = chosen[0]


def _write_fbx(path: str) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        object_types={"ARMATURE", "MESH"},
        add_leaf_bones=False,
        bake_anim_use_all_actions=False,
        bake_anim_use_nla_strips=False,
        mesh_smooth_type="FACE",
    )


def _write_gltf(path: str) -> None:
    bpy.ops.export_scene.gltf(
        filepath=path,
        use_selection=True,
        export_format="GLB",
        export_animations=True,
        export_animation_mode="ACTIVE_ACTIONS",
        export_morph=True,
    )


def _write_usd(path: str) -> None:
    bpy.ops.wm.usd_export(filepath=path, selected_objects_only=True, export_animation=True)


def _write_alembic(path: str) -> None:
    bpy.ops.wm.alembic_export(filepath=path, selected=True, as_background_job=False)


def _write_obj(path: str) -> None:
    bpy.ops.wm.obj_export(filepath=path, export_selected_objects=True, export_materials=False)


def _write_ply(path: str) -> None:
    bpy.ops.wm.ply_export(filepath=path, export_selected_objects=True)


_WRITERS: Final[dict[str, Callable[[str], None]]] = {
    ".fbx": _write_fbx,
    ".glb": _write_gltf,
    ".usdc": _write_usd,
    ".usd": _write_usd,
    ".abc": _write_alembic,
    ".obj": _write_obj,
    ".ply": _write_ply,
}

SUFFIXES: Final = tuple(_WRITERS)
"""What this Blender writes itself."""
