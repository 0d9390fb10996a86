"""Tracks of 4D-Humans and PHALP (Goel et al., 2023): one dictionary a frame, SMPL in the camera.

Keys of its public code (brjathu/PHALP, phalp/trackers/PHALP.py), by the picture's name: ``time``,
and one entry for each of ``tid`` in ``smpl`` (``global_orient``, ``body_pose``, ``betas``, as
matrices), ``camera`` (a translation), ``size`` (height, width) and ``tracked_time``, the frames
since somebody was last seen: over 0 the entry repeats what was told then. Its focal length is
5000 px for a picture of 256 px: a convention by which it turns sizes into depths of 40 m and more,
not a lens. People are brought to where the usual lens would show them as large.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, check_fields, of_shape
from ...data.reading.files import Damaged
from ...geometry.camera import camera_from_fov
from ..keypoints.sightings import whole_number
from ..motion import ImportedCamera, ImportedMotion, ImportedPerson
from ..smpl_pose import pelvis_at, quats_of, rotations
from ..values import MOST_FRAMES, Value, Values, as_mapping, numbers

_FOCAL: Final = 5000.0 / 256.0
"""Its focal length over the picture's longer side."""
_LENS: Final = (
    "The file tells sizes instead of depths, through a lens of 3 degrees that no camera has; "
    "people stand as far away as the usual lens would show them."
)
_NEEDED: Final = ("tid", "smpl", "camera")


@dataclass(slots=True)
class _Track:
    frames: list[int] = field(default_factory=list[int])
    root: list[F64] = field(default_factory=list[F64], metadata=of_shape(1, 3, 3))
    body: list[F64] = field(default_factory=list[F64], metadata=of_shape(None, 3, 3))
    place: list[F64] = field(default_factory=list[F64], metadata=of_shape(3))

    def __post_init__(self) -> None:
        check_fields(self)


def matches(values: Value) -> bool:
    """Whether ``values`` is such a result."""
    if not isinstance(values, dict) or not values:
        return False
    first = next(iter(cast(Values, values).values()))
    return isinstance(first, dict) and all(name in first for name in _NEEDED)


def read(values: Value) -> ImportedMotion:
    """Everybody who was followed, in the camera. Raises Damaged."""
    tracks: dict[int, _Track] = {}
    size: tuple[int, int] | None = None
    for position, frame in _frames(cast(dict[str, Value], values)):
        size = size or _size(frame)
        missed = frame.get("tracked_time") or [0] * len(frame["tid"])
        people = zip(frame["tid"], frame["smpl"], frame["camera"], missed, strict=False)
        for number, smpl, place, since in people:
            if not since:
                _add(tracks.setdefault(int(number), _Track()), position, smpl, place)
    if not tracks:
        raise Damaged("there is nobody in it")
    camera, nearer = _camera(size)
    people = tuple(
        _person(f"Person {i}", one, nearer) for i, one in enumerate(tracks.values(), start=1)
    )
    notes = () if size is None else (_LENS,)
    return ImportedMotion("4D-Humans", people, is_in_camera=True, camera=camera, notes=notes)


def _frames(values: Mapping[str, Value]) -> list[tuple[int, Values]]:
    """Frames in order, numbered by their times where all tell one of their own."""
    named = [as_mapping(value, "a frame of it") for _, value in sorted(values.items())]
    told = [whole_number(frame.get("time"), -1) for frame in named]
    if -1 in told or len(set(told)) < len(told) or max(told) > MOST_FRAMES:
        return list(enumerate(named))
    return sorted(zip(told, named, strict=True), key=lambda one: one[0])


def _add(track: _Track, position: int, smpl: Value, place: Value) -> None:
    if track.frames and track.frames[-1] == position:
        return  # a doubled number: the first counts
    one = as_mapping(smpl, "a body of it")
    track.frames.append(position)
    track.root.append(rotations(_one(one["global_orient"]), "its root's orientation", 1)[0])
    track.body.append(rotations(_one(one["body_pose"]), "its body's pose")[0])
    track.place.append(numbers(np.asarray(place).reshape(-1), "its camera", (3,)))


def _one(value: Value) -> F64:
    """Matrices (1, j, 3, 3) of one frame."""
    return np.asarray(value, np.float64).reshape(1, -1, 3, 3)


def _person(name: str, track: _Track, nearer: float) -> ImportedPerson:
    t = len(track.frames)
    place = np.stack(track.place)
    place[:, 2] *= nearer
    return ImportedPerson(
        name=name,
        frames=np.array(track.frames, np.int32),
        quat_parent_joint=quats_of(np.stack(track.root), np.stack(track.body)),
        root_xyz=pelvis_at(place, 24),
        confidence=np.ones(t),
    )


def _size(frame: Values) -> tuple[int, int] | None:
    given = frame.get("size")
    if given is None or not np.asarray(given).size >= 2:
        return None
    height, width = np.asarray(given, np.float64).ravel()[:2]
    return (int(width), int(height)) if width > 0 and height > 0 else None


def _camera(size_px: tuple[int, int] | None) -> tuple[ImportedCamera, float]:
    """A camera of whose lens nothing is known, and how much nearer than through the tool's own the
    usual one shows people."""
    if size_px is None:
        return ImportedCamera(), 1.0
    focal = float(camera_from_fov(size_px, None).K[0, 0])
    return ImportedCamera(size_px=size_px), focal / (_FOCAL * max(size_px))
