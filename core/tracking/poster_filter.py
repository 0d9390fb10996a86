"""Posters and screens: people who are in the picture, but not in the room.

Nobody stands like a print: even a person at rest sways and breathes by some millimetres. Landmarks
that only move, turn and grow together, to a fraction of a pixel and for seconds, belong to a
picture. Where nobody else moves there is nothing to tell it by, and everybody stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import F64, Bools
from ..data.observations import RADIUS_PER_SIDE, PassObservations, TrackObservations
from ..data.skeletons import COCO_17

Complex = NDArray[np.complex128]

_LIMBS: Final = COCO_17[5:]
_SHORTEST_S: Final = 2.0
"""Seconds that somebody has to be there to be told from a print; by hand."""
_SWAY_S: Final = 0.4
"""Networks' noise changes from frame to frame, people's sway in longer than this."""
_STIFF: Final = 0.003
_STIFF_PX: Final = 0.35
"""Of the body's radius and in pixels, after averaging over that time. Prints measured 0.0005 to
0.0025 (0.2 px), a man who stands and watches 0.0032 (0.8 px), who does something 0.02 and more."""
_ALIVE: Final = 0.02
"""Share of the radius from which somebody surely moves: the 0.02 measured above."""


def without_pictures(tracks: Sequence[TrackObservations], fps: float) -> list[TrackObservations]:
    """Leave out tracks that are stiff for their whole, long life while somebody else is not."""
    bending = [_bending(track, fps) for track in tracks]
    if not any(_ALIVE < share < np.inf for share, _ in bending):
        return list(tracks)
    return [
        track
        for track, (share, px) in zip(tracks, bending, strict=True)
        if len(track.frames) < _SHORTEST_S * fps or share > _STIFF or px > _STIFF_PX
    ]


def _bending(track: TrackObservations, fps: float) -> tuple[float, float]:
    """How far limbs typically lie from one rigid pose: in radii of the body, and in pixels."""
    radius = float(np.median(track.side_px)) * RADIUS_PER_SIDE
    run = max(round(_SWAY_S * fps), 1)
    told = [(one, _told(one)) for one in track.passes.values()]
    found = [_off_rigid_px(one, seen, run) for one, seen in told if seen.any()]
    if not found:
        return np.inf, np.inf
    px = float(np.mean(found))
    return px / max(radius, 1.0), px


def _told(one: PassObservations) -> Bools:
    """(t,) frames in which the network gave numbers that passed the gate."""
    pick = one.skeleton.select(_LIMBS)
    xy, score = pick.of(one.xy_px), pick.scores(one.score)
    return (one.presence > 0) & np.all(np.isfinite(xy), axis=(1, 2)) & np.isfinite(score).all(1)


def _off_rigid_px(one: PassObservations, seen: Bools, run: int) -> float:
    # A point of the plane as one complex number: turning and growing is multiplying.
    pick = one.skeleton.select(_LIMBS)
    xy = pick.of(one.xy_px[seen]).astype(np.float64)
    points = xy[..., 0] + 1j * xy[..., 1]
    score = np.median(pick.scores(one.score[seen]), axis=0)
    weight = np.where(score >= 0.5 * score.max(), 1.0, 0.0)
    weight /= weight.sum()
    centred = points - (weight * points).sum(1, keepdims=True)
    pose = centred[len(centred) // 2]
    aligned = centred / _growth(pose, centred, weight)
    calm = np.array([part.mean(0) for part in np.split(aligned, range(run, len(aligned), run))])
    usual = np.median(np.real(calm), axis=0) + 1j * np.median(np.imag(calm), axis=0)
    return float(np.median((weight * np.abs(calm - usual)).sum(1)))


def _growth(pose: Complex, centred: Complex, weight: F64) -> Complex:
    """What ``pose`` (n,) is multiplied with to lie nearest each of ``centred`` (t, n), (t, 1)."""
    spread = (weight * np.abs(pose) ** 2).sum() + 1e-9
    growth = (weight * np.conj(pose) * centred).sum(1, keepdims=True) / spread
    return np.where(np.abs(growth) > 0.1, growth, 1.0)
