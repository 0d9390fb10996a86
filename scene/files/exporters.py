"""Armatures and bodies out through Blender's own exporters; OBJ and PLY as they stand now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.data.errors import OutputError
from ...core.data.writing import replacing_from_folder, write_bytes
from ...core.formats.glb import read_document, with_animations
from ..figures.body import body_of
from ..timeline import without_stretching
from .game_bodies import without_correctives
from .gltf_motion import animations_of
from .shown import shown

_LABELS: Final = re.compile(r"^(?:Error: |\w*Error: |\[Errno \d+\] )+")


def export_scene(
    context: bpy.types.Context, armatures: list[bpy.types.Object], path: str | Path
) -> Path:
    """Write ``armatures`` with their bodies and actions to ``path``, the format by its suffix.

    Selection and active object are as before afterwards. Raises OutputError for an unknown suffix
    or when the file can't be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    write = _WRITERS.get(suffix)
    if write is None:
        raise OutputError(
            f"Blender can't write {path.name} for Limn; the suffixes are {', '.join(_WRITERS)}."
        )
    category, operator = _OPERATORS[suffix]
    if operator not in dir(getattr(bpy.ops, category)):
        raise OutputError(
            f"This Blender has no exporter for {suffix}: its add-on is off, or this build has none."
        )
    chosen = [*armatures, *(body for a in armatures if (body := body_of(a)) is not None)]
    is_whole = (lambda file: _has_faces(file, context, chosen)) if suffix == ".obj" else None
    # A folder of its own: some exporters put empty folders beside what they write.
    with (
        replacing_from_folder(path, is_whole) as temporary,
        says_why(path),
        shown(context, chosen),
        without_stretching(context.scene),
        _as_wanted(suffix, chosen),
    ):
        write(str(temporary))
    return path


def _as_wanted(suffix: str, chosen: list[bpy.types.Object]) -> AbstractContextManager[None]:
    """The bodies as a format wants them."""
    bodies = [one for one in chosen if one.type == "MESH"]
    return without_correctives(bodies) if suffix == ".glb" else nullcontext()


@contextmanager
def says_why(path: Path) -> Iterator[None]:
    """Turn what Blender says when an operator fails into an OutputError about ``path``."""
    try:
        yield
    except RuntimeError as error:
        raise OutputError(f"Can't write {path}: {_reason(str(error))}.") from error


def _reason(said: str) -> str:
    """The last thing that was said, without the traceback that an exporter in Python ended in."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Location:")] or [""]
    last = _LABELS.sub("", lines[-1]).split(": '")[0].rstrip(".")
    # Blender can't find its own file when it could not write it.
    return last if last and last != "No such file or directory" else "the disk may be full"


def _has_faces(file: Path, context: bpy.types.Context, chosen: list[bpy.types.Object]) -> bool:
    """Whether an OBJ file, which has no end mark, has as many faces as what was ``chosen``."""
    graph = context.evaluated_depsgraph_get()
    meshes: list[Any] = [one.evaluated_get(graph).data for one in chosen if one.type == "MESH"]
    with file.open("rb") as stream:
        written = sum(line.startswith(b"f ") for line in stream)
    return written == sum(len(mesh.polygons) for mesh in meshes)


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
    context = bpy.context
    armatures = [one for one in context.selected_objects if one.type == "ARMATURE"]
    bpy.ops.export_scene.gltf(
        filepath=path,
        use_selection=True,
        export_format="GLB",
        export_animations=False,
        export_morph=True,
    )
    # Its own animations take a minute for every five thousand frames and miss the frame rate.
    file = Path(path)
    content = file.read_bytes()
    animations = animations_of(context.scene, armatures, read_document(content))
    write_bytes(file, with_animations(content, animations))


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

_OPERATORS: Final = {
    ".fbx": ("export_scene", "fbx"),
    ".glb": ("export_scene", "gltf"),
    ".usdc": ("wm", "usd_export"),
    ".usd": ("wm", "usd_export"),
    ".abc": ("wm", "alembic_export"),
    ".obj": ("wm", "obj_export"),
    ".ply": ("wm", "ply_export"),
}
"""What writes each in Blender; add-ons may be off, and builds may lack a library."""

SUFFIXES: Final = tuple(_WRITERS)
"""What this Blender writes itself."""
