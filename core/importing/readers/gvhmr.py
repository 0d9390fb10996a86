"""GVHMR's ``hmr4d_results.pt`` (Shen et al., 2024): SMPL-X in a world with y up, and in the camera.

Keys of its public code (zju3dv/GVHMR, tools/demo/demo.py): ``smpl_params_global`` and
``smpl_params_incam``, each of ``body_pose`` (t, 63), ``global_orient``, ``transl``, ``betas``, and
``K_fullimg`` (t, 3, 3). It looks at every frame of a clip and tells no rate.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64
from ..motion import ImportedCamera, ImportedMotion, ImportedPerson, camera_between
from ..smpl_pose import pelvis_at, quats_of, rotations
from ..values import Value, Values, as_mapping, numbers

_GLOBAL, _INCAM = "smpl_params_global", "smpl_params_incam"
_SAME_M: Final = 1e-4  # metres by which values that were copied differ
_TRAP: Final = (
    "The file's values for the camera are those for the world, as a widespread patch of GVHMR "
    "writes them; the camera was left out."
)


def matches(values: Value) -> bool:
    """Whether ``values`` is such a result."""
    return isinstance(values, dict) and (_GLOBAL in values or _INCAM in values)


def read(values: Value) -> ImportedMotion:
    """The person in the world, or in the camera where that is all there is. Raises Damaged."""
    K = _focal(values)
    size_px = None if K is None else (round(2 * K[0, 2]), round(2 * K[1, 2]))
    in_camera = None
    if _INCAM in values:
        in_camera = _person(as_mapping(values[_INCAM], "its motion in the camera"))
    if _GLOBAL not in values:
        people = () if in_camera is None else (in_camera,)
        return ImportedMotion("GVHMR", people, None, True, ImportedCamera(K, size_px))
    person = _person(as_mapping(values[_GLOBAL], "its motion in the world"))
    if in_camera is None or len(in_camera.frames) != len(person.frames):
        return ImportedMotion("GVHMR", (person,), camera=ImportedCamera(K, size_px))
    if np.abs(in_camera.root_xyz - person.root_xyz).max(initial=0.0) < _SAME_M:
        return ImportedMotion("GVHMR", (person,), camera=ImportedCamera(K, size_px), notes=(_TRAP,))
    camera = ImportedCamera(K, size_px, camera_between(person, in_camera))
    return ImportedMotion("GVHMR", (person,), camera=camera)


def _person(values: Values) -> ImportedPerson:
    root = rotations(values["global_orient"], "its root's orientation", 1)
    body = rotations(values["body_pose"], "its body's pose")
    t = len(root)
    transl = numbers(values["transl"], "its translation", (t, 3))
    betas = values.get("betas")
    return ImportedPerson(
        name="Person 1",
        frames=np.arange(t, dtype=np.int32),
        quat_parent_joint=quats_of(root, body),
        root_xyz=pelvis_at(transl, 55),
        confidence=np.ones(t),
        betas=None if betas is None else numbers(betas, "its shape", (None, None)).mean(0),
    )


def _focal(values: Values) -> F64 | None:
    if "K_fullimg" not in values:
        return None
    array = np.asarray(values["K_fullimg"], np.float64)
    K = numbers(array[0] if array.ndim == 3 else array, "its camera", (3, 3))
    return K if K[0, 0] > 0 and K[1, 1] > 0 and (K[:2, 2] > 0).all() else None
