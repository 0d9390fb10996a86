"""What an earlier run made gives way to what another makes, and what hung on it goes over to that.

Copies that somebody made of it stay, and so does all that is linked or overridden: only the first
of several made alike in a collection is the run's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
from mathutils import Matrix

from ..figures.body import BODY_KEY, body_of, hand_on_looks
from ..figures.record import CLIP_KEY, PERSON_KEY
from ..keeping.body_edits import keep_mesh
from ..keeping.camera_made import standing_note
from ..keeping.edited import MADE_KEY, keep_if_edited

_COPY: Final = re.compile(r"\.\d{3,}$")
"""What Blender puts after the name of a copy."""
_ASIDE: Final = " earlier"


@dataclass(slots=True, eq=False)
class Earlier:
    """Objects that give way, ``names`` of them and ``kept`` names of edited actions, which stay;
    ``notes`` on what else does; ``made`` are those that came in their place, filled in by whoever
    makes them."""

    owners: list[bpy.types.Object] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    made: Sequence[bpy.types.Object] = ()


def made_from(scene: bpy.types.Scene, clip_path: str) -> list[bpy.types.Collection]:
    """All collections of the scene that tell of this clip."""
    found = ((c, c.get(CLIP_KEY)) for c in scene.collection.children_recursive)
    wanted = os.path.normcase(clip_path)
    return [c for c, told in found if isinstance(told, str) and os.path.normcase(told) == wanted]


def own_of(scene: bpy.types.Scene, clip_path: str) -> list[bpy.types.Collection]:
    """Those of ``made_from`` that this file may change and that nobody copied from another."""
    there = [
        one
        for one in made_from(scene, clip_path)
        if one.library is None and one.override_library is None
    ]
    names = {one.name for one in there}
    return [one for one in there if _COPY.sub("", one.name) not in names - {one.name}]


@contextmanager
def giving_way(scene: bpy.types.Scene, clip_path: str, *, replace: bool) -> Iterator[Earlier]:
    """Put aside what earlier runs of the clip made in ``scene`` while it is made again.

    Afterwards whatever pointed at it points at its successor: at that of the same number in the
    take, the camera's at the camera. What hung on somebody who has none stays where it was. It is
    put back should the making fail.
    """
    earlier = Earlier()
    if not replace:
        yield earlier
        return
    earlier.owners = [one for home in own_of(scene, clip_path) for one in _made_by_run(home)]
    earlier.names = [one.name for one in earlier.owners]
    places = {child: child.matrix_world.copy() for one in earlier.owners for child in one.children}
    changed = [standing_note(one) for one in earlier.owners if one.type == "CAMERA"]
    earlier.notes += [note for note in changed if note]
    animated = dict.fromkeys(block for one in earlier.owners for block in _animated(one))
    earlier.kept = [name for block in animated if (name := keep_if_edited(block))]
    homes = {one: list(one.users_collection) for one in earlier.owners}
    camera = scene.camera
    if camera in earlier.owners:
        scene.camera = None
    named = [(block, block.name) for one in earlier.owners for block in _blocks(one)]
    for block, name in named:
        block.name = name + _ASIDE
    for one, collections in homes.items():
        for home in collections:
            home.objects.unlink(one)
    is_well = False
    try:
        yield earlier
        is_well = True
    finally:
        if is_well:
            _hand_over(earlier, places)
        else:
            for block, name in named:
                block.name = name
            scene.camera = camera
            for one, collections in homes.items():
                for home in collections:
                    home.objects.link(one)


def _made_by_run(home: bpy.types.Collection) -> list[bpy.types.Object]:
    """The objects of a collection that a run made, without copies that somebody made of them."""
    found: list[bpy.types.Object] = []
    seen: set[tuple[str, object]] = set()
    figures = set[bpy.types.Object]()
    made = [one for one in home.objects if _is_made_here(one)]
    for one in sorted(made, key=lambda one: one.type != "ARMATURE"):
        if one.type == "ARMATURE":
            kind: tuple[str, object] = one.type, one.get(PERSON_KEY, one.name)
        elif BODY_KEY in one:
            kind = one.type, one.parent if one.parent in figures else one[BODY_KEY]
            if one.parent is not None and one.parent not in figures:
                continue  # the body of a copy
        else:
            kind = one.type, _COPY.sub("", one.name)
        if kind not in seen:
            seen.add(kind)
            found.append(one)
            if one.type == "ARMATURE":
                figures.add(one)
    return found


def _is_made_here(owner: bpy.types.Object) -> bool:
    is_ours = owner.library is None and owner.override_library is None
    return is_ours and bool(owner.get(MADE_KEY))


def _animated(owner: bpy.types.Object) -> list[Any]:
    """What of ``owner`` may hold an action: itself, its data and the shapes of that."""
    data: Any = owner.data
    blocks = (owner, data, getattr(data, "shape_keys", None))
    return [one for one in blocks if getattr(one, "animation_data", None) is not None]


def _blocks(owner: bpy.types.Object) -> list[bpy.types.ID]:
    """``owner`` and what Limn made for it."""
    found: list[bpy.types.ID] = [owner]
    actions = [block.animation_data.action for block in _animated(owner)]
    found += [action for action in actions if action is not None]
    found += [owner.data] if owner.data is not None else []
    return list(dict.fromkeys(one for one in found if one == owner or one.get(MADE_KEY)))


def _hand_over(earlier: Earlier, places: Mapping[bpy.types.Object, Matrix]) -> None:
    """Let what pointed at the old point at the new, and remove the old."""
    owners = set(earlier.owners)
    people = {one[PERSON_KEY]: one for one in earlier.made if PERSON_KEY in one}
    cameras = [one for one in earlier.made if one.type == "CAMERA"]
    unused = [block for one in earlier.owners for block in _blocks(one)[1:]]
    for one in earlier.owners:
        successor = people.get(one.get(PERSON_KEY)) if one.type == "ARMATURE" else None
        if one.type == "CAMERA" and cameras and one == _first_camera(earlier.owners):
            successor = cameras[0]
        if successor is None:
            for child in [child for child in one.children if child not in owners]:
                child.parent = None
                child.matrix_world = places[child]
            continue
        old_body, new_body = body_of(one), body_of(successor)
        if old_body is not None and new_body is not None and old_body in owners:
            hand_on_looks(old_body, new_body)
            old_body.parent = None
            old_body.user_remap(new_body)
        for body in [child for child in one.children if child in owners]:
            body.parent = None
        one.user_remap(successor)
    bodies = [one.data for one in earlier.owners if one.type == "MESH"]
    earlier.notes += [note for note in map(keep_mesh, bodies) if note]
    bpy.data.batch_remove(earlier.owners)
    # What is only used by what goes: a camera's lens has an action of its own.
    actions = [block for block in unused if isinstance(block, bpy.types.Action)]
    for blocks in ([block for block in unused if block not in actions], actions):
        bpy.data.batch_remove([block for block in dict.fromkeys(blocks) if not block.users])


def _first_camera(owners: Sequence[bpy.types.Object]) -> bpy.types.Object | None:
    return next((one for one in owners if one.type == "CAMERA"), None)
