"""Points known in metres, made steady: the whole-track solve without a picture."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...geometry.smoothing import blur
from ...solving.evidence.evidence import Evidence
from ...solving.floor.contacts import stands, weights_per_point
from ...solving.floor.standing import SOLE
from ...solving.track.bone_lengths import bone_lengths
from ...solving.track.terms import Sigmas
from ...solving.track.track import Planted, solve_track
from .root_drift import root_shift

_SIGMAS: Final = Sigmas(depth_acceleration=1e9, acceleration=7.0, trunk=0.1)
"""Nothing is seen along a view here, and motion that somebody estimated has few true strikes. Its
joints lie in space, so that a trunk whose diagonals change is one that bends, not one seen badly:
held as stiff as the networks' (0.015), a bending back moves by 5 mm more than the noise asks for.
"""
_ROUNDS: Final = 4  # Gauss-Newton rounds of a solve that starts from one
LEAST_FRAMES: Final = 5  # of a stretch that is cleaned
_DRIFT_ROUNDS: Final = 2  # of finding stands and mending the way by them
_GLIDE: Final = 3.5
"""Times as fast as up or down a foot may move across the floor and still be one that stands."""
_REACH: Final = 0.06
"""Feet higher than this share of the body's height don't stand on the floor."""
_FLOOR_NEAR_M: Final = 0.15
"""Stands within so many metres of the lowest level are on the floor; by hand."""
_CALM: Final = 2.0  # m/s^2 of the noise that is left, before strikes are looked for; by hand
_LEAST_BLUR: Final = 0.5  # frames, over less of which nothing is averaged
LEAST_SIGMA_M: Final = 0.01
"""No system knows joints' places better, however smooth its motion is."""


def noise_of(xyz: Floats) -> float:
    """How far joints (t, j, 3) of consecutive frames jump about, metres, one standard deviation.

    From fourth differences, in which motion hardly shows, and white noise does root 70 times.
    """
    if len(xyz) < LEAST_FRAMES:
        return LEAST_SIGMA_M
    return max(_white_noise(xyz), LEAST_SIGMA_M)


def _white_noise(xyz: Floats) -> float:
    fourth = np.diff(xyz, n=4, axis=0)
    return float(1.4826 * np.median(np.abs(fourth)) / np.sqrt(70.0))


def feet_that_stand(X: Floats, fps: float, height: Floats | None, reach_m: float) -> F64:
    """How firmly each foot stands by its speed in the world: (t, 2) in [0, 1].

    Real feet don't glide: one that moves across the floor and not up or down is one that stands
    under a body whose way is told badly. ``height`` (t, 2) of each foot over the floor where that
    is known.
    """
    out = np.zeros((len(X), 2))
    if len(X) < 3:
        return out
    for side, foot in enumerate(points.FEET):
        moved = np.gradient(X[:, list(foot)], axis=0) * fps
        across = np.linalg.norm(moved[..., :2], axis=-1) / _GLIDE
        speed = np.median(np.maximum(across, np.abs(moved[..., 2])), axis=1)
        may = np.ones(len(X), bool) if height is None else height[:, side] < reach_m
        out[:, side] = stands(speed, may, fps)
    return out


def floor_of(bodies: list[F64], contacts: list[F64], size: float) -> float | None:
    """The height on which the lowest stands are, metres; None where nobody stands.

    ``bodies`` each (t, 19, 3), ``contacts`` each (t, 2).
    """
    heights = [_standing_heights(X, c) for X, c in zip(bodies, contacts, strict=True)]
    all_heights = np.concatenate([*heights, np.zeros(0)])
    if not len(all_heights):
        return None
    low = np.percentile(all_heights, 10)
    return float(np.median(all_heights[all_heights < low + _FLOOR_NEAR_M])) - SOLE * size


def _standing_heights(X: Floats, contacts: Floats) -> F64:
    each = [
        np.minimum(X[:, heel, 2], X[:, toe, 2])[contacts[:, side] > 0.5]
        for side, (_, heel, toe) in enumerate(points.FEET)
    ]
    return np.concatenate(each)


def smoothed(X: F64, fps: float, sigma_m: float, score: F64 | None = None) -> F64:
    """The points (t, 19, 3) after the solve without feet."""
    evidence = _evidence(X, fps, sigma_m, score)
    return solve_track(evidence, _calm(X, fps), bone_lengths(X), _SIGMAS, settling=0)


def _calm(X: F64, fps: float) -> F64:
    """Points (t, 19, 3) averaged over just as long that their noise accelerates by no more than
    ``_CALM``: what still accelerates harder is motion."""
    noise = _white_noise(X) if len(X) >= LEAST_FRAMES else 0.0
    # White noise of one unit, averaged over s frames, has this second derivative (three axes).
    rough = np.sqrt(9 / (8 * np.sqrt(np.pi))) * noise * fps**2 / _CALM
    frames = float(rough ** (1 / 2.5))
    if frames < _LEAST_BLUR:
        return X
    flat = X.reshape(len(X), -1)
    return np.stack([blur(column, frames) for column in flat.T], axis=-1).reshape(X.shape)


def steadied(
    X: F64,
    fps: float,
    sigma_m: float,
    height_m: float,
    *,
    holds_feet: bool,
    score: F64 | None = None,
    held: F64 | None = None,
) -> tuple[F64, F64]:
    """Points (t, 19, 3) over the floor z = 0 after the solve, and how firmly feet stand (t, 2).

    ``score`` (t, 19) weighs them, alike if None; ``held`` (t, 2) is how feet stand where somebody
    set it by hand.
    """
    solved = smoothed(X, fps, sigma_m, score)
    contacts = np.zeros((len(X), 2))
    if not holds_feet and held is None:
        return solved, contacts
    placed = X
    for _ in range(_DRIFT_ROUNDS):
        contacts = _contacts(solved, fps, height_m) if held is None else held
        shift = root_shift(_soles(solved), contacts, SOLE * height_m, fps)[:, None]
        solved, placed = solved + shift, placed + shift
    weight = weights_per_point(contacts)
    on_floor = weight.copy()
    on_floor[:, [foot[0] for foot in points.FEET]] = 0.0
    height = np.full(weight.shape, SOLE * height_m)
    planted = Planted(weight, np.array([0.0, 0.0, 1.0]), height, on_floor)
    evidence = _evidence(placed, fps, sigma_m, score)
    lengths = bone_lengths(X)
    return solve_track(evidence, solved, lengths, _SIGMAS, planted, rounds=_ROUNDS), contacts


def _soles(X: F64) -> F64:
    """The lower end of each sole across its middle, (t, 2, 3)."""
    out = np.stack([X[:, list(foot[1:])].mean(1) for foot in points.FEET], axis=1)
    out[..., 2] = np.stack([X[:, list(foot[1:]), 2].min(1) for foot in points.FEET], axis=-1)
    return out


def _contacts(X: F64, fps: float, height_m: float) -> F64:
    return feet_that_stand(X, fps, _soles(X)[..., 2], _REACH * height_m)


def _evidence(X: F64, fps: float, sigma_m: float, score: F64 | None) -> Evidence:
    """Points known in metres; there is no picture, whose term the endless radius switches off."""
    t = len(X)
    return Evidence(
        xyz_m=X,
        xy=np.zeros((t, points.COUNT, 2)),
        score=np.ones((t, points.COUNT)) if score is None else score,
        radius=np.full(t, 1e12),
        detected_xy=np.zeros((t, points.LIMBS, 2)),
        detected_score=np.zeros((t, points.LIMBS)),
        hands=np.zeros((t, 2, 2, 3)),
        hand_score=np.zeros((t, 2)),
        seen=np.ones(t, bool),
        fps=fps,
        placed=X,
        placed_sigma_m=sigma_m,
    )
