"""People whose every joint is known: the 55-joint skeleton, posed from its feet and pelvis.

Feet are placed first and the legs follow by two-bone inverse kinematics, so that a planted foot is
exactly still and a foot in the air is known to be there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from limn.core.data.skeletons import BLAZEPOSE_33, REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS, joint
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3, normalize

ANKLE_HEIGHT_M = 0.078
"""Of the reference adult standing flat."""
STANDING_M = 0.905
"""Height of the pelvis over the floor with slightly bent knees."""

_LANDMARK_ON_JOINT: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("head", (0.0, 0.068, 0.135)),
    "eye_inner": ("head", (0.018, 0.095, 0.115)),
    "eye": ("head", (0.030, 0.096, 0.108)),
    "eye_outer": ("head", (0.043, 0.095, 0.098)),
    "ear": ("head", (0.075, 0.075, 0.015)),
    "mouth": ("head", (0.025, 0.030, 0.110)),
    "shoulder": ("shoulder", (0.0, 0.0, 0.0)),
    "elbow": ("elbow", (0.0, 0.0, 0.0)),
    "wrist": ("wrist", (0.0, 0.0, 0.0)),
    "pinky": ("pinky1", (0.0, 0.0, 0.0)),
    "index": ("index1", (0.0, 0.0, 0.0)),
    "thumb": ("thumb3", (0.0, 0.0, 0.0)),
    "hip": ("hip", (0.0, 0.0, 0.0)),
    "knee": ("knee", (0.0, 0.0, 0.0)),
    "ankle": ("ankle", (0.0, 0.0, 0.0)),
    "heel": ("ankle", (0.0, -0.058, -0.045)),
    "foot_index": ("foot", (0.0, -0.0125, 0.060)),
}
"""BlazePose landmarks as rigid points: joint, and offset in its rest frame on the left side."""


@dataclass(frozen=True)
class Motion:
    """t frames: ``root_xyz`` (t, 3) world, ``R_parent_joint`` (t, 55, 3, 3), ``planted`` (t, 2)."""

    fps: float
    rest_xyz: np.ndarray
    root_xyz: np.ndarray
    R_parent_joint: np.ndarray
    planted: np.ndarray

    def __len__(self) -> int:
        return len(self.root_xyz)

    @property
    def time_s(self) -> np.ndarray:
        return np.arange(len(self)) / self.fps

    def joints(self) -> np.ndarray:
        """World positions (t, 55, 3)."""
        return forward(self.rest_xyz, self.root_xyz, self.R_parent_joint)[0]

    def landmarks(self) -> np.ndarray:
        """World positions (t, 33, 3) of BlazePose's landmarks."""
        xyz, R = forward(self.rest_xyz, self.root_xyz, self.R_parent_joint)
        size = self.rest_xyz[joint("left_knee")] / REST_XYZ_BODY[joint("left_knee")]
        points = []
        for name in BLAZEPOSE_33:
            side = next((s for s in ("left", "right") if s in name.split("_")), "")
            kind = name.replace("left", "").replace("right", "").strip("_")
            on, offset = _LANDMARK_ON_JOINT[kind]
            j = joint(on if on == "head" else f"{side}_{on}")
            local = np.array(offset) * [-1.0 if side == "right" else 1.0, 1.0, 1.0] * size[1]
            points.append(xyz[:, j] + R[:, j] @ local)
        return np.stack(points, axis=1)

    def moved(self, xy: tuple[float, float] = (0.0, 0.0), yaw_deg: float = 0.0) -> Motion:
        """The same motion somewhere else, facing another way."""
        turn = exp_so3(np.array([0.0, 0.0, np.radians(yaw_deg)]))
        R = self.R_parent_joint.copy()
        R[:, 0] = turn @ R[:, 0]
        return replace(self, root_xyz=self.root_xyz @ turn.T + [*xy, 0.0], R_parent_joint=R)


def _frames(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x = normalize(a)
    y = normalize(b - (b * x).sum(-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _aligned(rest_a: np.ndarray, rest_b: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _frames(a, b) @ np.swapaxes(_frames(rest_a, rest_b), -1, -2)


def about(axis: str, angle: np.ndarray) -> np.ndarray:
    """Rotations (t, 3, 3) about a coordinate axis."""
    return exp_so3(np.eye(3)["xyz".index(axis)] * np.asarray(angle)[..., None])


def yaws(heading_rad: np.ndarray) -> np.ndarray:
    """Global rotations (t, 3, 3) of a body that stands upright and faces ``heading_rad``."""
    return about("z", heading_rad) @ R_WORLD_BODY_REST


def build(
    fps: float,
    pelvis: np.ndarray,
    R_pelvis: np.ndarray,
    ankles: np.ndarray,
    R_feet: np.ndarray,
    planted: np.ndarray,
    local: dict[str, np.ndarray] | None = None,
    rest_xyz: np.ndarray | None = None,
) -> Motion:
    """A motion from pelvis (t, 3) and feet: ``ankles`` (t, 2, 3), ``R_feet`` (t, 2, 3, 3).

    ``local`` gives rotations (t, 3, 3) of further joints, hanging arms where it doesn't.
    """
    rest = (REST_XYZ_BODY if rest_xyz is None else rest_xyz).astype(np.float64)
    t = len(pelvis)
    R = np.tile(np.eye(3), (t, 55, 1, 1))
    R[:, 0] = R_pelvis
    for side, sign in (("left", 1.0), ("right", -1.0)):
        R[:, joint(f"{side}_shoulder")] = about("z", np.full(t, -1.2 * sign))
        R[:, joint(f"{side}_elbow")] = about("y", np.full(t, -0.35 * sign))
    for name, rotation in (local or {}).items():
        R[:, joint(name)] = rotation
    for k, side in enumerate(("left", "right")):
        hip, knee, ankle = (joint(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        upper, lower = rest[knee] - rest[hip], rest[ankle] - rest[knee]
        start = pelvis + R_pelvis @ rest[hip]
        thigh, shank = _two_bones(
            start, ankles[:, k], R_pelvis[..., 2] + R_feet[:, k, :, 2], upper, lower
        )
        # Both bones share one plane and hinge about its normal, as a knee does.
        axis, lateral = normalize(np.cross(thigh, shank)), np.array([1.0, 0.0, 0.0])
        G_hip = _aligned(upper, lateral, thigh, axis)
        G_knee = _aligned(lower, lateral, shank, axis)
        R[:, hip] = np.swapaxes(R_pelvis, -1, -2) @ G_hip
        R[:, knee] = np.swapaxes(G_hip, -1, -2) @ G_knee
        R[:, ankle] = np.swapaxes(G_knee, -1, -2) @ R_feet[:, k]
    return Motion(fps, rest, pelvis, R, planted)


def _two_bones(
    start: np.ndarray, end: np.ndarray, ahead: np.ndarray, upper: np.ndarray, lower: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    a, b = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    line = end - start
    d = np.linalg.norm(line, axis=-1, keepdims=True)
    if d.max() >= a + b:
        raise ValueError(f"a foot is out of the leg's reach: {d.max():.3f} m of {a + b:.3f} m")
    axis = line / d
    along = (a * a - b * b + d * d) / (2 * d)
    bend = normalize(ahead - (ahead * axis).sum(-1, keepdims=True) * axis)
    knee = start + along * axis + np.sqrt(a * a - along * along) * bend
    return normalize(knee - start), normalize(end - knee)


def with_proportions(shares: dict[str, float], stature_m: float = 1.7) -> np.ndarray:
    """The rest skeleton (55, 3) with limbs of these lengths, as shares of the stature.

    Keys name the far joint of a bone ("knee" is the thigh); "hip" is the width of the hips.
    """
    old = REST_XYZ_BODY.astype(np.float64)
    new = np.zeros_like(old)
    for j, (name, parent) in enumerate(zip(SMPLX_55, SMPLX_PARENTS, strict=True)):
        if parent < 0:
            continue
        bone = old[j] - old[parent]
        part = name.split("_")[-1]
        if part == "hip":
            bone[0] *= shares["hip"] * stature_m / 2 / abs(bone[0])
        elif part in shares:
            bone *= shares[part] * stature_m / np.linalg.norm(bone)
        new[j] = new[parent] + bone
    return new
