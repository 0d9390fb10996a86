"""Whose legs the picture's lower border cuts off, as the detector's keypoints tell."""

from __future__ import annotations

from typing import Final

from .arrays import Bools, Floats
from .skeletons import COCO_17

_AT_BORDER: Final = 0.06
"""Of the box's longer side: this near the picture's lower border a box may be cut by it."""
_LEGS_SEEN: Final = 0.35
"""Score of the better ankle up to which none is seen: ankles of whole people near the border have
0.5 and more, those of cut ones 0.3 and less."""
_ANKLES: Final = [COCO_17.index(f"{side}_ankle") for side in ("left", "right")]


def are_legs_cut(box_px: Floats, keypoint_score: Floats, height_px: int) -> Bools:
    """Whether pictures of ``height_px`` end above the feet of people with boxes (..., 4) and the
    scores (..., 17) of COCO's keypoints: (...)."""
    gap = height_px - box_px[..., 3]
    longer = (box_px[..., 2:] - box_px[..., :2]).max(-1)
    return (gap < _AT_BORDER * longer) & (keypoint_score[..., _ANKLES].max(-1) < _LEGS_SEEN)
