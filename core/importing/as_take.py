"""Another tool's motion as a take: as it is, or solved as evidence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from ..bodies.smplx_model import SmplxModel, shape_smplx
from ..data.arrays import F64, I32, check_fields, of_shape
from ..data.settings import ASSUMED_HEIGHT_M
from ..data.skeletons import REST_XYZ_BODY, SMPLX_55
from ..data.types import Camera, ClipInfo, Person, Take
from ..evaluation.quality import report_on
from ..geometry.camera import camera_from_fov
from .body_size import size_from_feet
from .cleaning import Cleaned, Track, clean, solver_points_of, track_of
from .motion import ImportedMotion, ImportedPerson
from .steady_points import LEAST_FRAMES, feet_that_stand, floor_of, noise_of, smoothed

_REFERENCE_M: Final = 1.69
"""Stature of the reference adult whose skeleton ``REST_XYZ_BODY`` is."""
USUAL_FPS: Final = 30.0
"""Of files that don't tell; most tools' clips have it."""
SIZE_PX: Final = (1920, 1080)  # of a camera of which nothing is known
NO_RATE: Final = "The file tells no frame rate; 30 frames a second are assumed: set it by --fps."


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What may be chosen.

    * ``is_as_it_is``: bring the motion unchanged, only its axes become Limn's;
    * ``fps`` None = the file's; ``height_m`` of everybody, None = from how their feet stand;
    * ``sigma_m``: how far to trust joints' places, None = by the jitter that they show;
    * ``contacts`` as in ``Settings``: "off" leaves feet alone;
    * of keypoints in pictures: ``size_px`` of these, None = the file's or the clip's; ``fov_deg``
      as in ``Settings``; ``sigma_px`` how far they are off, None = as they shake.
    """

    is_as_it_is: bool = False
    fps: float | None = None
    height_m: float | None = None
    sigma_m: float | None = None
    contacts: str = "auto"
    size_px: tuple[int, int] | None = None
    fov_deg: float | None = None
    sigma_px: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """A person of the file with a skeleton."""

    person: ImportedPerson
    rest: F64 = field(metadata=of_shape(len(SMPLX_55), 3))
    size: float

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def height_m(self) -> float:
        return self.size * _REFERENCE_M


def take_of(
    motion: ImportedMotion,
    clip: ClipInfo,
    settings: ImportSettings,
    model: SmplxModel | None = None,
) -> Take:
    """The take of a motion that ``put_into_world`` has put; ``clip`` is its footage or its file.

    ``model`` is the user's SMPL-X, whose shape then tells bones' lengths.
    """
    fps = settings.fps or motion.fps or clip.fps or USUAL_FPS
    notes = motion.notes
    if not (settings.fps or motion.fps or clip.fps):
        notes = (*notes, NO_RATE)
    bodies = [_body_of(one, fps, settings, model) for one in motion.people]
    count = motion.frame_count
    camera = _camera_of(motion, clip)
    floor_m = 0.0
    if not settings.is_as_it_is:
        floor_m = _floor(bodies, fps, settings)
        camera = _lowered(camera, floor_m)
    people = tuple(_person_of(body, fps, settings, floor_m) for body in bodies)
    times: F64 = np.arange(count) / fps
    take = Take(
        clip=replace(clip, fps=fps, frame_count=clip.frame_count or count, size_px=camera.size_px),
        camera=camera,
        time_s=times,
        source_frame=np.arange(count, dtype=np.int32),
        people=people,
        settings={},
        warnings=notes,
    )
    return replace(take, report=report_on(take, floor_is_measured=not settings.is_as_it_is))


def _body_of(
    person: ImportedPerson, fps: float, settings: ImportSettings, model: SmplxModel | None
) -> _Body:
    if person.rest_xyz_body is not None:
        rest = person.rest_xyz_body.astype(np.float64)
        return _Body(person, rest, _size_of(rest))
    if model is not None and person.betas is not None:
        _, joints = shape_smplx(model, person.betas)
        rest = (joints - joints[0]).astype(np.float64)
        return _Body(person, rest, _size_of(rest))
    reference = REST_XYZ_BODY.astype(np.float64)
    expected = ASSUMED_HEIGHT_M / _REFERENCE_M
    if settings.height_m is not None:
        size = settings.height_m / _REFERENCE_M
    elif settings.is_as_it_is:
        size = expected
    else:
        here = track_of(reference, 1.0, 0 * person.root_xyz, person.quat_parent_joint)
        size = size_from_feet(here.xyz, person.root_xyz, person.frames, fps, expected)
    return _Body(person, size * reference, size)


def _size_of(rest: F64) -> float:
    """By the legs: from the pelvis to the feet."""
    reference = REST_XYZ_BODY[[7, 8], 1].mean()
    return float(rest[[7, 8], 1].mean() / reference)


def stretches(frames: I32) -> list[slice]:
    """Rows of consecutive ``frames`` (t,)."""
    breaks = np.flatnonzero(np.diff(frames) > 1) + 1
    edges = [0, *breaks.tolist(), len(frames)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _floor(bodies: list[_Body], fps: float, settings: ImportSettings) -> float:
    """The height in the file's world on which people stand, 0 where nobody does."""
    points: list[F64] = []
    contacts: list[F64] = []
    for body in bodies:
        for rows in stretches(body.person.frames):
            track = _track(body, rows, 0.0)
            sigma = settings.sigma_m or noise_of(track.xyz)
            points.append(smoothed(solver_points_of(track), fps, sigma))
            contacts.append(feet_that_stand(points[-1], fps, None, np.inf))
    mean = float(np.mean([body.height_m for body in bodies])) if bodies else _REFERENCE_M
    found = floor_of(points, contacts, mean)
    return 0.0 if found is None else found


def _track(body: _Body, rows: slice, floor_m: float) -> Track:
    one = body.person
    root = one.root_xyz[rows] - [0.0, 0.0, floor_m]
    return track_of(body.rest, body.size, root, one.quat_parent_joint[rows])


def _person_of(body: _Body, fps: float, settings: ImportSettings, floor_m: float) -> Person:
    one, t = body.person, len(body.person.frames)
    quats, root = one.quat_parent_joint.copy(), one.root_xyz - [0.0, 0.0, floor_m]
    contact = np.zeros((t, 4))
    for rows in stretches(one.frames):
        done = _cleaned(body, rows, fps, settings, floor_m)
        if done is not None:
            quats[rows], root[rows], contact[rows] = (
                done.quat_parent_joint, done.root_xyz, done.contact,
            )  # fmt: skip
    confidence = np.repeat(one.confidence[:, None], len(SMPLX_55), axis=1)
    return Person(
        name=one.name,
        frames=one.frames,
        rest_xyz_body=body.rest.astype(np.float32),
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=quats.astype(np.float32),
        confidence=confidence.astype(np.float32),
        contact=contact.astype(np.float32),
        bridged=np.zeros(t, bool),
        xy_px=np.zeros((t, 33, 2), np.float32),
        xy_score=np.zeros((t, 33), np.float32),
        height_m=body.height_m,
    )


def _cleaned(
    body: _Body, rows: slice, fps: float, settings: ImportSettings, floor_m: float
) -> Cleaned | None:
    """A stretch after the solve; None where it stays as it is."""
    track = _track(body, rows, floor_m)
    if settings.is_as_it_is or len(track.xyz) < LEAST_FRAMES:
        return None
    sigma = settings.sigma_m or noise_of(track.xyz)
    return clean(track, fps, sigma, body.height_m, holds_feet=settings.contacts != "off")


def _camera_of(motion: ImportedMotion, clip: ClipInfo) -> Camera:
    told = motion.camera
    size_px = clip.size_px if all(clip.size_px) else told.size_px or SIZE_PX
    camera = camera_from_fov(size_px, None)
    if told.K is not None:
        camera = replace(camera, K=told.K, focal_doubt=0.0)
    if told.T_file_camera is not None and len(told.T_file_camera):
        camera = replace(camera, T_world_camera=told.T_file_camera[0])
    return camera


def _lowered(camera: Camera, floor_m: float) -> Camera:
    T = camera.T_world_camera.copy()
    T[2, 3] -= floor_m
    return replace(camera, T_world_camera=T)
