"""Which predicted person shows which true one, frame by frame, by the boxes round their joints."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import Bools, Floats
from ..geometry.assignment import assign

_OVERLAP: Final = 0.3
"""Boxes that overlap by less (intersection over union) are of different people."""
_DISTANCE_WEIGHT: Final = 0.5
"""What the distance of the joints counts beside the overlap: it decides between overlapping
people, while left and right taken for each other remain an error instead of a miss."""


def match_people(xy_px: Floats, true_xy_px: Floats, scored: Bools, inside: Bools) -> np.ndarray:
    """Slots (T, P) of the prediction ``xy_px`` (T, S, J, 2) that show the true people, -1 for none.

    ``scored`` (T, P) are the person-frames to look for; joints that count are ``inside`` (T, P, J).
    """
    out = np.full(scored.shape, -1)
    present = np.asarray(np.isfinite(xy_px).all((2, 3)))
    for t in range(len(scored)):
        people, slots = np.flatnonzero(scored[t]), np.flatnonzero(present[t])
        if not len(people) or not len(slots):
            continue
        true, predicted = true_xy_px[t, people][:, None], xy_px[t, slots][None]
        shown = inside[t, people][:, None]
        size = np.maximum(np.linalg.norm(np.ptp(true, axis=2), axis=-1), 1e-9)
        away = np.linalg.norm(predicted - true, axis=-1)
        away = (away * shown).sum(-1) / np.maximum(shown.sum(-1), 1) / size
        overlap = box_overlap(predicted, true)
        for a, b in assign(1 - overlap + _DISTANCE_WEIGHT * np.minimum(away, 1)):
            if overlap[a, b] >= _OVERLAP:
                out[t, people[a]] = slots[b]
    return out


def box_overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union of the boxes round points (..., J, 2)."""
    low, high = np.maximum(a.min(-2), b.min(-2)), np.minimum(a.max(-2), b.max(-2))
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = np.prod(np.ptp(a, axis=-2), axis=-1) + np.prod(np.ptp(b, axis=-2), axis=-1)
    return shared / (areas - shared + 1e-9)


def changes(match: np.ndarray) -> int:
    """How often a row (T,) of numbers changes to another one, -1 (nobody) passed over."""
    known = match[match >= 0]
    return int((known[1:] != known[:-1]).sum())


def owners(match: np.ndarray, slots: int) -> np.ndarray:
    """Which true person (T, slots) a slot of ``match`` (T, P) shows, -1 for none."""
    out = np.full((len(match), slots), -1)
    for person in range(match.shape[1]):
        t = np.flatnonzero(match[:, person] >= 0)
        out[t, match[t, person]] = person
    return out
