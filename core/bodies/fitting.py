"""Fits a mesh at rest onto another skeleton: its joints land exactly on the given ones.

Every bone has its own map from the mesh's skeleton to the person's. All maps that meet in a joint
send that joint to the same place, so their blend by the skin weights does so too:

* a limb or a bone of the trunk keeps its girth (one scale for the whole person) and is stretched
  along its length between its two joints;
* a bone with several children (pelvis, chest, hand) interpolates how they move (Shepard, 1968);
* thighs part from the midline outwards, so that widening the hips doesn't tear the crotch;
* head, hands and feet are scaled as a whole, so soles stay flat and faces keep their proportions.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS, joint

_CHILDREN: Final = tuple(
    tuple(child for child, parent in enumerate(SMPLX_PARENTS) if parent == j)
    for j in range(len(SMPLX_55))
)
# Root of each part that is scaled as a whole, and the joints whose distance tells by how much.
_WHOLE: Final = {
    "head": ("left_eye_smplhf", "right_eye_smplhf"),
    "left_wrist": ("left_index1", "left_middle1", "left_pinky1"),
    "right_wrist": ("right_index1", "right_middle1", "right_pinky1"),
    "left_ankle": ("left_foot",),
    "right_ankle": ("right_foot",),
}
_THIGHS: Final = (joint("left_hip"), joint("right_hip"))
_FADE: Final = 2.5
"""The midline's hold ends this fraction (1 / 2.5) down the thigh."""


def girth_scale(joints: Floats, target_joints: Floats) -> float:
    """How much larger the target's skeleton is: the ratio of the summed lengths of its bones."""
    return float(_lengths(target_joints).sum() / _lengths(joints).sum())


def morph_to_skeleton(xyz: Floats, joints: Floats, weights: Floats, target_joints: Floats) -> F32:
    """Vertices (v, 3) moved so that ``joints`` (55, 3) come to lie on ``target_joints`` (55, 3).

    ``weights`` (v, 55) are the skin weights, rows summing to one.
    """
    scale = _bone_scales(joints, target_joints)
    out = np.zeros(xyz.shape)
    for bone in range(len(SMPLX_55)):
        rows = np.nonzero(weights[:, bone])[0]
        if len(rows):
            moved = _move_with_bone(xyz[rows], bone, joints, target_joints, scale[bone])
            out[rows] += weights[rows, bone, None] * moved
    return out.astype(np.float32)


def _lengths(joints: Floats) -> F64:
    bones = np.diff(joints[[(SMPLX_PARENTS[j], j) for j in range(1, BODY_JOINTS)]], axis=1)
    return np.linalg.norm(bones[:, 0], axis=1)


def _bone_scales(joints: Floats, target: Floats) -> F64:
    scale = np.full(len(SMPLX_55), girth_scale(joints, target))
    for root, tips in _WHOLE.items():
        start, ends = joint(root), [joint(tip) for tip in tips]
        reach = [
            np.linalg.norm(pose[ends] - pose[start], axis=1).sum() for pose in (joints, target)
        ]
        part = [start]
        for child, parent in enumerate(SMPLX_PARENTS):
            if parent in part:
                part.append(child)
        scale[part] = reach[1] / reach[0]
    return scale


def _move_with_bone(xyz: Floats, bone: int, joints: Floats, target: Floats, scale: float) -> F64:
    moved = target[bone] + scale * (xyz - joints[bone])
    if bone in _THIGHS:
        moved[:, 0] -= _kept_at_midline(xyz, bone, joints, target, scale)
    children = list(_CHILDREN[bone])
    if not children:
        return moved
    # What the scale alone leaves between each child joint and where it belongs.
    missing = target[children] - target[bone] - scale * (joints[children] - joints[bone])
    if len(children) == 1:
        axis = joints[children[0]] - joints[bone]
        along = np.clip((xyz - joints[bone]) @ axis / max(float(axis @ axis), 1e-12), 0.0, 1.0)
        return moved + along[:, None] * missing[0]
    nodes = joints[[bone, *children]]
    near = 1.0 / (((xyz[:, None] - nodes) ** 2).sum(axis=2) + 1e-9)
    return moved + (near[:, 1:] / near.sum(axis=1, keepdims=True)) @ missing


def _kept_at_midline(xyz: Floats, thigh: int, joints: Floats, target: Floats, scale: float) -> F64:
    """How much of a hip's sideways shift (v,) the flesh between it and the midline leaves out."""
    knee = _CHILDREN[thigh][0]
    axis = joints[knee] - joints[thigh]
    down = (xyz - joints[thigh]) @ axis / max(float(axis @ axis), 1e-12)
    along = np.clip(_FADE * down, 0.0, 1.0)
    side = np.clip(xyz[:, 0] / joints[thigh, 0], 0.0, 1.0)
    shift = target[thigh, 0] - scale * joints[thigh, 0]
    return shift * (1.0 - side) * (1.0 - along)
