"""What a camera would have seen in a mirror: films of selfie cameras are stored that way."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from .sightings import Sighting, Viewpoint

_FLIP: Final = np.array([-1.0, 1.0, 1.0])


def mirrored(view: Viewpoint) -> Viewpoint:
    """The view of a film turned over left to right; people's left is their right there."""
    people = tuple(_mirrored(one) for one in view.people)
    return replace(view, up=view.up * _FLIP, people=people)


def _mirrored(one: Sighting) -> Sighting:
    swap = points.MIRROR
    return replace(
        one,
        xy=one.xy[:, swap] * _FLIP[:2],
        score=one.score[:, swap],
        trust=one.trust[:, swap],
        xyz_m=one.xyz_m[:, swap] * _FLIP,
        X=one.X[:, swap] * _FLIP,
        hands=one.hands[:, ::-1] * _FLIP,
        hand_score=one.hand_score[:, ::-1],
        way=None if one.way is None else one.way.mirrored(),
    )
