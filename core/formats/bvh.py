"""BVH: the skeleton in its zero pose and three angles per joint and frame, for animators.

Centimetres with y up, as MotionBuilder, Maya and Mixamo write it (in Blender's importer: scale
0.01). The zero pose is the T-pose facing +z. No BVH standard exists; the grammar is Biovision's as
described by M. Meredith and S. Maddock, "Motion capture file formats explained" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS, part_of
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_text
from ..geometry.euler import continuous_eulers, euler_from_matrix, matrix_from_euler
from ..geometry.kinematics import forward
from .amass import unbroken_rows
from .file_axes import place

ORDER: Final = "ZXY"
_CM_PER_M: Final = 100.0
_END_CM: Final = {"head": (0.0, 18.0, 0.0), "foot": (0.0, 0.0, 7.0), "jaw": (0.0, -1.0, 6.0)}
_END_EYE_CM: Final = (0.0, 0.0, 2.0)


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
    placed = place(take, person, rows, space, y_up=True)
    angles = continuous_eulers(euler_from_matrix(placed.R_parent_joint, ORDER))
    rest_cm = person.rest_xyz_body.astype(np.float64) * _CM_PER_M
    order = _depth_first()
    values = np.concatenate(
        [placed.xyz[:, 0] * _CM_PER_M, np.degrees(angles[:, order]).reshape(len(rows), -1)], axis=1
    )
    lines = ["HIERARCHY", *_joint_lines(0, rest_cm, ""), "MOTION", f"Frames: {len(rows)}"]
    lines.append(f"Frame Time: {1 / take_frame_rate(take):.9f}")
    lines += [" ".join(f"{value:.6f}" for value in row) for row in values]
    write_text(path, "\n".join(lines) + "\n")


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
    """What a BVH file says: ``offset`` (j, 3) and ``root_xyz`` (t, 3) in its own unit.

    ``R_parent_joint`` (t, j, 3, 3), ``frame_time_s`` between frames.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offset: F64
    root_xyz: F64
    R_parent_joint: F64
    frame_time_s: float

    def positions(self) -> F64:
        """Where every joint is, (t, j, 3) in the file's unit."""
        rest = np.zeros_like(self.offset)
        for j, parent in enumerate(self.parents):
            rest[j] = self.offset[j] + (rest[parent] if parent >= 0 else 0)
        xyz, _ = forward(rest, self.root_xyz, self.R_parent_joint, self.parents)
        return xyz


def load_bvh(path: str | Path) -> Bvh:
    """Read a BVH file of any joints and channel orders. Raises ValueError for another file."""
    head, _, motion = Path(path).read_text("utf-8").partition("MOTION")
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[list[str]] = []
    stack: list[int] = []
    for words in (line.split() for line in head.splitlines()):
        if words[:1] in (["ROOT"], ["JOINT"]):
            parents.append(next((j for j in reversed(stack) if j >= 0), -1))
            names.append(" ".join(words[1:]))
            stack.append(len(names) - 1)
        elif words[:1] == ["End"]:
            stack.append(-1)
        elif words[:1] == ["OFFSET"] and stack[-1] >= 0:
            offsets.append([float(word) for word in words[1:4]])
        elif words[:1] == ["CHANNELS"]:
            channels.append(words[2:])
        elif words[:1] == ["}"]:
            stack.pop()
    body = motion.split(maxsplit=5)
    if not names or body[:1] != ["Frames:"] or body[2:4] != ["Frame", "Time:"]:
        raise ValueError(f"{path} is no BVH file")
    values = np.array(body[5].split(), np.float64).reshape(int(body[1]), -1)
    root, R = _apply_channels(channels, values)
    offset = np.array(offsets)
    root = root if root is not None else np.tile(offset[0], (len(values), 1))
    return Bvh(tuple(names), tuple(parents), offset, root, R, float(body[4]))


def _apply_channels(channels: list[list[str]], values: F64) -> tuple[F64 | None, F64]:
    root: F64 | None = None
    R = np.empty((len(values), len(channels), 3, 3))
    first = 0
    for j, names in enumerate(channels):
        columns = values[:, first : first + len(names)]
        first += len(names)
        places = [n for n, name in enumerate(names) if name.endswith("position")]
        turns = [n for n, name in enumerate(names) if name.endswith("rotation")]
        if places and j == 0:
            root = columns[:, places]
        order = "".join(names[n][0] for n in turns)
        R[:, j] = matrix_from_euler(np.radians(columns[:, turns]), order)
    return root, R
