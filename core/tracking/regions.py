"""Where the single-person networks look, from a detection and between two of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.types import Limb, Region
from .neighbours import Pose
from .tracker import Track

_SCORE: Final = 0.2  # over it a keypoint counts; by hand
_REACH: Final = 1.12
"""The crop's radius is this times the farthest confident joint from the hips (measured best)."""
_MARGIN: Final = 1.25
"""The crop's half side over the body's radius, as MediaPipe's pose tracking has it."""
_TRUNKS: Final = 1.6
"""The radius of somebody whose legs are cut off is at least this many trunks: from the hips to the
top of the head. A whole body's is 1.9."""
_TURNS_OVER: Final = math.radians(60.0)
"""Who turns by more from one detection to the next turns over; by hand."""
_SHOWN: Final = 0.2
"""Share of a box's longer side from which a trunk tells how it is turned; by hand."""
_WHOLE: Final = 2 * math.pi
_MASK_MARGIN: Final = 0.10
"""Share of its extent by which a body's unmasked box is larger; by hand."""


def region_of(
    xy_px: Floats, keypoint_score: Floats, box_px: Floats, limbs: tuple[Limb, ...] = ()
) -> Region:
    """The square round a person: centred on the hips, upright along the trunk, everything seen.

    The rotation follows MediaPipe's rule, the hip centre to a point above along the trunk.
    """
    sure = keypoint_score > _SCORE
    hips, shoulders = xy_px[11:13].mean(0), xy_px[5:7].mean(0)
    up = shoulders - hips
    up = up / (np.linalg.norm(up) + 1e-9)
    farthest = np.linalg.norm(xy_px[sure] - hips, axis=-1).max() if sure.any() else 0.0
    radius = max(farthest * _REACH, 0.45 * float((box_px[2:] - box_px[:2]).max()))
    rotation = math.pi / 2 - math.atan2(-up[1], up[0])
    rotation -= 2 * math.pi * math.floor((rotation + math.pi) / (2 * math.pi))
    seen = np.vstack([xy_px[sure], box_px.reshape(2, 2)])
    low, high = seen.min(0), seen.max(0)
    margin = _MASK_MARGIN * float((high - low).max())
    return Region(
        center_px=(float(hips[0]), float(hips[1])),
        side_px=2 * radius * _MARGIN,
        rotation_rad=rotation,
        mask_px=(
            float(low[0] - margin),
            float(low[1] - margin),
            float(high[0] + margin),
            float(high[1] + margin),
        ),
        limbs=limbs,
    )


def region_of_cut(pose: Pose, limbs: tuple[Limb, ...] = ()) -> Region:
    """The region of a person whose legs the picture cuts off, without a mask: their box ends where
    the detector lost them, and arms reach beyond it."""
    region = region_of(*pose, limbs)
    (x, y), xy = region.center_px, pose[0]
    trunk = float(np.linalg.norm(xy[5:7].mean(0) - xy[11:13].mean(0)))
    side = max(region.side_px, 2 * _MARGIN * _TRUNKS * trunk)
    return replace(region, side_px=side, mask_px=(x - side, y - side, x + side, y + side))


def detection_at(track: Track, frame: int, max_gap: int) -> Pose | None:
    """Keypoints (17, 2), scores (17,) and box (4,) of a track in ``frame``.

    Straight in time between two detections at most ``max_gap`` ticks apart, about the hips of who
    turns over between them; None elsewhere.
    """
    frames = track.frames
    if not frames or not frames[0] <= frame <= frames[-1]:
        return None
    after = len(frames) - 1
    while after > 0 and frames[after - 1] >= frame:
        after -= 1
    if frames[after] == frame:
        return track.xy_px[after], track.keypoint_score[after], track.boxes_px[after]
    before = after - 1
    apart = track.ticks.between(frames[before], frames[after])
    if apart > max_gap:
        return None
    share = track.ticks.between(frames[before], frame) / apart

    def between(values: list[F32]) -> Floats:
        return (1 - share) * values[before] + share * values[after]

    xy = between(track.xy_px)
    turn = math.remainder(turn_rad(track.xy_px[after]) - turn_rad(track.xy_px[before]), _WHOLE)
    ends = [(track.xy_px[i], track.boxes_px[i]) for i in (before, after)]
    if abs(turn) > _TURNS_OVER and all(_shows_trunk(*end) for end in ends):
        # Straight lines from head to feet and from feet to head would meet in the middle.
        xy = _turned(track.xy_px[before], share * turn, xy) * (1 - share)
        xy += _turned(track.xy_px[after], (share - 1) * turn, between(track.xy_px)) * share
    return xy, between(track.keypoint_score), between(track.boxes_px)


def _shows_trunk(xy_px: Floats, box_px: Floats) -> bool:
    """Whether a pose's trunk isn't seen from above or below, where its turn is anything."""
    trunk = np.linalg.norm(xy_px[5:7].mean(0) - xy_px[11:13].mean(0))
    return bool(trunk > _SHOWN * (box_px[2:] - box_px[:2]).max())


def turn_rad(xy_px: Floats) -> float:
    """How far the trunk of a pose (17, 2) is turned from upright, clockwise."""
    x, y = xy_px[5:7].mean(0) - xy_px[11:13].mean(0)
    return math.atan2(float(x), -float(y))


def _turned(xy_px: Floats, angle_rad: float, to_px: Floats) -> Floats:
    """A pose turned clockwise about its hips, which are put where those of another one are."""
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    turned = (xy_px - xy_px[11:13].mean(0)) @ np.array([[cos, sin], [-sin, cos]])
    return turned + to_px[11:13].mean(0)


def latest_pose(track: Track) -> Pose:
    """Where a person was last found."""
    return track.xy_px[-1], track.keypoint_score[-1], track.boxes_px[-1]
