"""Figures' motion as it plays in the scene: edits, NLA, constraints and object moves included.

The scene leads: whatever an artist did to a figure is what retargeting and exports see. The take
only brings what a scene doesn't hold, its 2D evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np

from ....core.data.arrays import F32, F64, I32, Floats
from ....core.data.errors import RigError
from ....core.data.skeletons import CONTACT_POINTS, SMPLX_55
from ....core.data.types import Person, Take
from ....core.geometry.kinematics import R_WORLD_BODY_REST
from ...motion.keys import pose_frames, values_at
from ...motion.nla.leading import Played, played_curves
from ...motion.nla.strips import spans_of
from ...timeline import played_rate
from ...units import units_per_metre
from ..animation import BRIDGED, contact_property
from ..body import body_of
from ..record import PERSON_KEY, read_record
from .bones import bone_motion
from .changed import place_now
from .face import is_face_changed, played_face

_SAME_M: Final = 1e-5
_SAME_TURN: Final = 1e-5
"""Poses that differ by less are the take's own, to single precision."""


_NUMBER: Final = re.compile(r"\.\d{3,}$")
_LATE: Final = 0.6
"""Frames by which poses may be beside the clip's times, that are laid on whole frames."""


@dataclass(frozen=True, slots=True, eq=False)
class Playing:
    """A figure's t poses as a person, ``person.frames`` counting them from 0, and ``scene_frames``
    (t,) where they lie."""

    person: Person
    scene_frames: F64


def playing_person(scene: bpy.types.Scene, figure: bpy.types.Object, made: Person) -> Playing:
    """Read the motion of ``figure``, which was made from ``made``, as it plays in ``scene``.

    Raises RigError for one that lacks bones or has a negative scale.
    """
    lost = [name for name in SMPLX_55 if name not in figure.pose.bones]
    if lost:
        told = ", ".join(lost[:3]) + ("" if len(lost) < 4 else f" and {len(lost) - 3} more")
        raise RigError(f"{figure.name} lacks {told}; give its bones the names they were made with.")
    bpy.context.view_layer.update()  # a script may have moved what carries the figure
    if np.linalg.det(place_now(figure)[:3, :3]) <= 0:
        raise RigError(
            f"{figure.name} is turned inside out by a negative scale; Mirror in the section Motion "
            "mirrors the motion itself."
        )
    frames = _frames_of(figure)
    is_hidden = _property(played_curves(figure, frames), "hide_viewport", np.zeros(len(frames)))
    frames = frames[is_hidden < 0.5]
    played = played_curves(figure, frames)
    motion = bone_motion(scene, figure, frames, played)
    rest, scale = _rest_xyz(figure)
    unit = units_per_metre(scene)
    heads, scale = motion.heads / unit, scale / unit
    near = _nearest(figure, frames, len(made.frames))
    person = replace(
        made,
        name=_name_of(figure, made),
        frames=np.arange(len(frames), dtype=np.int32),
        rest_xyz_body=(rest * scale).astype(np.float32),
        root_xyz_world=heads.astype(np.float32),
        quat_parent_joint=motion.quats.astype(np.float32),
        confidence=made.confidence[near],
        contact=_contacts(played, made, near),
        bridged=_property(played, f'["{BRIDGED}"]', made.bridged[near]) > 0.5,
        xy_px=made.xy_px[near],
        xy_score=made.xy_score[near],
        height_m=made.height_m * scale,
        face_weights=played_face(body_of(figure), frames, made, near),
    )
    return Playing(person, frames)


def playing_take(
    scene: bpy.types.Scene,
    take: Take,
    figures: Sequence[bpy.types.Object],
    *,
    is_all: bool = False,
) -> tuple[Take, bool]:
    """``take`` with its people as ``figures`` play them, and whether that changes anything.

    Frames of the scene become frames of the take where figures no longer keep the take's own.
    Those whose poses and times are as they were made, wherever they begin, change nothing; with
    ``is_all`` people without a figure do, who were deleted.
    """
    played = {
        int(one[PERSON_KEY]): playing_person(scene, one, take.people[int(one[PERSON_KEY])])
        for one in figures
        if int(one[PERSON_KEY]) < len(take.people)
    }
    fps = played_rate(scene)
    is_unchanged = all(_is_unchanged(take.people[i], one) for i, one in played.items())
    is_whole = not is_all or len(played) == len(take.people)
    if is_whole and is_unchanged and _keeps_time(take, played, fps):
        return take, False
    frames = np.unique(np.concatenate([one.scene_frames for one in played.values()]).round(4))
    positions = _positions(take, figures, frames)
    people = tuple(
        replace(one.person, frames=np.searchsorted(frames, one.scene_frames.round(4)).astype("i4"))
        for _, one in sorted(played.items())
    )
    shots = np.searchsorted(take.cuts, positions, side="right")
    begins = np.flatnonzero(np.diff(shots)) + 1
    camera = take.camera
    if shots[0] > 0:
        camera = replace(camera, T_world_camera=take.T_world_shots[shots[0] - 1])
    changed = replace(
        take,
        people=people,
        time_s=(frames - frames[0]) / fps,
        source_frame=(take.source_frame[positions[0]] + np.arange(len(frames))).astype(np.int32),
        camera=camera,
        cuts=begins.astype(np.int32),
        T_world_shots=take.T_world_shots[shots[begins] - 1],
        turns=take.turns[positions] if len(take.turns) else take.turns,
        path=take.path[positions] if len(take.path) else take.path,
        zoom=take.zoom[positions] if len(take.zoom) else take.zoom,
        observed=None,
        report={},
    )
    return changed, True


def _is_unchanged(made: Person, playing: Playing) -> bool:
    """Whether name and poses are as they were made; where they lie in time is another matter."""
    now = playing.person
    if len(now.frames) != len(made.frames) or now.name != made.name:
        return False
    dots = np.abs((now.quat_parent_joint * made.quat_parent_joint).sum(-1))
    return bool(
        np.abs(now.root_xyz_world - made.root_xyz_world).max(initial=0.0) < _SAME_M
        and (1 - dots).max(initial=0.0) < _SAME_TURN
        and np.abs(now.contact - made.contact).max(initial=0.0) < 1e-3
        and not is_face_changed(made.face_weights, now.face_weights)
        and np.abs(now.rest_xyz_body - made.rest_xyz_body).max() < _SAME_M
    )


def _keeps_time(take: Take, played: Mapping[int, Playing], fps: float) -> bool:
    """Whether poses follow each other, of all people, as fast as they were filmed."""
    late = [
        one.scene_frames / fps - take.time_s[take.people[i].frames] for i, one in played.items()
    ]
    return take.clip.is_still or float(np.ptp(np.concatenate(late or [np.zeros(1)]))) < _LATE / fps


def _frames_of(figure: bpy.types.Object) -> F64:
    """The poses' own frames where the keys are as they were made, else every frame in between."""
    record = read_record(figure)
    animation = figure.animation_data
    spans = spans_of(animation)
    if animation is not None and animation.action is not None:
        keys = pose_frames(figure, every_frame=True)
        if not spans:
            is_made = record is not None and len(record.scene_frames) == len(keys)
            return record.scene_frames if record is not None and is_made else keys
        spans.append((float(keys[0]), float(keys[-1])))
    if not spans:
        return np.array([float(bpy.context.scene.frame_current)])
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    return np.arange(np.ceil(first), np.floor(last) + 1)


def _name_of(figure: bpy.types.Object, made: Person) -> str:
    """What the person is called in the scene, without the number of a second load."""
    return made.name if _NUMBER.sub("", figure.name) == made.name else figure.name


def _rest_xyz(figure: bpy.types.Object) -> tuple[F64, float]:
    """The joints at rest (55, 3) in the body frame, the pelvis at the origin, and the size."""
    bones = figure.data.bones
    heads = np.array([bones[name].head_local for name in SMPLX_55], np.float64)
    size = float(np.linalg.norm(place_now(figure)[:3, :3], axis=0).mean())
    return (heads - heads[0]) @ R_WORLD_BODY_REST, size


def _nearest(figure: bpy.types.Object, frames: F64, count: int) -> I32:
    """The rows of the person's poses that were made nearest to ``frames``."""
    record = read_record(figure)
    if record is None or not count:
        return np.zeros(len(frames), np.int32)
    rows = np.interp(frames, record.scene_frames, np.arange(len(record.scene_frames)))
    return np.clip(np.round(rows), 0, count - 1).astype(np.int32)


def _contacts(played: Played | None, made: Person, near: I32) -> F32:
    columns = [
        _property(played, f'["{contact_property(point)}"]', made.contact[near, n])
        for n, point in enumerate(CONTACT_POINTS)
    ]
    return np.clip(np.stack(columns, axis=-1), 0, 1).astype(np.float32)


def _property(played: Played | None, path: str, otherwise: Floats) -> Floats:
    """What the curves that lead say of a property, where they do, else ``otherwise`` (t,)."""
    curve = None if played is None else played.curves.get((path, 0))
    if played is None or curve is None:
        return np.array(otherwise, np.float64)
    return values_at(curve, played.frames)


def _positions(take: Take, figures: Sequence[bpy.types.Object], frames: F64) -> I32:
    """The take's frames that lie nearest to scene frames."""
    for record in map(read_record, figures):
        if record is not None:
            at = np.interp(frames, record.scene_frames, record.positions.astype(np.float64))
            return np.clip(np.round(at), 0, len(take.time_s) - 1).astype(np.int32)
    return np.zeros(len(frames), np.int32)
