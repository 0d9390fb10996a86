"""SMPL-X joints, skin weights and zero pose of a MakeHuman figure.

The 22 body joints and the fingers are those of the CC0 Mixamo-named rig, jaw and eyes those of the
default rig. The zero pose is SMPL-X's: T-pose, palms down, elbow hinges vertical.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import F64, I32, Floats
from ...core.data.skeletons import SMPLX_55, SMPLX_MIRROR, SMPLX_PARENTS, joint
from ...core.geometry.rotations import frame_from_axes, normalize, swing_between
from .deform import subtree
from .makehuman import BaseMesh, read_rig

MAX_INFLUENCES: Final = 4
_SMOOTHINGS: Final = 4
_BONES: Final = {
    "pelvis": "Hips",
    "spine1": "Spine",
    "spine2": "Spine1",
    "spine3": "Spine2",
    "neck": "Neck",
    "head": "Head",
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
    "foot": "ToeBase",
    "collar": "Shoulder",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
}
_FACE: Final = {"jaw": "jaw", "left_eye_smplhf": "eye.L", "right_eye_smplhf": "eye.R"}
_JAW_BONES: Final = (
    "jaw",
    "oris05",
    "oris04.L",
    "oris04.R",
    "oris06.L",
    "oris06.R",
    "oris07.L",
    "oris07.R",
)
_RIGID: Final = {
    "helper-l-eye": "left_eye_smplhf",
    "helper-r-eye": "right_eye_smplhf",
    "helper-upper-teeth": "head",
    "helper-lower-teeth": "jaw",
    "helper-tongue": "jaw",
}


def mixamo_bone(name: str) -> str:
    """Return the rig's bone for a SMPL-X joint of the body or a hand."""
    side, _, part = name.partition("_")
    if side not in ("left", "right"):
        return f"mixamorig:{_BONES[name]}"
    return f"mixamorig:{side.capitalize()}{_BONES.get(part) or 'Hand' + part.capitalize()}"


class JointPlacer:
    """Places the 55 joints in any figure: each is a mean of a few vertices of the base mesh."""

    def __init__(self, data: Path, base: BaseMesh) -> None:
        mixamo, _ = read_rig(data, "mixamo")
        default, _ = read_rig(data, "default")
        heads = [
            default[_FACE[name]]["head"] if name in _FACE else mixamo[mixamo_bone(name)]["head"]
            for name in SMPLX_55
        ]
        self._vertices = [_vertices_of(head, base) for head in heads]

    def place(self, xyz: F64) -> F64:
        """Joints (55, 3) of the figure with vertices ``xyz`` (n, 3), made symmetric."""
        joints = np.array([xyz[rows].mean(axis=0) for rows in self._vertices])
        return (joints + joints[list(SMPLX_MIRROR)] * [-1.0, 1.0, 1.0]) / 2


def _vertices_of(head: dict[str, Any], base: BaseMesh) -> I32:
    if head["strategy"] == "CUBE":
        return np.unique(base.quads[head["cube_name"]]).astype(np.int32)
    indices = head["vertex_indices"] if head["strategy"] != "VERTEX" else [head["vertex_index"]]
    return np.array(indices, np.int32)


def skin_weights(data: Path, base: BaseMesh, twin: I32) -> F64:
    """Weights (n, 55) of every vertex of the base mesh, at most four per vertex, rows sum to one.

    ``twin`` (n,) maps each vertex to its other side: the rig's weights are not quite symmetric.
    """
    weights = np.zeros((len(base.xyz), len(SMPLX_55)))
    _, mixamo = read_rig(data, "mixamo")
    _, default = read_rig(data, "default")
    for column, name in enumerate(SMPLX_55):
        for vertex, share in mixamo[mixamo_bone(name)] if name not in _FACE else ():
            weights[int(vertex), column] = share
    head, jaw = joint("head"), joint("jaw")
    for bone in _JAW_BONES:
        for vertex, share in default.get(bone, ()):
            moved = min(weights[int(vertex), head], share)
            weights[int(vertex), head] -= moved
            weights[int(vertex), jaw] += moved
    for group, name in _RIGID.items():
        rows = np.unique(base.quads[group])
        weights[rows] = np.eye(len(SMPLX_55))[joint(name)]
    weights[weights.sum(axis=1) == 0, head] = 1.0
    weights = (weights + weights[twin][:, list(SMPLX_MIRROR)]) / 2
    suit = base.quads["helper-tights"]
    weights = _smoothed(weights / weights.sum(axis=1, keepdims=True), suit)
    return limit_influences(_on_forearms(weights, suit))


def _on_forearms(weights: F64, suit: I32) -> F64:
    """Let sleeves end on forearms: what of them follows hands would leave the wrists bare on one
    side and stand off on the other."""
    weights, rows = weights.copy(), np.unique(suit)
    for side in ("left", "right"):
        hand = subtree(joint(f"{side}_wrist"))
        weights[rows, joint(f"{side}_elbow")] += weights[rows][:, hand].sum(axis=1)
        weights[rows[:, None], hand] = 0.0
    return weights


def _smoothed(weights: F64, quads: I32) -> F64:
    """Spread the weights of the faces ``quads`` over their neighbours: cloth creases less."""
    weights = weights.copy()
    rows = np.unique(quads)
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(edges[:, 0], minlength=len(weights))[:, None]
    for _ in range(_SMOOTHINGS):
        around = np.zeros_like(weights)
        np.add.at(around, edges[:, 0], weights[edges[:, 1]])
        weights[rows] += 0.5 * (around[rows] / degree[rows] - weights[rows])
    return weights


def limit_influences(weights: F64) -> F64:
    """Keep the four largest weights of each row and scale them to sum to one."""
    weights = weights.copy()
    smallest = np.argsort(-weights, axis=1, kind="stable")[:, MAX_INFLUENCES:]
    np.put_along_axis(weights, smallest, 0.0, axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def zero_rotations(joints: F64) -> F64:
    """Global rotations (55, 3, 3) that take the figure's A-pose to the zero pose."""
    fixed: dict[str, Floats] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        fixed |= _arm_rotations(joints, side, sign) | _leg_rotations(joints, side, sign)
    R = np.empty((len(SMPLX_55), 3, 3))
    for j, name in enumerate(SMPLX_55):
        parent = SMPLX_PARENTS[j]
        R[j] = fixed[name] if name in fixed else R[parent] if parent >= 0 else np.eye(3)
    return R


def _arm_rotations(joints: F64, side: str, sign: float) -> dict[str, Floats]:
    """Arms out to the side; the bend that the A-pose has tells where each elbow's hinge is."""

    def at(part: str) -> F64:
        return joints[joint(f"{side}_{part}")]

    outward, hinge_zero = np.array([sign, 0.0, 0.0]), np.array([0.0, -sign, 0.0])
    upper, fore = at("elbow") - at("shoulder"), at("wrist") - at("elbow")
    hinge = np.cross(upper, fore)
    target = frame_from_axes(outward, hinge_zero)
    palm_forward = at("middle1") - at("wrist")
    back_of_hand = np.cross(palm_forward, at("index1") - at("pinky1")) * sign
    up = np.array([0.0, 1.0, 0.0])
    turned = frame_from_axes(outward, up) @ frame_from_axes(palm_forward, back_of_hand).T
    if (turned @ (at("index1") - at("pinky1")))[2] < 0:
        turned = frame_from_axes(outward, -up) @ frame_from_axes(palm_forward, back_of_hand).T
    return {
        f"{side}_shoulder": target @ frame_from_axes(upper, hinge).T,
        f"{side}_elbow": target @ frame_from_axes(fore, hinge).T,
        f"{side}_wrist": turned,
    }


def _leg_rotations(joints: F64, side: str, sign: float) -> dict[str, Floats]:
    """Legs nearly straight down, feet turned out a little, soles level."""
    hip, knee, ankle, foot = (
        joints[joint(f"{side}_{part}")] for part in ("hip", "knee", "ankle", "foot")
    )
    toe_out = 0.12 * sign
    yaw = toe_out - np.arctan2((foot - ankle)[0], (foot - ankle)[2])
    cosine, sine = np.cos(yaw), np.sin(yaw)
    thigh, shin = np.array([0.06 * sign, -1.0, 0.0]), np.array([0.02 * sign, -1.0, -0.04])
    return {
        f"{side}_hip": swing_between(normalize(knee - hip), normalize(thigh)),
        f"{side}_knee": swing_between(normalize(ankle - knee), normalize(shin)),
        f"{side}_ankle": np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]),
    }
