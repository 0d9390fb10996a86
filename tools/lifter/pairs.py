"""Real detections beside truth as training material: as they are, or their errors on other motion.

Pairs come from ``measure``. A window of them is shown as it was seen; or its errors (in the
picture, in the scores, in the networks' 3D) are put on a simulated window that looks alike, which
gives real noise to a hundred times more motion than was rendered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import F32, Floats
from ...core.lifting.features import CANONICAL_M, about_hips, body_size, look_at
from .body import point, rotations
from .chance import Chance, severity
from .pair_file import Pair

_SLOWEST, _FASTEST = 0.75, 1.3
_ROLL_RAD: Final = 0.10
_CANDIDATES: Final = 24
_SOME: Final = 4
"""Frames of a window by which alike ones are found."""
_TOLD_OF_DEPTH: Final = 0.55
"""Of a metre of depth the networks tell so much, measured; the rest of what they say is error."""
_LARGEST_ERROR_M: Final = 1.5
_NEAREST: Final = 3
_SHAKE: Final = 0.4
_TURN_RAD: Final = 0.06
_NOISE_M: Final = 0.008
_UPPER: Final = np.array(
    [name.endswith(("shoulder", "elbow", "wrist", "nose", "ear")) for name in points.POINTS]
)
_GROUPS: Final = (
    *[f"{side}_{part}" for side in ("left", "right") for part in ("arm", "leg")],
    "middle",
)
_PART: Final = {"elbow": "arm", "wrist": "arm", "knee": "leg", "ankle": "leg", "heel": "leg"}


def _group(name: str) -> int:
    side, _, part = name.partition("_")
    limb = _PART.get(part, "leg" if part == "foot_index" else "")
    return _GROUPS.index(f"{side}_{limb}" if limb else "middle")


_GROUP_OF: Final = np.array([_group(name) for name in points.POINTS])
_HIPS: Final = [point(f"{side}_hip") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Windows as detectors saw them: ``xyz`` (b, t, 19, 3) truth in camera axes at canonical size,
    ``xy`` (b, t, 19, 2), ``score``, ``detected_xy`` (b, t, 12, 2), ``detected_score``, and the
    networks' 3D ``guess`` (b, t, 19, 3) at any size; ``hidden`` (b, t, 19) as in ``Pair``."""

    xyz: Floats
    xy: Floats
    score: Floats
    detected_xy: Floats
    detected_score: Floats
    guess: Floats
    hidden: Floats


class PairBook:
    """Pairs to draw windows from; every clip counts alike, however many were seen in it."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = [canonical(pair) for pair in pairs]
        clips = [pair.clip for pair in pairs]
        share = np.array([1 / clips.count(clip) for clip in clips])
        self._share = share / share.sum()

    def __len__(self) -> int:
        return len(self._pairs)

    def draw(self, count: int, frames: int, chance: Chance) -> Sightings:
        """Windows as they were seen, a little slower or faster and the camera rolled."""
        chosen = chance.rng.choice(len(self._pairs), count, p=self._share)
        windows = [_window(self._pairs[k], frames, chance) for k in chosen]
        drawn = Sightings(*(np.stack(columns) for columns in zip(*windows, strict=True)))
        R = rotations(
            np.stack([*np.zeros((2, count)), _ROLL_RAD * chance.normal(count)], -1).astype(
                np.float32
            )
        )[:, None]
        flat = R[..., :2, :2]
        return Sightings(
            drawn.xyz @ R.swapaxes(-1, -2),
            drawn.xy @ flat.swapaxes(-1, -2),
            drawn.score,
            drawn.detected_xy @ flat.swapaxes(-1, -2),
            drawn.detected_score,
            drawn.guess @ R.swapaxes(-1, -2),
            drawn.hidden,
        )

    def haunt(self, xyz: Floats, chance: Chance) -> Sightings:
        """How bodies ``xyz`` (b, t, 19, 3) would be seen with errors made on bodies like them."""
        b, t = xyz.shape[:2]
        drawn = self.draw(_CANDIDATES * 8, t, chance)
        drawn = joined([drawn, _mirrored(drawn)])
        some = np.linspace(0, t - 1, _SOME).astype(int)
        form = about_hips(_facing(xyz[:, some]))
        known = about_hips(_facing(drawn.xyz[:, some]))
        candidates = chance.rng.integers(0, len(known), (b, _CANDIDATES))
        away = np.linalg.norm(form[:, None] - known[candidates], axis=-1).mean(2)
        halves = []
        for half in (_UPPER, ~_UPPER):
            nearest = np.argsort(away[:, :, half].mean(-1), axis=1)
            place = chance.rng.integers(0, _NEAREST, b)
            who = candidates[np.arange(b), nearest[np.arange(b), place]]
            donors = Sightings(*(getattr(drawn, name)[who] for name in Sightings.__slots__))
            halves.append(_transplanted(xyz, _perhaps_backwards(donors, chance)))
        return _halved(*halves)


def _perhaps_backwards(seen: Sightings, chance: Chance) -> Sightings:
    b, t = seen.score.shape[:2]
    forth = np.arange(t)
    order = np.where(chance.happens(0.5, b, 1), forth[::-1], forth)
    rows = np.arange(b)[:, None]
    return Sightings(*(getattr(seen, name)[rows, order] for name in Sightings.__slots__))


def _halved(upper: Sightings, lower: Sightings) -> Sightings:
    """The upper body of one and the lower body of the other."""
    columns = []
    for name in Sightings.__slots__:
        a, b = getattr(upper, name), getattr(lower, name)
        mask = _UPPER[: a.shape[2]]
        columns.append(np.where(mask.reshape(1, 1, -1, *[1] * (a.ndim - 3)), a, b))
    return Sightings(*columns)


def shaken(seen: Sightings, chance: Chance) -> Sightings:
    """The same, every limb's errors larger or smaller, the 3D's mostly smaller, and some noise.

    There are few pairs: a network would come to know them by heart. In the picture errors keep
    their size on average, or low scores would come to mean too little.
    """
    b, t = seen.score.shape[:2]
    factor = np.exp(_SHAKE * chance.normal(b, 1, len(_GROUPS), 1))[:, :, _GROUP_OF]
    deep = severity(b, chance)
    rays = seen.xyz[..., :2] / np.maximum(seen.xyz[..., 2:], 0.3)
    depth = np.maximum(seen.xyz[..., 2:], 0.3)
    hips = seen.xyz[:, :, _HIPS].mean(2)
    R = look_at(hips[..., :2] / np.maximum(hips[..., 2:], 0.3))
    size = np.median(body_size(seen.guess), axis=-1)[:, None, None, None] / CANONICAL_M
    facing = about_hips(_facing(seen.xyz))
    true, expected = facing @ R, (facing * _told()) @ R
    guess = expected + factor * (about_hips(seen.guess) / size - expected)
    guess = true + deep * (guess - true)
    guess = guess @ rotations(_TURN_RAD * chance.normal(b, 3)).swapaxes(-1, -2)[:, None]

    def moved(xy: Floats) -> Floats:
        k = xy.shape[2]
        noise = _NOISE_M * chance.drift(0.8, b, t, k, 2) / depth[:, :, :k]
        return (rays[:, :, :k] + factor[:, :, :k] * (xy - rays[:, :, :k]) + noise).astype(
            np.float32
        )

    def rescored(score: Floats) -> Floats:
        jitter = np.exp(
            0.15 * chance.normal(b, 1, score.shape[2]) + 0.05 * chance.normal(*score.shape)
        )
        return np.clip(score * jitter, 0, 1).astype(np.float32)

    return Sightings(
        seen.xyz,
        moved(seen.xy),
        rescored(seen.score),
        moved(seen.detected_xy),
        rescored(seen.detected_score),
        guess.astype(np.float32),
        seen.hidden,
    )


def _told() -> F32:
    return np.array([1, 1, _TOLD_OF_DEPTH], np.float32)


def joined(parts: Sequence[Sightings]) -> Sightings:
    """All windows of all parts."""
    names = Sightings.__slots__
    return Sightings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def canonical(pair: Pair) -> Sightings:
    """A pair (t, ...) with its truth at the network's one body size, without a batch axis."""
    c = pair.columns
    size = float(np.median(body_size(c["truth_m"]))) / CANONICAL_M
    return Sightings(
        (c["truth_m"] / size).astype(np.float32),
        c["xy"],
        c["score"],
        c["detected_xy"],
        c["detected_score"],
        c["xyz_m"],
        c["hidden"],
    )


def _window(pair: Sightings, frames: int, chance: Chance) -> list[F32]:
    t = len(pair.xyz)
    speed = min(float(chance.uniform(_SLOWEST, _FASTEST)), (t - 1) / (frames - 1))
    at = float(chance.uniform(0, 1)) * (t - 1 - speed * (frames - 1)) + speed * np.arange(frames)
    at = at.clip(0, t - 1)
    # Real noise is white in part: straight lines between frames would smooth it.
    nearest = np.round(at).astype(int)
    return [getattr(pair, name)[nearest] for name in Sightings.__slots__]


def _facing(xyz: Floats) -> Floats:
    """Bodies in the axes of a camera turned to their hips."""
    hips = xyz[..., _HIPS, :].mean(-2)
    R = look_at(hips[..., :2] / np.maximum(hips[..., 2:], 0.3))
    return xyz @ R.swapaxes(-1, -2)


def _mirrored(seen: Sightings) -> Sightings:
    flip = np.array([-1, 1, 1], np.float32)
    everybody, limbs = points.MIRROR, points.MIRROR[: points.LIMBS]
    return Sightings(
        seen.xyz[:, :, everybody] * flip,
        seen.xy[:, :, everybody] * flip[:2],
        seen.score[:, :, everybody],
        seen.detected_xy[:, :, limbs] * flip[:2],
        seen.detected_score[:, :, limbs],
        seen.guess[:, :, everybody] * flip,
        seen.hidden[:, :, everybody],
    )


def _transplanted(xyz: Floats, donor: Sightings) -> Sightings:
    """The donor's errors, in canonical metres across the view, on other bodies."""

    def errors(xy: Floats) -> Floats:
        theirs = donor.xyz[:, :, : xy.shape[2]]
        depth = theirs[:, :, _HIPS, 2].mean(2)[..., None, None]
        rays = theirs[..., :2] / np.maximum(theirs[..., 2:], 0.3)
        return np.clip((xy - rays) * depth, -_LARGEST_ERROR_M, _LARGEST_ERROR_M)

    rays = xyz[..., :2] / np.maximum(xyz[..., 2:], 0.3)
    depth = np.maximum(xyz[:, :, _HIPS, 2].mean(2), 0.3)[..., None, None]
    size = np.median(body_size(donor.guess), axis=-1)[:, None, None, None] / CANONICAL_M
    truth = about_hips(_facing(donor.xyz))
    hips = donor.xyz[:, :, _HIPS].mean(2)
    R_donor = look_at(hips[..., :2] / hips[..., 2:])
    guess = about_hips(donor.guess / size) @ R_donor.swapaxes(-1, -2)
    own = xyz[:, :, _HIPS].mean(2)
    R_own = look_at(own[..., :2] / np.maximum(own[..., 2:], 0.3))
    told = _told()
    guess = told * about_hips(_facing(xyz)) + guess - told * truth
    limbs = slice(0, points.LIMBS)
    return Sightings(
        xyz,
        (rays + errors(donor.xy) / depth).astype(np.float32),
        donor.score,
        (rays[:, :, limbs] + errors(donor.detected_xy) / depth).astype(np.float32),
        donor.detected_score,
        (guess @ R_own).astype(np.float32),
        donor.hidden,
    )
