"""An armature's action, as ``scene.motion.sampling`` reads it off Blender frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.reading.files import Damaged
from ...data.writing import write_npz
from ..motion import ImportedMotion
from ..values import Value, Values, number_in, numbers
from .bvh_files import of_skeleton

_NAMES, _REST, _PLACES, _TURNS, _RATE = (
    "bone_names", "bone_rest_xyz", "bone_xyz", "bone_R", "fps"
)  # fmt: skip
_MOST_NAMES: Final = 4_000_000  # characters of all names, bounds memory
_DEFORMS: Final = "DEF-"
"""What names of Rigify's bones begin with that move as the body does, whatever controls it."""
_SEGMENT: Final = ".001"
_SEGMENTED: Final = ("upper_arm", "forearm", "thigh", "shin")
"""Limbs that Rigify cuts into two of them: the first one turns as the limb."""


def save(path: Path, names: list[str], rest_xyz: F64, xyz: F64, R: F64, fps: float) -> None:
    """Write b bones in t frames: ``rest_xyz`` (b, 3) in the armature's axes, metres as in the
    world, ``xyz`` (t, b, 3) and ``R`` (t, b, 3, 3) from rest, both to the world."""
    text = np.frombuffer("\n".join(names).encode("utf-8"), np.uint8)
    write_npz(
        path,
        {
            _NAMES: text,
            _REST: rest_xyz.astype(np.float64),
            _PLACES: xyz.astype(np.float32),
            _TURNS: R.astype(np.float32),
            _RATE: np.array(fps),
        },
    )


def matches(values: Value) -> bool:
    """Whether ``values`` are such arrays."""
    return isinstance(values, dict) and {_NAMES, _REST, _PLACES, _TURNS} <= set(
        cast(Values, values)
    )


def read(values: Value) -> ImportedMotion:
    """The one figure. Raises Damaged."""
    text = np.asarray(values[_NAMES])
    if text.dtype != np.uint8 or text.size > _MOST_NAMES:
        raise Damaged("its bones have no names")
    names = text.tobytes().decode("utf-8").split("\n")
    b = len(names)
    rest = numbers(values[_REST], "its bones at rest", (b, 3))
    xyz = numbers(values[_PLACES], "its bones' places", (None, b, 3))
    R = numbers(values[_TURNS], "its bones' turns", (len(xyz), b, 3, 3))
    kept, names = _moving(names)
    fps = number_in(values, (_RATE,)) or 24.0
    return of_skeleton("Blender", names, rest[kept], xyz[:, kept], R[:, kept], fps)


def _moving(names: list[str]) -> tuple[list[int], list[str]]:
    """The rows of bones that move as the body does, under the names of the rig's own skeleton."""
    deform = [k for k, name in enumerate(names) if name.startswith(_DEFORMS)]
    if not deform:
        return list(range(len(names))), names
    plain = {k: names[k].removeprefix(_DEFORMS) for k in deform}
    kept = [
        k for k in deform if not (plain[k].endswith(_SEGMENT) and plain[k].startswith(_SEGMENTED))
    ]
    return kept, [plain[k] for k in kept]
