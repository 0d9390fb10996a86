"""Two motions as one: mixed by a weight, or one after the other with a soft change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.errors import SettingsError
from ..data.faces.shapes import FACE_SHAPES, no_shapes
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..formats.amass import unbroken_rows
from ..geometry.kinematics import move_person
from ..geometry.rotations import continuous_quats, slerp
from ..geometry.smoothing import eased
from .rigid_move import heading, rigid, yaw_between
from .standing import stand
from .trimming import at_rows

_SAME_RATE = 1e-3  # relative difference of frame rates that is none


def mix_takes(take: Take, other: Take, weight: float) -> Take:
    """The first people of two takes mixed, frame by frame: 0 is ``take``, 1 is ``other``.

    As long as the shorter one; everything else is ``take``'s. Raises SettingsError for a weight
    outside 0 to 1 or different frame rates, OutputError where somebody is missing for a while.
    """
    if not 0 <= weight <= 1:
        raise SettingsError(f"The weight is {weight:g}; it must lie between 0 and 1.")
    a, b = _both(take, other)
    count = min(len(a.frames), len(b.frames))
    rows = np.arange(count, dtype=np.int32)
    person = mix_people(at_rows(a, rows, rows), at_rows(b, rows, rows), np.full(count, weight))
    return _with(take, person, count)


def join_takes(take: Take, other: Take, overlap: int) -> Take:
    """The first person of ``take``, then that of ``other``, mixed over ``overlap`` frames.

    The second begins where the first one is then, looking the same way. Raises SettingsError for an
    overlap longer than either, different frame rates or frames that aren't there.
    """
    a, b = _both(take, other)
    if not 1 <= overlap <= min(len(a.frames), len(b.frames)):
        raise SettingsError(
            f"The overlap is {overlap} frames; it must lie between 1 and "
            f"{min(len(a.frames), len(b.frames))}, the shorter motion's length."
        )
    start = len(a.frames) - overlap
    b = _led_on(a, b, start, overlap)
    count = start + len(b.frames)
    frames = np.arange(count, dtype=np.int32)
    there = at_rows(a, np.minimum(frames, len(a.frames) - 1), frames)
    after = at_rows(b, np.maximum(frames - start, 0), frames)
    weight = eased((frames - start + 0.5) / overlap)
    joined = stand(mix_people(there, after, weight), take_frame_rate(take))
    return _with(take, joined, count)


def mix_people(a: Person, b: Person, weight: F64) -> Person:
    """``a`` and ``b`` mixed by ``weight`` (t,) in [0, 1]; their poses are at the same frames."""
    share = weight.astype(np.float64)
    quats = mix_quats(a.quat_parent_joint, b.quat_parent_joint, share)
    middle = float(share.mean())
    pick = b.xy_skeleton.select(a.xy_skeleton.names)
    b = replace(
        b, xy_px=pick.of(b.xy_px), xy_score=pick.scores(b.xy_score), xy_skeleton=a.xy_skeleton
    )
    mixed: dict[str, Any] = {
        name: mix_vectors(getattr(a, name), getattr(b, name), share).astype(np.float32)
        for name in ("root_xyz_world", "confidence", "contact", "xy_px", "xy_score")
    }
    rest = mix_vectors(a.rest_xyz_body[None], b.rest_xyz_body[None], np.array([middle]))[0]
    return replace(
        a,
        rest_xyz_body=rest.astype(np.float32),
        quat_parent_joint=quats.astype(np.float32),
        bridged=np.where(share < 0.5, a.bridged, b.bridged),
        height_m=(1 - middle) * a.height_m + middle * b.height_m,
        face_weights=_mixed_faces(a, b, share),
        **mixed,
    )


def _mixed_faces(a: Person, b: Person, weight: F64) -> F32:
    """Shapes of both faces mixed by ``weight`` (t,); a face that nobody read rests."""
    if not len(a.face_weights) and not len(b.face_weights):
        return no_shapes()
    faces = [
        one.face_weights if len(one.face_weights) else np.zeros((len(one.frames), len(FACE_SHAPES)))
        for one in (a, b)
    ]
    return mix_vectors(faces[0], faces[1], weight).astype(np.float32)


def mix_vectors(a: Floats, b: Floats, weight: F64) -> F64:
    """Rows of ``a`` and ``b`` (t, ...) mixed by ``weight`` (t,)."""
    share = weight.reshape(-1, *([1] * (a.ndim - 1)))
    return (1 - share) * a + share * b


def mix_quats(a: Floats, b: Floats, weight: F64) -> F64:
    """Rotations (t, n, 4) mixed by ``weight`` (t,), the short way, sign-continuous."""
    share = np.broadcast_to(weight[:, None], a.shape[:2])
    return continuous_quats(slerp(a.astype(np.float64), b.astype(np.float64), share))


def _both(take: Take, other: Take) -> tuple[Person, Person]:
    rates = take_frame_rate(take), take_frame_rate(other)
    if abs(rates[0] - rates[1]) > _SAME_RATE * rates[0]:
        raise SettingsError(
            f"The takes run at {rates[0]:.3f} and {rates[1]:.3f} frames a second; "
            "they must be the same to be blended."
        )
    people: list[Person] = []
    for one in (take, other):
        if not one.people:
            raise SettingsError(f"The take of {one.clip.path} holds nobody to blend.")
        unbroken_rows(one.people[0], None)
        people.append(one.people[0])
    return people[0], people[1]


def _led_on(a: Person, b: Person, start: int, overlap: int) -> Person:
    """``b`` moved over the floor so that it meets ``a`` in the middle of the overlap."""
    row = overlap // 2
    at = b.root_xyz_world[row].astype(np.float64) * [1, 1, 0]
    goal = a.root_xyz_world[start + row].astype(np.float64) * [1, 1, 0]
    ahead = heading(a, start + row)
    facing = np.degrees(np.arctan2(ahead[1], ahead[0])) + 90.0
    return move_person(b, rigid(yaw_between(heading(b, row), facing), at, goal))


def _with(take: Take, person: Person, count: int) -> Take:
    """``take`` with ``person`` only, ``count`` frames long at its own rate."""
    first = int(take.source_frame[0]) if len(take.source_frame) else 0
    step = max(take.clip.step, 1)
    return replace(
        take,
        people=(person,),
        time_s=np.arange(count) / take_frame_rate(take),
        source_frame=(first + step * np.arange(count)).astype(np.int32),
        cuts=np.zeros(0, np.int32),
        T_world_shots=np.zeros((0, 4, 4)),
        turns=np.zeros((0, 3), np.float32),
        path=np.zeros((0, 3), np.float32),
        zoom=np.zeros(0, np.float32),
        observed=None,
    )
