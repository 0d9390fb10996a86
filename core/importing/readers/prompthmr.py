"""PromptHMR's ``results.pkl`` (Wang et al., 2025): SMPL-X in the world, and its camera.

Keys of its public code (yufu-wang/PromptHMR, pipeline/pipeline.py and world.py): ``people`` by
number, each with ``frames``, ``smplx_cam`` of ``rotmat`` (t, 55, 3, 3), ``trans``, ``shape`` and
``smplx_world`` of ``pose`` (t, 165), ``trans``, ``shape``, y up; ``camera_world`` with ``Rwc``,
``Twc``, ``img_focal``, ``img_center`` in pictures of at most 896 rows. Its video model tells no
hands: their rotations are zeros, as matrices in the camera and as vectors in the world.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from ...data.reading.files import Damaged
from ...data.skeletons import SMPLX_55
from ...hands.relaxed import relax_fingers
from ..motion import ImportedCamera, ImportedMotion, ImportedPerson
from ..smpl_pose import HANDS, pelvis_at, quats_of_whole, rotations
from ..values import Value, Values, as_mapping, first_of, intrinsics, numbers
from .frames import counted, increasing

_WORLD, _CAMERA = "smplx_world", "smplx_cam"


def matches(values: Value) -> bool:
    """Whether ``values`` is such a result."""
    return isinstance(values, dict) and "people" in values and "camera_world" in values


def read(values: Value) -> ImportedMotion:
    """Everybody in the world, or in the camera where that is all there is. Raises Damaged."""
    given = values["people"]
    people = list(cast(Values, given).values()) if isinstance(given, dict) else given
    if not isinstance(people, list) or not people:
        raise Damaged("there is nobody in it")
    each = [as_mapping(one, "a person in it") for one in cast(list[Value], people)]
    in_world = all(_WORLD in one for one in each)
    key = _WORLD if in_world else _CAMERA
    read_people = tuple(
        _person(f"Person {i}", one, as_mapping(one[key], "a person's motion"))
        for i, one in enumerate(each, start=1)
    )
    camera = as_mapping(values["camera_world"], "its camera")
    return ImportedMotion(
        "PromptHMR", read_people, is_in_camera=not in_world, camera=_camera(camera)
    )


def _person(name: str, person: Values, motion: Values) -> ImportedPerson:
    told = first_of(motion, ("rotmat", "pose"))
    R = rotations(told, "its poses")
    t = len(R)
    quats = quats_of_whole(R)
    if not _tells_hands(told):
        relax_fingers(quats)
    frames = counted(person["frames"], t) if "frames" in person else np.arange(t, dtype=np.int32)
    order = increasing(frames)
    transl = numbers(motion["trans"], "its translation", (t, 3))
    shape = first_of(motion, ("shape", "betas"))
    return ImportedPerson(
        name=name,
        frames=frames[order],
        quat_parent_joint=quats[order],
        root_xyz=pelvis_at(transl, 55)[order],
        confidence=np.ones(len(order)),
        betas=None if shape is None else np.atleast_2d(np.asarray(shape, np.float64)).mean(0),
    )


def _tells_hands(told: Value) -> bool:
    """Whether poses that ``rotations`` reads hold any number for the hands."""
    array = np.asarray(told, np.float64)
    if array.size % len(SMPLX_55):
        return False
    return bool(array.reshape(len(array), len(SMPLX_55), -1)[:, HANDS:].any())


def _camera(values: Values) -> ImportedCamera:
    K, size_px = intrinsics(values)
    if "Rwc" not in values or "Twc" not in values:
        return ImportedCamera(K, size_px)
    R = numbers(values["Rwc"], "its camera's rotation", (None, 3, 3))
    T = np.tile(np.eye(4), (len(R), 1, 1))
    T[:, :3, :3] = R
    T[:, :3, 3] = numbers(values["Twc"], "its camera's place", (len(R), 3))
    return ImportedCamera(K, size_px, T)
