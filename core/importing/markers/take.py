"""Points of people as a take: bones of one length, joints that bend, feet that stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, I32
from ...data.types import Camera, ClipInfo, Person, Take
from ...evaluation.quality import report_on
from ...geometry.camera import camera_from_fov
from ...hands.relaxed import relax_fingers
from ...solving.floor.standing import heel_and_toe_contacts
from ...solving.posing.posing import pose_from_points
from ...solving.posing.proportions import rest_skeleton
from ...solving.track.bone_lengths import bone_lengths, enforce_lengths, stature
from ..as_take import NO_RATE, SIZE_PX, USUAL_FPS, ImportSettings, stretches
from ..steady_points import LEAST_FRAMES, feet_that_stand, floor_of, noise_of, smoothed, steadied
from .points import MarkerMotion, PlacedPoints


def marker_take(
    motion: MarkerMotion, people: list[PlacedPoints], clip: ClipInfo, settings: ImportSettings
) -> Take:
    """The take of points that ``placed_points`` has put into the world."""
    fps = settings.fps or motion.fps or clip.fps or USUAL_FPS
    notes = motion.notes if settings.fps or motion.fps or clip.fps else (*motion.notes, NO_RATE)
    if settings.height_m is not None:
        people = [_scaled(one, settings.height_m) for one in people]
    floor_m = 0.0 if settings.is_as_it_is else _floor(people, fps)
    camera = _camera(clip, floor_m)
    count = max(int(one.frames[-1]) + 1 for one in people)
    take = Take(
        clip=replace(clip, fps=fps, frame_count=clip.frame_count or count, size_px=camera.size_px),
        camera=camera,
        time_s=np.arange(count) / fps,
        source_frame=np.arange(count, dtype=np.int32),
        people=tuple(_person(one, fps, settings, floor_m) for one in people),
        settings={},
        warnings=notes,
    )
    return replace(take, report=report_on(take, floor_is_measured=not settings.is_as_it_is))


def _scaled(one: PlacedPoints, height_m: float) -> PlacedPoints:
    return replace(one, X=one.X * (height_m / stature(bone_lengths(one.X))))


def _floor(people: list[PlacedPoints], fps: float) -> float:
    bodies: list[F64] = []
    contacts: list[F64] = []
    for one in people:
        for rows in stretches(one.frames):
            bodies.append(smoothed(one.X[rows], fps, noise_of(one.X[rows]), one.score[rows]))
            contacts.append(feet_that_stand(bodies[-1], fps, None, np.inf))
    found = floor_of(bodies, contacts, stature(bone_lengths(people[0].X)))
    return 0.0 if found is None else found


def _person(one: PlacedPoints, fps: float, settings: ImportSettings, floor_m: float) -> Person:
    lengths = bone_lengths(one.X)
    height_m = stature(lengths)
    xyz, contacts = one.X - [0.0, 0.0, floor_m], np.zeros((len(one.X), 2))
    for rows in stretches(one.frames):
        some = xyz[rows]
        if settings.is_as_it_is or len(some) < LEAST_FRAMES:
            continue
        sigma = settings.sigma_m or noise_of(some)
        xyz[rows], contacts[rows] = steadied(
            some, fps, sigma, height_m, holds_feet=settings.contacts != "off",
            score=one.score[rows],
        )  # fmt: skip
    X = enforce_lengths(xyz, lengths)
    rest = rest_skeleton(X, lengths)
    root, quats = _posed(one.frames, X, one.score, rest, fps)
    t = len(X)
    seen = one.score[:, : points.LIMBS].mean(1)
    return Person(
        name=one.name,
        frames=one.frames,
        rest_xyz_body=rest,
        root_xyz_world=root,
        quat_parent_joint=quats,
        confidence=np.repeat(seen[:, None], 55, axis=1).astype(np.float32),
        contact=heel_and_toe_contacts(X, contacts, height_m),
        bridged=np.zeros(t, bool),
        xy_px=np.zeros((t, 33, 2), np.float32),
        xy_score=np.zeros((t, 33), np.float32),
        height_m=height_m,
    )


def _posed(
    frames: I32, X: F64, score: F64, rest: np.ndarray, fps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Roots (t, 3) and rotations (t, 55, 4), stretch by stretch; hands follow their forearms."""
    roots: list[np.ndarray] = []
    quats: list[np.ndarray] = []
    for rows in stretches(frames):
        t = rows.stop - rows.start
        hands = np.zeros((t, 2, 2, 3))
        for side, (elbow, wrist) in enumerate(((2, 4), (3, 5))):
            hands[:, side, 0] = X[rows, wrist] - X[rows, elbow]
            hands[:, side, 1] = [0.0, 1.0, 0.0]
        pose = pose_from_points(X[rows], score[rows], rest, hands, np.zeros((t, 2)), fps)
        roots.append(pose.root_xyz)
        relax_fingers(pose.quat_parent_joint)
        quats.append(pose.quat_parent_joint)
    return np.concatenate(roots), np.concatenate(quats)


def _camera(clip: ClipInfo, floor_m: float) -> Camera:
    """A level camera, as nothing is known of one."""
    size_px = clip.size_px if all(clip.size_px) else SIZE_PX
    camera = camera_from_fov(size_px, None)
    T = np.eye(4)
    T[:3, :3] = [[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]
    T[2, 3] = -floor_m
    return replace(camera, T_world_camera=T)
