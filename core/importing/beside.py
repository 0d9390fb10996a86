"""Another tool's motion as one more network beside Limn's own: who is who, and a pass of its own.

The pass tells joints in metres and palms; the picture it leaves to the networks that looked at it.
What points don't tell of a body, such as the turn of a forearm, stays as the tool had it: its
rotations are swung onto the solved joints.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..bodies.smplx_pose import fit_rotations
from ..data import solver_points as points
from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.foreign.motion import Foreign, ForeignPerson
from ..data.hand_points import SIDES
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.skeletons import (
    BODY_JOINTS,
    SMPLX_55,
    SMPLX_PARENTS,
    Skeleton,
    hung,
    joint,
    mirror_order,
)
from ..data.types import Camera, Person, Take
from ..geometry.alignment import aligned_error
from ..geometry.assignment import assign
from ..geometry.camera import cameras_at, project, rotation_to_ray
from ..geometry.kinematics import forward, local_rotations, person_joints_world
from ..geometry.rotations import (
    continuous_quats,
    log_so3,
    matrix_from_quat,
    multiply_quats,
    nearest_rotation,
    quat_from_matrix,
)
from ..solving.track.bone_lengths import bone_lengths
from .as_take import size_of
from .steadying.cleaning import solver_points_of, track_of

NAME: Final = "imported"
"""The pass's name in a take."""
_LIMBS: Final = [joint(name) for name in points.POINTS[: points.LIMBS]]
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in SIDES]
_UNLIKE_M: Final = 0.2
"""Mean distance of aligned joints from which two motions are not one person's; by hand."""
_PER_BODY_M: Final = 0.1
"""What it counts, as such a distance, that somebody is a whole body beside where they were seen in
the picture; by hand."""
_ASTRAY_RAD: Final = 0.8
"""A camera that a file tells and that is turned by more from how Limn sees the bodies is none of
this clip's: some files hold values of the world where those of the camera belong; by hand."""
_LEAST_SHARED: Final = 5  # frames; by hand
_SHARE: Final = 0.5
"""Errors of systems that need a graphics card against BlazePose's: joints of 45 mm after alignment
on EMDB (Shen et al., GVHMR, 2024), where BlazePose's are about 90 mm off."""
_USUAL_M: Final = 0.06
"""Metres by which BlazePose's joints are off, to which a stated deviation is compared."""
_SIGMAS: Final = (0.1, 4.0)  # of a pass against BlazePose's
_PALMS: Final = tuple(f"{side}_{part}" for side in SIDES for part in ("index", "pinky"))
_NAMES: Final = (*points.POINTS, *_PALMS)
SKELETON: Final = Skeleton(_NAMES, hung(_NAMES, {}), mirror_order(_NAMES))
"""The solver's points, and the knuckles that tell palms."""
_AT_REST: Final = 1e-3
"""By how much quaternions of fingers change that nobody told, or relaxed ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Row ``person`` of an imported take is row ``track`` of Limn's own; ``R_camera_world``
    (t, 3, 3) brings the import's world to the camera of each of the person's t frames."""

    person: int
    track: int
    R_camera_world: F64 = field(metadata=of_shape("t", 3, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def pairs_of(imported: Take, own: Take) -> list[Pair]:
    """Who of an ``imported`` take, as it is, is who of Limn's ``own``: by how they move, and where
    the file tells of its camera by where they are in the picture."""
    cost = np.full((len(imported.people), len(own.people)), 9.0)
    for i, theirs in enumerate(imported.people):
        for j, ours in enumerate(own.people):
            cost[i, j] = _unlike(imported, theirs, own, ours)
    found = assign(cost) if cost.size else []
    return [
        Pair(i, j, _to_camera(imported, imported.people[i], own, own.people[j]))
        for i, j in found
        if cost[i, j] < _UNLIKE_M
    ]


def _shared(a: Person, b: Person) -> tuple[Floats, Floats]:
    _, rows, others = np.intersect1d(a.frames, b.frames, return_indices=True)
    return rows, others


def _unlike(imported: Take, theirs: Person, own: Take, ours: Person) -> float:
    rows, others = _shared(theirs, ours)
    if len(rows) < _LEAST_SHARED:
        return 9.0
    a = person_joints_world(theirs)[rows].astype(np.float64)
    b = person_joints_world(ours)[others].astype(np.float64)
    away = float(np.median(aligned_error(a[:, _LIMBS], b[:, _LIMBS]).mean(1)))
    if not _tells_camera(imported) or imported.camera.is_estimated:
        return away
    seen = [
        np.stack([
            project(replace(take.camera, T_world_camera=T), xyz[[0, 12]])
            for T, xyz in zip(cameras_at(take, person.frames[at]), joints, strict=True)
        ])
        for take, person, at, joints in ((imported, theirs, rows, a), (own, ours, others, b))
    ]  # fmt: skip
    scale = np.array(own.camera.size_px) / np.array(imported.camera.size_px)
    theirs_px, ours_px = seen[0] * scale, seen[1]
    trunk = np.linalg.norm(ours_px[:, 1] - ours_px[:, 0], axis=-1)
    beside = np.linalg.norm(theirs_px[:, 0] - ours_px[:, 0], axis=-1) / np.maximum(3 * trunk, 1.0)
    return away + _PER_BODY_M * float(np.median(beside))


def _tells_camera(imported: Take) -> bool:
    told = None if imported.observed is None else imported.observed.foreign
    return told is not None and len(told.T_world_camera) > 0


def _to_camera(imported: Take, theirs: Person, own: Take, ours: Person) -> F64:
    """Rotations (t, 3, 3) from the import's world to the camera of every frame of ``theirs``: as
    its file tells, else, or where that can't be, as bodies that move alike have it."""
    alike = _as_bodies(imported, theirs, own, ours)
    if not _tells_camera(imported):
        return alike
    told = np.swapaxes(cameras_at(imported, theirs.frames)[:, :3, :3], 1, 2)
    away = np.linalg.norm(log_so3(np.swapaxes(alike, 1, 2) @ told), axis=-1)
    return told if np.median(away) < _ASTRAY_RAD else alike


def _as_bodies(imported: Take, theirs: Person, own: Take, ours: Person) -> F64:
    rows, others = _shared(theirs, ours)
    a = person_joints_world(theirs)[rows][:, _LIMBS].astype(np.float64)
    b = person_joints_world(ours)[others][:, _LIMBS].astype(np.float64)
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    turn = nearest_rotation(np.einsum("tja,tjb->ab", b, a))
    return np.swapaxes(cameras_at(own, theirs.frames)[:, :3, :3], 1, 2) @ turn


def in_camera(told: ForeignPerson, R_camera_world: F64, who: int) -> ForeignPerson:
    """``told`` in the axes of each frame's camera, its place left open, as row ``who``."""
    if told.points is not None:
        middle = told.points[:, _HIPS].mean(1, keepdims=True)
        turned = np.einsum("tab,tpb->tpa", R_camera_world, told.points - middle)
        return replace(told, who=who, points=turned.astype(np.float32), hands=None)
    assert told.quat_parent_joint is not None
    quats = told.quat_parent_joint.astype(np.float64)
    quats[:, 0] = multiply_quats(quat_from_matrix(R_camera_world), quats[:, 0])
    still = np.zeros((len(quats), 3), np.float32)
    return replace(told, who=who, quat_parent_joint=quats.astype(np.float32), root_xyz=still)


def with_pass(
    track: TrackObservations, told: ForeignPerson, tool: str, sigma_m: float, camera: Camera
) -> TrackObservations:
    """``track`` with one pass more, of somebody ``in_camera``; ``sigma_m`` as in ``Foreign``."""
    own = max(track.passes.values(), key=lambda one: one.worth.is_precise)
    pick = own.skeleton.select(_NAMES)
    _, rows, at = np.intersect1d(track.frames, told.frames, return_indices=True)
    xyz, score = np.zeros((len(track.frames), len(_NAMES), 3)), pick.scores(own.score)
    body = _points_of(told)[at] * _scale(track, told)
    R_camera_crop = rotation_to_ray(camera, track.center_px[rows].astype(np.float64))
    xyz[rows] = np.einsum("tba,tpb->tpa", R_camera_crop, body)
    presence = np.zeros(len(track.frames), np.float32)
    presence[rows] = 1.0
    if told.points is not None:
        score[:, len(points.POINTS) :] = 0.0  # points alone tell no palms
    share = sigma_m / _USUAL_M if sigma_m else _SHARE
    worth = PassWorth(tool, is_precise=False, has_3d=True, sigma_3d=float(np.clip(share, *_SIGMAS)))
    seen = PassObservations(
        xy_px=pick.of(own.xy_px).astype(np.float32),
        score=score.astype(np.float32),
        xyz_m=xyz.astype(np.float32),
        presence=presence,
        worth=worth,
        skeleton=SKELETON,
    )
    return replace(track, passes={**track.passes, NAME: seen})


def _points_of(told: ForeignPerson) -> F64:
    """(t, 23, 3) about the hips."""
    if told.points is not None:
        body = told.points.astype(np.float64)
        palms = np.zeros((len(body), len(_PALMS), 3))
    else:
        assert told.rest_xyz_body is not None
        assert told.quat_parent_joint is not None
        rest = told.rest_xyz_body.astype(np.float64)
        quats = told.quat_parent_joint.astype(np.float64)
        track = track_of(rest, size_of(rest), np.zeros((len(quats), 3)), quats)
        body = solver_points_of(track)
        palms = track.xyz[:, [joint(f"{name}1") for name in _PALMS]]
    every = np.concatenate([body, palms], axis=1)
    return every - body[:, _HIPS].mean(1, keepdims=True)


def _scale(track: TrackObservations, told: ForeignPerson) -> float:
    """What makes the import's bones as long as the networks' are."""
    deep = [one for one in track.passes.values() if one.worth.has_3d]
    if not deep:
        return 1.0
    pick = deep[0].skeleton.select(points.POINTS)
    limbs = slice(0, len(points.LIMB_BONES))
    ours = bone_lengths(pick.of(deep[0].xyz_m).astype(np.float64))[limbs]
    theirs = bone_lengths(_points_of(told)[:, : points.COUNT])[limbs]
    return float(np.median(ours / np.maximum(theirs, 1e-3)))


def with_rotations(take: Take, told: Foreign) -> Take:
    """``take`` with the rotations of those whom a file told by rotations, on the solved joints."""
    people = list(take.people)
    for one in told.people:
        if one.quat_parent_joint is not None and one.who < len(people):
            people[one.who] = _turned(take, people[one.who], one)
    return replace(take, people=tuple(people))


def _turned(take: Take, person: Person, told: ForeignPerson) -> Person:
    assert told.quat_parent_joint is not None
    _, rows, at = np.intersect1d(person.frames, told.frames, return_indices=True)
    if not len(rows):
        return person
    wanted = person_joints_world(person)[rows].astype(np.float64)
    theirs = told.quat_parent_joint[at].astype(np.float64)
    own = person.quat_parent_joint[rows].astype(np.float64)
    to_world = cameras_at(take, person.frames[rows])[:, :3, :3]
    quats = theirs.copy()
    quats[:, 0] = multiply_quats(quat_from_matrix(to_world), theirs[:, 0])
    has_fingers = bool(np.ptp(theirs[:, BODY_JOINTS:], axis=0).max() > _AT_REST)
    if not has_fingers:
        quats[:, BODY_JOINTS:] = own[:, BODY_JOINTS:]
    rest = person.rest_xyz_body.astype(np.float64)
    _, G = forward(rest, np.zeros((len(rows), 3)), matrix_from_quat(quats))
    if has_fingers:
        # Fingers that the file tells are no bones to be aimed at the solve's.
        wanted = _with_fingers(wanted, rest, np.asarray(G, np.float64))
    R, root = fit_rotations(rest, wanted, np.asarray(G, np.float64))
    out = person.quat_parent_joint.copy()
    out[rows] = quat_from_matrix(local_rotations(R)).astype(np.float32)
    place = person.root_xyz_world.copy()
    place[rows] = root.astype(np.float32)
    smooth = continuous_quats(out.astype(np.float64)).astype(np.float32)
    return replace(person, quat_parent_joint=smooth, root_xyz_world=place)


def _with_fingers(wanted: F64, rest: F64, G: F64) -> F64:
    """Joints (t, 55, 3) with the fingers as rotations ``G`` have them from the wrists on."""
    out = wanted.copy()
    for j in range(BODY_JOINTS, len(SMPLX_55)):
        above = SMPLX_PARENTS[j]
        out[:, j] = out[:, above] + G[:, above] @ (rest[j] - rest[above])
    return out
