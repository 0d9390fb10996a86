"""A person who walks with feet that truly stand: solved backwards from planted soles."""

from __future__ import annotations

import numpy as np
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.data.types import Person
from limn.core.geometry.kinematics import R_WORLD_BODY_REST
from limn.core.geometry.rotations import exp_so3, frame_from_axes, normalize, quat_from_matrix

FPS = 30.0
STRIDE_M = 0.35
STEP_FRAMES = 20
HEIGHT_M = 0.86
C = R_WORLD_BODY_REST


def walking(count: int = 120, seed: int = 0) -> Person:
    """Walk along a curve, arms and trunk moving; ``contact`` is exact."""
    rng = np.random.default_rng(seed)
    t = np.arange(count) / FPS
    rest = (REST_XYZ_BODY @ C.T).astype(np.float64)
    phase = np.arange(count) / STEP_FRAMES
    heading = 0.25 * np.sin(0.6 * t)
    yaw = exp_so3(np.stack([0 * t, 0 * t, heading], -1))
    root = np.stack([0.1 * np.sin(t), -STRIDE_M * phase, HEIGHT_M + 0.015 * np.sin(6 * t)], -1)
    sway = rng.uniform(0, 6, (55, 3))
    R = exp_so3(0.35 * np.sin(2.0 * t[:, None, None] + sway))
    R[:, 3:7:3] = exp_so3(0.15 * np.sin(2 * t[:, None, None] + sway[3:7:3]))
    for side, sign in (("left", 1), ("right", -1)):
        lowered = -sign * (0.9 + 0.3 * np.sin(t))
        arm = np.stack([0.6 * np.sin(3 * t), 0.4 * np.cos(2 * t), lowered], -1)
        forearm = np.stack([0 * t, -sign * (0.7 + 0.5 * np.sin(2 * t)), 0 * t], -1)
        R[:, joint(f"{side}_shoulder")] = exp_so3(arm)
        R[:, joint(f"{side}_elbow")] = exp_so3(forearm)
    G0 = yaw @ exp_so3(np.stack([0.1 + 0.05 * np.sin(4 * t), 0.06 * np.sin(3 * t), 0 * t], -1)) @ C
    R[:, 0] = G0
    contact = np.zeros((count, 4))
    for number, side in enumerate(("left", "right")):
        ankle, foot_yaw, on = _foot_path(phase, float(number), rest, side)
        contact[:, 2 * number] = contact[:, 2 * number + 1] = on
        _solve_leg(R, G0, root, rest, side, ankle, foot_yaw)
    return Person(
        name="Walker",
        frames=np.arange(count, dtype=np.int32),
        rest_xyz_body=REST_XYZ_BODY,
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        confidence=np.ones((count, 55), np.float32),
        contact=contact.astype(np.float32),
        bridged=np.zeros(count, bool),
        xy_px=np.zeros((count, 33, 2), np.float32),
        xy_score=np.ones((count, 33), np.float32),
        height_m=1.7,
    )


def _foot_path(phase, ahead, rest, side):  # noqa: ANN001, ANN202 - arrays all through
    """The ankle stands for six tenths of a cycle of two steps, then swings to the next place."""
    height = rest[joint(f"{side}_ankle"), 2] - rest[joint("left_foot"), 2] + 0.0226
    step, share = np.divmod((phase + ahead) / 2, 1)
    swing = np.clip((share - 0.6) / 0.4, 0, 1)
    swing = swing * swing * (3 - 2 * swing)
    x = rest[joint(f"{side}_ankle"), 0]

    def spot(number):  # noqa: ANN001, ANN202
        along = -STRIDE_M * (2 * number + 0.6 - ahead)
        return np.stack([0.1 * np.sin(1.3 * number) + x, along, 0 * number + height], -1)

    ankle = spot(step) + (spot(step + 1) - spot(step)) * swing[:, None]
    ankle[:, 2] += 0.12 * np.sin(np.pi * swing)
    yaw = 0.2 * np.sin(step) + (0.2 * np.sin(step + 1) - 0.2 * np.sin(step)) * swing
    return ankle, yaw, (share <= 0.6).astype(float)


def _solve_leg(R, G0, root, rest, side, ankle, foot_yaw):  # noqa: ANN001, ANN202
    """Two-bone inverse kinematics in the body's own frame; the knee looks ahead."""
    hip, knee, foot = (joint(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    D0 = G0 @ C.T
    at = root + np.einsum("tab,b->ta", D0, rest[hip])
    thigh = np.linalg.norm(rest[knee] - rest[hip])
    shin = np.linalg.norm(rest[foot] - rest[knee])
    line = ankle - at
    span = np.clip(np.linalg.norm(line, axis=-1), 0.2, 0.998 * (thigh + shin))
    line = normalize(line)
    ahead = D0 @ np.array([0.0, -1.0, 0.0])
    ahead = normalize(ahead - (ahead * line).sum(-1, keepdims=True) * line)
    cosine = (thigh**2 + span**2 - shin**2) / (2 * thigh * span)
    knee_at = at + thigh * (cosine[:, None] * line + np.sqrt(1 - cosine**2)[:, None] * ahead)
    fold = np.cross(line, ahead)
    D_hip = (
        frame_from_axes(knee_at - at, fold)
        @ frame_from_axes(rest[knee] - rest[hip], np.array([-1.0, 0, 0])).T
    )
    ankle_at = at + span[:, None] * line
    D_knee = (
        frame_from_axes(ankle_at - knee_at, fold)
        @ frame_from_axes(rest[foot] - rest[knee], np.array([-1.0, 0, 0])).T
    )
    z = np.zeros((len(foot_yaw), 3))
    z[:, 2] = foot_yaw
    D_foot = exp_so3(z)
    for j, D, P in ((hip, D_hip, D0), (knee, D_knee, D_hip), (foot, D_foot, D_knee)):
        R[:, j] = np.swapaxes(P @ C, -1, -2) @ D @ C
    R[:, joint(f"{side}_foot")] = np.eye(3)
