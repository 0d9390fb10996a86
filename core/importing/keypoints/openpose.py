"""OpenPose's JSON: a file a frame, or frames in one list as ComfyUI and DWPose save them.

Keys of its output format (CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md): ``people``,
each with ``pose_keypoints_2d``, ``face_keypoints_2d``, ``hand_left_keypoints_2d``,
``hand_right_keypoints_2d`` (x, y, score) and ``person_id``. Pose2Sim and Sports2D write the same
(perfanalytics/pose2sim, Pose2Sim/poseEstimation.py, save_to_openpose) with all keypoints of
whichever network they ran, 17, 26 or 133, in ``pose_keypoints_2d``, NaN where nobody is.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from ...data.hand_points import hand_names
from ...data.reading.files import Damaged
from ..values import Value, Values, as_mapping, first_of
from .names import BY_COUNT, OPENPOSE_FACE
from .sightings import NOBODY, KeypointMotion, Sighting, gathered, size_in, triplets, whole_number

_BODY = ("pose_keypoints_2d", "pose_keypoints")
_PARTS = (
    ("face_keypoints_2d", OPENPOSE_FACE),
    ("hand_left_keypoints_2d", hand_names("left")),
    ("hand_right_keypoints_2d", hand_names("right")),
)


def matches(frames: list[Value]) -> bool:
    """Whether ``frames`` are such, at least the first with somebody in it."""
    people = (_people(one) for one in frames)
    first = next((some[0] for some in people if some), None)
    if first is None:
        return bool(frames) and all(isinstance(one, dict) and "people" in one for one in frames)
    return isinstance(first, dict) and first_of(cast(Values, first), _BODY) is not None


def read(frames: list[Value], numbers: list[int]) -> KeypointMotion:
    """Everybody in ``frames``, whose ``numbers`` are as many. Raises Damaged."""
    seen: list[Sighting] = []
    size_px = None
    for number, frame in zip(numbers, frames, strict=True):
        size_px = size_px or size_in(as_mapping(frame, "a frame of it"))
        for person in _people(frame):
            one = _person(number, as_mapping(person, "a person in it"))
            if one is not None:
                seen.append(one)
    return gathered("OpenPose", seen, size_px)


def _people(frame: Value) -> list[Value]:
    people = cast(Values, frame).get("people") if isinstance(frame, dict) else None
    return cast("list[Value]", people) if isinstance(people, list) else []


def _person(number: int, values: Values) -> Sighting | None:
    body = first_of(values, _BODY)
    if body is None or not len(body):
        return None  # of whom only a hand or a face was found
    xy, score = triplets(body, "a body's keypoints")
    if len(xy) not in BY_COUNT:
        raise Damaged(f"a body of {len(xy)} keypoints is none of OpenPose's")
    if not np.isfinite(xy).all(-1).any():
        return None
    parts = [(BY_COUNT[len(xy)], xy, score)]
    for key, names in _PARTS:
        given = values.get(key)
        if isinstance(given, list) and given:
            xy, score = triplets(given, "a part's keypoints")
            parts.append((names[: len(xy)], xy[: len(names)], score[: len(names)]))
    return Sighting(
        frame=number,
        names=tuple(name for names, _, _ in parts for name in names),
        xy=np.concatenate([xy for _, xy, _ in parts]),
        score=np.concatenate([score for _, _, score in parts]),
        who=whole_number(values.get("person_id"), NOBODY),
    )
