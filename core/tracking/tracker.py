"""Following people from one detection frame to the next while the clip is read.

Association by Hungarian on box overlap, keypoint similarity and torso colour with a velocity
prediction (after SORT, Bewley et al. 2016, and ByteTrack, Zhang et al. 2022: weak detections may
continue a track but never start one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..arrays import F32, U8, Floats
from ..assignment import assign
from ..types import Detections
from .similarity import (
    box_iou,
    colour_distance,
    keypoint_similarity,
    suppress_doubles,
    torso_colours,
)

_LOST_S: Final = 1.5
_START_MARGIN: Final = 0.05
_WEAK: Final = 0.6
"""A live track may be continued by detections down to this share of the minimum confidence."""
_MAX_COST: Final = 1.5
_IMPOSSIBLE: Final = 9.0
_COLOUR_WEIGHT: Final = 0.8
_NEAR: Final = 0.50
_NEAR_PER_GAP: Final = 0.03
"""How far, in body sizes, a person may be from where they were expected, and more per detection."""


@dataclass(slots=True, eq=False)
class Track:
    """One person's detections so far: parallel lists, one entry per detection frame."""

    frames: list[int] = field(default_factory=list)
    xy_px: list[F32] = field(default_factory=list)
    keypoint_score: list[F32] = field(default_factory=list)
    boxes_px: list[F32] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    colours: F32 | None = None
    velocity_px: Floats = field(default_factory=lambda: np.zeros(2))

    def add(self, frame: int, d: Detections, i: int, colours: F32 | None) -> None:
        """Append detection ``i`` of ``frame`` and update velocity and colours."""
        if self.frames:
            step = frame - self.frames[-1]
            moved = (_centre(d.boxes_px[i]) - _centre(self.boxes_px[-1])) / step
            self.velocity_px = 0.6 * self.velocity_px + 0.4 * moved
        if colours is not None:
            known = self.colours
            self.colours = (
                colours if known is None else (0.9 * known + 0.1 * colours).astype(np.float32)
            )
        self.frames.append(frame)
        self.xy_px.append(d.xy_px[i])
        self.keypoint_score.append(d.keypoint_score[i])
        self.boxes_px.append(d.boxes_px[i])
        self.score.append(float(d.score[i]))


class Tracker:
    """Feed it the detections of every detection frame in order; read ``tracks`` at the end."""

    def __init__(self, fps: float, cadence: int, min_confidence: float) -> None:
        self.tracks: list[Track] = []
        self._cadence = cadence
        self._lost_frames = max(_LOST_S * fps, 2 * cadence)
        self._min_confidence = min_confidence
        self._shot_begins = 0

    def end_shot(self) -> None:
        """A cut: nobody found so far is continued."""
        self._shot_begins = len(self.tracks)

    def in_shot(self) -> list[Track]:
        """The people of the present shot."""
        return self.tracks[self._shot_begins :]

    def update(self, frame: int, detections: Detections, bgr: U8) -> None:
        """Continue, start and forget tracks with what was found in ``frame``."""
        kept = suppress_doubles(detections, self._min_confidence * _WEAK)
        colours = [torso_colours(bgr, detections.xy_px[i]) for i in kept]
        live = [t for t in self.in_shot() if frame - t.frames[-1] <= self._lost_frames]
        cost = np.full((len(live), len(kept)), _IMPOSSIBLE)
        for a, track in enumerate(live):
            for b, i in enumerate(kept):
                cost[a, b] = self._cost(track, frame, detections, i, colours[b])
        taken: set[int] = set()
        for a, b in assign(cost):
            if cost[a, b] <= _MAX_COST:
                live[a].add(frame, detections, kept[b], colours[b])
                taken.add(b)
        for b, i in enumerate(kept):
            if b not in taken and detections.score[i] >= self._min_confidence + _START_MARGIN:
                track = Track()
                track.add(frame, detections, i, colours[b])
                self.tracks.append(track)

    def _cost(self, track: Track, frame: int, d: Detections, i: int, colours: F32 | None) -> float:
        gap = frame - track.frames[-1]
        # A lost person's speed is not to be trusted for long.
        shift = track.velocity_px * min(gap, 2 * self._cadence)
        box = track.boxes_px[-1] + np.concatenate([shift, shift])
        found = d.boxes_px[i]
        area_ratio = np.prod(found[2:] - found[:2]) / max(float(np.prod(box[2:] - box[:2])), 1.0)
        if not 0.16 < area_ratio < 6.25:
            return _IMPOSSIBLE
        overlap = 0.5 * box_iou(box, found) + 0.5 * keypoint_similarity(
            track.xy_px[-1] + shift, track.keypoint_score[-1], d.xy_px[i], d.keypoint_score[i], box
        )
        # Someone seen from the side is narrow and walks out of their own box between detections.
        away = np.linalg.norm(_centre(box) - _centre(found)) / max(
            float((box[2:] - box[:2]).max()), 1
        )
        if overlap < 0.1 and away > _NEAR + _NEAR_PER_GAP * gap / self._cadence:
            return _IMPOSSIBLE
        return 1 - overlap + _COLOUR_WEIGHT * colour_distance(colours, track.colours)


def _centre(box: Floats) -> Floats:
    return (box[:2] + box[2:]) / 2
