"""People whose legs, or hips too, lie below the picture: half figures.

What detectors make of joints below the border was measured on crops of four clips, and as
``core.solving.evidence.below_picture`` leaves it: BlazePose has them about where they are, with low
scores, MoveNet draws them onto the border.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Bools, Floats
from ...core.data.skeletons import part_of
from .body import SIDES, point
from .chance import Chance
from .detectors import Seen

_FROM_HIPS: Final = (-0.7, 1.0)
"""Where the border lies, from the hips to the knees."""
_LEAST: Final = 0.06
"""Thighs that are shorter in the picture than this share of the distance in metres are no upright
person's."""
_SPREAD_M: Final = {
    "shoulder": 0.03, "elbow": 0.05, "wrist": 0.15, "hip": 0.06, "knee": 0.11,
    "ankle": 0.20, "heel": 0.20, "foot_index": 0.20, "nose": 0.03, "ear": 0.03,
}  # fmt: skip
"""How far aside joints below the border are told, one standard deviation."""
_ASIDE_M: Final = np.array([_SPREAD_M[part_of(name)] for name in points.POINTS], np.float32)
_HIP: Final = np.array([name.endswith("hip") for name in points.POINTS])


@dataclass(frozen=True, slots=True, eq=False)
class Border:
    """A picture's lower border: ``y`` (b, 1, 1) rays, infinite where there is none; what of
    ``rays`` (b, t, 19, 2) is ``below`` (b, t, 19) it, and how far, ``deep_m`` (b, t, 19)."""

    y: Floats
    below: Bools
    deep_m: Floats


def draw_border(rays: Floats, depth: Floats, share: float, chance: Chance) -> Border:
    """Cut off a ``share`` of windows between waist and knees; ``depth`` (b, t) of the hips."""
    b = len(rays)

    def height(part: str) -> Floats:
        pick = [point(f"{side}_{part}") for side in SIDES]
        return rays[:, :, pick, 1].mean((1, 2))

    hips, knees = height("hip"), height("knee")
    y = hips + chance.uniform(*_FROM_HIPS, b) * (knees - hips)
    upright = knees - hips > _LEAST / depth.mean(1)
    y = np.where(upright & chance.happens(share, b), y, np.inf)[:, None, None].astype(np.float32)
    below = rays[..., 1] > y
    deep = np.where(below, rays[..., 1] - np.where(np.isfinite(y), y, 0), 0) * depth[..., None]
    return Border(y, below, deep.astype(np.float32))


def as_blazepose(seen: Seen, rays: Floats, depth: Floats, border: Border, chance: Chance) -> Seen:
    """What BlazePose tells of joints below the ``border``: about where they are, hardly sure."""
    b, t, p = seen.score.shape
    told = 0.85 + 0.25 * chance.normal(b, 1, p) + 0.15 * chance.drift(0.9, b, t, p)
    score = np.where(
        _HIP, chance.uniform(0.12, 0.32, b, 1, p), 0.09 * chance.uniform(0, 1, b, 1, p) ** 2
    )
    near = np.exp(-border.deep_m / 0.05) * chance.uniform(0, 0.7, b, 1, p)
    return _told(seen, rays, depth, border, told, np.maximum(score, near), chance)


def as_multipose(seen: Seen, rays: Floats, depth: Floats, border: Border, chance: Chance) -> Seen:
    """What MoveNet tells of them: it draws them onto the ``border``."""
    b, t, p = seen.score.shape
    off_m = 0.02 * chance.normal(b, 1, p) + 0.015 * chance.drift(0.8, b, t, p)
    told = off_m / np.maximum(border.deep_m, 1e-3)
    luck = np.exp(0.4 * chance.normal(b, 1, p) + 0.2 * chance.drift(0.8, b, t, p))
    score = 0.32 * np.exp(-border.deep_m / 0.17) * luck
    return _told(seen, rays, depth, border, told, score, chance)


def _told(
    seen: Seen, rays: Floats, depth: Floats, border: Border, told: Floats, score: Floats,
    chance: Chance,
) -> Seen:  # fmt: skip
    b, t, p = seen.score.shape
    aside = _ASIDE_M * (0.8 * chance.normal(b, 1, p) + 0.6 * chance.drift(0.9, b, t, p))
    y = np.where(border.below, border.y + told * border.deep_m / depth[..., None], 0)
    xy = np.stack([rays[..., 0] + aside / depth[..., None], y], axis=-1)
    return Seen(
        np.where(border.below[..., None], xy, seen.xy).astype(np.float32),
        np.where(border.below, np.clip(score, 0.0, 0.95), seen.score).astype(np.float32),
    )
