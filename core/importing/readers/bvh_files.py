"""BVH motion of any skeleton whose joints are named as rigs are: its rotations on Limn's skeleton.

A BVH file's zero pose is its own: a T-pose facing +z, an A-pose, arms along the body. Every joint's
rotation in the world is taken over from that pose to Limn's by the swing between the directions of
its bone in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...data.reading.files import Damaged
from ...data.skeletons import BODY_JOINTS, REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS, joint
from ...formats.bvh import load_bvh
from ...geometry.kinematics import local_rotations
from ...geometry.rotations import (
    continuous_quats,
    frame_from_axes,
    normalize,
    quat_from_matrix,
    swing_between,
)
from ...hands.relaxed import FINGER_JOINTS, relax_fingers
from ...retargeting.naming import recognise_names
from ...retargeting.roles import ESSENTIAL
from ..motion import ImportedMotion, ImportedPerson
from ..units import metres_per_unit
from ..values import MOST_FRAMES

_TRUNK: Final = ("spine1", "spine2", "spine3")
_AIMED_BY: Final = {
    "pelvis": "spine1", "spine1": "spine2", "spine2": "spine3", "spine3": "neck", "neck": "head",
    **{f"{s}_{a}": f"{s}_{b}" for s in ("left", "right") for a, b in (
        ("collar", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "middle1"),
        ("hip", "knee"), ("knee", "ankle"), ("ankle", "foot"),
        *((f"{f}{n}", f"{f}{n + 1}") for f in ("thumb", "index", "middle", "ring", "pinky")
          for n in (1, 2)),
    )},
}  # fmt: skip
"""The joint towards which a joint's bone points."""
_ALONG: Final = 0.9  # cosine between a frame and the file's axes from which it is along them
_LIMB_TURNS: Final = {"shoulder", "elbow", "hip", "knee", "ankle", "wrist", "collar"}
"""Joints whose bone's direction at rest differs between rigs; trunks are upright in all."""


def read(path: Path) -> ImportedMotion:
    """The one person of a file. Raises Damaged."""
    bvh = load_bvh(path)
    if len(bvh.xyz_parent) > MOST_FRAMES:
        raise Damaged(f"it has more than {MOST_FRAMES} frames")
    return of_skeleton("BVH", bvh.names, bvh.rest(), *bvh.posed(), 1 / bvh.frame_time_s)


def of_skeleton(
    tool: str, names: Sequence[str], rest_file: F64, xyz: F64, R_file: F64, fps: float
) -> ImportedMotion:
    """The motion of a skeleton of b joints named as a rig's: ``rest_file`` (b, 3) in the axes of
    its zero pose, ``xyz`` (t, b, 3) and the turns from there ``R_file`` (t, b, 3, 3) in the file's.

    Raises Damaged where joints that a body needs are missing.
    """
    rows = _rows(names)
    missing = [role for role in ESSENTIAL if role not in rows]
    if missing:
        raise Damaged(f"its joints follow no naming that Limn knows: there is no {missing[0]}")
    unit = metres_per_unit(_leg_length(rest_file, rows))
    body = _body_axes(rest_file, rows)
    rest = _rest(rest_file @ body * unit, rows)
    R = _on_limn(R_file, rest_file @ body, rows, body)
    beside = _pelvis_beside(R, rest, rest_file @ body * unit, rows)
    t = len(R)
    quats = continuous_quats(quat_from_matrix(local_rotations(R)))
    relax_fingers(quats, [j for j in FINGER_JOINTS if SMPLX_55[j] not in rows])
    person = ImportedPerson(
        name="Person 1",
        frames=np.arange(t, dtype=np.int32),
        quat_parent_joint=quats,
        root_xyz=xyz[:, rows["pelvis"]] * unit + beside,
        confidence=np.ones(t),
        rest_xyz_body=rest.astype(np.float32),
    )
    return ImportedMotion(tool, (person,), fps)


def _rows(joints: Sequence[str]) -> dict[str, int]:
    """Rows of the file's joints by SMPL-X's names: the file may use those, or a rig's."""
    names = {name: row for row, name in enumerate(joints)}
    if all(name in names for name in SMPLX_55[:BODY_JOINTS]):
        return {name: names[name] for name in SMPLX_55 if name in names}
    out: dict[str, int] = {}
    for role, bones in recognise_names(joints).chains.items():
        if role == "spine":
            at = np.linspace(0, len(bones) - 1, len(_TRUNK)).round().astype(int)
            out |= {name: names[bones[k]] for name, k in zip(_TRUNK, at.tolist(), strict=True)}
        elif role in SMPLX_55:
            out[role] = names[bones[0]]
    return out


def _leg_length(rest: F64, rows: dict[str, int]) -> float:
    places = [rest[rows[f"left_{part}"]] for part in ("hip", "knee", "ankle")]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(places)))


def _body_axes(rest: F64, rows: dict[str, int]) -> F64:
    """(3, 3) columns: the body's left, up and ahead in the file's axes, its zero pose standing."""
    left = rest[rows["left_hip"]] - rest[rows["right_hip"]]
    hips = (rest[rows["left_hip"]] + rest[rows["right_hip"]]) / 2
    top = (rest[rows["left_shoulder"]] + rest[rows["right_shoulder"]]) / 2
    if np.linalg.norm(left) < 1e-6 or np.linalg.norm(top - hips) < 1e-6:
        raise Damaged("its hips or trunk have no length")
    frame = np.asarray(frame_from_axes(top - hips, left), np.float64)
    # Trunks lean a little even in zero poses, which stand along the file's axes.
    along = np.round(frame)
    is_along = np.linalg.det(along) > 0.5 and float((along * frame).sum(0).min()) > _ALONG
    return along if is_along else frame


def _rest(rest_file: F64, rows: dict[str, int]) -> F64:
    """Limn's zero pose (55, 3) with the file's bones' lengths; what the file lacks is in scale."""
    reference = REST_XYZ_BODY.astype(np.float64)
    scale = _length(rest_file, rows, "left_hip", "left_knee") / _length(
        reference, {name: j for j, name in enumerate(SMPLX_55)}, "left_hip", "left_knee"
    )
    out = np.zeros((len(SMPLX_55), 3))
    for j in range(1, len(SMPLX_55)):
        name, parent = SMPLX_55[j], SMPLX_PARENTS[j]
        bone = (reference[j] - reference[parent]) * scale
        above = SMPLX_55[parent]
        if name in rows and above in rows and rows[name] != rows[above]:
            own = float(np.linalg.norm(rest_file[rows[name]] - rest_file[rows[above]]))
            if _keeps_direction(name):
                bone = rest_file[rows[name]] - rest_file[rows[above]]
            else:
                bone = normalize(bone) * own
        out[j] = out[parent] + bone
    return out


def _keeps_direction(name: str) -> bool:
    """Joints beside the trunk lie where the file has them: hips, collars, spine."""
    return name.rsplit("_", maxsplit=1)[-1] in {
        "hip",
        "collar",
        "spine1",
        "spine2",
        "spine3",
        "neck",
        "head",
    }


def _length(rest: F64, rows: dict[str, int], a: str, b: str) -> float:
    return float(np.linalg.norm(rest[rows[a]] - rest[rows[b]]))


def _on_limn(R_file: F64, rest_file: F64, rows: dict[str, int], body: F64) -> F64:
    """Global rotations (t, 55, 3, 3) of Limn's joints, body frame at rest to the file's axes."""
    reference = REST_XYZ_BODY.astype(np.float64)
    out = np.tile(np.eye(3), (len(R_file), len(SMPLX_55), 1, 1))
    for j, name in enumerate(SMPLX_55):
        row = rows.get(name)
        if row is None:
            out[:, j] = out[:, SMPLX_PARENTS[j]]
            continue
        swing: F64 = np.eye(3)
        towards = _AIMED_BY.get(name)
        part = name.split("_")[-1]
        if towards in rows and (part in _LIMB_TURNS or (part[-1].isdigit() and j >= 25)):
            limn = normalize(reference[joint(towards)] - reference[j])
            own = normalize(rest_file[rows[towards]] - rest_file[row])
            swing = np.asarray(swing_between(limn[None], own[None])[0], np.float64)
        out[:, j] = R_file[:, row] @ body @ swing
    return out


def _pelvis_beside(R: F64, rest: F64, rest_file: F64, rows: dict[str, int]) -> F64:
    """From the file's pelvis to Limn's, (t, 3): the hips are where they are in both."""
    own = (rest_file[rows["left_hip"]] + rest_file[rows["right_hip"]]) / 2 - rest_file[
        rows["pelvis"]
    ]
    limn = (rest[1] + rest[2]) / 2
    return np.einsum("tab,b->ta", R[:, 0], own - limn)
