"""BVH: the skeleton in its zero pose and three angles per joint and frame, for animators.

Centimetres with y up, as MotionBuilder, Maya and Mixamo write it (in Blender's importer: scale
0.01). The zero pose is the T-pose facing +z. No BVH standard exists; the grammar is Biovision's as
described by M. Meredith and S. Maddock, "Motion capture file formats explained" (2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F64, check_fields, check_finite, check_shape, of_shape
from ..data.reading import read_bytes
from ..data.reading.files import why
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS, part_of
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_parts
from ..geometry.euler import continuous_eulers, euler_from_matrix, rotation_about
from .amass import unbroken_rows
from .asked import Asked
from .file_axes import Placed, place_stretches

ORDER: Final = "ZXY"
_MOST_BYTES: Final = 2_000_000_000  # of a file that is read, some hours of motion
_CM_PER_M: Final = 100.0  # BVH's usual unit
_END_CM: Final = {"head": (0.0, 18.0, 0.0), "foot": (0.0, 0.0, 7.0), "jaw": (0.0, -1.0, 6.0)}
_NOBODY: Final = -1
"""What an end site's braces enclose: no joint."""
_END_EYE_CM: Final = (0.0, 0.0, 2.0)  # ahead of the eye; by hand


def export_bvh(asked: Asked) -> list[Path]:
    """Write one person's motion. Raises OutputError."""
    save_bvh(asked.take, asked.person, asked.path, asked.frames, asked.space)
    return [asked.path]


def save_bvh(
    take: Take,
    person: Person,
    path: str | Path,
    frames: Sequence[int] | None = None,
    space: str = "world",
) -> None:
    """Write one person over ``frames`` (positions in the take; all of theirs, if None).

    Raises OutputError where the person isn't there in every frame, or the file can't be written.
    """
    rows = unbroken_rows(person, frames)
    rest_cm = person.rest_xyz_body.astype(np.float64) * _CM_PER_M
    head = ["HIERARCHY", *_joint_lines(0, rest_cm, ""), "MOTION", f"Frames: {len(rows)}"]
    head.append(f"Frame Time: {1 / take_frame_rate(take):.9f}")
    placed = place_stretches(take, person, rows, space, y_up=True)
    write_parts(path, chain(["\n".join(head) + "\n"], _motion_parts(placed)))


def _motion_parts(placed: Iterable[Placed]) -> Iterator[str]:
    """The lines of motion, a stretch of frames at a time."""
    order = _depth_first()
    before = np.zeros((0, len(order), 3))
    for one in placed:
        angles = np.concatenate([before, euler_from_matrix(one.R_parent_joint, ORDER)])
        # Angles go on as the last frame before has them.
        angles = continuous_eulers(angles)[len(before) :]
        before = angles[-1:]
        degrees = np.degrees(angles[:, order]).reshape(len(angles), -1)
        values = np.concatenate([one.xyz[:, 0] * _CM_PER_M, degrees], axis=1)
        line = " ".join(["%.6f"] * values.shape[1]) + "\n"
        yield "".join(line % tuple(row) for row in values.tolist())


def _children(joint: int) -> list[int]:
    return [child for child, parent in enumerate(SMPLX_PARENTS) if parent == joint]


def _depth_first(joint: int = 0) -> list[int]:
    return [joint, *(j for child in _children(joint) for j in _depth_first(child))]


def _joint_lines(joint: int, rest_cm: F64, indent: str) -> list[str]:
    parent = SMPLX_PARENTS[joint]
    offset = np.zeros(3) if parent < 0 else rest_cm[joint] - rest_cm[parent]
    angles = " ".join(f"{axis}rotation" for axis in ORDER)
    places = "6 Xposition Yposition Zposition" if parent < 0 else "3"
    kind = "ROOT" if parent < 0 else "JOINT"
    inner = indent + "\t"
    lines = [f"{indent}{kind} {SMPLX_55[joint]}", f"{indent}{{", f"{inner}{_offset(offset)}"]
    lines.append(f"{inner}CHANNELS {places} {angles}")
    children = _children(joint)
    for child in children:
        lines += _joint_lines(child, rest_cm, inner)
    if not children:
        end = _offset(_end_cm(joint, rest_cm))
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\t{end}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]


def _offset(xyz_cm: F64) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in xyz_cm)


def _end_cm(joint: int, rest_cm: F64) -> F64:
    """Where the last bone of a chain ends: a finger goes on as it came, the rest by a table."""
    name = SMPLX_55[joint]
    part = part_of(name)
    if part[-1].isdigit():
        return 0.8 * (rest_cm[joint] - rest_cm[SMPLX_PARENTS[joint]])
    return np.array(_END_CM.get(part, _END_EYE_CM))


@dataclass(frozen=True, slots=True, eq=False)
class Bvh:
    """What a BVH file says of j joints in t frames, lengths in its own unit, y usually up.

    * ``offset`` (j, 3) from the parent joint at rest; ``xyz_parent`` (t, j, 3) the same in every
      frame, which differs where a joint has position channels, as the root does;
    * ``R_parent_joint`` (t, j, 3, 3); ``frame_time_s`` between frames.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offset: F64
    xyz_parent: F64
    R_parent_joint: F64
    frame_time_s: float

    def __post_init__(self) -> None:
        t, j = len(self.xyz_parent), len(self.names)
        check_shape("offset", self.offset, (j, 3))
        check_shape("xyz_parent", self.xyz_parent, (t, j, 3))
        check_shape("R_parent_joint", self.R_parent_joint, (t, j, 3, 3))
        for owner, array in (("offset", self.offset), ("channels", self.xyz_parent)):
            check_finite(owner, array)
        check_finite("channels", self.R_parent_joint)
        if not 0 < self.frame_time_s < np.inf:
            raise ValueError(f"a frame lasts {self.frame_time_s} s")

    @property
    def root_xyz(self) -> F64:
        """Where the root is, (t, 3)."""
        return self.xyz_parent[:, 0]

    def rest(self) -> F64:
        """Where joints are from the root's when nothing is turned, (j, 3)."""
        out = np.zeros_like(self.offset)
        for j, parent in enumerate(self.parents):
            if parent >= 0:
                out[j] = out[parent] + self.offset[j]
        return out

    def posed(self) -> tuple[F64, F64]:
        """Positions (t, j, 3) and orientations (t, j, 3, 3) of all joints."""
        xyz, R = self.xyz_parent.copy(), self.R_parent_joint.copy()
        for j, parent in enumerate(self.parents):
            if parent >= 0:
                xyz[:, j] = xyz[:, parent] + np.einsum("tab,tb->ta", R[:, parent], xyz[:, j])
                R[:, j] = R[:, parent] @ R[:, j]
        return xyz, R

    def positions(self) -> F64:
        """Where every joint is, (t, j, 3)."""
        return self.posed()[0]


@dataclass(slots=True, eq=False)
class _Joint:
    name: str
    parent: int
    offset: F64 = field(metadata=of_shape(3))
    channels: list[str]

    def __post_init__(self) -> None:
        check_fields(self)


def load_bvh(path: str | Path) -> Bvh:
    """Read a BVH file of any joints and channels. Raises ValueError, naming it, for another file.

    Words are read, not lines: files exist with several of them on one, and with names of several.
    """
    words = read_bytes(path, _MOST_BYTES).decode("utf-8", errors="replace").split()
    try:
        split = words.index("MOTION")
        joints = _hierarchy(words[:split])
        frames = int(words[words.index("Frames:", split) + 1])
        at = words.index("Time:", split) + 1
        channels = sum(len(joint.channels) for joint in joints)
        numbers = words[at + 1 : at + 1 + frames * channels]
        values = np.array(numbers, np.float64).reshape(frames, channels)
        xyz, R = _apply_channels(joints, values)
        return Bvh(
            tuple(joint.name for joint in joints),
            tuple(joint.parent for joint in joints),
            np.array([joint.offset for joint in joints]),
            xyz,
            R,
            float(words[at]),
        )
    except (ValueError, IndexError) as error:
        raise ValueError(f"{path} is no complete BVH file ({why(error)})") from error


def _hierarchy(words: list[str]) -> list[_Joint]:
    """Joints in the file's order, which is the channels'; end sites are left out."""
    joints: list[_Joint] = []
    stack: list[int] = []
    opening = _NOBODY
    at = 0
    while at < len(words):
        word = words[at]
        if word in ("ROOT", "JOINT"):
            brace = words.index("{", at)
            above = next((j for j in reversed(stack) if j >= 0), -1)
            joints.append(_Joint(" ".join(words[at + 1 : brace]), above, np.zeros(3), []))
            opening, at = len(joints) - 1, brace - 1
        elif word == "End":
            opening = _NOBODY
        elif word == "{":
            stack.append(opening)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET" and stack[-1] != _NOBODY:
            joints[stack[-1]].offset = np.array(words[at + 1 : at + 4], np.float64)
        elif word == "CHANNELS":
            joints[stack[-1]].channels = words[at + 2 : at + 2 + int(words[at + 1])]
        at += 1
    if not joints or stack:
        raise ValueError("its hierarchy isn't whole")
    return joints


def _apply_channels(joints: list[_Joint], values: F64) -> tuple[F64, F64]:
    """Each joint's place (t, j, 3) and rotation (t, j, 3, 3) in its parent's axes."""
    xyz = np.tile(np.array([joint.offset for joint in joints]), (len(values), 1, 1))
    R = np.tile(np.eye(3), (len(values), len(joints), 1, 1))
    columns = iter(values.T)
    for j, joint in enumerate(joints):
        for channel in joint.channels:
            axis, kind, value = "XYZ".index(channel[:1]), channel[1:], next(columns)
            if kind == "position":
                xyz[:, j, axis] = value
            elif kind == "rotation":
                R[:, j] = R[:, j] @ rotation_about(axis, np.radians(value))
            else:
                raise ValueError(f"{channel} is no channel")
    return xyz, R
