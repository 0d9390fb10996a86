"""Which points a camera can't see: behind the own body, behind things, outside the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Bools, Floats
from .body import SIDES, point
from .chance import Chance

_TRUNK_M: Final = 0.14
_LEG_M: Final = 0.075
_BEHIND_M: Final = 0.07
_LOSS_BEHIND_OWN_BODY: Final = np.array(
    [0.15 if name.endswith(("shoulder", "hip", "nose")) else 0.45 for name in points.POINTS],
    np.float32,
)


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """(b, t, 19) each: behind the ``own`` body, behind something or out of the picture."""

    own: Bools
    covered: Bools
    outside: Bools

    @property
    def any(self) -> Bools:
        """Hidden for whatever reason."""
        return self.own | self.covered | self.outside

    @property
    def loss(self) -> Floats:
        """How lost each point is, 0 to 1: behind the own trunk, shoulders and hips hardly are."""
        return np.maximum(self.own * _LOSS_BEHIND_OWN_BODY, self.covered | self.outside).astype(
            np.float32
        )


def nothing_hidden(shape: tuple[int, ...]) -> Hidden:
    """Everything in plain view."""
    none = np.zeros(shape, bool)
    return Hidden(none, none, none)


def hide(xyz: Floats, rays: Floats, chance: Chance) -> Hidden:
    """What is hidden of points (b, t, 19, 3) seen along ``rays`` (b, t, 19, 2)."""
    return Hidden(
        _by_own_body(xyz, rays), _by_things(xyz.shape[:3], chance), _outside(rays, chance)
    )


def _by_own_body(xyz: Floats, rays: Floats) -> Bools:
    def at(*names: str) -> tuple[Floats, Floats]:
        pick = [point(name) for name in names]
        return rays[:, :, pick].mean(2), xyz[:, :, pick, 2].mean(2)

    trunk = at("left_shoulder", "right_shoulder"), at("left_hip", "right_hip")
    hidden = np.zeros(xyz.shape[:3], bool)
    sides = _is_behind(xyz, rays, *trunk, _TRUNK_M)
    for side in SIDES:
        for part in ("elbow", "wrist", "shoulder", "hip"):
            j = point(f"{side}_{part}")
            hidden[:, :, j] = sides[:, :, j]
    for side, other in (SIDES, SIDES[::-1]):
        knee, ankle = at(f"{other}_knee"), at(f"{other}_ankle")
        behind = _is_behind(xyz, rays, at(f"{other}_hip"), knee, _LEG_M)
        behind |= _is_behind(xyz, rays, knee, ankle, _LEG_M)
        for part in ("knee", "ankle", "heel", "foot_index", "wrist"):
            j = point(f"{side}_{part}")
            hidden[:, :, j] |= behind[:, :, j]
    face = [point(name) for name in ("left_ear", "right_ear")]
    nose = point("nose")
    hidden[:, :, nose] = xyz[:, :, nose, 2] > xyz[:, :, face, 2].mean(2) + 0.03
    return hidden


def _is_behind(
    xyz: Floats,
    rays: Floats,
    begin: tuple[Floats, Floats],
    end: tuple[Floats, Floats],
    radius_m: float,
) -> Bools:
    """Points whose ray passes within ``radius_m`` of a limb before them, ``begin`` to ``end``."""
    (a, a_z), (b, b_z) = begin, end
    along = b - a
    from_a = rays - a[:, :, None]
    length2 = np.maximum((along**2).sum(-1), 1e-6)[..., None]
    share = np.clip((from_a * along[:, :, None]).sum(-1) / length2, 0, 1)
    z = a_z[..., None] + share * (b_z - a_z)[..., None]
    miss = np.linalg.norm(from_a - share[..., None] * along[:, :, None], axis=-1) * z
    return (miss < radius_m) & (xyz[..., 2] > z + _BEHIND_M)


def _mask(*names: str) -> Bools:
    mask = np.zeros(points.COUNT, bool)
    mask[[point(name) for name in names]] = True
    return mask


_LOWER = [f"{side}_{part}" for side in SIDES for part in ("knee", "ankle", "heel", "foot_index")]
_FEET = [name for name in _LOWER if "knee" not in name]
_HIPS = [f"{side}_hip" for side in SIDES]


def _by_things(shape: tuple[int, int, int], chance: Chance) -> Bools:
    """Tables, counters, other people: lower bodies for long, limbs for a while, points briefly."""
    b, t, p = shape

    def spell(probability: float, shortest: int, longest: int) -> Bools:
        return chance.spell(probability, shortest, longest, b, t)[..., None]

    low = spell(0.12, t // 2, 4 * t) | np.broadcast_to(chance.happens(0.06, b, 1, 1), (b, t, 1))
    hidden = low & (_mask(*_LOWER) | (_mask(*_HIPS) & chance.happens(0.4, b, 1, 1)))
    hidden |= spell(0.10, t // 3, 4 * t) & _mask(*_FEET)
    for side in SIDES:
        leg = [name for name in _LOWER if name.startswith(side)]
        hidden |= spell(0.08, 4, 2 * t) & _mask(f"{side}_elbow", f"{side}_wrist")
        hidden |= spell(0.08, 3, t) & _mask(f"{side}_wrist")
        hidden |= spell(0.05, 4, 2 * t) & _mask(*leg)
        half = (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_hip")
        hidden |= spell(0.03, 4, t) & _mask(*half, *leg)
    return hidden | chance.spell(0.03, 1, t // 2, b, t, p)


def _outside(rays: Floats, chance: Chance) -> Bools:
    """A picture's border through some windows: below more often than beside or above."""
    b = len(rays)
    cut = chance.happens(0.14, b)
    side = chance.rng.choice(4, b, p=[0.55, 0.18, 0.18, 0.09])
    axis, sign = np.where((side == 0) | (side == 3), 1, 0), np.where(side % 2 == 0, 1, -1)
    along = np.take_along_axis(rays, axis[:, None, None, None], -1)[..., 0]
    middle = along.mean((1, 2), keepdims=True)
    reach = np.abs(along - middle).max((1, 2), keepdims=True)
    border = chance.uniform(0.15, 0.95, b, 1, 1) * reach
    beyond = (along - middle) * sign[:, None, None] > border
    return beyond & cut[:, None, None]
