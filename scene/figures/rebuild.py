"""New motion for figures that are already in the scene.

The take is built beside them, then every object takes over what its successor holds. So the objects
stay the same ones: where they stand, what they are called, what points at them and which of them
somebody removed is as before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import bpy

from ...core.bodies.smplx_model import SmplxModel
from ...core.data.types import Take
from ..build import BuildReport, build_take, kept_note
from ..curves import check_not_tweaked, find_curve
from ..keeping.body_edits import keep_mesh
from ..keeping.camera_made import take_over_camera
from ..keeping.edited import MADE_KEY, is_edited, keep_edited, keep_if_edited
from ..keeping.take_link import link_take
from ..keeping.taking_over import name_after, take_over_action
from .body import BODY_KEY, body_of, hand_on_looks
from .record import PERSON_KEY, collection_of, read_record

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
    only: Collection[int] | None = None,
    added: int | None = None,
) -> BuildReport:
    """Give ``figures``, made from an earlier version of ``take``, its new motion and bodies.

    ``smplx`` as for ``build_take``. Scene settings, mode and selection stay, and so does an action
    that somebody edited, beside the new one; the notes tell of it. With ``only`` people of these
    numbers get a new motion, the others and the camera aren't touched; person ``added`` comes
    as a new figure, standing as that of the person before. Raises what ``build_take`` raises, with
    the scene as it was.
    """
    for figure in figures:
        check_not_tweaked(figure)
    collection = collection_of(figures)
    kept = {int(figure[PERSON_KEY]): figure for figure in figures}
    camera = next((o for o in collection.objects if o.type == "CAMERA" and MADE_KEY in o), None)
    meant = [figure for n, figure in kept.items() if only is None or n in only]
    start = _start_of(meant or figures)
    notes: list[str] = []
    if not meant and added is None:
        return _linked(take, kept, collection, take_path)
    # The scene's own camera comes back before the visiting one goes, or views would leave it.
    with _visitors_removed() as staying, _settings_kept(context):
        report = build_take(
            context, take, take_path=take_path, replace=False, smplx=smplx, start=start
        )
        for number, name in enumerate(report.armatures):
            new = bpy.data.objects[name]
            if number == added:
                staying.update(_settle(new, kept[number - 1], collection))
                kept[number] = new
            elif number in kept and kept[number] in meant:
                notes += _move_figure(new, kept[number])
        if camera is not None and only is None:
            notes += map(kept_note, take_over_camera(bpy.data.objects[report.camera], camera))
    linked = _linked(take, kept, collection, take_path)
    return replace(linked, notes=tuple(notes), warnings=report.warnings)


def name_parts(figure: bpy.types.Object) -> None:
    """Let armature, action and body be called as ``figure`` is."""
    name, body = figure.name, body_of(figure)
    figure.data.name = name
    if figure.animation_data is not None and figure.animation_data.action is not None:
        figure.animation_data.action.name = name
    if body is not None:
        was = str(body[BODY_KEY])
        kind = body.name.removeprefix(was) if body.name.startswith(was) else " body"
        body.name = body.data.name = f"{name}{kind}"
        body[BODY_KEY] = name


def remove_figure(figure: bpy.types.Object) -> str:
    """Remove ``figure`` and its body; what somebody hung on it stays where it is.

    An action that somebody edited stays too: returns the sentence on it, or nothing.
    """
    body, note = body_of(figure), ""
    if is_edited(figure):
        action = figure.animation_data.action
        keep_edited(action)
        note = f"The edits of {figure.name} stay in the action '{action.name}'."
    for child in figure.children:
        if child != body:
            place = child.matrix_world.copy()
            child.parent = None
            child.matrix_world = place
    bpy.data.batch_remove([figure] if body is None else [body, figure])
    return note


def _linked(
    take: Take,
    kept: dict[int, bpy.types.Object],
    collection: bpy.types.Collection,
    take_path: str,
) -> BuildReport:
    """Let all figures come from the new take, and word what is there."""
    for figure in kept.values():
        link_take(figure, take_path)
    names = [kept[i].name if i in kept else p.name for i, p in enumerate(take.people)]
    cameras = [one for one in collection.objects if one.type == "CAMERA" and MADE_KEY in one]
    return BuildReport(
        collection=collection.name,
        armatures=tuple(names),
        camera=cameras[0].name if cameras else "",
        replaced=(),
        notes=(),
        warnings=(),
    )


def _settle(
    new: bpy.types.Object, like: bpy.types.Object, collection: bpy.types.Collection
) -> set[int]:
    """Let the figure ``new`` stay, where ``like`` stands; returns what must not be removed."""
    new.parent, new.parent_type, new.parent_bone = like.parent, like.parent_type, like.parent_bone
    new.matrix_parent_inverse = like.matrix_parent_inverse
    new.matrix_basis = like.matrix_basis
    body = body_of(new)
    staying = [new] if body is None else [new, body]
    for one in staying:
        collection.objects.link(one)
    return _addresses(staying)


def _start_of(figures: Sequence[bpy.types.Object]) -> int:
    records = [record for figure in figures if (record := read_record(figure)) is not None]
    return round(records[0].start) if records else bpy.context.scene.frame_start


def _move_figure(new: bpy.types.Object, old: bpy.types.Object) -> list[str]:
    """Let ``old`` hold what ``new`` holds: bones, action, record and body.

    Returns sentences on what stays because somebody edited it.
    """
    new_body, old_body = body_of(new), body_of(old)
    edited = _take_over(new, old)
    if new_body is None or old_body is None:
        return [kept_note(edited)] if edited else []
    # Drivers of the new mesh's keys look at the new armature.
    new.user_remap(old)
    hand_on_looks(old_body, new_body)
    keys: Any = old_body.data.shape_keys
    face = "" if keys is None else keep_if_edited(keys)
    shape = keep_mesh(old_body.data)
    old_body.data = new_body.data
    names = "' and '".join(name for name in (edited, face) if name)
    return [*([kept_note(names)] if names else []), *([shape] if shape else [])]


def _take_over(new: bpy.types.Object, old: bpy.types.Object) -> str:
    if find_curve(old, "hide_viewport") is not None:
        old.hide_viewport = old.hide_render = False
    old.data, earlier = new.data, old.data
    name_after(earlier, old.data)
    action = old.animation_data.action if is_edited(old) else None
    take_over_action(new, old)
    for key, value in new.items():
        old[key] = value.to_list() if hasattr(value, "to_list") else value
    if action is None:
        return ""
    keep_edited(action)
    return action.name


@contextmanager
def _settings_kept(context: bpy.types.Context) -> Iterator[None]:
    """Put back what building a take changes of the scene."""
    scene, layer = context.scene, context.view_layer
    of_scene = {name: getattr(scene, name) for name in _KEPT_OF_SCENE}
    of_render = {name: getattr(scene.render, name) for name in _KEPT_OF_RENDER}
    frame, subframe = scene.frame_current, scene.frame_subframe
    mode = layer.objects.active.mode if layer.objects.active is not None else "OBJECT"
    active, selected = layer.objects.active, [o for o in list(layer.objects) if o.select_get()]
    try:
        yield
    finally:
        for name, value in of_scene.items():
            setattr(scene, name, value)
        for name, value in of_render.items():
            setattr(scene.render, name, value)
        for other in list(layer.objects):
            other.select_set(other in selected)
        layer.objects.active = active
        scene.frame_set(frame, subframe=subframe)
        if active is not None and mode == "POSE" and bpy.ops.object.mode_set.poll():
            bpy.ops.object.mode_set(mode=mode)


@contextmanager
def _visitors_removed() -> Iterator[set[int]]:
    """Remove the objects and collections that came meanwhile, and what nobody uses any more.

    Yields the addresses of those that came to stay, to be filled.
    """
    kinds = (
        bpy.data.armatures, bpy.data.meshes, bpy.data.cameras, bpy.data.actions,
        bpy.data.materials,
    )  # fmt: skip
    placed = _addresses(bpy.data.objects) | _addresses(bpy.data.collections)
    used = {block.as_pointer() for kind in kinds for block in kind if block.users}
    unused = {block.as_pointer() for kind in kinds for block in kind if not block.users}
    staying: set[int] = set()
    try:
        yield staying
    finally:
        placed |= staying
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
