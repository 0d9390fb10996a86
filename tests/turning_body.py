"""A stiff body that turns about its hips, and pictures of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from limn.core.data.arrays import F64, U8, Floats
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17
from limn.core.data.types import Detections, Landmarks, Region

SEEN, LOST = 8, 5
"""Frames in which the person is seen, and after them those in which nobody saw them."""
TOTAL = SEEN + LOST + 3
SIDE = 250.0
TRUNK = 60.0
GREY = 100
"""Of the first frame: an even picture without its haze is nearly black and no frame at all."""


def turn_deg(frame: int) -> float:
    return 50.0 + 12.0 * frame


def stiff(places: Sequence[str], middle: Floats, turn: float) -> F64:
    """A stiff body's ``places`` (n, 2), turned clockwise about its hips in the ``middle``."""
    xy = np.zeros((len(places), 2))
    heights = {"shoulder": 1.0, "elbow": 0.7, "wrist": 0.4, "hip": 0.0, "knee": -0.9, "ankle": -1.8}
    for k, name in enumerate(places):
        side, _, part = name.partition("_")
        across = {"left": 0.2, "right": -0.2}.get(side, 0.0)
        xy[k] = across * TRUNK, -heights.get(part, 1.4) * TRUNK
    R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return xy @ R.T + middle


def hips_of(frame: int) -> F64:
    return np.array([130.0 + 4.0 * frame, 160.0])


def body(frame: int, more_deg: float = 0.0) -> F64:
    """All landmarks (33, 2): a stiff body that turns about its hips and moves to the right."""
    return stiff(BLAZEPOSE_33, hips_of(frame), math.radians(turn_deg(frame) + more_deg))


def picture(frame: int) -> U8:
    """Its grey is the frame's number; hips are green, shoulders red."""
    bgr = np.full((320, 400, 3), GREY + frame, np.uint8)
    coco = stiff(COCO_17, hips_of(frame), math.radians(turn_deg(frame)))
    for rows, channel in ((slice(11, 13), 1), (slice(5, 7), 2)):
        x, y = np.rint(coco[rows].mean(0)).astype(int)
        bgr[y - 4 : y + 5, x - 4 : x + 5] = 0
        bgr[y - 4 : y + 5, x - 4 : x + 5, channel] = 255
    return bgr


def region(frame: int) -> Region:
    x, y = hips_of(frame).tolist()
    turn = math.radians((turn_deg(frame) + 180) % 360 - 180)
    return Region((x, y), SIDE, turn, (0.0, 0.0, 400.0, 320.0))


def told(xy: Floats, presence: float) -> Landmarks:
    ones, nowhere = np.ones(33, np.float32), np.zeros((33, 3), np.float32)
    return Landmarks(xy.astype(np.float32), ones, nowhere, presence)


def spots(bgr: U8) -> list[F64]:
    """Where hips and shoulders are in a picture, NaN where they aren't."""
    ends: list[F64] = []
    for channel in (1, 2):
        others = np.delete(bgr, channel, axis=2).max(-1)
        at = np.argwhere((bgr[..., channel] > 200) & (others < 90))
        ends.append(at.mean(0)[::-1] if len(at) else np.full(2, np.nan))
    return ends


@dataclass(slots=True)
class Finder:
    """Sees whoever stands upright in a picture, by hips and shoulders."""

    looks: int = 0

    def detect(self, bgr: U8) -> Detections:
        self.looks += 1
        ends = spots(bgr)
        x, y = ends[1] - ends[0]
        turn = math.atan2(x, -y)
        if not abs(turn) < math.radians(50):
            nobody = np.zeros((0, 17), np.float32)
            return Detections(nobody[..., None][..., [0, 0]], nobody, nobody[:, :4], nobody[:, 0])
        xy = ends[0] + (stiff(COCO_17, np.zeros(2), turn)) * math.hypot(x, y) / TRUNK
        xy32 = xy[None].astype(np.float32)
        boxes = np.concatenate([xy32.min(1), xy32.max(1)], axis=1)
        return Detections(xy32, np.ones((1, 17), np.float32), boxes, np.ones(1, np.float32))
