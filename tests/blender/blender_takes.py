"""Made-up takes: people who walk a curve, turn right round and move every joint."""

# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

MODULE = "bl_ext.limn_dev.limn"
R_REST = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def core(name: str) -> Any:
    """A core module as the extension sees it: types of another copy would not be the same."""
    return import_module(f"{MODULE}.core.{name}")


def walking_person(frames: np.ndarray, seed: int, name: str, still_fingers: bool = True) -> Any:
    rotations, skeletons, types = (
        core("geometry.rotations"),
        core("data.skeletons"),
        core("data.types"),
    )
    rng = np.random.default_rng(seed)
    t = np.asarray(frames, np.float64)
    phase = rng.uniform(0, 6.28, (55, 3))
    rotvec = 0.7 * np.sin(0.21 * t[:, None, None] + phase)
    if still_fingers:
        rotvec[:, 25:] = 0.0
    R = rotations.exp_so3(rotvec)
    heading = np.zeros((len(t), 3))
    heading[:, 2] = 0.15 * t + seed
    R[:, 0] = rotations.exp_so3(heading) @ R_REST @ rotations.exp_so3(0.2 * rotvec[:, 0])
    root = np.stack([2 * np.sin(0.1 * t) + seed, 3 + 0.05 * t, 0.93 + 0.02 * np.sin(t)], -1)
    n = len(t)
    scale = rng.uniform(0.8, 1.15)
    return types.Person(
        name=name,
        frames=np.asarray(frames, np.int32),
        rest_xyz_body=(skeletons.REST_XYZ_BODY * scale).astype(np.float32),
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=rotations.quat_from_matrix(R).astype(np.float32),
        confidence=rng.uniform(0.1, 1, (n, 55)).astype(np.float32),
        contact=(rng.uniform(0, 1, (n, 4)) > 0.5).astype(np.float32),
        bridged=np.arange(n) % 7 == 3,
        xy_px=np.zeros((n, 33, 2), np.float32),
        xy_score=np.ones((n, 33), np.float32),
        height_m=1.7 * scale,
    )


def tilted_camera(
    size_px: tuple[int, int], fx: float, fy: float, center: tuple[float, float]
) -> Any:
    """A camera 4 m in front of the people's path, turned and tilted a little."""
    rotations, types = core("geometry.rotations"), core("data.types")
    look = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # z along +Y, y down
    T = np.eye(4)
    T[:3, :3] = rotations.exp_so3(np.array([-0.08, 0.05, 0.12])) @ look
    T[:3, 3] = (0.3, -4.0, 1.4)
    K = np.array([[fx, 0, center[0]], [0, fy, center[1]], [0, 0, 1.0]])
    return types.Camera(K=K, size_px=size_px, T_world_camera=T)


def forget_kept_takes() -> None:
    """Let the open file keep no take of its own: only those on the disk count then."""
    import bpy

    for owner in bpy.data.objects:
        owner.pop("limn_take_packed", None)


def make_take(
    count: int = 20, fps: float = 25.0, people: tuple[Any, ...] | None = None, **changes: Any
) -> Any:
    types = core("data.types")
    clip = changes.pop("clip_path", "/no/such/folder/walk.mp4")
    camera = changes.pop("camera", None) or tilted_camera((640, 480), 600, 600, (319.5, 239.5))
    time_s = changes.pop("time_s", np.arange(count) / fps)
    source = changes.pop("source_frame", np.arange(count))
    return types.Take(
        clip=types.ClipInfo(
            path=clip, size_px=camera.size_px, fps=fps, frame_count=count, **changes
        ),
        camera=camera,
        time_s=np.asarray(time_s, np.float64),
        source_frame=np.asarray(source, np.int32),
        people=(walking_person(np.arange(count), 1, "Person 1"),) if people is None else people,
        report={"quality": "good"},
    )
