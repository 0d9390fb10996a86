"""What a figure remembers of its take: who it is, which frames, the contacts as they were made.

With it the artist's edits can be told from the take's own values and frames of the report found on
the timeline, whatever the take's file has become meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, I32
from ...core.data.errors import TakeError
from ...core.data.skeletons import CONTACT_POINTS, SMPLX_55
from ...core.data.types import Person, Take
from ..curves import find_curve, read_keys
from ..keeping.take_link import TAKE_KEY, take_identity
from ..timeline import Timeline

CLIP_KEY: Final = "limn_clip"
"""Custom property of a collection: the clip that it was made from."""
PERSON_KEY: Final = "limn_person"
"""Custom property of an armature: the person's index in the take."""
TOLD_HEIGHT_KEY: Final = "limn_told_height"
"""Custom property of an armature: the person's height in metres as somebody told it, 0 = as
everyone's. The next solve takes it."""
_START, _POSITIONS, _SOURCE, _FRAMES, _CONTACTS = (
    "limn_start",
    "limn_positions",
    "limn_source_frames",
    "limn_frames",
    "limn_contacts",
)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One figure's t poses.

    ``person`` index in ``Take.people``; ``start`` scene frame of the take's first frame;
    ``positions`` (t,) in ``Take.time_s``; ``source_frames`` (t,) in the file, from 0;
    ``scene_frames`` (t,) where the keys lie now; ``contact`` (t, 4) as it was made.
    """

    person: int
    start: float
    positions: I32
    source_frames: I32
    scene_frames: F64
    contact: F32


def write_record(
    owner: bpy.types.Object, number: int, person: Person, take: Take, timeline: Timeline
) -> None:
    """Remember on the armature ``owner`` that it is person ``number`` of ``take``."""
    owner[PERSON_KEY] = number
    told = told_heights(take)
    owner[TOLD_HEIGHT_KEY] = told[number] if number < len(told) else 0.0
    owner.id_properties_ui(TOLD_HEIGHT_KEY).update(
        min=0.0, max=2.8, precision=2, step=1,
        description="This person's height in metres, 0 where nobody knows it; press Solve Again",
    )  # fmt: skip
    owner[_START] = float(timeline.start)
    if not len(person.frames):
        return
    owner[_POSITIONS] = person.frames.tolist()
    owner[_SOURCE] = take.source_frame[person.frames].tolist()
    owner[_FRAMES] = timeline.frames[person.frames].tolist()
    owner[_CONTACTS] = person.contact.ravel().tolist()


def person_of(take: Take, figure: bpy.types.Object) -> Person:
    """The person of ``take`` whom ``figure`` shows. Raises TakeError where it holds none such."""
    number = int(figure[PERSON_KEY])
    if not 0 <= number < len(take.people):
        raise TakeError(
            f"The take has no person {number + 1}, whom {figure.name} shows; point to the right "
            "one with Find Take."
        )
    return take.people[number]


def told_heights(take: Take) -> list[float]:
    """The heights of single people that ``take`` was solved with, 0 where none was told."""
    told = take.settings.get("heights_m", ())
    listed = told if isinstance(told, list | tuple) else ()
    return [float(one) if isinstance(one, int | float) else 0.0 for one in listed]


def read_record(owner: bpy.types.Object) -> Record | None:
    """Return what ``owner`` remembers; None for everything but a figure with poses, and for one
    whose properties somebody damaged."""
    if not is_figure(owner) or _POSITIONS not in owner:
        return None
    try:
        made_at: F64 = np.array(owner[_FRAMES], np.float64)
        contact: F32 = np.array(owner[_CONTACTS], np.float32).reshape(len(made_at), -1)
        positions: I32 = np.array(owner[_POSITIONS], np.int32)
        source_frames: I32 = np.array(owner[_SOURCE], np.int32)
        start = float(owner[_START])
    except (KeyError, TypeError, ValueError):  # somebody changed the properties by hand
        return None
    lengths = {len(made_at), len(positions), len(source_frames)}
    if len(lengths) > 1 or not len(made_at) or contact.shape[1] != len(CONTACT_POINTS):
        return None
    now_at = _key_frames(owner, made_at)
    return Record(
        person=int(owner[PERSON_KEY]),
        start=start + float(now_at[0] - made_at[0]),
        positions=positions,
        source_frames=source_frames,
        scene_frames=now_at,
        contact=contact,
    )


def _key_frames(owner: bpy.types.Object, made_at: F64) -> F64:
    """Where the pose's keys lie now: somebody may have moved the action along the timeline."""
    path = owner.pose.bones[SMPLX_55[0]].path_from_id("location")
    curve = find_curve(owner, path)
    keys = None if curve is None else read_keys(curve)
    if keys is None or len(keys) != len(made_at):
        return made_at
    return keys[:, 0].astype(np.float64)


def figures_of(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The figures of the take at hand, in the order of its people; empty when none is meant.

    That is the take of the active object, else the only one in the scene. Who was moved to another
    collection still belongs to it; copies in a collection of their own are taken for themselves.
    """
    active = context.view_layer.objects.active
    groups = _groups(context.scene.collection)
    meant = [group for group in groups if active is not None and _is_of(active, group)]
    joined = _joined((meant or groups)[0], groups) if groups else []
    if not meant and len(joined) < len(groups):
        return []
    people = {number: owner for group in joined for number, owner in group.people.items()}
    return [people[number] for number in sorted(people)]


def collection_of(figures: Sequence[bpy.types.Object]) -> bpy.types.Collection:
    """The collection that Limn made for ``figures`` of a take, else one in which the first lies."""
    homes = [home for figure in figures for home in figure.users_collection]
    return next((home for home in homes if CLIP_KEY in home), homes[0])


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The figures of one take in one collection, by their number in the take."""

    home: bpy.types.Collection
    take: tuple[Path, str]
    people: dict[int, bpy.types.Object]


def _groups(scene_collection: bpy.types.Collection) -> list[_Group]:
    """All groups of a scene; those that lie in its own collection last."""
    groups: list[_Group] = []
    for home in (*scene_collection.children_recursive, scene_collection):
        takes: dict[tuple[Path, str], dict[int, bpy.types.Object]] = {}
        for owner in home.objects:
            if is_figure(owner):
                people = takes.setdefault(take_identity(owner), {})
                people.setdefault(int(owner[PERSON_KEY]), owner)  # a copy of somebody comes later
        groups += [_Group(home, take, people) for take, people in takes.items()]
    return groups


def _is_of(active: bpy.types.Object, group: _Group) -> bool:
    """Whether ``active`` means the group: a figure, what hangs on one, or what lies beside them in
    a collection, as their camera does."""
    for one in (active, active.parent):
        if one is not None and is_figure(one):
            is_inside = group.home.objects.get(one.name) == one
            return is_inside and take_identity(one) == group.take
    is_scenes_own = group.home.library is None and group.home.is_embedded_data
    return not is_scenes_own and group.home.objects.get(active.name) == active


def _joined(first: _Group, groups: Sequence[_Group]) -> list[_Group]:
    """``first`` and the groups of its take that lie in other collections, but no second load of
    it nor copies of the same people."""
    joined, people = [first], dict(first.people)
    for group in sorted(groups, key=lambda one: CLIP_KEY not in one.home):
        is_loaded = CLIP_KEY in group.home and any(CLIP_KEY in one.home for one in joined)
        if group is first or group.take != first.take or is_loaded:
            continue
        if all(people.get(number, owner) == owner for number, owner in group.people.items()):
            joined.append(group)
            people |= group.people
    return joined


def is_figure(owner: bpy.types.Object) -> bool:
    """Whether ``owner`` is a figure of some take, or a copy that somebody made of one."""
    is_told = isinstance(owner.get(PERSON_KEY), int) and TAKE_KEY in owner
    return owner.type == "ARMATURE" and is_told
