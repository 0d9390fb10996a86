"""Joints below the picture, which networks draw up towards its lower border.

Measured on crops of four clips (none that judges half figures) and 1,300 joints of people cut by
the border: MoveNet puts hips, elbows, wrists and knees that are 5 to 60 cm below it onto it, within
3 cm, and scores them up to 0.5; BlazePose puts them below it by 0.5 to 0.65 of what they are, with
scores under 0.3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, Bools, Floats
from ...data.observations import TrackObservations
from ...data.skeletons import BLAZEPOSE_SKELETON

_LOWERED: Final = 1.7
"""How far below the border joints are over how far BlazePose tells, on average."""
_AT_BORDER: Final = 0.03
"""Of the crop's side: detected limbs this near the lower border are drawn onto it."""
_CUT: Final = 0.5
"""Share of ``cut_share`` from which somebody is cut off."""
_LIMBS: Final = points.POINTS[: points.LIMBS]
_DRAWN: Final = np.array([not name.endswith("shoulder") for name in _LIMBS])
"""Whom the detector draws in: it finds shoulders or doesn't find anybody."""


def lowered(track: TrackObservations, height_px: int, cut: Floats) -> TrackObservations:
    """``track`` with BlazePose's landmarks below a picture of ``height_px`` as deep as they are.

    ``cut`` (t,) as ``cut_bodies.cut_share`` tells it: nothing of whole people changes.
    """
    if not cut.any():
        return track
    passes = dict(track.passes)
    for name, one in passes.items():
        if one.skeleton == BLAZEPOSE_SKELETON:
            xy: F32 = one.xy_px.copy()
            below = np.maximum(xy[..., 1] - (height_px - 1), 0.0)
            xy[..., 1] += (_LOWERED - 1) * cut[:, None] * below
            passes[name] = replace(one, xy_px=xy)
    return replace(track, passes=passes)


def drawn_onto_border(track: TrackObservations, height_px: int, cut: Floats) -> Bools:
    """(t, 12) the limbs that the detector puts onto the lower border of a picture of ``height_px``,
    or below it, of people ``cut`` (t,) off there."""
    y = track.detected_skeleton.select(_LIMBS).of(track.detected_xy_px)[..., 1]
    reach = _AT_BORDER * track.side_px[:, None]
    at_border: Bools = y > height_px - 1 - reach
    return at_border & _DRAWN & (cut > _CUT)[:, None]
