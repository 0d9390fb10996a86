"""Predictions of MMPose and of Sapiens: people in ``instances`` of a frame.

Layouts of their public code (open-mmlab/mmpose: demo/topdown_demo_with_mmdet.py,
mmpose/apis/inferencers/base_mmpose_inferencer.py, mmpose/structures/utils.py): a list of
``frame_id`` and ``instances``; that list under ``instance_info`` beside ``meta_info``, which may
name the keypoints; a file of one picture, which holds its people alone.
"""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.reading.files import Damaged
from ..values import Value, Values, as_mapping
from .names import MOST_NAMES, names_of
from .sightings import NOBODY, KeypointMotion, Sighting, gathered, triplets, whole_number

_SCORES: Final = "keypoint_scores"
_FEET: Final = {"left_foot": "left_ankle", "right_foot": "right_ankle"}
"""What Human3.6M calls ankles."""
_FRAME: Final = "frame_id"


def matches(frames: list[Value]) -> bool:
    """Whether ``frames`` are such, as ``frames_in`` finds them."""
    each = (_instances(one) for one in frames)
    first = next((some[0] for some in each if some), None)
    return isinstance(first, dict) and "keypoints" in first and _SCORES in first


def frames_in(values: Value) -> list[Value]:
    """The frames of one file, or its people as a frame."""
    if isinstance(values, dict) and "instance_info" in values:
        values = cast(Values, values)["instance_info"]
    if not isinstance(values, list):
        return [values]
    entries = cast("list[Value]", values)
    if entries and isinstance(entries[0], dict) and "instances" not in entries[0]:
        return [entries]
    return entries


def names_in(values: Value) -> tuple[str, ...]:
    """The keypoints' names that a file tells beside its frames, empty where it tells none: networks
    taught on Human3.6M have 17 keypoints too, others than COCO's."""
    meta = cast(Values, values).get("meta_info") if isinstance(values, dict) else None
    told = cast(Values, meta).get("keypoint_id2name") if isinstance(meta, dict) else None
    if not isinstance(told, dict) or len(cast(Values, told)) > MOST_NAMES:
        return ()
    by_number = cast(Values, told)
    listed = [by_number.get(str(k)) for k in range(len(by_number))]
    if not all(isinstance(name, str) for name in listed):
        return ()
    names = cast("list[str]", listed)
    has_ankles = any(name.endswith("_ankle") for name in names)
    return tuple(name if has_ankles else _FEET.get(name, name) for name in names)


def read(frames: list[Value], numbers: list[int], names: tuple[str, ...] = ()) -> KeypointMotion:
    """Everybody in ``frames``; ``numbers`` are those of frames that tell none, ``names`` those of
    ``names_in``. Raises Damaged."""
    seen: list[Sighting] = []
    for number, frame in zip(numbers, frames, strict=True):
        told = cast(Values, frame).get(_FRAME) if isinstance(frame, dict) else None
        position = whole_number(told, number)
        for person in _instances(frame):
            seen.append(_person(position, as_mapping(person, "a person in it"), names))
    return gathered("MMPose", seen)


def _instances(frame: Value) -> list[Value]:
    if isinstance(frame, dict):
        given = cast(Values, frame)
        frame = given.get("instances", given.get("instance_info"))
    return cast("list[Value]", frame) if isinstance(frame, list) else []


def _person(frame: int, values: Values, names: tuple[str, ...]) -> Sighting:
    xy, _ = triplets(_unpacked(values.get("keypoints")), "a person's keypoints")
    if np.asarray(values["keypoints"]).shape[-1] == 3 and np.abs(xy).max(initial=0) < _METRES:
        raise Damaged("its keypoints are a lifter's, in three dimensions; import those as .npy")
    score = np.asarray(values[_SCORES], np.float64).reshape(-1)
    if len(score) != len(xy):
        raise Damaged("its scores are not as many as its keypoints")
    who = values.get("track_id", values.get("instance_id"))
    named = names if len(names) == len(xy) else names_of(len(xy))
    return Sighting(frame, named, xy, score, whole_number(who, NOBODY))


def _unpacked(value: Value) -> F64:
    """Keypoints of one person, whom some versions put in a list of one."""
    array = np.asarray(value, np.float64)
    return array[0] if array.ndim == 3 and len(array) == 1 else array


_METRES: Final = 10.0
"""Coordinates of a body in metres stay below; no picture is as small."""
