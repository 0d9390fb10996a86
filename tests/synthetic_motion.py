"""People whose every joint is known: the 55-joint skeleton walking, squatting, boxing, jumping.

Feet are placed first and the legs follow by two-bone inverse kinematics, so that a planted foot is
exactly still and a foot in the air is known to be there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from limn.core.kinematics import R_WORLD_BODY_REST, forward
from limn.core.rotations import exp_so3, normalize
from limn.core.skeletons import BLAZEPOSE_33, REST_XYZ_BODY, joint

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


def _about(axis: str, angle: np.ndarray) -> np.ndarray:
    return exp_so3(np.eye(3)["xyz".index(axis)] * np.asarray(angle)[..., None])


def yaws(heading_rad: np.ndarray) -> np.ndarray:
    """Global rotations (t, 3, 3) of a body that stands upright and faces ``heading_rad``."""
    return _about("z", heading_rad) @ R_WORLD_BODY_REST


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
        R[:, joint(f"{side}_shoulder")] = _about("z", np.full(t, -1.2 * sign))
        R[:, joint(f"{side}_elbow")] = _about("y", np.full(t, -0.35 * sign))
    for name, rotation in (local or {}).items():
        R[:, joint(name)] = rotation
    for k, side in enumerate(("left", "right")):
        hip, knee, ankle = (joint(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        upper, lower = rest[knee] - rest[hip], rest[ankle] - rest[knee]
        start = pelvis + R_pelvis @ rest[hip]
        thigh, shank = _two_bones(start, ankles[:, k], R_pelvis[..., 2] + R_feet[:, k, :, 2], upper, lower)
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


def _standing_feet(t: int, heading_rad: float = 0.0, spread_m: float = 0.14) -> tuple[np.ndarray, np.ndarray]:
    R = yaws(np.full(t, heading_rad))
    left = R[:, :, 0]
    ankles = np.stack([spread_m * left, -spread_m * left], axis=1)
    ankles[..., 2] = ANKLE_HEIGHT_M
    return ankles, np.stack([R, R], axis=1)


def standing(fps: float = 30.0, seconds: float = 3.0) -> Motion:
    """Feet still, the body swaying a little."""
    return squatting(fps, seconds, depth_m=0.0)


def squatting(fps: float = 30.0, seconds: float = 4.0, depth_m: float = 0.30) -> Motion:
    """Squats every two seconds on still feet, arms lifted forward on the way down."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    down = (1 - np.cos(np.pi * time)) / 2
    pelvis = np.stack([0.015 * np.sin(1.9 * time), 0.1 * depth_m * down, STANDING_M - depth_m * down], -1)
    lean = 1.2 * depth_m * down + 0.02 * np.sin(1.3 * time)
    ankles, R_feet = _standing_feet(t)
    raise_arms = 3.0 * depth_m * down
    local = {
        f"{side}_shoulder": _about("x", -raise_arms) @ _about("z", np.full(t, -1.2 * sign))
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    return build(fps, pelvis, yaws(0 * time) @ _about("x", lean), ankles, R_feet, np.ones((t, 2), bool), local)


def striking(
    fps: float = 60.0, seconds: float = 2.5, hz: float = 4.0, across_m: float = 0.25, yaw_deg: float = 0.0
) -> Motion:
    """Feet still; the left wrist beats to and fro over ``across_m``, ``hz`` times a second."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    arm = float(np.linalg.norm(REST_XYZ_BODY[joint("left_wrist")] - REST_XYZ_BODY[joint("left_shoulder")]))
    swing = np.arcsin(across_m / 2 / arm) * np.sin(2 * np.pi * hz * time)
    local = {
        "left_shoulder": _about("z", -0.5 + swing),
        "left_elbow": _about("y", np.full(t, -0.05)),
        "right_shoulder": _about("z", np.full(t, 0.9)),
        "right_elbow": _about("y", np.full(t, 1.6)),
    }
    ankles, R_feet = _standing_feet(t)
    pelvis = np.tile([0.0, 0.0, STANDING_M], (t, 1))
    motion = build(fps, pelvis, yaws(0 * time), ankles, R_feet, np.ones((t, 2), bool), local)
    return motion.moved(yaw_deg=yaw_deg)


def jumping(fps: float = 30.0, height_m: float = 0.30) -> Motion:
    """Stand, crouch, leave the floor for half a second, land, stand."""
    flight = 2 * np.sqrt(2 * height_m / 9.81)
    t = round(fps * (2.4 + flight))
    time = np.arange(t) / fps
    off, land = 1.2, 1.2 + flight
    air = np.where((time > off) & (time < land), 4.905 * (time - off) * (land - time), 0.0)

    def dip(start: float) -> np.ndarray:
        u = np.clip((time - start) / 0.7, 0, 1)
        return 0.18 * np.sin(np.pi * u) ** 2

    pelvis = np.zeros((t, 3))
    pelvis[:, 2] = STANDING_M + air - dip(off - 0.7) - dip(land)
    ankles, R_feet = _standing_feet(t)
    ankles[..., 2] += air[:, None]
    planted = np.repeat((air == 0)[:, None], 2, axis=1)
    return build(fps, pelvis, yaws(0 * time), ankles, R_feet, planted)


def stepping(
    path: Callable[[np.ndarray], np.ndarray],
    heading: Callable[[np.ndarray], np.ndarray],
    fps: float,
    seconds: float,
    cycle_s: float = 1.0,
) -> Motion:
    """Steps along ``path`` (seconds (n,) to xy (n, 2)), facing ``heading`` (to radians (n,))."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    stance = 0.62
    ankles, yaw = np.zeros((t, 2, 3)), np.zeros((t, 2))
    planted = np.zeros((t, 2), bool)
    for k, (offset, sign) in enumerate(((0.0, 1.0), (0.5, -1.0))):
        phase = time / cycle_s + offset
        cycle = np.floor(phase)
        share = np.clip((phase - cycle - stance) / (1 - stance), 0, 1)
        ease = share**3 * (share * (6 * share - 15) + 10)
        spots, turns = [], []
        for ahead in (0.0, 1.0):
            middle = (cycle + ahead - offset + stance / 2) * cycle_s
            turn = heading(middle)
            left = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
            spots.append(path(middle) + 0.10 * sign * left)
            turns.append(turn)
        ankles[:, k, :2] = spots[0] + ease[:, None] * (spots[1] - spots[0])
        ankles[:, k, 2] = ANKLE_HEIGHT_M + 0.12 * np.sin(np.pi * ease) ** 2
        yaw[:, k] = turns[0] + ease * (turns[1] - turns[0])
        planted[:, k] = share == 0
    pelvis = np.concatenate([path(time), np.full((t, 1), STANDING_M - 0.035)], axis=1)
    pelvis[:, 2] += 0.012 * np.cos(4 * np.pi * time / cycle_s)
    swing = 0.45 * np.cos(2 * np.pi * time / cycle_s)
    local = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        local[f"{side}_shoulder"] = _about("x", sign * swing) @ _about("z", np.full(t, -1.2 * sign))
        local[f"{side}_elbow"] = _about("y", -sign * (0.45 - 0.2 * sign * swing))
    R_feet = np.stack([yaws(yaw[:, k]) for k in (0, 1)], axis=1)
    return build(fps, pelvis, yaws(heading(time)), ankles, R_feet, planted, local)


def walking(fps: float = 30.0, seconds: float = 4.0, speed_mps: float = 0.8) -> Motion:
    """Straight on, towards -Y, past the origin halfway through."""
    return stepping(
        lambda s: np.stack([0 * s, -speed_mps * (s - seconds / 2)], axis=-1), lambda s: 0 * s, fps, seconds
    )


def turning(fps: float = 30.0, seconds: float = 4.0) -> Motion:
    """Steps on the spot and turns round once."""
    return stepping(
        lambda s: np.zeros((len(s), 2)), lambda s: 2 * np.pi * np.clip(s / seconds, 0, 1), fps, seconds
    )
