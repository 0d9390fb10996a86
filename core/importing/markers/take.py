"""Points of people as a take: bones of one length, joints that bend, feet that stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64
from ...data.faces.shapes import FACE_SHAPES, no_shapes
from ...data.foreign.motion import Foreign, ForeignPerson
from ...data.types import ClipInfo, Person, Take
from ...hands.relaxed import relax_fingers
from ...solving.floor.standing import heel_and_toe_contacts
from ...solving.posing.hands import directions_with, set_fingers
from ...solving.posing.heads import set_jaw
from ...solving.posing.posing import pose_from_points
from ...solving.posing.proportions import rest_skeleton
from ...solving.track.bone_lengths import bone_lengths, enforce_lengths, stature
from ..as_take import ImportSettings, stretches
from ..filming import assembled, filmed, rate_of, shift_of, way_of
from ..placing import camera_turned
from ..steadying.level import levelled, note_of
from ..steadying.root_noise import calm_root
from ..steadying.steady_points import (
    LEAST_FRAMES,
    feet_that_stand,
    floor_of,
    noise_of,
    smoothed,
    steadied,
)
from .faces import face_in_space
from .fingers import hand_motion
from .points import MarkerMotion, PlacedMotion, PlacedPoints

_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


def marker_take(
    motion: MarkerMotion,
    placed: PlacedMotion,
    clip: ClipInfo,
    settings: ImportSettings,
    held: Mapping[int, F64] | None = None,
) -> Take:
    """The take of points that ``placed_points`` has put into the world; ``held`` as in
    ``as_take.take_of``."""
    fps, remarks = rate_of(motion.fps, settings.fps, clip)
    points_of = placed.people
    if settings.height_m is not None:
        points_of = tuple(scaled(one, settings.height_m) for one in points_of)
    is_as_it_is = settings.is_as_it_is
    if not is_as_it_is:
        points_of = tuple(_calm(one, fps) for one in points_of)
    if motion.is_in_camera and not is_as_it_is:
        turn = levelled(*_stances(points_of, fps))
        points_of = tuple(turned(one, turn) for one in points_of)
        placed = replace(placed, camera=camera_turned(placed.camera, turn))
        remarks = (*remarks, *note_of(turn))
    floor_m = 0.0 if is_as_it_is else _floor(points_of, fps)
    count = max(int(one.frames[-1]) + 1 for one in points_of)
    by_hand = held or {}
    people = tuple(
        _person(one, fps, settings, floor_m, by_hand.get(i)) for i, one in enumerate(points_of)
    )
    moved = [
        (one.frames, one.root_xyz_world - given.X[:, _HIPS].mean(1))
        for one, given in zip(people, points_of, strict=True)
    ]
    shift = shift_of(count, moved)
    camera = filmed(placed.camera, clip, fps, shift, is_as_it_is=is_as_it_is)
    told = Foreign(
        motion.tool,
        tuple(_told(i, one) for i, one in enumerate(points_of)),
        way_of(placed.camera),
        settings.sigma_m or 0.0,
    )
    notes = (*motion.notes, *remarks)
    choices = settings.as_settings()
    return assembled(
        clip, fps, count, people, camera, notes, told, choices, is_as_it_is=is_as_it_is
    )


def _told(who: int, one: PlacedPoints) -> ForeignPerson:
    return ForeignPerson(
        who=who,
        frames=one.frames,
        confidence=np.ones(len(one.frames), np.float32),
        points=one.X.astype(np.float32),
        score=one.score.astype(np.float32),
        hands=None if one.hands is None else one.hands.astype(np.float32),
        face=None if one.face is None else one.face.astype(np.float32),
    )


def scaled(one: PlacedPoints, height_m: float) -> PlacedPoints:
    """``one`` as tall as that, about the file's origin."""
    return replace(one, X=one.X * (height_m / stature(bone_lengths(one.X))))


def _calm(one: PlacedPoints, fps: float) -> PlacedPoints:
    """``one`` without the noise that all of a body has and its pose doesn't."""
    X = one.X.copy()
    for rows in stretches(one.frames):
        root = X[rows][:, _HIPS].mean(1)
        X[rows] += (calm_root(root, X[rows], fps) - root)[:, None]
    return replace(one, X=X)


def turned(one: PlacedPoints, turn: F64) -> PlacedPoints:
    """``one`` in a world that is turned by ``turn`` (3, 3)."""
    return replace(
        one,
        X=one.X @ turn.T,
        hands=None if one.hands is None else one.hands @ turn.T,
        face=None if one.face is None else one.face @ turn.T,
    )


def _floor(people: Sequence[PlacedPoints], fps: float) -> float:
    bodies, contacts = _stances(people, fps)
    found = floor_of(bodies, contacts, stature(bone_lengths(people[0].X)))
    return 0.0 if found is None else found


def _stances(people: Sequence[PlacedPoints], fps: float) -> tuple[list[F64], list[F64]]:
    """Points (t, 19, 3) of every stretch without noise, and how firmly feet stand (t, 2)."""
    bodies: list[F64] = []
    contacts: list[F64] = []
    for one in people:
        for rows in stretches(one.frames):
            bodies.append(smoothed(one.X[rows], fps, noise_of(one.X[rows]), one.score[rows]))
            contacts.append(feet_that_stand(bodies[-1], fps, None, np.inf))
    return bodies, contacts


def _person(
    one: PlacedPoints, fps: float, settings: ImportSettings, floor_m: float, held: F64 | None
) -> Person:
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
            held=None if held is None else held[one.frames[rows] - one.frames[0]],
        )  # fmt: skip
    X = enforce_lengths(xyz, lengths)
    rest = rest_skeleton(X, lengths)
    root, quats = _posed(one, X, rest, fps)
    shapes = _faced(one, quats, fps)
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
        face_weights=shapes,
    )


def _faced(one: PlacedPoints, quats: np.ndarray, fps: float) -> F32:
    """Shapes (t, 52) of the face, (0, 52) without any; the jaw goes into ``quats`` (t, 55, 4)."""
    if one.face is None:
        return no_shapes()
    out = np.zeros((len(quats), len(FACE_SHAPES)), np.float32)
    found = False
    for rows in stretches(one.frames):
        motion = face_in_space(one.face[rows], fps)
        if motion is not None:
            found = True
            out[rows] = motion.weights
            set_jaw(quats[rows], motion)
    return out if found else no_shapes()


def _posed(
    one: PlacedPoints, X: F64, rest: np.ndarray, fps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Roots (t, 3) and rotations (t, 55, 4), stretch by stretch; hands of which no points are told
    follow their forearms."""
    roots: list[np.ndarray] = []
    quats: list[np.ndarray] = []
    for rows in stretches(one.frames):
        t = rows.stop - rows.start
        hands = np.zeros((t, 2, 2, 3))
        for side, (elbow, wrist) in enumerate(((2, 4), (3, 5))):
            hands[:, side, 0] = X[rows, wrist] - X[rows, elbow]
            hands[:, side, 1] = [0.0, 1.0, 0.0]
        fingers = None if one.hands is None else hand_motion(one.hands[rows], fps)
        told, sure = directions_with(fingers, hands, np.zeros((t, 2)))
        pose = pose_from_points(X[rows], one.score[rows], rest, told, sure, fps)
        set_fingers(pose.quat_parent_joint, fingers)
        if fingers is None:
            relax_fingers(pose.quat_parent_joint)
        roots.append(pose.root_xyz)
        quats.append(pose.quat_parent_joint)
    return np.concatenate(roots), np.concatenate(quats)
