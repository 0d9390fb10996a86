"""New motion for figures that are already in the scene.

The take is built beside them, then every object takes over what its successor holds. So the objects
stay the same ones: where they stand, what they are called, what points at them and which of them
somebody removed is as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import bpy

from ...core.bodies.smplx_model import SmplxModel
from ...core.data.types import Take
from ..build import CLIP_KEY, MADE_KEY, BuildReport, build_take
from ..curves import check_not_tweaked, find_curve
from .body import body_of
from .record import PERSON_KEY, read_record

_LENS = ("lens", "sensor_fit", "sensor_width", "shift_x", "shift_y")
_KEPT_OF_SCENE = ("frame_start", "frame_end", "camera")
_KEPT_OF_RENDER = (
    "fps",
    "fps_base",
    "resolution_x",
    "resolution_y",
    "resolution_percentage",
    "pixel_aspect_x",
    "pixel_aspect_y",
)


def rebuild_take(
    context: bpy.types.Context,
    take: Take,
    figures: Sequence[bpy.types.Object],
    *,
    take_path: str,
    smplx: SmplxModel | None = None,
) -> BuildReport:
    """Give ``figures``, made from an earlier version of ``take``, its new motion and bodies.

    ``smplx`` as for ``build_take``. Scene settings and selection stay. Raises what ``build_take``
    raises, with the scene as it was.
    """
    for figure in figures:
        check_not_tweaked(figure)
    homes = figures[0].users_collection
    collection = next((c for c in homes if CLIP_KEY in c), homes[0])
    kept = {int(figure[PERSON_KEY]): figure for figure in figures}
    camera = next((o for o in collection.objects if o.type == "CAMERA" and MADE_KEY in o), None)
    start = _start_of(figures)
    # The scene's own camera comes back before the visiting one goes, or views would leave it.
    with _visitors_removed(), _settings_kept(context):
        context.scene.frame_start = start
        report = build_take(context, take, take_path=take_path, replace=False, smplx=smplx)
        for number, name in enumerate(report.armatures):
            if number in kept:
                _move_figure(bpy.data.objects[name], kept[number])
        if camera is not None:
            _move_camera(bpy.data.objects[report.camera], camera)
    names = [kept[i].name if i in kept else p.name for i, p in enumerate(take.people)]
    return replace(
        report,
        collection=collection.name,
        armatures=tuple(names),
        camera=camera.name if camera is not None else "",
        notes=(),
    )


def _start_of(figures: Sequence[bpy.types.Object]) -> int:
    records = [record for figure in figures if (record := read_record(figure)) is not None]
    return round(records[0].start) if records else bpy.context.scene.frame_start


def _move_figure(new: bpy.types.Object, old: bpy.types.Object) -> None:
    """Let ``old`` hold what ``new`` holds: bones, action, record and body."""
    new_body, old_body = body_of(new), body_of(old)
    _take_over(new, old)
    if new_body is None or old_body is None:
        return
    # Drivers of the new mesh's keys look at the new armature.
    new.user_remap(old)
    for slot, material in enumerate(old_body.data.materials[: len(new_body.data.materials)]):
        new_body.data.materials[slot] = material
    old_body.data = new_body.data


def _move_camera(new: bpy.types.Object, old: bpy.types.Object) -> None:
    for name in _LENS:
        setattr(old.data, name, getattr(new.data, name))
    if new.animation_data is not None:  # it jumps at cuts
        _take_over_action(new, old)
    old.rotation_mode = new.rotation_mode
    old.matrix_world = new.matrix_basis


def _take_over(new: bpy.types.Object, old: bpy.types.Object) -> None:
    if find_curve(old, "hide_viewport") is not None:
        old.hide_viewport = old.hide_render = False
    old.data, earlier = new.data, old.data
    _rename(earlier, old.data)
    _take_over_action(new, old)
    for key, value in new.items():
        old[key] = value.to_list() if hasattr(value, "to_list") else value


def _take_over_action(new: bpy.types.Object, old: bpy.types.Object) -> None:
    animation = old.animation_data_create()
    earlier = animation.action
    animation.action = new.animation_data.action if new.animation_data else None
    if animation.action is None:
        return
    if bpy.app.version >= (4, 4, 0):
        animation.action_slot = new.animation_data.action_slot
    if earlier is not None:
        _rename(earlier, animation.action)


def _rename(earlier: bpy.types.ID, later: bpy.types.ID) -> None:
    """Give ``later`` the name of ``earlier``, which is only left if something else uses it."""
    name = earlier.name
    earlier.name = f"{name} earlier"
    later.name = name


@contextmanager
def _settings_kept(context: bpy.types.Context) -> Iterator[None]:
    """Put back what building a take changes of the scene."""
    scene, layer = context.scene, context.view_layer
    of_scene = {name: getattr(scene, name) for name in _KEPT_OF_SCENE}
    of_render = {name: getattr(scene.render, name) for name in _KEPT_OF_RENDER}
    frame, subframe = scene.frame_current, scene.frame_subframe
    active, selected = layer.objects.active, [o for o in layer.objects if o.select_get()]
    try:
        yield
    finally:
        for name, value in of_scene.items():
            setattr(scene, name, value)
        for name, value in of_render.items():
            setattr(scene.render, name, value)
        for other in layer.objects:
            other.select_set(other in selected)
        layer.objects.active = active
        scene.frame_set(frame, subframe=subframe)


@contextmanager
def _visitors_removed() -> Iterator[None]:
    """Remove the objects and collections that came meanwhile, and what nobody uses any more."""
    kinds = (
        bpy.data.armatures, bpy.data.meshes, bpy.data.cameras, bpy.data.actions,
        bpy.data.materials,
    )  # fmt: skip
    placed = _addresses(bpy.data.objects) | _addresses(bpy.data.collections)
    used = {block.as_pointer() for kind in kinds for block in kind if block.users}
    unused = {block.as_pointer() for kind in kinds for block in kind if not block.users}
    try:
        yield
    finally:
        for kind in (bpy.data.objects, bpy.data.collections):
            bpy.data.batch_remove([block for block in kind if block.as_pointer() not in placed])
        for kind in kinds:
            idle = [b for b in kind if not b.users and b.as_pointer() not in unused]
            # What was somebody else's is never removed.
            bpy.data.batch_remove(
                [b for b in idle if b.as_pointer() not in used or b.get(MADE_KEY)]
            )


def _addresses(blocks: Iterable[bpy.types.ID]) -> set[int]:
    return {block.as_pointer() for block in blocks}
