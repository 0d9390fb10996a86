"""How far lids are closed, by the iris network's outlines of eyes.

The mesh hardly moves its lids, and what it reads of them it reads out of the whole face; the
outlines are taken from the eye's own pixels, so the two err by little that is alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, Floats, check_fields, of_shape
from ...data.faces.eyes import CORNERS, EYE_POINTS, OUTLINE
from ...data.faces.shapes import shape
from ...data.hand_points import SIDES
from ...data.observations import PassObservations

_BLINKS: Final = [shape(f"eyeBlink{side.title()}") for side in SIDES]
_OPEN: Final = 60.0
"""Percentile of somebody's openings at which their eyes are open: they mostly are."""
_CLOSES: Final = 0.65
"""By what share of itself an opening gets smaller until the lids meet: outlines follow the lashes,
.46 to .88 in four made-up clips."""
_SHARE: Final = 0.5
"""How much outlines count beside the mesh: .3 to .7 are as good."""
_TOGETHER: Final = 0.5
"""How much of that is both eyes' mean: of one alone noise is twice as large, and lids go together
but in a wink."""
_LEAST_M: Final = 1e-4
"""Metres of an opening that nobody's eyes have."""


@dataclass(frozen=True, slots=True, eq=False)
class Lids:
    """Of the left and right eye: ``open_m`` (t, 2) the mean opening in metres, ``width_px`` (t, 2)
    from corner to corner, and in which frames they are ``known`` (t,)."""

    open_m: F64 = field(metadata=of_shape("t", 2))
    width_px: F64 = field(metadata=of_shape("t", 2))
    known: Bools = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def lids_of(seen: PassObservations, at: Floats, px_per_m: Floats) -> Lids:
    """The lids in t frames, of which ``at`` (n,) are those of ``seen``; ``px_per_m`` (t,) is how
    large the face appears."""
    t = len(px_per_m)
    xy = np.zeros((t, 2, EYE_POINTS, 2))
    xy[at] = seen.xy_px.reshape(-1, 2, EYE_POINTS, 2)
    width = np.linalg.norm(xy[:, :, CORNERS[1]] - xy[:, :, CORNERS[0]], axis=-1)
    x, y = np.moveaxis(xy[:, :, list(OUTLINE)], -1, 0)
    area = np.abs((x * np.roll(y, -1, -1) - y * np.roll(x, -1, -1)).sum(-1)) / 2
    opening = area / np.maximum(width, 1e-6) / np.maximum(px_per_m, 1e-6)[:, None]
    return Lids(opening, width, (width > 0).all(1) & (px_per_m > 0))


def with_lids(weights: F64, lids: Lids, trusted: Bools) -> F64:
    """Shapes (t, 52) of a face whose blinks are the mean of what the mesh and its ``lids`` tell;
    ``trusted`` (t,) are the frames that tell how far its eyes are open."""
    known = lids.known & trusted
    if not known.any():
        return weights
    opened = np.maximum(np.percentile(lids.open_m[known], _OPEN, axis=0), _LEAST_M)
    closed = np.clip((1 - lids.open_m / opened) / _CLOSES, 0, 1)
    # The nearer eye of a turned head is seen better, and wider.
    worth = np.maximum(lids.width_px, 1e-6) ** 2
    both = (closed * worth).sum(1, keepdims=True) / worth.sum(1, keepdims=True)
    told = _TOGETHER * both + (1 - _TOGETHER) * closed
    share = _SHARE * lids.known[:, None]
    out = weights.copy()
    out[:, _BLINKS] = (1 - share) * weights[:, _BLINKS] + share * told
    return out
