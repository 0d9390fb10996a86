"""SAM 3D Body's results (Meta, 2025), as scripts about its public code save them.

Its estimator (facebookresearch/sam-3d-body, sam_3d_body_estimator.py, process_one_image) tells of
everybody in a picture ``pred_keypoints_3d`` (70, 3) metres in the camera's axes about the body,
``pred_cam_t`` (3,) where that is, ``focal_length`` and ``pred_keypoints_2d`` (70, 2), in the order
of metadata/mhr70.py. Some scripts leave out where people are: they stay on the spot. Saved are
arrays of a clip, a dictionary a person, lists of people in frames, or a file a frame. The joints of
its rig, MHR, are not used: the zero pose they turn from isn't in the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, check_fields, of_shape
from ...data.reading.files import Damaged
from ...geometry.assignment import assign
from ..keypoints.names import MHR_70
from ..keypoints.sightings import NOBODY, positions, whole_number
from ..markers.points import MarkerMotion, MarkerTrack
from ..motion import ImportedCamera
from ..values import MOST_FRAMES, Value, Values, any_number_in, first_of, numbers

_POINTS: Final = ("pred_keypoints_3d", "keypoints_3d", "joints3d")
_PLACE: Final = ("pred_cam_t", "cam_t", "camera_translation", "translation")
_PICTURE: Final = ("pred_keypoints_2d", "keypoints_2d")
_FOCAL: Final = ("focal_length", "focal")
_FRAME: Final = ("frame_idx", "frame_number", "frame_id", "frame", "frame_index")
_WHO: Final = ("person_id", "track_id", "obj_id", "id", "pid")
_PEOPLE: Final = ("people", "persons", "outputs", "detections", "results", "humans", "predictions")
_FRAMES: Final = ("frames", "results", "data", "outputs")
_INSIDE: Final = ("skeleton", "camera", "mhr")
"""Parts of a person in which some scripts put these."""
_NO_WAY: Final = "The file tells no way through the world: everybody stays on the spot."
_N: Final = len(MHR_70)
_FARTHEST_M: Final = 1.0  # that somebody goes from one frame to the next; by hand
_DEEPEST: Final = 5
"""Lists and dictionaries within each other down to a person."""
_LONGEST: Final = 15
"""Frames for which somebody who isn't seen may come back as the same person; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Somebody in a frame: ``xyz`` (70, 3) in the camera's axes, metres."""

    frame: int
    who: int
    xyz: F64 = field(metadata=of_shape(_N, 3))
    focal: float | None = None
    middle: F64 | None = field(default=None, metadata=of_shape(2))
    has_place: bool = True

    def __post_init__(self) -> None:
        check_fields(self)


def matches(values: Value) -> bool:
    """Whether ``values`` hold such a result."""
    return _first_person(values, 0) is not None


def read(values: Value) -> MarkerMotion:
    """Everybody in a file, in the camera. Raises Damaged."""
    facts = _facts(values)
    return _motion(_seen_in(values, 0), facts)


def read_files(each: Sequence[Value], frames: Sequence[int]) -> MarkerMotion:
    """The same of files with one frame each, numbered ``frames``. Raises Damaged."""
    seen = [
        replace(one, frame=number)
        for values, number in zip(each, frames, strict=True)
        for one in _seen_in(values, number)
    ]
    return _motion(seen, {})


def _first_person(values: Value, depth: int) -> Values | None:
    if depth > _DEEPEST or not isinstance(values, dict | list):
        return None
    if isinstance(values, dict):
        given = cast(Values, values)
        if _is_person(given):
            return given
        inner: list[Value] = list(given.values())[:50]
    else:
        inner = cast("list[Value]", values)[:50]
    return next((one for v in inner if (one := _first_person(v, depth + 1)) is not None), None)


def _flat(person: Values) -> Values:
    out = dict(person)
    for name in _INSIDE:
        if isinstance(person.get(name), dict):
            out = {**cast(Values, person[name]), **out}
    return out


def _is_person(values: Values) -> bool:
    flat = _flat(values)
    points, place = first_of(flat, _POINTS), first_of(flat, _PLACE)
    if points is None:
        return False
    try:
        shape = np.asarray(points, np.float64).shape
    except (TypeError, ValueError):
        return False
    if len(shape) < 2 or shape[-1] != 3:
        return False
    # Other tools' points have other counts; with a place any rig's that begin with these will do.
    return shape[-2] == _N if place is None else shape[-2] >= _N


def _seen_in(values: Value, number: int) -> list[_Seen]:
    """Everybody in a document, a list of frames or of people, or one person's arrays."""
    if isinstance(values, dict):
        given = cast(Values, values)
        if _is_person(given):
            return _person(_flat(given), number)
        frames = first_of(given, _FRAMES)
        # What has a number is a frame itself, whatever it calls its people.
        if isinstance(frames, list) and first_of(given, _FRAME) is None:
            return _of_frames(cast("list[Value]", frames), None)
        people = first_of(given, _PEOPLE)
        if people is not None:
            return _seen_in(people, _number(given, number))
        names = list(given)
        return _of_frames(list(given.values()), [_digits(name, k) for k, name in enumerate(names)])
    if not isinstance(values, list):
        return []
    entries = cast("list[Value]", values)
    are_people = bool(entries) and all(
        isinstance(one, dict) and _is_person(cast(Values, one)) for one in entries
    )
    if are_people:
        out: list[_Seen] = []
        for k, one in enumerate(entries):
            person = _flat(cast(Values, one))
            # Who is nowhere can't be followed by where they are.
            otherwise = k if first_of(person, _PLACE) is None else NOBODY
            out += _person(person, _number(cast(Values, one), number), otherwise)
        return out
    return _of_frames(entries, None)


def _of_frames(frames: list[Value], told: list[int] | None) -> list[_Seen]:
    if len(frames) > MOST_FRAMES:
        raise Damaged(f"it has more than {MOST_FRAMES} frames")
    out: list[_Seen] = []
    for k, frame in enumerate(frames):
        number = k if told is None else told[k]
        if isinstance(frame, dict):
            number = _number(cast(Values, frame), number)
            people = _named_people(cast(Values, frame))
            if people:
                out += [one for who, person in people for one in _person(person, number, who)]
                continue
        out += _seen_in(frame, number)
    return out


def _named_people(frame: Values) -> list[tuple[int, Values]]:
    """The people of a frame that names them by their numbers, none where it isn't of that kind."""
    people: list[tuple[int, Values]] = []
    for key, one in frame.items():
        if not isinstance(one, dict) or not _is_person(cast(Values, one)):
            return []
        people.append((_digits(key, len(people)), _flat(cast(Values, one))))
    return people


def _number(values: Values, otherwise: int) -> int:
    return whole_number(first_of(values, _FRAME), otherwise)


def _digits(name: Value, otherwise: int) -> int:
    found = re.search(r"(\d{1,9})\D*$", str(name).rpartition(".")[0] or str(name))
    return otherwise if found is None else int(found.group(1))


def _person(person: Values, number: int, otherwise: int = NOBODY) -> list[_Seen]:
    """One frame of somebody, or all frames of arrays of a clip; they are ``otherwise`` where the
    file doesn't number them."""
    points = np.asarray(first_of(person, _POINTS), np.float64)
    if points.ndim == 3 and len(points) == 1:
        points = points[0]
    if points.ndim == 2:
        points = points[None]
    xyz = numbers(points[:, :_N], "its keypoints", (None, _N, 3))
    t = len(xyz)
    told_place = first_of(person, _PLACE)
    place = np.zeros((t, 3))
    if told_place is not None:
        place = numbers(np.reshape(told_place, (t, -1)), "its places", (t, 3))
    picture = first_of(person, _PICTURE)
    focal = first_of(person, _FOCAL)
    focals = None if focal is None else np.broadcast_to(
        numbers(np.ravel(np.asarray(focal, np.float64)), "its focal lengths", (None,)), (t,)
    )  # fmt: skip
    pixels = None
    if picture is not None:
        flat = np.asarray(picture, np.float64)
        pixels = numbers(flat.reshape(t, -1, flat.shape[-1])[:, :_N], "its pixels", (t, _N, None))
    told = first_of(person, _FRAME)
    frames = np.arange(t) + number
    if told is not None and np.size(told) == t and t > 1:
        frames = positions([whole_number(v, -1) for v in np.ravel(told).tolist()])
    who = whole_number(first_of(person, _WHO), otherwise)
    out: list[_Seen] = []
    for k in range(t):
        body = xyz[k] + place[k]
        f = None if focals is None or not focals[k] > 0 else float(focals[k])
        middle = None
        if f is not None and pixels is not None and (body[:, 2] > 0).all():
            middle = np.median(pixels[k, :, :2] - f * body[:, :2] / body[:, 2:], axis=0)
        out.append(_Seen(int(frames[k]), who, body, f, middle, told_place is not None))
    return out


def _motion(seen: list[_Seen], facts: Values) -> MarkerMotion:
    if not seen:
        raise Damaged("there is nobody in it")
    seen = sorted(seen, key=lambda one: one.frame)
    frames = positions([one.frame for one in seen])
    pairs = [(one.frame, one.who) for one in seen]
    has_numbers = NOBODY not in {one.who for one in seen} and len(set(pairs)) == len(pairs)
    owner = [one.who for one in seen] if has_numbers else _followed(seen)
    people: list[MarkerTrack] = []
    for number, who in enumerate(dict.fromkeys(owner), start=1):
        rows = [k for k, own in enumerate(owner) if own == who]
        xyz = np.stack([seen[k].xyz for k in rows])
        people.append(MarkerTrack(f"Person {number}", MHR_70, frames[rows], xyz))
    return MarkerMotion(
        "SAM 3D Body",
        tuple(people),
        fps=any_number_in(facts, ("fps", "frame_rate")),
        is_in_camera=True,
        notes=() if any(one.has_place for one in seen) else (_NO_WAY,),
        camera=_camera(seen),
    )


def _followed(seen: list[_Seen]) -> list[int]:
    """Who is who from frame to frame, by where their middles are."""
    last: dict[int, tuple[int, F64]] = {}
    owner = [0] * len(seen)
    for frame in dict.fromkeys(one.frame for one in seen):
        rows = [k for k, one in enumerate(seen) if one.frame == frame]
        live = [who for who, (at, _) in last.items() if frame - at <= _LONGEST]
        middles = [seen[k].xyz.mean(0) for k in rows]
        cost = np.array([[np.linalg.norm(last[who][1] - m) for m in middles] for who in live])
        pairs = assign(cost) if live else []
        taken = {b: live[a] for a, b in pairs if cost[a, b] < _FARTHEST_M}
        for b, k in enumerate(rows):
            who = taken.get(b, len(last))
            owner[k], last[who] = who, (frame, middles[b])
    return owner


def _camera(seen: list[_Seen]) -> ImportedCamera:
    focals = [one.focal for one in seen if one.focal is not None]
    middles = [one.middle for one in seen if one.middle is not None]
    if not focals or not middles:
        return ImportedCamera()
    focal, middle = float(np.median(focals)), np.median(np.stack(middles), axis=0)
    if not (middle > 0).all():
        return ImportedCamera()
    K = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1.0]])
    return ImportedCamera(K, (round(2 * middle[0]), round(2 * middle[1])))


def _facts(values: Values) -> Values:
    for name in ("video_info", "meta", "metadata", "info"):
        inner = values.get(name) if isinstance(values, dict) else None
        if isinstance(inner, dict):
            return cast(Values, inner)
    return values if isinstance(values, dict) else {}
