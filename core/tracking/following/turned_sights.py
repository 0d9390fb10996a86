"""What may be somebody who turns over: looks at a picture turned by eighths.

Detectors know few people upside down, and landmark networks none whose crop is turned wrongly, off
by half a trunk, or full of the sun. A detector that is shown the picture turned says where somebody
is, a landmark network looks there, and its own pose is looked at once more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Final

import numpy as np

from ...data.arrays import F32, U8, Floats
from ...data.observations import TrackObservations
from ...data.types import CloseDetector, Detections, Detector, LandmarkModel, Landmarks, Region
from ...geometry.ballistics import GRAVITY_MPS2
from ..neighbours import Pose
from ..regions import region_of, turn_rad
from ..similarity import keypoint_similarity
from .landmark_tracking import pose_from_landmarks
from .turned_pictures import Surroundings

_EIGHTHS: Final = 8  # turns of a picture that are looked at
_SURE, _ENOUGH = 0.7, 2
"""Agreement of so many sights of a picture after which it isn't looked at further; by hand."""
_LIKELY: Final = 0.5
"""Agreement of a sight after which it isn't turned otherwise; by hand."""
_SIDE_PER_TRUNK: Final = 5.0
"""The looked at square's side over a trunk's length: a body with room about it; by hand."""
_SIDE_PX: Final = 320
"""Its side in pixels; that of the detector's own quick look."""
_LEAST: Final = 0.12
"""Score of a detection that is looked at closely; by hand."""
_SEEN: Final = 0.2
"""Score over which a keypoint bounds the body; by hand."""
_ALONE: Final = 0.7
"""Agreement of a network that nobody can agree with; by hand."""
_MOST: Final = 4
"""Detections of a picture that are; by hand."""
_SAME: Final = 0.6
"""Keypoint similarity over which two of them are one; by hand."""
_TRUNKS: Final = (0.35, 1.8)
"""Shortest and longest trunk that may be theirs, of its usual length; by hand."""
_CLOSE_SIDE: Final = 3.6
"""A crop's side over a trunk's length, of somebody curled up or stretched; by hand."""
_ASIDE: Final = ((0.0, 0.0), (0.0, -0.3), (0.3, 0.0), (-0.3, 0.0), (0.0, 0.3))
"""Where else to look, in trunks: bent over, hips are seen where they aren't; by hand."""
_SIZES: Final = (1.0, 1.25)  # of crops, of the usual one; by hand
_TURNS: Final = (0.0, math.radians(-45), math.radians(45))
"""By how much crops are turned beside what is likely; by hand."""
_TRUNK_M: Final = 0.5  # about, hips to shoulders
_HAZE: Final = (3.0, 90.0)
"""Percentiles of a crop's brightness that become dark and light; by hand."""
_LEAST_AGREEMENT: Final = 0.35
"""Keypoint similarity of looks and networks that must agree; by hand."""
_HIPS, _SHOULDERS = slice(11, 13), slice(5, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Somebody in ``frame``, all in the frame's pixels: their ``pose`` as a detection, the
    ``region`` and what every network saw in it; ``worth`` from 0 to 1 how well looks and networks
    agree; ``row``, the track and its row if that was seen while the clip was read."""

    frame: int
    pose: Pose
    region: Region
    landmarks: Sequence[Landmarks]
    worth: float
    row: tuple[int, int] | None = None

    @property
    def hips_px(self) -> Floats:
        """The hips' middle (2,)."""
        return self.pose[0][_HIPS].mean(0)

    @property
    def turn_rad(self) -> float:
        """How far the trunk is turned from upright, clockwise."""
        return turn_rad(self.pose[0])

    @property
    def trunk_px(self) -> float:
        """The trunk's length in the picture."""
        return float(np.linalg.norm(self.pose[0][_SHOULDERS].mean(0) - self.hips_px))


class TurnedEyes:
    """A detector and the landmark networks of a clip, the ``first`` of which leads."""

    def __init__(self, detector: Detector, models: Sequence[LandmarkModel], first: int) -> None:
        self._detector, self._models, self.first = detector, models, first
        self._has_several = len({model.worth.network for model in models}) > 1

    def sights(
        self, around: Surroundings, hips_px: Floats, trunk_px: float, pool: ThreadPoolExecutor
    ) -> Iterator[Sight | None]:
        """Everybody of about a trunk's length whom turned looks about a place show: quarter turns
        of the picture as it is, where these show nobody surely those in between, then the same
        without its haze. None stands for looks that showed nobody."""
        center, trunk = around.inside(hips_px), trunk_px / around.step
        found: list[Sight] = []
        bgr = around.bgr
        for is_hazy, first in product((True, False), (0, 1)):
            if not is_hazy and first == 0:
                bgr = without_haze(bgr, center, _SIDE_PER_TRUNK * trunk)
            eighths = range(first, _EIGHTHS, 2)
            each = pool.map(partial(self._detected, bgr, center, trunk), eighths)
            poses = _distinct([one for seen in each for one in seen])
            yield None
            for pose in poses:
                sight = self.closer(around, bgr, pose)
                found += [] if sight is None else [sight]
                yield sight
                if sum(one.worth > _SURE for one in found) >= _ENOUGH:
                    break
            if any(one.worth > _LIKELY for one in found):
                break

    def _detected(
        self, bgr: U8, center: Floats, trunk: float, eighth: int
    ) -> list[tuple[float, Pose]]:
        """Whom the detector sees when the picture is turned, in the picture's pixels."""
        side, turn = _SIDE_PER_TRUNK * trunk, 2 * math.pi * eighth / _EIGHTHS
        R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        people = self._people(_turned(bgr, center, side, R))
        out: list[tuple[float, Pose]] = []
        for i in np.flatnonzero(people.score >= _LEAST).tolist():
            pose = _turned_back(people, i, center, side, R)
            length = np.linalg.norm(pose[0][_SHOULDERS].mean(0) - pose[0][_HIPS].mean(0))
            if _TRUNKS[0] < length / trunk < _TRUNKS[1]:
                out.append((float(people.score[i]), pose))
        return out

    def _people(self, bgr: U8) -> Detections:
        if isinstance(self._detector, CloseDetector):
            return self._detector.look_into(bgr, (0, 0, *bgr.shape[1::-1]))
        return self._detector.detect(bgr)

    def between(
        self,
        around: Surroundings,
        a: Sight,
        b: Sight,
        trunk_px: float,
        fps: float,
        *,
        is_wide: bool,
    ) -> Iterator[Sight | None]:
        """Who may be in a picture between two sights, where somebody who flies was then, turned as
        they were and a little more or less, the picture as it is and without its haze; in a look
        that ``is_wide`` in larger crops and a little aside too. None stands for a look that showed
        nobody."""
        share = (around.frame - a.frame) / (b.frame - a.frame)
        turn = a.turn_rad + share * math.remainder(b.turn_rad - a.turn_rad, 2 * math.pi)
        hips = (1 - share) * a.hips_px + share * b.hips_px
        hips[1] -= _fall(a, b, share, fps) * trunk_px / _TRUNK_M
        square = _SIDE_PER_TRUNK * trunk_px / around.step
        clear = without_haze(around.bgr, around.inside(hips), square)
        height, width = around.bgr.shape[:2]
        looks = [*product(_ASIDE[:1], _SIZES[:1], _TURNS)]
        if is_wide:
            looks = [*product(_ASIDE[:1], _SIZES, _TURNS), *product(_ASIDE[1:], _SIZES, _TURNS[:1])]
        for (aside, size, more), bgr in product(looks, (around.bgr, clear)):
            x, y = around.inside(hips + trunk_px * np.array(aside)).tolist()
            region = Region(
                (x, y),
                size * _CLOSE_SIDE * trunk_px / around.step,
                math.remainder(turn + more, 2 * math.pi),
                (0.0, 0.0, float(width), float(height)),
            )
            first = pose_from_landmarks(self._models[self.first].locate(bgr, region))
            yield None if first is None else self.closer(around, bgr, first)

    def again(self, around: Surroundings, sight: Sight) -> Sight | None:
        """A ``sight`` looked at once more."""
        xy, score, box = sight.pose
        pose = around.inside(xy), score, around.inside(box.reshape(2, 2)).ravel()
        return self.closer(around, around.bgr, pose)

    def closer(self, around: Surroundings, bgr: U8, pose: Pose) -> Sight | None:
        """What the networks see in ``bgr`` where a ``pose`` was seen; None if they don't agree."""
        eye = self._models[self.first]
        first = pose_from_landmarks(eye.locate(bgr, region_of(*pose)))
        if first is None:
            return None
        region = region_of(*first)
        told = [model.locate(bgr, region) for model in self._models]
        poses = [pose_from_landmarks(one) for one in told]
        again = poses[self.first]
        if again is None:
            return None
        worth = self._agreement(poses, again, [pose, first])
        if worth < _LEAST_AGREEMENT:
            return None
        x, y = around.of_frame(np.array(region.center_px)).tolist()
        return Sight(
            around.frame,
            (around.of_frame(again[0]), again[1], around.of_frame(again[2].reshape(2, 2)).ravel()),
            replace(region, center_px=(x, y), side_px=region.side_px * around.step),
            [replace(one, xy_px=around.of_frame(one.xy_px)) for one in told],
            worth,
        )

    def _agreement(self, poses: Sequence[Pose | None], own: Pose, others: Sequence[Pose]) -> float:
        """How alike the leading network's ``own`` pose is to those of the other networks, and to
        ``others``, mean."""
        # The same network in a mirror is no other opinion.
        by_network: dict[str, float] = {}
        for model, one in zip(self._models, poses, strict=True):
            name, alike = model.worth.network, 0.0 if one is None else alike_poses(own, one)
            by_network[name] = max(alike, by_network.get(name, 0.0))
        del by_network[self._models[self.first].worth.network]
        return float(np.mean([*by_network.values(), *(alike_poses(own, one) for one in others)]))

    def known(self, track: TrackObservations, k: int, row: int) -> Sight | None:
        """What was seen of the ``k``-th track while the clip was read; None if that is nobody."""
        told = [
            Landmarks(one.xy_px[row], one.score[row], one.xyz_m[row], float(one.presence[row]),
                      one.skeleton)
            for one in (track.passes[model.name] for model in self._models)
        ]  # fmt: skip
        poses = [pose_from_landmarks(one) for one in told]
        own = poses[self.first]
        if own is None:
            return None
        agreement = self._agreement(poses, own, ()) if self._has_several else _ALONE
        worth = (agreement + float(own[1].mean())) / 2
        return Sight(int(track.frames[row]), own, region_of(*own), told, worth, (k, row))


def alike_poses(a: Pose, b: Pose) -> float:
    """Keypoint similarity of two poses."""
    return keypoint_similarity(*a[:2], *b[:2], a[2])


def _turned(bgr: U8, center: Floats, side: float, R: Floats) -> U8:
    """A square about ``center``, whose axes are ``R`` (2, 2) in the picture; grey beyond it."""
    at = ((np.arange(_SIDE_PX) + 0.5) / _SIDE_PX - 0.5) * side
    x = (center[0] + R[0, 0] * at[None] + R[0, 1] * at[:, None]).astype(np.float32)
    y = (center[1] + R[1, 0] * at[None] + R[1, 1] * at[:, None]).astype(np.float32)
    height, width = bgr.shape[:2]
    x0 = np.clip(np.floor(x), 0, width - 2).astype(np.int32)
    y0 = np.clip(np.floor(y), 0, height - 2).astype(np.int32)
    u, v = (x - x0)[..., None], (y - y0)[..., None]
    near: list[F32] = [
        bgr[y0 + down, x0 + right].astype(np.float32) for down in (0, 1) for right in (0, 1)
    ]
    upper, lower = near[0] + (near[1] - near[0]) * u, near[2] + (near[3] - near[2]) * u
    out: F32 = upper + (lower - upper) * v
    out[(x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)] = 127.0
    return out.astype(np.uint8)


def _turned_back(people: Detections, i: int, center: Floats, side: float, R: Floats) -> Pose:
    """A detection in a turned square, in the picture."""
    xy = center + side * ((people.xy_px[i] + 0.5) / _SIDE_PX - 0.5) @ R.T
    score = people.keypoint_score[i]
    sure = xy[score > _SEEN] if (score > _SEEN).any() else xy
    return xy, score, np.concatenate([np.min(sure, 0), np.max(sure, 0)])


def _fall(a: Sight, b: Sight, share: float, fps: float) -> float:
    """Metres by which who flies is above the straight way from one sight to the other."""
    gap_s = (b.frame - a.frame) / fps
    return GRAVITY_MPS2 / 2 * share * (1 - share) * gap_s**2


def _distinct(found: Sequence[tuple[float, Pose]]) -> list[Pose]:
    """The surest poses, each once."""
    out: list[Pose] = []
    for _, pose in sorted(found, key=lambda one: -one[0]):
        if len(out) < _MOST and not any(alike_poses(pose, one) > _SAME for one in out):
            out.append(pose)
    return out


def without_haze(bgr: U8, center: Floats, side: float) -> U8:
    """The picture with the contrast that a square about ``center`` lost to the sun in the lens."""
    low = np.clip(center - side / 2, 0, np.array(bgr.shape[1::-1]) - 2).astype(int)
    high = np.maximum(np.clip(center + side / 2, 0, bgr.shape[1::-1]).astype(int), low + 2)
    crop = bgr[low[1] : high[1], low[0] : high[0]].reshape(-1, 3)
    dark, light = np.percentile(crop, _HAZE, axis=0)
    even = (bgr - dark) * (220.0 / np.maximum(light - dark, 20.0)) + 10.0
    return np.clip(even, 0, 255).astype(np.uint8)
