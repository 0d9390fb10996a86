"""How far a take is from the motion it was made of: millimetres and degrees, in camera axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from limn.core.data.skeletons import joint
from limn.core.data.types import Take
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.camera import camera_at, camera_from_world
from limn.core.geometry.kinematics import forward, person_joints_world
from limn.core.geometry.rotations import matrix_from_quat
from synthetic import Clip

_PARTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
LIMBS = [joint(f"{side}_{part}") for part in _PARTS for side in ("left", "right")]
_HIPS = [joint("left_hip"), joint("right_hip")]
_BONES = [
    (joint(f"{side}_{a}"), joint(f"{side}_{b}"))
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    for side in ("left", "right")
]
_TURNED = [joint(name) for name in ("pelvis", "spine3", "head")] + [a for a, _ in _BONES]


@dataclass(frozen=True)
class Recovery:
    """t frames of one person: ``out`` and ``true`` joints (t, 55, 3) and rotations, camera axes."""

    frames: np.ndarray
    out: np.ndarray
    true: np.ndarray
    R_out: np.ndarray
    R_true: np.ndarray

    @property
    def joint_mm(self) -> np.ndarray:
        """(t, 12) distance of limb joints from the truth, hips' centres on each other."""
        off = _centred(self.out)[:, LIMBS] - _centred(self.true)[:, LIMBS]
        return 1000 * np.linalg.norm(off, axis=-1)

    @property
    def aligned_mm(self) -> np.ndarray:
        """(t, 12) after the best rotation, scale and shift of every frame (PA-MPJPE)."""
        return 1000 * aligned_error(self.out[:, LIMBS], self.true[:, LIMBS])

    @property
    def bone_deg(self) -> np.ndarray:
        """(t, 8) angles between the limb bones and the true ones."""
        a, b = np.array(_BONES).T
        u, v = self.out[:, b] - self.out[:, a], self.true[:, b] - self.true[:, a]
        cosine = (u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)
        return np.degrees(np.arccos(np.clip(cosine, -1, 1)))

    @property
    def turn_deg(self) -> np.ndarray:
        """(t, 11) angles between global rotations of trunk, head and limbs, twist included."""
        off = np.linalg.norm(self.R_out[:, _TURNED] - self.R_true[:, _TURNED], axis=(-2, -1))
        return np.degrees(2 * np.arcsin(np.clip(off / np.sqrt(8), 0, 1)))

    @property
    def root_mm(self) -> np.ndarray:
        """(t, 3) where the pelvis is, off in camera x, y, z."""
        return 1000 * (self.out[:, 0] - self.true[:, 0])

    def says(self) -> str:
        """One line for the assert message."""
        return (
            f"joints {self.joint_mm.mean():.1f} mm (worst {self.joint_mm.max():.0f}), "
            f"aligned {self.aligned_mm.mean():.1f} mm, bones {self.bone_deg.mean():.2f} deg, "
            f"rotations {self.turn_deg.mean():.2f} deg, "
            f"root {np.linalg.norm(self.root_mm, axis=-1).mean():.0f} mm"
        )


def recover(clip: Clip, take: Take, who: int = 0, actor: int = 0) -> Recovery:
    """Compare a person of a take with an actor of its clip."""
    person, motion = take.people[who], clip.actors[actor].motion
    local = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
    R_out = forward(person.rest_xyz_body, person.root_xyz_world, local)[1]
    xyz, R_true = forward(motion.rest_xyz, motion.root_xyz, motion.R_parent_joint)
    joints = person_joints_world(person).astype(np.float64)
    seen = [(camera_at(take, int(f)), clip.camera_at(int(f)), int(f)) for f in person.frames]
    axes_out = np.array([took.T_world_camera[:3, :3].T for took, _, _ in seen])
    axes_true = np.array([true.T_world_camera[:3, :3].T for _, true, _ in seen])
    return Recovery(
        frames=person.frames,
        out=np.array(
            [camera_from_world(took, one) for (took, _, _), one in zip(seen, joints, strict=True)]
        ),
        true=np.array([camera_from_world(true, xyz[f]) for _, true, f in seen]),
        R_out=axes_out[:, None] @ R_out,
        R_true=axes_true[:, None] @ R_true[person.frames],
    )


def _centred(xyz: np.ndarray) -> np.ndarray:
    return xyz - xyz[:, _HIPS].mean(1, keepdims=True)
