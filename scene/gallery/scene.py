"""The gallery of figures that a scene has already, in a scene beside it; theirs stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import bpy

from ...core.data.types import Take
from ..figures.record import PERSON_KEY, person_of, read_record
from ..keeping.edited import MADE_KEY
from ..timeline import timeline_at
from .figures import add_gallery

SCENE_KEY: Final = "limn_gallery_of"
"""Custom property of a gallery's scene: the clip that it shows."""


def make_gallery_scene(
    beside: bpy.types.Scene, take: Take, figures: Sequence[bpy.types.Object]
) -> tuple[bpy.types.Scene, list[str]]:
    """Make the scene of ``figures``, armatures of ``take`` in ``beside``; returns it and warnings.

    An earlier one of the same clip is taken away first, unless somebody put something into it.
    """
    warnings: list[str] = []
    for earlier in [s for s in bpy.data.scenes if s.get(SCENE_KEY) == take.clip.path]:
        if earlier != beside and _is_as_made(earlier):
            _remove(earlier)
        elif earlier != beside:
            warnings.append(f"The scene '{earlier.name}' stays: it holds what Limn didn't make.")
    shown = [figure for figure in figures if int(figure[PERSON_KEY]) < len(take.people)]
    people = tuple(person_of(take, figure) for figure in shown)
    scene = bpy.data.scenes.new(f"{beside.name} Gallery")
    scene[SCENE_KEY] = take.clip.path
    scene.frame_start, scene.frame_end = beside.frame_start, beside.frame_end
    scene.frame_current = beside.frame_current
    for name in ("fps", "fps_base", "resolution_x", "resolution_y"):
        setattr(scene.render, name, getattr(beside.render, name))
    width, height = take.camera.size_px
    scene.render.resolution_x, scene.render.resolution_y = width, height
    record = next(filter(None, map(read_record, shown)), None)
    start = beside.frame_start if record is None else round(record.start)
    timeline = timeline_at(take, start, beside.render.fps / beside.render.fps_base)
    part = replace(take, people=people)
    warnings += add_gallery(scene, part, shown, scene.collection, timeline)
    for made in (*scene.collection.all_objects, *scene.collection.children_recursive):
        made[MADE_KEY] = True
    return scene, warnings


def _is_as_made(scene: bpy.types.Scene) -> bool:
    """Whether all that is in a gallery's scene was made with it and is in no other scene."""
    objects, homes = scene.collection.all_objects, scene.collection.children_recursive
    if not all(one.get(MADE_KEY) for one in (*objects, *homes)):
        return False
    others = [other for other in bpy.data.scenes if other != scene]
    elsewhere = {one for other in others for one in other.collection.all_objects}
    elsewhere |= {one for other in others for one in other.collection.children_recursive}
    return not elsewhere & {*objects, *homes}


def _remove(scene: bpy.types.Scene) -> None:
    world = scene.world
    for owner in list(scene.collection.all_objects):
        bpy.data.objects.remove(owner)
    for collection in list(scene.collection.children):
        bpy.data.collections.remove(collection)
    bpy.data.scenes.remove(scene)
    if world is not None and not world.users:
        bpy.data.worlds.remove(world)
