"""Floors of several heights that one person stands on: a roof and the lawn, stairs, a box, a bed.

Heights along the floor's normal are far more certain than distances (standing feet of one level lie
within 0.15 m of each other on the benchmark and on renders, neighbours in height within 0.08 m), so
levels are gaps in the sorted heights of all stands (single linkage).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, I64, Bools, Floats, check_fields, of_shape
from .contacts import spans

LEVEL_M: Final = 0.12
"""Metres between two floors at least; a stair's step has 0.15 to 0.2."""
_UNDER_HIPS: Final = 0.12
"""Share of the legs' length that a standing foot lies under the hips at least: feet of who lies,
sits with raised legs or stands on their hands tell no floor beside the one that bears them."""
_FOUNDS_S: Final = 0.12
"""Seconds that a stand lasts at least to tell a floor of its own: a foot in mid-swing may look
still for three frames, and who climbs stairs stands on each for 0.2 s and more."""
_ALONE_S: Final = 0.08
"""Seconds for which the other foot is in the air at least, of one that bears somebody; by hand."""
_BELOW_M: Final = 0.3
"""Metres under every known floor from which feet are on another one, or in the air over it."""
_LINGER_S: Final = 0.3
"""Seconds for which feet are there at least; who falls that long has gone too deep."""
_LANDED: Final = 10.0
"""Percentile of the feet's heights there that is the floor: they come down to it and stay."""
_AROUND_S: Final = 0.15
"""Seconds around a stand in which the foot still belongs to its floor; by hand."""

_HEELS_TOES: Final = tuple(foot[1:] for foot in points.FEET)


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """A foot (``side`` 0 left, 1 right) that stands in the frames from ``start`` to before
    ``stop``, its heel and toe at ``xyz`` (3,) on average, from where it is ``to_hips`` (3,) and
    ``to_other_foot`` (3,) to the hips and to the other foot. ``is_alone``: the other foot leaves
    its floor or is yet to reach it, and the hips are over this one meanwhile."""

    side: int
    start: int
    stop: int
    xyz: F64 = field(metadata=of_shape(3))
    to_hips: F64 = field(metadata=of_shape(3))
    to_other_foot: F64 = field(metadata=of_shape(3))
    is_alone: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


def stands_of(X: Floats, contacts: Floats, up: Floats, fps: float = 30.0) -> list[Stand]:
    """Every stand of both feet of a body ``X`` (t, 19, 3) with ``contacts`` (t, 2); ``up`` (3,) is
    about the way up in the axes of ``X``."""
    feet = np.stack([X[:, list(foot)].mean(1) for foot in _HEELS_TOES], axis=1)
    hips = X[:, 6:8].mean(1)
    # Bodies tell the way up to some degrees only: what decides is how the camera is held.
    level = np.arange(3) != np.abs(up).argmax()
    out: list[Stand] = []
    for side in (0, 1):
        for start, stop in spans(contacts[:, side] > 0.5):
            own = np.median(feet[start:stop, side], axis=0)
            to_hips = np.median(hips[start:stop], axis=0) - own
            other = np.median(feet[start:stop, 1 - side], axis=0) - own
            stood = contacts[:, 1 - side] > 0.5
            is_alone = _is_alone(feet[..., level], hips[:, level], stood, side, (start, stop), fps)
            out.append(Stand(side, start, stop, own, to_hips, other, is_alone))
    return out


def _is_alone(
    feet: Floats, hips: Floats, other: Bools, side: int, span: tuple[int, int], fps: float
) -> bool:
    """Whether a foot that stands for a ``span`` bears somebody for some of it: the ``other`` (t,)
    has let go or is yet to stand, and the hips are nearer to this one than to where that stands.

    ``feet`` (t, 2, 2) and ``hips`` (t, 2) without their heights.
    """
    start, stop = span
    near = max(round(_AROUND_S * fps), 1)
    around = np.arange(max(start - near, 0), min(stop + near, len(other)))
    stood = around[other[around]]
    alone = start + np.flatnonzero(~other[start:stop])
    if not len(stood) or len(alone) < max(_ALONE_S * fps, (stop - start) / 3):
        return False
    away = [
        float(np.linalg.norm(np.median(hips[alone], axis=0) - at))
        for at in (np.median(feet[alone, side], axis=0), np.median(feet[stood, 1 - side], axis=0))
    ]
    return away[0] < away[1]


def level_of_stands(
    stands: Sequence[Stand], normal: Floats, leg_m: float, fps: float = 30.0
) -> I64:
    """Which level (n,) each stand is on, 0 the lowest; those that bear nobody, or are over at once,
    go to the nearest. A foot that is higher than the other bears nobody, unless that one is in the
    air: whoever holds a foot up stands on the other all the while, whoever climbs leaves it.

    ``normal`` (3,) is up; ``leg_m`` how long the person's legs are.
    """
    if not stands:
        return np.zeros(0, np.int64)
    height = np.array([stand.xyz @ normal for stand in stands])
    bears = np.array(
        [
            stand.to_hips @ normal > _UNDER_HIPS * leg_m
            and (stand.is_alone or stand.to_other_foot @ normal > -LEVEL_M)
            for stand in stands
        ]
    )
    if not bears.any():
        return np.zeros(len(stands), np.int64)
    lasts = np.array([stand.stop - stand.start >= _FOUNDS_S * fps for stand in stands])
    known = np.sort(height[bears & lasts if (bears & lasts).any() else bears])
    split = np.flatnonzero(np.diff(known) > LEVEL_M)
    edges = (known[split] + known[split + 1]) / 2
    return np.searchsorted(edges, height).astype(np.int64)


def landing(lowest: Floats, seen: Bools, fps: float) -> tuple[float, list[tuple[int, int]]] | None:
    """A floor that feet reached without ever being called standing: its height, and when, first
    frame and the one after the last; None without one.

    ``lowest`` (t,) is the height of the lower foot over the lowest known floor, ``seen`` (t,)
    whether the person is seen.
    """
    below = lowest < -_BELOW_M
    if (below & seen).sum() < _LINGER_S * fps:
        return None
    return float(np.percentile(lowest[below & seen], _LANDED)), spans(below)


def rises(periods: Sequence[tuple[int, int, int, float]], t: int, fps: float) -> F64:
    """(t, 2) the height of what is under each foot in every frame, over the lowest floor.

    ``periods`` are all stands: side, first frame, the one after the last, height. In and just
    around a stand its own floor is under a foot. In between it is the lowest of those stood on
    before and after: who climbs or leaps must not be lifted early.
    """
    out = np.zeros((t, 2))
    if not periods:
        return out
    sides, start, stop, height = (np.array(column) for column in zip(*periods, strict=True))
    for side in (0, 1):
        own = sides == side
        for i in range(t):
            away = np.maximum(np.maximum(start - i, i - (stop - 1)), 0)
            near = own & (away <= _AROUND_S * fps)
            if near.any():
                out[i, side] = height[near][away[near].argmin()]
                continue
            before, after = start <= i, stop > i
            around = (before, after, own & before, own & after)
            out[i, side] = min(
                float(height[which][away[which].argmin()]) for which in around if which.any()
            )
    return out
