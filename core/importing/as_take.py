"""Another tool's motion as a take: as it is, or solved as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from ..bodies.smplx_model import SmplxModel, shape_smplx
from ..data.arrays import F64, I32, Floats, check_fields, of_shape
from ..data.foreign.motion import Foreign, ForeignPerson
from ..data.settings import ASSUMED_HEIGHT_M, Settings
from ..data.skeletons import REST_XYZ_BODY, SMPLX_55
from ..data.types import ClipInfo, Person, Take
from .filming import assembled, filmed, rate_of, shift_of, way_of
from .motion import ImportedMotion, ImportedPerson
from .placing import turned
from .steadying.body_size import size_from_feet
from .steadying.cleaning import Cleaned, Track, clean, solver_points_of, track_of
from .steadying.level import levelled, note_of
from .steadying.root_noise import calm_root
from .steadying.steady_points import LEAST_FRAMES, feet_that_stand, floor_of, noise_of, smoothed

_REFERENCE_M: Final = 1.69
"""Stature of the reference adult whose skeleton ``REST_XYZ_BODY`` is."""


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

    def as_settings(self) -> Settings:
        """What Solve Again starts from."""
        return Settings(height_m=self.height_m, fov_deg=self.fov_deg, contacts=self.contacts)


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
    held: Mapping[int, F64] | None = None,
) -> Take:
    """The take of a motion that ``put_into_world`` has put; ``clip`` is its footage or its file.

    ``model`` is the user's SMPL-X, whose shape then tells bones' lengths; ``held`` are for some
    people, by index, foot contacts (t, 2) set by hand, from their first frame to their last.
    """
    fps, remarks = rate_of(motion.fps, settings.fps, clip)
    if not settings.is_as_it_is:
        motion = replace(motion, people=tuple(_calm(one, fps) for one in motion.people))
    bodies = [_body_of(one, fps, settings, model) for one in motion.people]
    if not settings.is_as_it_is and (motion.is_in_camera or not motion.is_level):
        turn = levelled(*_stances(bodies, fps, settings))
        motion, remarks = turned(motion, turn), (*remarks, *note_of(turn))
        bodies = [replace(b, person=p) for b, p in zip(bodies, motion.people, strict=True)]
    count = motion.frame_count
    floor_m = 0.0 if settings.is_as_it_is else _floor(bodies, fps, settings)
    by_hand = held or {}
    people = tuple(
        _person_of(body, fps, settings, floor_m, by_hand.get(i)) for i, body in enumerate(bodies)
    )
    moved = [
        (one.frames, one.root_xyz_world - body.person.root_xyz)
        for one, body in zip(people, bodies, strict=True)
    ]
    is_as_it_is = settings.is_as_it_is
    shift = shift_of(count, moved)
    camera = filmed(motion.camera, clip, fps, shift, is_as_it_is=is_as_it_is)
    told = Foreign(
        motion.tool,
        tuple(_told(i, body) for i, body in enumerate(bodies)),
        way_of(motion.camera),
        settings.sigma_m or 0.0,
    )
    notes = (*motion.notes, *remarks)
    choices = settings.as_settings()
    return assembled(
        clip, fps, count, people, camera, notes, told, choices, is_as_it_is=is_as_it_is
    )


def _calm(person: ImportedPerson, fps: float) -> ImportedPerson:
    """``person`` without the noise that their root has and their pose doesn't."""
    reference, root = REST_XYZ_BODY.astype(np.float64), person.root_xyz.copy()
    for rows in stretches(person.frames):
        here = track_of(reference, 1.0, root[rows], person.quat_parent_joint[rows])
        root[rows] = calm_root(root[rows], here.xyz, fps)
    return replace(person, root_xyz=root)


def _told(who: int, body: _Body) -> ForeignPerson:
    one = body.person
    return ForeignPerson(
        who=who,
        frames=one.frames,
        confidence=one.confidence.astype(np.float32),
        rest_xyz_body=body.rest.astype(np.float32),
        root_xyz=one.root_xyz.astype(np.float32),
        quat_parent_joint=one.quat_parent_joint.astype(np.float32),
    )


def _body_of(
    person: ImportedPerson, fps: float, settings: ImportSettings, model: SmplxModel | None
) -> _Body:
    if person.rest_xyz_body is not None:
        rest = person.rest_xyz_body.astype(np.float64)
        return _Body(person, rest, size_of(rest))
    if model is not None and person.betas is not None:
        _, joints = shape_smplx(model, person.betas)
        rest = (joints - joints[0]).astype(np.float64)
        return _Body(person, rest, size_of(rest))
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


def height_of(rest: Floats) -> float:
    """The stature in metres that a skeleton (55, 3) at rest stands for."""
    return size_of(rest) * _REFERENCE_M


def size_of(rest: Floats) -> float:
    """A skeleton (55, 3) at rest against the reference adult, from the pelvis to the feet."""
    reference = REST_XYZ_BODY[[7, 8], 1].mean()
    return float(rest[[7, 8], 1].mean() / reference)


def stretches(frames: I32) -> list[slice]:
    """Rows of consecutive ``frames`` (t,)."""
    breaks = np.flatnonzero(np.diff(frames) > 1) + 1
    edges = [0, *breaks.tolist(), len(frames)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _floor(bodies: list[_Body], fps: float, settings: ImportSettings) -> float:
    """The height in the file's world on which people stand, 0 where nobody does."""
    points, contacts = _stances(bodies, fps, settings)
    mean = float(np.mean([body.height_m for body in bodies])) if bodies else _REFERENCE_M
    found = floor_of(points, contacts, mean)
    return 0.0 if found is None else found


def _stances(
    bodies: list[_Body], fps: float, settings: ImportSettings
) -> tuple[list[F64], list[F64]]:
    """The solver's points (t, 19, 3) of every stretch without noise, and how firmly feet stand
    (t, 2)."""
    points: list[F64] = []
    contacts: list[F64] = []
    for body in bodies:
        for rows in stretches(body.person.frames):
            track = _track(body, rows, 0.0)
            sigma = settings.sigma_m or noise_of(track.xyz)
            points.append(smoothed(solver_points_of(track), fps, sigma))
            contacts.append(feet_that_stand(points[-1], fps, None, np.inf))
    return points, contacts


def _track(body: _Body, rows: slice, floor_m: float) -> Track:
    one = body.person
    root = one.root_xyz[rows] - [0.0, 0.0, floor_m]
    return track_of(body.rest, body.size, root, one.quat_parent_joint[rows])


def _person_of(
    body: _Body, fps: float, settings: ImportSettings, floor_m: float, held: F64 | None
) -> Person:
    one, t = body.person, len(body.person.frames)
    quats, root = one.quat_parent_joint.copy(), one.root_xyz - [0.0, 0.0, floor_m]
    contact = np.zeros((t, 4))
    for rows in stretches(one.frames):
        feet = None if held is None else held[one.frames[rows] - one.frames[0]]
        done = _cleaned(body, rows, fps, settings, floor_m, feet)
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
    body: _Body,
    rows: slice,
    fps: float,
    settings: ImportSettings,
    floor_m: float,
    held: F64 | None,
) -> Cleaned | None:
    """A stretch after the solve; None where it stays as it is."""
    track = _track(body, rows, floor_m)
    if settings.is_as_it_is or len(track.xyz) < LEAST_FRAMES:
        return None
    sigma = settings.sigma_m or noise_of(track.xyz)
    holds_feet = settings.contacts != "off"
    return clean(track, fps, sigma, body.height_m, holds_feet=holds_feet, held=held)
