"""A cycle whose last frame is its first again, in pose and in speed.

The gap between the ends is shared out: each end goes half of the way, in place and in speed, and
the correction fades to nothing over a few frames. So the last frame can be followed by the second,
as cyclic curves and game engines do. Over the seam the speed changes as it does beside it, so that
a motion that loops already is left alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.errors import SettingsError
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..formats.amass import unbroken_rows
from ..geometry.rotations import (
    continuous_quats,
    exp_so3,
    multiply_quats,
    quat_from_matrix,
    rotvec_from_quat,
)
from .standing import stand
from .trimming import at_rows

_LEAST: int = 4
"""Frames that a cycle needs: two at each end."""


def loop_take(take: Take, blend: int, *, in_place: bool = False) -> Take:
    """Make a cycle of everybody in ``take``, correcting ``blend`` frames at each end.

    The path over the floor goes on by the same way every cycle, feet standing as before, or by none
    with ``in_place``.
    Raises SettingsError for too short a stretch or one with a cut, OutputError where somebody is
    missing for a while.
    """
    if len(take.cuts):
        raise SettingsError("A cycle can't go over a cut of the film; trim the take to one shot.")
    fps = take_frame_rate(take)
    people = tuple(_loop_person(person, blend, in_place, fps) for person in take.people)
    return replace(take, people=people, observed=None)


def loop_vectors(values: Floats, blend: int, way: Floats) -> F64:
    """``values`` (t, k) whose last row is the first and ``way`` (k,), with the same speed there."""
    x = values.astype(np.float64)
    width = reach(len(x), blend)
    gap = x[-1] - x[0] - way
    first, last = _steps(np.diff(x[:3], axis=0), np.diff(x[-3:], axis=0))
    start, end = x[0] + gap / 2, x[-1] - gap / 2
    head = _faded(start - x[0], start + first - x[1], width)
    tail = _faded(end - x[-1], end - last - x[-2], width)
    x[: len(head)] += head
    x[-len(tail) :] += tail[::-1]
    return x


def loop_path(xyz: Floats, blend: int, way: Floats, *, in_place: bool) -> F64:
    """A path (t, 3) that goes on by ``way`` (3,) every cycle, or with it taken out."""
    if not in_place:
        return loop_vectors(xyz, blend, way)
    still = xyz - np.linspace(0, 1, len(xyz))[:, None] * way
    return loop_vectors(still, blend, np.zeros(3))


def loop_quats(quats: Floats, blend: int) -> F64:
    """Rotations (t, n, 4) whose last row is the first again, with the same speed there."""
    q = continuous_quats(quats.astype(np.float64))
    width = reach(len(q), blend)
    gap = _between(q[0], q[-1])
    meet = _turned(q[0], gap / 2)
    first, last = _steps(_between(q[:2], q[1:3]), _between(q[-3:-1], q[-2:]))
    head = _faded(gap / 2, _between(q[1], _turned(meet, first)), width)
    tail = _faded(-gap / 2, _between(q[-2], _turned(meet, -last)), width)
    out = q.copy()
    out[:width] = _turned(q[:width], head)
    out[-width:] = _turned(q[-width:], tail[::-1])
    return continuous_quats(out)


def reach(count: int, blend: int) -> int:
    """How many of ``count`` frames are corrected at each end. Raises SettingsError."""
    if count < _LEAST:
        raise SettingsError(f"A cycle needs at least {_LEAST} frames; there are {count}.")
    if blend < 2:
        raise SettingsError(f"A cycle needs at least 2 frames to blend at each end, not {blend}.")
    return min(blend, count // 2)


def _loop_person(person: Person, blend: int, in_place: bool, fps: float) -> Person:
    unbroken_rows(person, None)
    root = person.root_xyz_world.astype(np.float64)
    reach(len(root), blend)
    root = loop_path(root, blend, (root[-1] - root[0]) * [1, 1, 0], in_place=in_place)
    quats = loop_quats(person.quat_parent_joint, blend)
    looped = replace(
        person,
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=quats.astype(np.float32),
        face_weights=_loop_face(person, blend),
    )
    return looped if in_place else _standing(looped, blend, fps)


def _loop_face(person: Person, blend: int) -> F32:
    """The face's shapes (t, 52) as a cycle, none where nobody read it."""
    if not len(person.face_weights):
        return person.face_weights
    looped = loop_vectors(person.face_weights.astype(np.float64), blend, np.zeros(()))
    return np.clip(looped, 0, 1).astype(np.float32)


def _standing(person: Person, blend: int, fps: float) -> Person:
    """A cycle whose feet stand, over its seam too: the middle one of three is taken."""
    count = len(person.frames) - 1
    way = person.root_xyz_world[-1] - person.root_xyz_world[0]
    rows = np.append(np.tile(np.arange(count), 3), count).astype(np.int32)
    cycle = np.append(np.repeat(np.arange(3), count), 2)
    thrice = at_rows(person, rows, np.arange(len(rows), dtype=np.int32))
    shifted = thrice.root_xyz_world + cycle[:, None].astype(np.float32) * way
    stood = stand(replace(thrice, root_xyz_world=shifted), fps)
    second = np.arange(count, 2 * count + 1, dtype=np.int32)
    middle = at_rows(stood, second, person.frames)
    root = middle.root_xyz_world.astype(np.float64) - way
    return replace(
        middle,
        root_xyz_world=loop_vectors(root, blend, way).astype(np.float32),
        quat_parent_joint=loop_quats(middle.quat_parent_joint, blend).astype(np.float32),
    )


def _steps(after: F64, before: F64) -> tuple[F64, F64]:
    """The first and the last step of the cycle, from its first two steps and its last two.

    Their mean is the speed at the seam, their difference the acceleration beside it.
    """
    speed = (after[0] + before[1]) / 2
    change = (after[1] - after[0] + before[1] - before[0]) / 2
    return speed + change / 2, speed - change / 2


def _faded(first: F64, second: F64, width: int) -> F64:
    """Corrections (width, ...) that begin with ``first`` and ``second`` and end flat at nothing.

    (1 - u)^2 (a + p u): a double zero at u = 1, p by the second value.
    """
    u = np.arange(width) / width
    shape = (width, *([1] * first.ndim))
    u = u.reshape(shape)
    p = (second / (1 - 1 / width) ** 2 - first) * width
    return (1 - u) ** 2 * (first + p * u)


def _between(a: F64, b: F64) -> F64:
    """The turn (..., 3) after ``a`` that gives ``b``."""
    back = a * np.array([1.0, -1.0, -1.0, -1.0])
    return rotvec_from_quat(multiply_quats(back, b))


def _turned(q: F64, rotvec: F64) -> F64:
    return multiply_quats(q, quat_from_matrix(exp_so3(rotvec)))
