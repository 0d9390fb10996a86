"""Several cameras round one made-up scene, each with a clip of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from limn.core.data.settings import Settings
from limn.core.data.types import Camera, Take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3
from limn.core.pipeline.estimate import observe_clip
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic import Clip, Flaws, camera_at, watch
from synthetic_motion import jumping, squatting, turning
from synthetic_skeleton import Motion


def round_about(yaw_deg: float, height_m: float = 1.3) -> Camera:
    """A camera on a circle round the origin, ``yaw_deg`` from -Y."""
    camera = camera_at(height_m=height_m)
    turn = np.eye(4)
    turn[:3, :3] = exp_so3(np.array([0.0, 0.0, np.radians(yaw_deg)]))
    return replace(camera, T_world_camera=turn @ camera.T_world_camera)


def part_of(motion: Motion, start: int, stop: int | None = None, step: int = 1) -> Motion:
    """Some frames of a motion, as a camera that runs for that time films them."""
    some = slice(start, stop, step)
    return replace(
        motion,
        fps=motion.fps / step,
        root_xyz=motion.root_xyz[some],
        R_parent_joint=motion.R_parent_joint[some],
        planted=motion.planted[some],
    )


def lively(fps: float = 60.0) -> Motion:
    """Somebody who jumps."""
    return jumping(fps)


def film(clip: Clip, name: str = "front.mp4", **known: object) -> Film:
    """What networks see of a clip; the camera isn't known unless it is given."""
    networks = Networks(clip.detector(), (clip.model(),))
    seen, _ = finished(observe_clip(clip.source(), networks, Settings()))
    return Film(replace(clip.source().info, path=name), seen, **known)  # type: ignore[arg-type]


def filmed(motion: Motion, yaw_deg: float, name: str, seed: int = 1, **known: object) -> Film:
    """A motion as a camera at ``yaw_deg`` sees it, with noise of its own."""
    flaws = Flaws(noise_m=0.01, seed=seed)
    return film(watch(motion, camera=round_about(yaw_deg), flaws=flaws), name, **known)


def error_m(take: Take, motion: Motion, stretch: slice = slice(None)) -> float:
    """Mean error of the first person's limbs, best moved, turned and scaled onto the truth."""
    person = take.people[0]
    joints = [1, 2, 4, 5, 7, 8, 16, 17, 18, 19, 20, 21]
    told = person_joints_world(person)[:, joints][stretch]
    true = motion.joints()[person.frames][:, joints][stretch]
    return float(np.mean([_aligned_error(a, b) for a, b in zip(told, true, strict=True)]))


def _aligned_error(a: np.ndarray, b: np.ndarray) -> float:
    A, B = a - a.mean(0), b - b.mean(0)
    U, S, Vt = np.linalg.svd(A.T @ B)
    D = np.diag([1.0, 1.0, np.sign(np.linalg.det(Vt.T @ U.T))])
    scale = (S * np.diag(D)).sum() / (A**2).sum()
    return float(np.linalg.norm(scale * A @ (Vt.T @ D @ U.T).T - B, axis=-1).mean())


__all__ = [
    "error_m", "film", "filmed", "jumping", "lively", "part_of", "round_about", "squatting",
    "turning",
]  # fmt: skip
