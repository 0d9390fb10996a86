"""ASF/AMC motion files (Acclaim), the CMU database's own form, in the shape of BVH ones.

Bones get the names that the BVH edition of the database gives to the joints they begin at.
Conventions: J. Lander, "Working with Motion Capture File Formats", Game Developer, 1998.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.geometry.euler import rotation_about
from .recorded import Recorded

FPS: Final = 120.0
"""AMC files don't tell; those of the CMU database are of this rate."""
_CENTRAL: Final = {
    "root": "Hips",
    "lowerback": "LowerBack",
    "upperback": "Spine",
    "thorax": "Spine1",
    "lowerneck": "Neck",
    "head": "Head",
}
_SIDED: Final = {
    "femur": "UpLeg",
    "tibia": "Leg",
    "foot": "Foot",
    "toes": "ToeBase",
    "humerus": "Arm",
    "radius": "ForeArm",
    "hand": "Hand",
}


@dataclass(slots=True, eq=False)
class _Bone:
    parent: int = -1
    reach: F64 = field(default_factory=lambda: np.zeros(3))
    """From its beginning to its end, at rest."""
    R_axis: F64 = field(default_factory=lambda: np.eye(3))
    channels: tuple[str, ...] = ()


def read_amc(path: Path) -> Recorded:
    """Read a trial with the skeleton beside it. Raises ValueError when there is none that fits."""
    subject = path.stem.partition("_")[0]
    skeletons = sorted(path.parent.glob("*.asf"))
    named = [file for file in skeletons if file.stem == subject] or skeletons[:1]
    if not named:
        raise ValueError(f"{path} has no skeleton, {subject}.asf, beside it")
    try:
        bones = _skeleton(named[0].read_text("utf-8", errors="replace"))
        frames = _frames(path.read_text("utf-8", errors="replace"), bones)
    except (ValueError, IndexError, KeyError) as error:
        raise ValueError(f"{path} is no complete AMC file of {named[0].name} ({error})") from error
    return _posed(bones, frames)


def _skeleton(text: str) -> dict[str, _Bone]:
    head, _, rest = text.partition(":bonedata")
    data, _, hierarchy = rest.partition(":hierarchy")
    bones = {"root": _Bone(channels=_words(head, "order"))}
    for block in data.split("begin")[1:]:
        axis = [float(word) for word in _words(block, "axis")[:3]]
        direction = np.array([float(word) for word in _words(block, "direction")])
        bones[_words(block, "name")[0]] = _Bone(
            reach=direction * float(_words(block, "length")[0]),
            R_axis=_turned("xyz", axis),
            channels=_words(block, "dof"),
        )
    order = list(bones)
    for line in hierarchy.splitlines():
        parent, *children = line.split() or [""]
        for child in children:
            bones[child].parent = order.index(parent)
    if len(bones) < 2:
        raise ValueError("it has no bones")
    return bones


def _words(block: str, key: str) -> tuple[str, ...]:
    for line in block.splitlines():
        first, *rest = line.split() or [""]
        if first == key:
            return tuple(rest)
    return ()


def _turned(axes: str, degrees: list[float]) -> F64:
    """One rotation after the other about fixed axes."""
    R = np.eye(3)
    for axis, angle in zip(axes, degrees, strict=True):
        R = rotation_about("xyz".index(axis), np.radians(angle)) @ R
    return R


def _frames(text: str, bones: dict[str, _Bone]) -> dict[str, Floats]:
    """Channels (t, k) of every bone that moves."""
    rows: dict[str, list[list[float]]] = {}
    for line in text.splitlines():
        name, *values = line.split() or [""]
        if values and name in bones:
            rows.setdefault(name, []).append([float(value) for value in values])
    count = len(rows.get("root", ()))
    out = {name: np.array(values) for name, values in rows.items()}
    for name, values in out.items():
        if values.shape != (count, len(bones[name].channels)):
            raise ValueError(f"the bone {name} has {values.shape} numbers")
    if not count:
        raise ValueError("it has no frames")
    return out


def _posed(bones: dict[str, _Bone], frames: dict[str, Floats]) -> Recorded:
    names, t = list(bones), len(frames["root"])
    xyz, R = np.zeros((t, len(bones), 3)), np.zeros((t, len(bones), 3, 3))
    begins = np.zeros((len(bones), 3))
    for j, (name, bone) in enumerate(bones.items()):
        turn = np.broadcast_to(np.eye(3), (t, 3, 3))
        for channel, values in zip(
            bone.channels, frames.get(name, np.zeros((t, 0))).T, strict=False
        ):
            kind, axis = channel.lower()[0], "xyz".index(channel.lower()[1])
            if kind == "r":
                turn = rotation_about(axis, np.radians(values)) @ turn
            else:
                xyz[:, j, axis] = values
        turn = bone.R_axis @ turn @ bone.R_axis.T
        if bone.parent < 0:
            R[:, j] = turn
            continue
        parent = bones[names[bone.parent]]
        begins[j] = begins[bone.parent] + parent.reach
        xyz[:, j] = xyz[:, bone.parent] + R[:, bone.parent] @ parent.reach
        R[:, j] = R[:, bone.parent] @ turn
    return Recorded(tuple(_usual(name) for name in names), xyz, R, begins, FPS)


def _usual(name: str) -> str:
    side = {"l": "Left", "r": "Right"}.get(name[0], "")
    return _CENTRAL.get(name) or (side + _SIDED[name[1:]] if name[1:] in _SIDED else name)
