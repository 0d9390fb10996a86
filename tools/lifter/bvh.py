"""BVH motion files (Biovision hierarchy) as joint positions and orientations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats

_AXES: Final = {"Xrotation": 0, "Yrotation": 1, "Zrotation": 2}
_PLACES: Final = {"Xposition": 0, "Yposition": 1, "Zposition": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Bvh:
    """``xyz`` (t, j, 3) and ``R_world_joint`` (t, j, 3, 3) of the joints ``names``, y up, in the
    file's unit; end sites are named after their parent with ``_end``; ``rest`` (j, 3) is the pose
    of no rotation, from the root; ``fps``."""

    names: tuple[str, ...]
    xyz: F64
    R_world_joint: F64
    rest: F64
    fps: float


@dataclass(slots=True, eq=False)
class _Joint:
    name: str
    parent: int
    offset: Floats
    channels: list[str]


def read_bvh(path: Path) -> Bvh:
    """Read one file. Raises ValueError when it is none, with its name."""
    words = path.read_text("utf-8", errors="replace").split()
    try:
        split = words.index("MOTION")
        joints = _hierarchy(words[:split])
        frames, frame_s, numbers = _numbers(words[split + 1 :])
        channels = sum(len(joint.channels) for joint in joints)
        values = np.array(numbers[: frames * channels], float).reshape(frames, channels)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{path} is no complete BVH file ({error})") from error
    xyz, R = _pose(joints, values)
    rest = np.zeros((len(joints), 3))
    for j, joint in enumerate(joints):
        if j:
            rest[j] = rest[joint.parent] + joint.offset
    return Bvh(tuple(joint.name for joint in joints), xyz, R, rest, 1 / frame_s)


def _hierarchy(words: list[str]) -> list[_Joint]:
    joints: list[_Joint] = []
    open_joints = [-1]
    i = 0
    while i < len(words):
        word = words[i]
        if word in ("ROOT", "JOINT"):
            joints.append(_Joint(words[i + 1], open_joints[-1], np.zeros(3), []))
            i += 1
        elif word == "End":
            joints.append(
                _Joint(f"{joints[open_joints[-1]].name}_end", open_joints[-1], np.zeros(3), [])
            )
            i += 1
        elif word == "{":
            open_joints.append(len(joints) - 1)
        elif word == "}":
            open_joints.pop()
        elif word == "OFFSET":
            joints[-1].offset = np.array(words[i + 1 : i + 4], float)
            i += 3
        elif word == "CHANNELS":
            count = int(words[i + 1])
            joints[-1].channels = words[i + 2 : i + 2 + count]
            i += 1 + count
        i += 1
    if not joints:
        raise ValueError("it has no joints")
    return joints


def _numbers(words: list[str]) -> tuple[int, float, list[str]]:
    frames = int(words[words.index("Frames:") + 1])
    at = words.index("Time:")
    return frames, float(words[at + 1]), words[at + 2 :]


def _pose(joints: list[_Joint], values: Floats) -> tuple[F64, F64]:
    t = len(values)
    xyz, R = np.zeros((t, len(joints), 3)), np.zeros((t, len(joints), 3, 3))
    column = 0
    for j, joint in enumerate(joints):
        place = np.repeat(joint.offset[None], t, axis=0)
        turn = np.broadcast_to(np.eye(3), (t, 3, 3))
        for channel in joint.channels:
            value = values[:, column]
            column += 1
            if channel in _PLACES:
                place[:, _PLACES[channel]] = value
            else:
                turn = turn @ about(_AXES[channel], np.radians(value))
        if joint.parent < 0:
            xyz[:, j], R[:, j] = place, turn
        else:
            parent = R[:, joint.parent]
            xyz[:, j] = xyz[:, joint.parent] + np.einsum("tab,tb->ta", parent, place)
            R[:, j] = parent @ turn
    return xyz, R


def about(axis: int, angle: Floats) -> F64:
    """Rotations (t, 3, 3) about a coordinate axis."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((len(angle), 3, 3))
    out[:, axis, axis] = 1
    out[:, a, a] = out[:, b, b] = np.cos(angle)
    out[:, b, a] = np.sin(angle)
    out[:, a, b] = -np.sin(angle)
    return out
