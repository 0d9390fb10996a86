"""Moves figures after captured motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ....core.bodies.skinning import bone_transforms
from ....core.data import solver_points as points
from ....core.data.arrays import F32, F64, Floats
from ....core.data.skeletons import joint
from ....core.geometry.rotations import matrix_from_quat, normalize
from ....core.solving.posing.posing import pose_from_points
from ..body import SIDES, TO_POINTS, offsets, positions
from ..body import joint as tree_joint
from ..chance import Chance
from ..motion import FPS
from .wardrobe import MARKS, Dummy

_LIMBS: Final = (("knee", "hip"), ("ankle", "knee"), ("elbow", "shoulder"), ("wrist", "elbow"))
_FOOT: Final = {"foot_index": "foot"}


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """A figure in motion, world metres z up: ``bones`` (t, 55, 3, 4) take its parts as modelled to
    the pose, ``xyz`` (t, 19, 3) are the solver's points."""

    figure: Dummy
    bones: F32
    xyz: F64

    def moved(self, R: Floats, shift: Floats) -> Performance:
        """The same elsewhere: x -> R x + shift, ``R`` (3, 3), ``shift`` (3,)."""
        bones = np.einsum("ab,tjbc->tjac", R, self.bones)
        bones[..., 3] += shift
        return Performance(self.figure, bones.astype(np.float32), self.xyz @ R.T + shift)


def perform(figure: Dummy, tree: Floats, chance: Chance, fps: float = FPS) -> Performance:
    """Pose ``figure`` after joints ``tree`` (t, 22, 3), z up, of a body of any proportions.

    Directions of bones are the motion's, their lengths the figure's; soles stand about z = 0.
    """
    X = _in_proportion(figure, tree)
    hands, weight = _hands(X, chance)
    score = np.ones(X.shape[:2])
    pose = pose_from_points(X, score, figure.rest, hands, weight, fps)
    R = matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    # From as modelled to the zero pose, then on to the pose.
    to_zero = figure.rest - np.einsum("jab,jb->ja", figure.R_zero, figure.joints)
    bones = np.empty((len(X), 55, 3, 4))
    xyz = np.empty((len(X), points.COUNT, 3))
    for t, root in enumerate(pose.root_xyz.astype(np.float64)):
        turn, shift = bone_transforms(figure.rest, R[t], root)
        bones[t, :, :, :3] = turn @ figure.R_zero
        bones[t, :, :, 3] = np.einsum("jab,jb->ja", turn, to_zero) + shift
        xyz[t] = points_of(figure, turn, shift, bones[t])
    low = np.percentile(xyz[..., 2].min(1), 10)
    moved = Performance(figure, bones.astype(np.float32), xyz)
    return moved.moved(np.eye(3), np.array([0.0, 0.0, -low]))


def points_of(figure: Dummy, turn: Floats, shift: Floats, bones: Floats) -> F64:
    """The solver's points (19, 3) of one pose: joints by ``turn`` and ``shift`` from the zero pose,
    points of the skin by ``bones`` from as modelled."""
    joints = np.einsum("jab,jb->ja", turn, figure.rest) + shift
    on_skin = np.einsum("mj,jab,mb->ma", figure.mark_weight, bones[..., :3], figure.mark_xyz)
    on_skin += figure.mark_weight @ bones[..., 3]
    marks = dict(zip(MARKS, on_skin, strict=True))
    out = np.empty((points.COUNT, 3))
    for k, name in enumerate(points.POINTS):
        side, _, part = name.partition("_")
        out[k] = marks[name] if name in marks else joints[joint(f"{side}_{_FOOT.get(part, part)}")]
    return out


def _in_proportion(figure: Dummy, tree: Floats) -> F64:
    """The solver's points (t, 19, 3) with the figure's lengths of limbs, hips and trunk."""
    rest = figure.rest

    def length(a: str, b: str) -> float:
        return float(np.linalg.norm(rest[joint(a)] - rest[joint(b)]))

    offset = offsets(tree[None].astype(np.float64))[0]
    legs = length("left_hip", "left_knee") + length("left_knee", "left_ankle")
    moved = [tree_joint(f"left_{part}") for part in ("knee", "ankle")]
    offset[:, 0] *= legs / np.linalg.norm(offset[:, moved], axis=-1).sum(1).mean()
    shoulders = rest[[joint(f"{side}_shoulder") for side in SIDES]].mean(0)
    hips = rest[[joint(f"{side}_hip") for side in SIDES]].mean(0)
    trunk = [tree_joint("spine"), tree_joint("neck")]
    trunk += [tree_joint(f"{side}_shoulder") for side in SIDES]
    ends = tree[:, [tree_joint(f"{side}_shoulder") for side in SIDES]].mean(1) - tree[:, 0]
    offset[:, trunk] *= np.linalg.norm(shoulders - hips) / np.linalg.norm(ends, axis=-1).mean()
    for side in SIDES:
        at = tree_joint(f"{side}_hip")
        offset[:, at] = normalize(offset[:, at]) * length("left_hip", "right_hip") / 2
        for part, parent in _LIMBS:
            at = tree_joint(f"{side}_{part}")
            bone = length(f"{side}_{parent}", f"{side}_{part}")
            offset[:, at] = normalize(offset[:, at]) * bone
    return positions(offset[None])[0][:, TO_POINTS]


def _hands(X: Floats, chance: Chance) -> tuple[F64, F64]:
    """Hands that bend and turn somehow, slowly: directions (t, 2, 2, 3) and weights (t, 2)."""
    t = len(X)
    out = np.empty((t, 2, 2, 3))
    for k, side in enumerate(SIDES):
        wrist, elbow, shoulder = (
            X[:, points.POINTS.index(f"{side}_{part}")] for part in ("wrist", "elbow", "shoulder")
        )
        fore = normalize(wrist - elbow)
        bend = 0.35 * chance.normal(3) + 0.1 * chance.drift(0.95, 1, t, 3)[0]
        out[:, k, 0] = normalize(fore + bend)
        across = np.cross(fore, elbow - shoulder) + 0.02 * chance.normal(3)
        roll = float(chance.uniform(-1.2, 1.2))
        other = np.cross(fore, across)
        out[:, k, 1] = normalize(normalize(across) * np.cos(roll) + normalize(other) * np.sin(roll))
    return out, np.ones((t, 2))
