"""Floors where soles come to lie, so that people stand on them and where the picture shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from .floor.ground import Ground
from .floor.standing import HANGS_M, lowest_over, settling_shift
from .person import Solved
from .track.bone_lengths import enforce_lengths

_MOST_M: Final = 0.05
"""Metres by which a floor is moved at most: more is no matter of soles; by hand."""
_STANDS: Final = 0.5
"""Contact from which a foot tells of the floor that it is on."""
_SAME_M: Final = 1e-4
"""Metres up to which two floors of a shot are one."""


def floors_under_soles(
    solved: Sequence[Solved], grounds: Sequence[Ground], shots: Sequence[int], mode: str
) -> list[Ground]:
    """``grounds`` with every floor of a shot moved by what would lift those who stand on it.

    A floor lies where standing feet are on average; no heel or toe may sink into it, so everybody
    would be lifted off the picture by what feet err by. Once the motion is known the floor comes
    down instead, by the mean over all who stand on it. ``mode`` as in ``settle_on_floor``.
    """
    out = list(grounds)
    if mode != "auto":
        return out
    for shot in set(shots):
        members = [i for i, at in enumerate(shots) if at == shot and grounds[i].is_measured]
        told = [_told(solved[i], grounds[i]) for i in members]
        if not told:
            continue
        at_m, lift_m = np.concatenate(told).T
        for i in members:
            out[i] = _moved(grounds[i], at_m, lift_m)
    return out


def standing_on(one: Solved, ground: Ground) -> Solved:
    """``one`` without contacts of feet that hang over the floor they are called standing on."""
    over = _heights(one, ground)
    return replace(one, contacts=one.contacts * np.clip(2 - over / HANGS_M, 0, 1))


def _heights(one: Solved, ground: Ground) -> F64:
    """How high feet (t, 2) are over where they would stand."""
    z = ground.height(enforce_lengths(one.X, one.lengths))
    return lowest_over(z, one.height_m, np.zeros((1, 2)) if ground.rise is None else ground.rise)


def _told(one: Solved, ground: Ground) -> F64:
    """Of every frame and foot that stands: where its floor lies, and what would lift the person to
    it (n, 2)."""
    shift = settling_shift(_heights(one, ground), one.contacts, one.evidence.fps)
    on = one.contacts > _STANDS
    rise = np.zeros(on.shape) if ground.rise is None else ground.rise
    return np.stack([ground.offset + rise[on], np.repeat(shift[:, None], 2, axis=1)[on]], axis=-1)


def _moved(own: Ground, at_m: Floats, lift_m: Floats) -> Ground:
    """Somebody's floors, moved by the mean of what lifts whoever stands on each."""

    def lowered(level: float) -> float:
        here = np.abs(at_m - level) < _SAME_M
        lift = float(lift_m[here].mean()) if here.any() else 0.0
        return level - float(np.clip(lift, -_MOST_M, _MOST_M))

    base = lowered(own.offset)
    if own.rise is None:
        return replace(own, offset=base)
    levels, which = np.unique(own.rise, return_inverse=True)
    moved = np.array([lowered(own.offset + float(level)) for level in levels]) - base
    return replace(own, offset=base, rise=moved[which].reshape(own.rise.shape))
