"""A take of people who walk past a camera, made without networks, and footage to go with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.data.types import Camera, ClipInfo, Person, Take
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3, quat_from_matrix
from limn.media.drawing.turntable import looking_at
from limn.media.opencv import load_cv2

FPS = 25.0


def walking_person(
    name: str, frames: np.ndarray, start_xy: tuple[float, float], heading_deg: float
) -> Person:
    """Somebody who walks at 1.2 m/s, feet on the floor, the lower one in contact."""
    t = len(frames)
    time_s = frames / FPS
    phase = 2 * np.pi * 0.9 * time_s
    rotvec = np.zeros((t, 55, 3), np.float32)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        swing = sign * np.sin(phase)
        rotvec[:, joint(f"{side}_hip"), 0] = -0.45 * swing
        rotvec[:, joint(f"{side}_knee"), 0] = 0.55 * (1 - sign * np.cos(phase)) / 1.4
        rotvec[:, joint(f"{side}_shoulder"), 2] = -sign * 1.25
        rotvec[:, joint(f"{side}_shoulder"), 0] = 0.3 * swing
        rotvec[:, joint(f"{side}_elbow"), 1] = -sign * 0.4
    heading = exp_so3(np.array([0.0, 0.0, np.radians(heading_deg)]))
    R = exp_so3(rotvec)
    R[:, 0] = heading @ R_WORLD_BODY_REST
    root = np.zeros((t, 3), np.float32)
    root[:, :2] = start_xy + 1.2 * time_s[:, None] * (heading @ [0.0, -1.0, 0.0])[:2]
    xyz, _ = forward(REST_XYZ_BODY, root, R.astype(np.float32))
    feet = xyz[:, [joint("left_foot"), joint("right_foot")], 2]
    root[:, 2] = 0.03 - feet.min(axis=1)
    stands = (feet - feet.min(axis=1, keepdims=True) < 0.03).astype(np.float32)
    return Person(
        name=name,
        frames=frames.astype(np.int32),
        rest_xyz_body=REST_XYZ_BODY,
        root_xyz_world=root,
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        confidence=np.full((t, 55), 0.9, np.float32),
        contact=np.repeat(stands, 2, axis=1),
        bridged=np.zeros(t, np.bool_),
        xy_px=np.zeros((t, 33, 2), np.float32),
        xy_score=np.zeros((t, 33), np.float32),
        height_m=1.7,
    )


def walking_take(
    path: Path, count: int = 20, size_px: tuple[int, int] = (320, 180), *, people: int = 2
) -> Take:
    """``people`` who cross the picture; the second comes in half way through."""
    crowd = [
        walking_person("Person 1", np.arange(count), (-1.0, 0.3), 90.0),
        walking_person("Person 2", np.arange(count // 2, count), (1.0, 1.0), -75.0),
    ]
    return Take(
        clip=ClipInfo(str(path), size_px, FPS, count),
        camera=side_camera(size_px),
        time_s=np.arange(count) / FPS,
        source_frame=np.arange(count, dtype=np.int32),
        people=tuple(crowd[:people]),
    )


def side_camera(size_px: tuple[int, int]) -> Camera:
    """A camera four metres away at chest height."""
    return looking_at(np.array([0.2, -4.2, 1.3]), np.array([0.2, 0.0, 0.9]), size_px, 40.0)


def write_footage(path: Path, count: int, size_px: tuple[int, int] = (320, 180)) -> None:
    """Grey footage whose frame n has brightness 30 + 10 n: the first 20 can be told apart."""
    cv2 = load_cv2()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), FPS, size_px)
    for n in range(count):
        writer.write(np.full((size_px[1], size_px[0], 3), min(30 + 10 * n, 240), np.uint8))
    writer.release()
