"""Arms and legs from joint positions: two-bone chains, hinge axes, hands and feet.

Directions come from the solved points; what they leave open, the twist of a limb, comes from the
plane in which it bends, and where it is straight from its neighbours in time and a resting axis.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...geometry.rotations import normalize
from ...geometry.smoothing import smooth_weighted, strength_for_cutoff

_BENT_FROM: Final = 0.10
_BENT_FULL: Final = 0.35
"""Sines of the bend between which its plane is faded in (about 6 to 20 degrees)."""
_AXIS_CUTOFF_HZ: Final = 3.0
"""Cutoff of a limb's hinge axis; by hand."""


def reach(
    start: Floats, target: Floats, hint: Floats, upper: float, lower: float
) -> tuple[F64, F64]:
    """Middle and end (t, 3) of a two-bone chain of exact lengths from ``start`` towards ``target``.

    The middle joint lies on the side of ``hint`` (t, 3). A target out of reach is approached along
    the straight line; the end is the target itself otherwise.
    """
    line = target - start
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / np.maximum(distance, 1e-9)
    d = np.clip(distance, abs(upper - lower) + 1e-4, (upper + lower) * (1 - 1e-6))
    along = (upper**2 - lower**2 + d**2) / (2 * d)
    off = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    side = hint - start
    side = normalize(side - (side * axis).sum(-1, keepdims=True) * axis)
    return start + along * axis + off * side, start + d * axis


def hinge_axes(
    upper: Floats, lower: Floats, resting: Floats, resting_weight: float, fps: float
) -> F64:
    """Unit hinge axes (t, 3) perpendicular to ``upper``, smooth in time.

    ``upper`` and ``lower`` (t, 3) unit directions of the two bones; the axis is their cross
    product, weighted by how bent the limb is, drawn to ``resting`` (t, 3) by ``resting_weight``.
    """
    cross = np.cross(upper, lower)
    sine = np.linalg.norm(cross, axis=-1, keepdims=True)
    bent = np.clip((sine - _BENT_FROM) / (_BENT_FULL - _BENT_FROM), 0, 1)
    seen = cross / np.maximum(sine, 1e-9)
    resting = normalize(resting - (resting * upper).sum(-1, keepdims=True) * upper)
    value = (bent * seen + resting_weight * resting) / (bent + resting_weight)
    weight = np.broadcast_to(bent + resting_weight, value.shape)
    smooth = smooth_weighted(value, weight, strength_for_cutoff(_AXIS_CUTOFF_HZ, fps) * 0.5)
    smooth = smooth - (smooth * upper).sum(-1, keepdims=True) * upper
    weak = np.linalg.norm(smooth, axis=-1, keepdims=True) < 1e-3
    return normalize(np.where(weak, resting, smooth))


def frames_between(rest_a: Floats, rest_b: Floats, a: Floats, b: Floats) -> F64:
    """Rotations (t, 3, 3) that take rest direction ``rest_a`` (3,) exactly onto ``a`` (t, 3), and
    ``rest_b`` (3,) as nearly as that allows onto ``b`` (t, 3)."""
    return _frames(a, b) @ _frames(rest_a[None], rest_b[None]).transpose(0, 2, 1)


def _frames(a: Floats, b: Floats) -> F64:
    x = normalize(a)
    y = normalize(b - (b * x).sum(-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def smooth_directions(v: Floats, weight: Floats, cutoff_hz: float, fps: float) -> F64:
    """Unit directions (t, 3) smoothed in time by weight (t,); zero-phase."""
    w = np.repeat(np.maximum(weight, 1e-3)[:, None], 3, axis=1)
    return normalize(smooth_weighted(normalize(v), w, strength_for_cutoff(cutoff_hz, fps)))


def forward_knee(hip: Floats, knee: Floats, ankle: Floats, forward: Floats) -> F64:
    """``knee`` (t, 3) with a knee that bends backwards folded to the front; the ankle stays.

    ``forward`` (t, 3) is where this leg's knee may point. Mirroring across the line from hip to
    ankle is continuous through the straight leg, and along the view it keeps the picture.
    """
    axis = normalize(ankle - hip)
    off = (knee - hip) - ((knee - hip) * axis).sum(-1, keepdims=True) * axis
    ahead = normalize(forward - (forward * axis).sum(-1, keepdims=True) * axis)
    behind = (off * ahead).sum(-1, keepdims=True)
    return knee - np.where(behind < 0, 2 * behind, 0.0) * ahead
