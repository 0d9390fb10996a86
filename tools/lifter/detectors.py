"""What the detectors make of a person: their 2D points and scores, with every fault they have.

Two sources see each window: BlazePose (19 points every frame; sure of itself) and MultiPose (12
limb joints at a cadence, interpolated). Their offsets, noise and scores were set so that ``faults``
finds the same figures in the simulation as in rendered clips (docs/notebook/lifter.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Bools, Floats
from ...core.data.skeletons import part_of
from ...core.geometry.rotations import frame_from_axes
from .body import SIDES, point
from .chance import Chance
from .hiding import Hidden

_OFFSETS_MM: Final = {
    "nose": ((0, 22, -6), (0, 10, -8)),
    "ear": ((-23, -23, 36), (-12, -27, 11)),
    "shoulder": ((-15, 27, -9), (7, 35, -10)),
    "elbow": ((8, -14, 9), (6, 9, 18)),
    "wrist": ((-15, -15, 4), (1, 0, 0)),
    "hip": ((-16, -18, 26), (-3, -2, 24)),
    "knee": ((2, -20, 0), (0, -6, -1)),
    "ankle": ((10, -15, 8), (3, 4, 0)),
    "heel": ((0, -35, 3), (0, -20, 0)),
    "foot_index": ((-15, -25, 35), (0, -10, 20)),
}
"""Detected point minus joint in the body's axes left, up, front: BlazePose, MoveNet."""


def _offset_table(source: int) -> Floats:
    rows = [np.array(_OFFSETS_MM[part_of(name)][source], np.float32) for name in points.POINTS]
    for row, name in zip(rows, points.POINTS, strict=True):
        row[0] *= -1 if name.startswith("right") else 1
    return np.stack(rows) / 1000


_LOOSE: Final = np.array(
    [
        {"wrist": 1.4, "ankle": 1.3, "heel": 1.6, "foot_index": 1.6, "nose": 0.7, "ear": 0.7}.get(
            part_of(name), 1.0
        )
        for name in points.POINTS
    ],
    np.float32,
)
_ARMS: Final = [point(f"{s}_{part}") for s in SIDES for part in ("shoulder", "elbow", "wrist")]
_LEGS: Final = [
    point(f"{s}_{part}") for s in SIDES for part in ("hip", "knee", "ankle", "heel", "foot_index")
]
_CLUSTERS: Final = (
    *([point(f"{side}_elbow"), point(f"{side}_wrist")] for side in SIDES),
    *([point(f"{s}_{p}") for p in ("knee", "ankle", "heel", "foot_index")] for s in SIDES),
)
_STEADY: Final = np.array([n.endswith(("shoulder", "hip", "nose", "ear")) for n in points.POINTS])


@dataclass(frozen=True, slots=True)
class Source:
    """A detector's character.

    ``offset`` its row of the table; ``noise_m`` its error on a clear view; ``sure`` its score there
    and ``spread`` how much that varies; ``honesty`` how often a point gets a low score that is
    behind the own body, behind something, outside the picture; ``keeps_steady_score`` whether trunk
    and head always score about 1.
    """

    offset: int
    noise_m: float
    sure: float
    spread: float
    honesty: tuple[float, float, float]
    keeps_steady_score: bool


BLAZEPOSE: Final = Source(0, 0.015, 0.96, 0.06, (0.15, 0.35, 0.50), keeps_steady_score=True)
MULTIPOSE: Final = Source(1, 0.020, 0.76, 0.09, (0.05, 0.15, 0.50), keeps_steady_score=False)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """``xy`` (b, t, 19, 2) rays, ``score`` (b, t, 19)."""

    xy: Floats
    score: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Truth: points ``xyz`` (b, t, 19, 3) in camera axes, their ``rays``, what is ``hidden``.

    ``wrong_m`` (b, t, 19, 2) is an error that both detectors share: where the hidden thing seems to
    be. ``frame`` (b, t, 3, 3) has the body's left, up and front as columns.
    """

    xyz: Floats
    rays: Floats
    frame: Floats
    hidden: Hidden
    wrong_m: Floats


def make_scene(xyz: Floats, hidden: Hidden, chance: Chance) -> Scene:
    """Prepare the truth for the detectors; ``xyz`` (b, t, 19, 3)."""
    b, t, p = xyz.shape[:3]
    rays = project(xyz)
    wrong = 0.10 * chance.normal(b, 1, p, 2) + 0.05 * chance.drift(0.85, b, t, p, 2)
    for limb in _CLUSTERS:  # a limb's points go astray together
        wrong[:, :, limb] += 0.07 * chance.normal(b, 1, 1, 2)
        mirror = points.MIRROR[limb]
        onto = chance.happens(0.35, b, 1, 1, 1) * chance.uniform(0.5, 1.0, b, 1, 1, 1)
        there = (rays[:, :, mirror] - rays[:, :, limb]) * xyz[:, :, limb, 2:]
        wrong[:, :, limb] = wrong[:, :, limb] * (1 - onto) + onto * np.clip(there, -0.5, 0.5)
    return Scene(xyz, rays, body_frame(xyz), hidden, wrong * hidden.loss[..., None])


def project(xyz: Floats) -> Floats:
    """Rays x/z, y/z of camera points (..., 3)."""
    return xyz[..., :2] / np.maximum(xyz[..., 2:], 0.3)


def body_frame(xyz: Floats) -> Floats:
    """Left, up and front of the trunk as columns (b, t, 3, 3)."""
    left = xyz[:, :, 6] - xyz[:, :, 7] + xyz[:, :, 0] - xyz[:, :, 1]
    up = xyz[:, :, 0] + xyz[:, :, 1] - xyz[:, :, 6] - xyz[:, :, 7]
    return frame_from_axes(up, left)


def detect(scene: Scene, source: Source, chance: Chance, *, noisy: bool) -> Seen:
    """One detector's view of every frame."""
    b, t, p = scene.rays.shape[:3]
    offset = np.broadcast_to(_offset_table(source.offset), (b, p, 3))
    if noisy:
        offset = offset * chance.uniform(0.3, 1.4, b, 1, 1) + 0.010 * chance.normal(b, p, 3)
    rays = project(scene.xyz + offset[:, None] @ np.swapaxes(scene.frame, -1, -2))
    if not noisy:
        return Seen(rays, np.full((b, t, p), source.sure, np.float32))
    level = np.float32(source.noise_m) * np.exp(0.75 * chance.normal(b, 1, 1)) * _LOOSE
    error = 0.9 * chance.drift(0.92, b, t, p, 2) + 0.45 * chance.normal(b, t, p, 2)
    error = error * level[..., None]
    slip = chance.spell(0.12, 1, 20, b, t, p)
    error += slip[..., None] * (0.20 * chance.normal(b, 1, p, 2) + 0.05 * chance.normal(b, t, p, 2))
    error += scene.wrong_m + scene.hidden.loss[..., None] * 0.05 * chance.normal(b, 1, p, 2)
    rays = rays + error / np.maximum(scene.xyz[..., 2:], 0.5)
    rays = _swap_sides(_borrow(rays, scene.rays, chance), chance)
    return Seen(rays, _scores(np.linalg.norm(error, axis=-1), slip, scene.hidden, source, chance))


def _borrow(rays: Floats, truth: Floats, chance: Chance) -> Floats:
    """For a while, limbs are those of another body that crosses."""
    b, t = rays.shape[:2]
    other = Crossing.draw(truth, chance)
    theirs = other.picture(rays)
    out = rays.copy()
    for limb in (*_CLUSTERS, _LEGS):
        taken = chance.spell(0.025, 2, t // 2, b, t)[..., None, None]
        out[:, :, limb] = np.where(taken, theirs[:, :, limb], out[:, :, limb])
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Somebody of another window passes: ``who`` (b,), and how their picture gets into this one:
    picture = theirs x ``scale`` + ``shift``."""

    who: Floats
    scale: Floats
    shift: Floats

    @classmethod
    def draw(cls, rays: Floats, chance: Chance) -> Crossing:
        """Anybody, at about the same size, mostly beside."""
        b = len(rays)
        center = rays.mean((1, 2), keepdims=True)
        size = np.abs(rays - center).mean((1, 2, 3), keepdims=True)
        who = chance.rng.permutation(b)
        aside = size * np.array([2.0, 0.3], np.float32) * chance.normal(b, 1, 1, 2)
        scale = size / size[who]
        return cls(who, scale, center - center[who] * scale + aside)

    def picture(self, xy: Floats) -> Floats:
        """Where their points ``xy`` (b, t, p, 2) are seen."""
        return xy[self.who] * self.scale + self.shift


def cross(
    rays: Floats, first: Seen, second: Seen, guess: Floats, chance: Chance
) -> tuple[Seen, Seen, Floats]:
    """For a while everything, the 3D too, is of somebody else; ``rays`` (b, t, 19, 2) is truth."""
    b, t = rays.shape[:2]
    taken = chance.spell(0.05, 2, t // 2, b, t)[..., None]
    other = Crossing.draw(rays, chance)

    def of_other(seen: Seen) -> Seen:
        return Seen(
            np.where(taken[..., None], other.picture(seen.xy), seen.xy),
            np.where(taken, seen.score[other.who], seen.score),
        )

    theirs = np.where(taken[..., None], guess[other.who], guess)
    return of_other(first), of_other(second), theirs


def _swap_sides(rays: Floats, chance: Chance) -> Floats:
    b, t, p = rays.shape[:3]
    for group, probability in ((_ARMS, 0.03), (_LEGS, 0.05), (_ARMS + _LEGS, 0.03)):
        swapped = chance.spell(probability, 1, t, b, t)[..., None] & np.isin(np.arange(p), group)
        rays = np.where(swapped[..., None], rays[:, :, points.MIRROR], rays)
    return rays


def _scores(error: Floats, slip: Bools, hidden: Hidden, source: Source, chance: Chance) -> Floats:
    b, t, p = error.shape
    mood = np.abs(chance.normal(b, 1, 1)) + np.abs(chance.normal(b, 1, p))
    score = source.sure - source.spread * (mood + 0.8 * chance.drift(0.8, b, t, p)) - 0.8 * error
    score = np.where(slip & chance.happens(0.5, b, 1, p), score * 0.5, score)
    sure = score
    low = chance.uniform(0.0, 0.4, b, 1, p) + 0.06 * chance.normal(b, t, p)
    reasons = (hidden.own, hidden.covered, hidden.outside)
    for why, honesty, keeps in zip(reasons, source.honesty, (0.75, 0.55, 0.55), strict=True):
        unsure = chance.uniform(keeps, 1.05, b, 1, p) * sure
        # Half of it is the whole window's luck, half the point's own.
        luck = (chance.uniform(0, 1, b, 1, 1) + chance.uniform(0, 1, b, 1, p)) / 2
        score = np.where(why, np.where(luck < _middling(honesty), low, unsure), score)
    if source.keeps_steady_score:
        usual = _STEADY & ~hidden.any & chance.happens(0.85, b, 1, 1)
        score = np.where(usual, 1 - 0.01 * np.abs(chance.normal(b, t, p)), score)
    return np.clip(score, 0.005, 1).astype(np.float32)


def _middling(share: float) -> float:
    """Below this lies that share of the means of two uniform numbers (a triangle)."""
    return float(np.sqrt(share / 2) if share < 0.5 else 1 - np.sqrt((1 - share) / 2))


def sample_sparsely(seen: Seen, chance: Chance) -> Seen:
    """What is left when the detector runs only every first to sixth frame, straight between."""
    b, t = seen.score.shape[:2]
    every = chance.rng.integers(1, 7, (b, 1))
    phase = chance.rng.integers(0, 6, (b, 1))
    at = np.arange(t) + phase
    low = np.clip(at // every * every - phase, 0, t - 1)
    high = np.clip(at // every * every + every - phase, 0, t - 1)
    part = ((np.arange(t) - low) / np.maximum(high - low, 1)).astype(np.float32)

    def between(values: Floats) -> Floats:
        index = (slice(None), slice(None), *[None] * (values.ndim - 2))
        a, c = (np.take_along_axis(values, i[index], 1) for i in (low, high))
        return a + (c - a) * part[index]

    return Seen(between(seen.xy), between(seen.score))
