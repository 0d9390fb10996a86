"""Which way is up for people whom a tool tells in the axes of a camera that may look up or down.

People who stand or walk have their shoulders over their ankles, and where their feet stand is one
level: the first tells the vertical to some degrees wherever somebody is, the second better the
farther they go. Both are brought together by their errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...geometry.rotations import normalize, swing_between

_STRAIGHT: Final = (0.93, 0.9)
"""Shares of their lengths by which a leg reaches from hip to ankle, and all of a body from its
ankles to its shoulders, from which it stands upright; by hand."""
_FORWARD: Final = np.tan(np.radians(4.0))
"""How far ahead of their ankles shoulders are, of their height over them (CMU's walkers: legs lean
forward by 3.5 degrees, trunks by 5)."""
_LEAN: Final = np.tan(np.radians(4.0))
"""How wrong that vertical is, one standard deviation; by hand."""
_STEP_M: Final = 0.04
"""How far stands of one floor differ in height in another tool's motion, one standard deviation."""
_LEAST_FRAMES: Final = 10  # of people on straight legs; by hand
_STEEPEST_DEG: Final = 45.0
"""A camera that looks farther down or up isn't made level: nobody in it may stand."""
_LEAST_DEG: Final = 2.0  # of turns, by less of which nothing is done; by hand
_ROUNDS: Final = 5  # of the reweighted least squares
_NOTE: Final = (
    "The file's camera isn't level: by how people stand, its world was put up by {:.0f} degrees."
)
_UP: Final = np.array([0.0, 0.0, 1.0])
_P: Final = {name: i for i, name in enumerate(points.POINTS)}
_BOTH: Final = {
    part: [_P[f"{side}_{part}"] for side in ("left", "right")]
    for part in ("shoulder", "hip", "knee", "ankle")
}


def levelled(bodies: Sequence[Floats], contacts: Sequence[Floats]) -> F64:
    """The rotation (3, 3) that puts a world upright in which the solver's points ``bodies``, each
    (t, 19, 3), are as a level camera would see them; identity where that isn't known.

    ``contacts`` are how firmly their feet stand, each (t, 2) in [0, 1].
    """
    up = _vertical(bodies)
    if up is None:
        return np.eye(3)
    up = _of_floor(up, _stands(bodies, contacts))
    angle = np.degrees(np.arccos(np.clip(up @ _UP, -1, 1)))
    if not _LEAST_DEG < angle < _STEEPEST_DEG:
        return np.eye(3)
    return np.asarray(swing_between(up, _UP), np.float64)


def note_of(turn: Floats) -> tuple[str, ...]:
    """What there is to say about a turn (3, 3) of ``levelled``, nothing of none."""
    angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    return (_NOTE.format(angle),) if angle > _LEAST_DEG else ()


def _vertical(bodies: Sequence[Floats]) -> F64 | None:
    """Up (3,) by where shoulders are over ankles, None where hardly anybody's legs are straight."""
    each: list[F64] = []
    for X in bodies:
        hip, knee, ankle = (X[:, _BOTH[part]] for part in ("hip", "knee", "ankle"))
        length = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
        reach = np.linalg.norm(hip - ankle, axis=-1) / np.maximum(length, 1e-6)
        rise = X[:, _BOTH["shoulder"]].mean(1) - ankle.mean(1)
        trunk = np.linalg.norm((X[:, _BOTH["shoulder"]] - hip).mean(1), axis=-1)
        tall = np.linalg.norm(rise, axis=-1) / np.maximum(trunk + length.mean(1), 1e-6)
        left = normalize(X[:, _BOTH["hip"][0]] - X[:, _BOTH["hip"][1]])
        ahead = normalize(np.cross(left, rise))
        plumb = rise - _FORWARD * np.linalg.norm(rise, axis=-1, keepdims=True) * ahead
        each.append(normalize(plumb[(reach.max(1) > _STRAIGHT[0]) & (tall > _STRAIGHT[1])]))
    every = np.concatenate(each) if each else np.zeros((0, 3))
    if len(every) < _LEAST_FRAMES:
        return None
    return np.asarray(normalize(np.median(every, axis=0)), np.float64)


def _stands(bodies: Sequence[Floats], contacts: Sequence[Floats]) -> F64:
    """Where feet stand, (n, 3): the mean of each stand of either foot."""
    out: list[F64] = []
    for X, firm in zip(bodies, contacts, strict=True):
        for side, (_, heel, toe) in enumerate(points.FEET):
            on = np.concatenate([[False], firm[:, side] > 0.5, [False]])
            starts, stops = (np.flatnonzero(on[a] & ~on[b]) for a, b in (
                (slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))
            ))  # fmt: skip
            sole = X[:, [heel, toe]].mean(1)
            out += [sole[a:b].mean(0) for a, b in zip(starts, stops, strict=True)]
    return np.array(out).reshape(-1, 3)


def _of_floor(up: F64, stands: F64) -> F64:
    """``up`` (3,) bettered so that ``stands`` (n, 3) are of one height, by robust least squares."""
    if len(stands) < 2:
        return up
    side = normalize(np.cross(up, [1.0, 0.0, 0.0] if abs(up[0]) < 0.7 else [0.0, 1.0, 0.0]))
    across = np.stack([side, np.cross(up, side)], axis=1)
    rows = np.concatenate([stands @ across, -np.ones((len(stands), 1))], axis=1)
    height, weight = stands @ up, np.ones(len(stands))
    found = np.array([0.0, 0.0, float(np.median(height))])
    prior = np.diag([_LEAN**-2.0, _LEAN**-2.0, 0.0])
    for _ in range(_ROUNDS):
        normal = (rows * weight[:, None]).T @ rows / _STEP_M**2 + prior
        found = np.linalg.solve(normal, -(rows * weight[:, None]).T @ height / _STEP_M**2)
        off = (height + rows @ found) / _STEP_M
        weight = 1 / (1 + off**2 / 9) ** 2
    return np.asarray(normalize(up + across @ found[:2]), np.float64)
