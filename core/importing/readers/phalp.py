"""Tracks of 4D-Humans and PHALP (Goel et al., 2023): one dictionary a frame, SMPL in the camera.

Keys of its public code: ``tid``, ``smpl`` (``global_orient``, ``body_pose``, ``betas`` as
matrices), ``camera`` (a translation), ``size``, ``time``. Its focal length is 5000 px for a picture
of 256 px.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, check_fields, of_shape
from ...data.reading.files import Damaged
from ..motion import ImportedCamera, ImportedMotion, ImportedPerson
from ..smpl_pose import pelvis_at, quats_of, rotations
from ..values import Value, Values, as_mapping, numbers

_FOCAL: Final = 5000.0 / 256.0
"""Its focal length over the picture's longer side."""
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
    frames = sorted(cast(dict[str, Value], values).items())
    for position, (_, value) in enumerate(frames):
        frame = as_mapping(value, "a frame of it")
        size = size or _size(frame)
        people = zip(frame["tid"], frame["smpl"], frame["camera"], strict=False)
        for number, smpl, place in people:
            _add(tracks.setdefault(int(number), _Track()), position, smpl, place)
    people = tuple(_person(f"Person {i}", one) for i, one in enumerate(tracks.values(), start=1))
    if not people:
        raise Damaged("there is nobody in it")
    return ImportedMotion("4D-Humans", people, is_in_camera=True, camera=_camera(size))


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


def _person(name: str, track: _Track) -> ImportedPerson:
    t = len(track.frames)
    return ImportedPerson(
        name=name,
        frames=np.array(track.frames, np.int32),
        quat_parent_joint=quats_of(np.stack(track.root), np.stack(track.body)),
        root_xyz=pelvis_at(np.stack(track.place), 24),
        confidence=np.ones(t),
    )


def _size(frame: Values) -> tuple[int, int] | None:
    given = frame.get("size")
    if given is None or not np.asarray(given).size >= 2:
        return None
    height, width = np.asarray(given, np.float64).ravel()[:2]
    return (int(width), int(height)) if width > 0 and height > 0 else None


def _camera(size_px: tuple[int, int] | None) -> ImportedCamera:
    if size_px is None:
        return ImportedCamera()
    focal = _FOCAL * max(size_px)
    middle = (size_px[0] - 1) / 2, (size_px[1] - 1) / 2
    K = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1.0]])
    return ImportedCamera(K, size_px)
