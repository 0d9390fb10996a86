"""A take with two people, of whom one leaves for two frames, seen by a camera that stands aside."""

from __future__ import annotations

import numpy as np
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.data.types import Camera, ClipInfo, Person, Take
from limn.core.geometry.kinematics import R_WORLD_BODY_REST
from limn.core.geometry.rotations import exp_so3, quat_from_matrix


def moving_person(name: str, frames: list[int], seed: int) -> Person:
    rng = np.random.default_rng(seed)
    t = np.array(frames, np.float64)
    phase = rng.uniform(0, 6.28, (55, 3))
    R = exp_so3(0.9 * np.sin(0.4 * t[:, None, None] + phase))
    R[:, 0] = exp_so3(np.stack([0 * t, 0 * t, 1.1 * t], -1)) @ R_WORLD_BODY_REST @ R[:, 0]
    root = np.stack([np.sin(t) + seed, 3 + 0.1 * t, 0.9 + 0.05 * np.cos(t)], -1)
    count = len(frames)
    return Person(
        name=name,
        frames=np.array(frames, np.int32),
        rest_xyz_body=REST_XYZ_BODY * np.float32(0.9 + 0.1 * seed),
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        confidence=rng.uniform(0, 1, (count, 55)).astype(np.float32),
        contact=np.zeros((count, 4), np.float32),
        bridged=np.zeros(count, bool),
        xy_px=rng.uniform(10, 400, (count, 33, 2)).astype(np.float32),
        xy_score=rng.uniform(0.6, 1, (count, 33)).astype(np.float32),
        height_m=1.7,
    )


def two_people(fps: float = 25.0, count: int = 12) -> Take:
    T = np.eye(4)
    ahead = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    T[:3, :3] = exp_so3(np.array([0.1, 0.2, 0.3])) @ ahead
    T[:3, 3] = (0.5, -4, 1.5)
    camera = Camera(
        np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]), (640, 480), np.zeros(4), T
    )
    gap = [0, 1, *range(4, count)]
    return Take(
        clip=ClipInfo("walk.mp4", (640, 480), fps, count, first_frame=10),
        camera=camera,
        time_s=np.arange(count) / fps,
        source_frame=np.arange(10, 10 + count, dtype=np.int32),
        people=(moving_person("Anna", list(range(count)), 1), moving_person("Bo", gap, 2)),
    )
