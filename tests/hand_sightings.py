"""Somebody's hands in made-up sightings, and a network that finds them."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
from limn.core.data.arrays import F32, U8
from limn.core.data.collector import Sighting
from limn.core.data.skeletons import BLAZEPOSE_33
from limn.core.data.types import Landmarks, Region
from limn.core.hands.regions import region_from_points
from limn.core.hands.seen import HandSeen

OPEN = np.array(
    [[0, 0], [18, -12], [30, -28], [38, -42], [44, -54]]
    + [[14 - 9 * f, -48 - 14 * k] for f in range(4) for k in range(4)],
    np.float32,
)
"""A right hand's points in pixels, fingers up."""
SIZE = 0.56
"""Of a hand as large as that of ``_body(300)``."""
REACH = 32.0
"""Pixels from its wrist to the middle of where the body has it."""
PICTURE = np.zeros((480, 640, 3), np.uint8)


class FakeHands:
    """Finds a hand whose wrist is where the region was taken from, and remembers the regions."""

    def __init__(self, presence: float = 0.9, right: float = 0.5) -> None:
        self.asked: list[Region] = []
        self.mirrors: list[bool] = []
        self.presence, self.right = presence, right
        self._known: dict[tuple[float, float], F32] = {}

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        self.asked.append(region)
        self.mirrors.append(mirrored)
        xy = self._known.get(region.center_px)
        if xy is None:
            cos, sin = np.cos(region.rotation_rad), np.sin(region.rotation_rad)
            wrist = np.array(region.center_px) - np.array([sin, -cos]) * REACH
            xy = OPEN @ np.array([[cos, sin], [-sin, cos]]) * SIZE + wrist
            xy = xy.astype(np.float32)
        # Asked where this was, it is found again.
        self._known[region_from_points(xy).center_px] = xy
        xyz = np.concatenate([xy / 800, np.zeros((21, 1), np.float32)], axis=1)
        return HandSeen(xy, xyz.astype(np.float32), self.presence, self.right)


def body_of(scale: float, who: int = 1) -> Sighting:
    """Somebody upright with the right hand raised, ``scale`` pixels a metre."""
    xyz = np.zeros((33, 3), np.float32)
    places = {
        "right_shoulder": (-0.2, -0.5), "left_shoulder": (0.2, -0.5),
        "right_hip": (-0.1, 0), "left_hip": (0.1, 0),
        "right_elbow": (-0.4, -0.5), "right_wrist": (-0.4, -0.75),
        "right_index": (-0.38, -0.84), "right_pinky": (-0.42, -0.84),
        "left_elbow": (0.4, -0.3), "left_wrist": (0.4, -0.05),
        "left_index": (0.38, 0.04), "left_pinky": (0.42, 0.04),
    }  # fmt: skip
    for name, (x, y) in places.items():
        xyz[BLAZEPOSE_33.index(name), :2] = x, y
    xy = (xyz[:, :2] * scale + [320, 300]).astype(np.float32)
    told = Future[Landmarks]()
    told.set_result(Landmarks(xy, np.ones(33, np.float32), xyz, 1.0))
    region = Region((320.0, 300.0), 2 * scale, 0.0, (0.0, 0.0, 640.0, 480.0))
    box = np.array([100.0, 50, 500, 450])
    return Sighting(xy[:17], np.ones(17), box, region, [told], who)
