"""What a figure remembers of its take: who it is, which frames, the contacts as they were made.

With it the artist's edits can be told from the take's own values and frames of the report found on
the timeline, whatever the take's file has become meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, I32
from ...core.data.skeletons import CONTACT_POINTS, SMPLX_55
from ...core.data.types import Person, Take
from ..curves import find_curve, read_keys
from ..keeping.take_link import TAKE_KEY, figures_of_take
from ..timeline import Timeline

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


def told_heights(take: Take) -> list[float]:
    """The heights of single people that ``take`` was solved with, 0 where none was told."""
    told = take.settings.get("heights_m", ())
    listed = told if isinstance(told, list | tuple) else ()
    return [float(one) if isinstance(one, int | float) else 0.0 for one in listed]


def read_record(owner: bpy.types.Object) -> Record | None:
    """Return what ``owner`` remembers; None for everything but a figure with poses."""
    if owner.type != "ARMATURE" or PERSON_KEY not in owner or _POSITIONS not in owner:
        return None
    made_at: F64 = np.array(owner[_FRAMES], np.float64)
    now_at = _key_frames(owner, made_at)
    return Record(
        person=int(owner[PERSON_KEY]),
        start=float(owner[_START]) + float(now_at[0] - made_at[0]),
        positions=np.array(owner[_POSITIONS], np.int32),
        source_frames=np.array(owner[_SOURCE], np.int32),
        scene_frames=now_at,
        contact=np.array(owner[_CONTACTS], np.float32).reshape(-1, len(CONTACT_POINTS)),
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

    That is the take of the active object, else the only one in the scene. Figures that were
    appended by themselves lie in the scene's own collection, several takes side by side.
    """
    scene = context.scene
    groups = [c for c in scene.collection.children_recursive if _figures(c.objects)]
    active = context.view_layer.objects.active
    meant = [c for c in groups if active is not None and active.name in c.objects]
    if meant:
        return _figures(meant[0].objects)
    loose = _by_take(scene.collection.objects)
    for figures in loose:
        if active is not None and (active in figures or active.parent in figures):
            return figures
    found = [*(_figures(c.objects) for c in groups), *loose]
    return found[0] if len(found) == 1 else []


def everybody_of(context: bpy.types.Context) -> list[bpy.types.Object]:
    """``figures_of`` and whoever else of their take is in the scene, in whatever collection."""
    near = figures_of(context)
    if not near:
        return []
    beside = set(figures_of_take(near[0]))
    return _figures([*near, *(one for one in context.scene.objects if one in beside)])


def _by_take(objects: Iterable[bpy.types.Object]) -> list[list[bpy.types.Object]]:
    takes: dict[str, list[bpy.types.Object]] = {}
    for owner in objects:
        if is_figure(owner):
            takes.setdefault(str(owner[TAKE_KEY]), []).append(owner)
    return [_figures(owners) for owners in takes.values()]


def _figures(objects: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    found: dict[int, Any] = {}
    for owner in objects:
        if is_figure(owner):
            found.setdefault(int(owner[PERSON_KEY]), owner)  # a copy somebody made comes later
    return [found[number] for number in sorted(found)]


def is_figure(owner: bpy.types.Object) -> bool:
    """Whether ``owner`` is a figure of some take, or a copy that somebody made of one."""
    return owner.type == "ARMATURE" and PERSON_KEY in owner and TAKE_KEY in owner
