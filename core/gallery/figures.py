"""The founding project's way of showing people, as data: which joints, which links, which colours.

Fizza Rubab's "3D Human Pose Estimation using Machine Learning" (Wolfram Summer School 2023, mentor
Maria Sargsyan) drew COCO's 17 joints as pale spheres and 18 links as coloured cylinders, the photo
as a wall behind them and tiles under the feet.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32
from ..data.skeletons import COCO_17, REST_XYZ_BODY, joint
from ..data.types import Person
from ..geometry.kinematics import forward
from ..geometry.rotations import matrix_from_quat

_LINKS: Final = """
1-2 .93 .60 .79 | 1-3 .60 .84 .84 | 2-4 .89 .40 .68 | 3-5 .46 .74 .73 | 1-6 .97 .80 .90
1-7 .81 .92 .93 | 6-8 .59 .97 .29 | 8-10 .49 .93 .34 | 7-9 1 .40 .40 | 9-11 1 .20 .20
6-7 .98 .95 .55 | 6-12 1 .72 .53 | 7-13 1 .56 .44 | 12-13 .82 .87 .54 | 12-14 .89 .46 .97
14-16 .91 .30 .94 | 13-15 .62 .80 .97 | 15-17 .31 .60 .97
"""


def _read_links() -> tuple[tuple[int, int, tuple[float, float, float]], ...]:
    out: list[tuple[int, int, tuple[float, float, float]]] = []
    for entry in _LINKS.replace("\n", "|").split("|"):
        if entry.strip():
            ends, *rgb = entry.split()
            a, b = (int(number) - 1 for number in ends.split("-"))
            red, green, blue = (float(value) for value in rgb)
            out.append((a, b, (red, green, blue)))
    return tuple(out)


LINKS: Final = _read_links()
"""(joint, joint, (red, green, blue) in 0..1) of ``COCO_17``."""
JOINT_RGB: Final = (0.93, 0.95, 0.97)  # 0 to 1; by hand
JOINT_RADIUS_M: Final = 0.034  # of the balls that joints are; by hand
LINK_RADIUS_M: Final = 0.024
"""The original's are alike, 0.007 of a picture's side; joints a little larger look like joints."""
TILE_M: Final = 0.5  # side of the floor's tiles; by hand

_ANKLES: Final = [COCO_17.index(f"{side}_ankle") for side in ("left", "right")]
ANKLE_M: Final = 0.09  # an ankle over its sole; by hand
STEP_M: Final = 0.15
"""Heights below this are the floor's own: nobody's ankles are known better."""

HOLDERS: Final = tuple(
    "head" if name.partition("_")[2] in ("", "eye", "ear") else name for name in COCO_17
)
"""The SMPL-X joint that each of ``COCO_17`` is fixed to."""


def _offsets() -> F32:
    """(17, 3) from the holder, in its zero pose, for the reference skeleton."""
    left, right = (REST_XYZ_BODY[joint(f"{side}_eye_smplhf")] for side in ("left", "right"))
    head = REST_XYZ_BODY[joint("head")]
    face = {
        "nose": (left + right) / 2 + [0.0, -0.035, 0.022],
        "left_eye": left + np.array([0.004, 0.0, 0.0]),
        "right_eye": right - np.array([0.004, 0.0, 0.0]),
        "left_ear": [0.074, left[1] - 0.012, left[2] - 0.088],
        "right_ear": [-0.074, left[1] - 0.012, left[2] - 0.088],
    }
    out = np.zeros((len(COCO_17), 3), np.float32)
    for i, name in enumerate(COCO_17):
        if name in face:
            out[i] = np.asarray(face[name]) - head
    return out


OFFSETS_BODY: Final = _offsets()


def stature_scale(person: Person) -> float:
    """How large ``person``'s skeleton is against the reference one."""
    return float(np.ptp(person.rest_xyz_body[:, 1]) / np.ptp(REST_XYZ_BODY[:, 1]))


def gallery_joints(person: Person) -> F32:
    """World positions (t, 17, 3) in metres of ``COCO_17`` in every posed frame."""
    xyz, R = forward(
        person.rest_xyz_body, person.root_xyz_world, matrix_from_quat(person.quat_parent_joint)
    )
    held = [joint(name) for name in HOLDERS]
    offsets = OFFSETS_BODY * stature_scale(person)
    return (xyz[:, held] + np.einsum("tjab,jb->tja", R[:, held], offsets)).astype(np.float32)


def own_floor(joints: F32, scale: float) -> float:
    """Height in metres of what a person (t, 17, 3) stands on: the floor, or a step off it."""
    if not len(joints):
        return 0.0
    lowest = np.percentile(joints[:, _ANKLES, 2].min(1), 10) - ANKLE_M * scale
    return float(lowest) if abs(lowest) > STEP_M else 0.0
