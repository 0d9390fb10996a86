"""The floor and the camera's tilt, from where feet stand and how bodies are upright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, I64, Bools, Floats, check_fields, of_shape
from ...geometry.rotations import normalize
from ...perspective.manhattan import ManhattanAxes
from ...perspective.possible_ups import PossibleUps
from .levels import Stand, landing, level_of_stands, rises, stands_of

_CAMERA_UP: Final = np.array([0.0, -1.0, 0.0])
_CAMERA_UP_WEIGHT: Final = 0.3
"""People hold cameras level more often than bodies are upright; it counts as a third of a body."""
_LYING: Final = np.cos(np.radians(65.0))
"""Bodies that are farther from the picture's up than this lie, or hang; by hand."""
_TURNED_OVER: Final = 0.05
"""Share of somebody's straight frames in which they do so from which these don't count; by hand."""
_FEWEST_PLAIN: Final = 3.0
"""Frames of somebody upright and straight that tell up better than who lies; by hand."""
_TILT_SIGMA: Final = 0.07
"""Radians by which the floor may differ from what bodies say before feet must insist."""
_SAME_WAY: Final = np.cos(np.radians(17.0))
"""Lines whose up is farther from the bodies' tell something else, a roof or a ramp. The up of two
bodies in a second's clip is off by 5 to 12 degrees, spread 6, and one find of lines in ten is
wrong, by any angle up to 30 degrees: from 17 on the latter is likelier."""
_FOOT_SIGMA_M: Final = 0.06
"""Metres by which a standing foot may lie off the plane, one standard deviation; by hand."""
_SOLE_M: Final = 0.02
"""BlazePose's heel and toe lie on the skin, this much above the floor."""
_LOWEST: Final = 5.0
"""Percentile of the feet's heights that is the floor where nobody was seen to stand; by hand."""
_BELOW_FEET_M: Final = 0.3
"""Metres by which something of a body that doesn't stand is lower than its feet, if these aren't
over the floor; by hand."""
_MOST_PLANTS: Final = 6.0
"""Depth errors last: many stands of one person say no more about the floor than these few."""

_HEELS_TOES: Final = tuple(foot[1:] for foot in points.FEET)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The plane ``normal . x = offset`` in camera space; ``normal`` (3,) points up, metres.

    ``is_measured`` is False when no foot was seen standing and the floor is where the lowest feet
    were. ``rise`` (t, 2) is how much higher than the plane lies what is under the left and the
    right foot in every frame of who stands on floors of several heights, else None.
    """

    normal: F64 = field(metadata=of_shape(3))
    offset: float
    is_measured: bool
    rise: F64 | None = field(default=None, metadata=of_shape("t", 2))

    def __post_init__(self) -> None:
        check_fields(self)

    def height(self, X: Floats) -> Floats:
        """Heights (...) of camera-space points (..., 3) over the floor."""
        return X @ self.normal - self.offset

    def levels(self) -> list[float]:
        """Heights over the plane of the floors that the person has under their feet, ascending."""
        return [0.0] if self.rise is None else np.unique(self.rise.round(6)).tolist()


def find_grounds(
    bodies: Sequence[Floats],
    contacts: Sequence[Floats],
    scene: PossibleUps | ManhattanAxes | None = None,
    fps: float = 30.0,
    seen: Sequence[Bools] | None = None,
) -> list[Ground]:
    """A floor for everybody: ``bodies`` each (t, 19, 3) camera space, ``contacts`` each (t, 2).

    All floors are parallel, and each person has their own: one may stand on a roof, and one
    camera never knows people's distances well enough to compare them. Robust least squares over the
    mean position of every planted foot, with the bodies' upright direction as the prior of the
    normal, so that a person who never leaves the spot still gets a level floor. Where the straight
    lines of the ``scene`` tell up, and bodies don't contradict, they are the prior instead. Who
    stands at several heights has the lowest of them as the plane. ``seen``, each (t,), tells
    frames in which somebody is seen, all if it is None.
    """
    up, sigma = _upright(bodies), _TILT_SIGMA
    if isinstance(scene, PossibleUps):
        up, sigma = scene.with_bodies(up, sigma)
    elif scene is not None:
        along = scene.axes @ up
        nearest = int(np.abs(along).argmax())
        if abs(along[nearest]) > _SAME_WAY:
            up, sigma = scene.axes[nearest] * np.sign(along[nearest]), scene.tilt_sigma
    stands = [stands_of(X, c, up, fps) for X, c in zip(bodies, contacts, strict=True)]
    normal = _fit_normal([_plants(own) for own in stands], up, sigma)
    legs = [_leg_m(X) for X in bodies]
    levels = [level_of_stands(own, normal, leg, fps) for own, leg in zip(stands, legs, strict=True)]
    if any(len(np.unique(level)) > 1 for level in levels):
        # A step isn't a slope: within a level only do plants tell the tilt.
        parts = [
            _plants([stand for stand, at in zip(own, level, strict=True) if at == one])
            for own, level in zip(stands, levels, strict=True)
            for one in np.unique(level)
        ]
        normal = _fit_normal(parts, up, sigma)
        each = zip(stands, legs, strict=True)
        levels = [level_of_stands(own, normal, leg, fps) for own, leg in each]
    watched = [np.ones(len(X), bool) for X in bodies] if seen is None else seen
    return [_ground(*one, normal, fps) for one in zip(bodies, stands, levels, watched, strict=True)]


def _ground(
    X: Floats, stands: Sequence[Stand], levels: I64, seen: Bools, normal: F64, fps: float
) -> Ground:
    """One person's floor and what of other heights they stand on."""
    feet = np.stack([(X[:, list(foot)] @ normal).min(1) for foot in _HEELS_TOES], axis=-1)
    if not stands:
        level = float(np.percentile(feet.T, _LOWEST))
        lowest = float(np.percentile((X @ normal).min(1), _LOWEST))
        # Who is upside down stands on hands, or on whoever is below.
        level = lowest if lowest < level - _BELOW_FEET_M else level
        return Ground(normal, level - _SOLE_M, is_measured=False)
    plants = _plants(stands) @ normal
    height = np.array([float(np.median(plants[levels == one])) for one in np.unique(levels)])
    periods = [
        (stand.side, stand.start, stand.stop, float(height[k]))
        for stand, k in zip(stands, np.unique(levels, return_inverse=True)[1], strict=True)
    ]
    base = float(height[0])
    landed = landing(feet.min(1) - base, seen, fps)
    if landed is not None:
        base += landed[0]
        periods += [(side, *span, base) for side in (0, 1) for span in landed[1]]
    over = [(side, start, stop, at - base) for side, start, stop, at in periods]
    is_flat = len(height) == 1 and landed is None
    rise = None if is_flat else rises(over, len(X), fps)
    return Ground(normal, base - _SOLE_M, is_measured=True, rise=rise)


def _leg_m(X: Floats) -> float:
    hips, ankles = X[:, 6:8].mean(1), X[:, 10:12].mean(1)
    return float(np.percentile(np.linalg.norm(hips - ankles, axis=-1), 90))


def _upright(bodies: Sequence[Floats]) -> F64:
    """Mean up direction of trunks and legs, those that are in line counting most.

    Who lies across the picture or stands on their hands is in line too, and no plumb line: in a
    photo, and where anybody is seen upright, such frames don't count.
    """
    ways, straight = zip(*map(_lines_of, bodies), strict=True) if bodies else ((), ())
    plain = [_are_plain(way) for way in ways]
    # Films that lie on their side without saying so are commoner than such photos.
    is_told = all(len(one) == 1 for one in straight) or any(
        one[ok].sum() >= _FEWEST_PLAIN for one, ok in zip(straight, plain, strict=True)
    )
    if is_told:
        straight = [
            np.where(ok, one, 0.0) if one[~ok].sum() > _TURNED_OVER * one.sum() else one
            for one, ok in zip(straight, plain, strict=True)
        ]
    total = _CAMERA_UP * _CAMERA_UP_WEIGHT
    for way, one in zip(ways, straight, strict=True):
        share = one.sum() + 1e-6
        total = total + normalize((one[:, None] * way).sum(0)) * min(share, 1.0)
    return normalize(total)


def _lines_of(X: Floats) -> tuple[F64, F64]:
    """From feet to hips to shoulders: the sums (t, 3) of both directions, and how much trunk and
    legs are in line (t,), from 0 to 1."""
    shoulders, hips, ankles = X[:, 0:2].mean(1), X[:, 6:8].mean(1), X[:, 10:12].mean(1)
    trunk, legs = normalize(shoulders - hips), normalize(hips - ankles)
    return trunk + legs, np.clip((trunk * legs).sum(-1), 0, 1) ** 4


def _are_plain(ways: Floats) -> Bools:
    """Whether bodies that go these ``ways`` (t, 3) may stand: they aren't upside down in the
    picture, and don't lie across it. Who stands is seen from above along the view."""
    x, y, z = np.moveaxis(normalize(ways), -1, 0)
    return (-y > _LYING) | ((np.abs(x) < np.abs(z)) & (-y > -_LYING))


def _plants(stands: Sequence[Stand]) -> F64:
    """Mean heel-and-toe position (n, 3) of every stand."""
    return np.array([stand.xyz for stand in stands]).reshape(-1, 3)


def _fit_normal(feet: Sequence[Floats], up: Floats, sigma: float) -> F64:
    """The common normal (3,) of everybody's planted feet, each (n, 3).

    It lies within about ``sigma`` radians of ``up``.
    """
    e1 = normalize(np.cross(up, [1.0, 0.0, 0.0]))
    e2 = np.cross(up, e1)
    rows, target, person = list[F64](), list[F64](), list[F64]()
    for plants in feet:
        if len(plants) > 1:
            centred = plants - np.median(plants, axis=0)
            rows.append(np.stack([centred @ e1, centred @ e2], axis=-1))
            target.append(-centred @ up)
            person.append(np.full(len(plants), min(1.0, _MOST_PLANTS / len(plants))))
    if not rows:
        return up
    A, b, share = np.concatenate(rows), np.concatenate(target), np.concatenate(person)
    tilt = np.zeros(2)
    w = share / _FOOT_SIGMA_M**2
    for _ in range(6):
        tilt = np.linalg.solve((A * w[:, None]).T @ A + np.eye(2) / sigma**2, A.T @ (w * b))
        residual = (A @ tilt - b) / _FOOT_SIGMA_M
        w = share / _FOOT_SIGMA_M**2 / (1 + residual**2 / 4)
    return normalize(up + tilt[0] * e1 + tilt[1] * e2)


def world_from_ground(ground: Ground, origin: Floats) -> F64:
    """``T_world_camera`` (4, 4): Z up off the floor, the camera looking along +Y.

    The world's origin is the floor under ``origin`` (3,), a camera-space point.
    """
    z = ground.normal
    forward = np.array([0.0, 0.0, 1.0])
    if abs(forward @ z) > 0.999:
        forward = np.array([0.0, -1.0, 0.0])
    y = normalize(forward - (forward @ z) * z)
    R = np.stack([np.cross(y, z), y, z])
    foot = origin - ground.height(origin) * z
    T = np.eye(4)
    T[:3, :3] = R
    T[:3, 3] = -R @ foot
    return T
