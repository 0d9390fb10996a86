"""Values between the moments at which they are known, which need not be evenly spaced."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64, I32, Floats
from ..data.faces.shapes import no_shapes
from ..data.types import Person
from .rotations import continuous_quats, exp_so3, log_so3, normalize

_AT_ONCE: Final = 2048
"""Moments that are read off a curve at a time: what that needs doesn't grow with the clip."""
_JOINTS_AT_ONCE: Final = 8
"""What lies on the way to a joint's rotations is several times as much as they are; by hand."""


def curve_through(at: Floats, values: Floats, wanted: Floats) -> F64:
    """A smooth curve through ``values`` (n, ...) at increasing ``at`` (n,), read off at ``wanted``.

    Piecewise cubic Hermite, its tangents those of the parabola through three neighbours; level
    beyond the ends. At ``at`` itself it gives ``values`` exactly.
    """
    values = np.asarray(values, np.float64)
    if len(at) == 1:
        return np.repeat(values, len(wanted), axis=0)
    wanted = np.clip(wanted, at[0], at[-1])
    before = np.clip(np.searchsorted(at, wanted, side="right") - 1, 0, len(at) - 2)
    tangent = np.gradient(values, at, axis=0)
    shape = (-1, *(1,) * (values.ndim - 1))
    step = np.diff(at)[before].reshape(shape)
    u = ((wanted - at[before]).reshape(shape)) / step
    out = np.empty((len(wanted), *values.shape[1:]))
    for start in range(0, len(wanted), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        i, x, width = before[some], u[some], step[some]
        a, b = values[i], values[i + 1]
        bend = (1 - x) * tangent[i] - x * tangent[i + 1]
        out[some] = a + (3 - 2 * x) * x * x * (b - a) + width * x * (1 - x) * bend
    return out


def straight_through(at: Floats, values: Floats, wanted: Floats) -> F64:
    """Straight lines through ``values`` (n, ...) at increasing ``at`` (n,), level past the ends."""
    flat = np.asarray(values, np.float64).reshape(len(at), -1)
    out = np.empty((len(wanted), flat.shape[1]))
    for k, column in enumerate(flat.T):
        out[:, k] = np.interp(wanted, at, column)
    return out.reshape(len(wanted), *np.shape(values)[1:])


def rotations_between(at: Floats, R: Floats, wanted: Floats) -> F64:
    """Rotations (n, 3, 3) at ``wanted`` (n,) on the shortest ways between ``R`` (k, 3, 3) at
    increasing ``at`` (k,), resting past the ends."""
    if len(at) == 1:
        return np.repeat(np.asarray(R, np.float64), len(wanted), axis=0)
    i = np.clip(np.searchsorted(at, wanted, side="right") - 1, 0, len(at) - 2)
    share = np.clip((wanted - at[i]) / (at[i + 1] - at[i]), 0, 1)
    step = log_so3(np.swapaxes(R[i], 1, 2) @ R[i + 1])
    return np.asarray(R[i] @ exp_so3(share[:, None] * step), np.float64)


def nearest(at: Floats, wanted: Floats) -> I32:
    """Which of increasing ``at`` (n,) lies nearest to each of ``wanted`` (m,)."""
    after = np.clip(np.searchsorted(at, wanted), 1, max(len(at) - 1, 1))
    after = np.minimum(after, len(at) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(wanted - at[before] <= at[after] - wanted, before, after).astype(np.int32)


def turned_through(at: Floats, quats: Floats, wanted: Floats) -> F64:
    """Rotations along a smooth curve through ``quats`` (n, ..., 4), as ``curve_through``."""
    return normalize(curve_through(at, continuous_quats(quats.astype(np.float64)), wanted))


def person_between(person: Person, at: Floats, wanted: Floats, frames: Floats) -> Person:
    """``person``, whose poses (t,) lie at increasing ``at``, posed at ``wanted`` (n,) instead.

    The poses' positions in their new take are ``frames`` (n,).
    """
    near = nearest(at, wanted)
    own = person.quat_parent_joint
    quats = np.empty((len(wanted), *own.shape[1:]), np.float32)
    for first in range(0, own.shape[1], _JOINTS_AT_ONCE):
        some = slice(first, first + _JOINTS_AT_ONCE)
        quats[:, some] = turned_through(at, own[:, some], wanted)

    def line(values: Floats) -> Floats:
        return straight_through(at, values, wanted).astype(np.float32)

    return Person(
        name=person.name,
        frames=np.asarray(frames, np.int32),
        rest_xyz_body=person.rest_xyz_body,
        root_xyz_world=curve_through(at, person.root_xyz_world, wanted).astype(np.float32),
        quat_parent_joint=quats,
        confidence=line(person.confidence),
        contact=line(person.contact),
        bridged=person.bridged[near],
        xy_px=line(person.xy_px),
        xy_score=person.xy_score[near],
        height_m=person.height_m,
        xy_skeleton=person.xy_skeleton,
        face_weights=line(person.face_weights) if len(person.face_weights) else no_shapes(),
    )
