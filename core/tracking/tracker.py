"""Following people from one detection frame to the next while the clip is read.

Association by Hungarian on box overlap, keypoint similarity and torso colour with a velocity
prediction (after SORT, Bewley et al. 2016, and ByteTrack, Zhang et al. 2022: weak detections may
continue a track). Weak ones away from everybody start a doubtful track, which counts only once the
detector is sure of the person, or has seen them go some way: so people who are half hidden at
first are there from the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F32, U8, Floats, check_fields, of_shape
from ..data.timing import Ticks
from ..data.types import Detections
from ..geometry.assignment import assign
from .neighbours import TOUCHING, shared_box
from .similarity import box_iou, colour_distance, keypoint_similarity, torso_colours

_LOST_S: Final = 1.5
"""Seconds after which a person whom nobody finds is gone; by hand."""
_START_MARGIN: Final = 0.05
"""Added to the minimum confidence for a track to start; by hand."""
WEAK: Final = 0.6
"""A live track may be continued by detections down to this share of the minimum confidence."""
_MOST_DOUBTFUL: Final = 2
"""Doubtful tracks at once, which bounds time; by hand."""
_DOUBTFUL: Final = 0.8
"""Share of the minimum confidence that a doubtful track needs to start; by hand."""
_WANDERED: Final = 0.5
_WANDERED_SCORE: Final = 0.8
_WANDERED_FOR: Final = 6
"""What was seen this often, at this share of the minimum confidence and moving by this share of its
size, is no furniture."""
_MAX_COST: Final = 1.5
"""Cost over which a detection isn't a track's; by hand."""
_IMPOSSIBLE: Final = 9.0
"""Cost of what can't be, beyond any sum of the others."""
_COLOUR_WEIGHT: Final = 0.8
"""Cost of torso colours that have nothing in common, where no overlap costs 1; by hand."""
_SOON: Final = 1.5
"""Detection frames within which nobody turns over; by hand."""
_TURNED_OVER: Final = np.cos(np.radians(140.0))
"""Somersaults turn by 120 degrees from one detection to the next at most."""
_SHOWN: Final = 0.2
"""Share of a box's longer side from which a trunk tells how it is turned; by hand."""
_SHOULDERS, _HIPS = slice(5, 7), slice(11, 13)
_NEAR: Final = 0.50
_NEAR_PER_GAP: Final = 0.03
"""How far, in body sizes, a person may be from where they were expected, and more per detection."""


@dataclass(slots=True, eq=False)
class Track:
    """One person's detections so far: parallel lists, one entry per detection frame."""

    frames: list[int] = field(default_factory=list[int])
    xy_px: list[F32] = field(default_factory=list[F32], metadata=of_shape("k", 2))
    keypoint_score: list[F32] = field(default_factory=list[F32], metadata=of_shape("k"))
    boxes_px: list[F32] = field(default_factory=list[F32], metadata=of_shape(4))
    score: list[float] = field(default_factory=list[float])
    colours: F32 | None = field(default=None, metadata=of_shape(None))
    velocity_px: Floats = field(default_factory=lambda: np.zeros(2), metadata=of_shape(2))
    looks: list[tuple[int, F32]] = field(default_factory=list[tuple[int, F32]])
    """Frames and torso colours, where nobody else could be mistaken for this person."""
    glimpses: list[tuple[int, F32]] = field(default_factory=list[tuple[int, F32]])
    """The same of every detection, those in a contact included."""
    last_detected: int = 0
    is_sure: bool = True
    ticks: Ticks = field(default_factory=Ticks)

    def __post_init__(self) -> None:
        check_fields(self)

    def since(self, frame: int) -> float:
        """How many ticks before ``frame`` this person was last found."""
        return self.ticks.between(self.frames[-1], frame)

    def add(self, frame: int, d: Detections, i: int, colours: F32 | None) -> None:
        """Append detection ``i`` of ``frame`` and update velocity and colours."""
        if colours is not None:
            others = np.delete(d.boxes_px, i, axis=0)
            is_alone = all(shared_box(d.boxes_px[i], other) < TOUCHING for other in others)
            known = self.colours
            self.glimpses.append((frame, colours))
            if known is None:
                self.colours = colours
            elif is_alone:
                self.colours = (0.9 * known + 0.1 * colours).astype(np.float32)
            if is_alone:
                self.looks.append((frame, colours))
        self.follow(frame, d.xy_px[i], d.keypoint_score[i], d.boxes_px[i], float(d.score[i]))
        self.last_detected = frame

    def follow(self, frame: int, xy: F32, keypoint_score: F32, box: F32, score: float) -> None:
        """Append a pose of this person that no detection confirms."""
        if self.frames:
            moved = (_centre(box) - _centre(self.boxes_px[-1])) / self.since(frame)
            self.velocity_px = 0.6 * self.velocity_px + 0.4 * moved
        self.frames.append(frame)
        self.xy_px.append(xy)
        self.keypoint_score.append(keypoint_score)
        self.boxes_px.append(box)
        self.score.append(score)

    def expected_box(self, frame: int, trust_frames: int) -> Floats:
        """Where the box will be; a lost person's speed is trusted for ``trust_frames``."""
        shift = self.velocity_px * min(self.since(frame), trust_frames)
        return self.boxes_px[-1] + np.concatenate([shift, shift])


class Tracker:
    """Feed it the detections of every detection frame in order; read ``tracks`` at the end."""

    def __init__(
        self, fps: float, cadence: int, min_confidence: float, ticks: Ticks | None = None
    ) -> None:
        self.tracks: list[Track] = []
        self._ticks = ticks or Ticks()
        self._cadence = cadence
        self._lost_frames = max(_LOST_S * fps, 2 * cadence)
        self._min_confidence = min_confidence
        self._shot_begins = 0

    def end_shot(self) -> None:
        """A cut: nobody found so far is continued."""
        self._shot_begins = len(self.tracks)

    def in_shot(self) -> list[Track]:
        """The people of the present shot, without doubtful ones."""
        return [track for track in self.tracks[self._shot_begins :] if track.is_sure]

    def doubtful(self, frame: int) -> list[Track]:
        """Those of the present shot who may be people and were seen lately."""
        return [
            track
            for track in self.tracks[self._shot_begins :]
            if not track.is_sure and track.since(frame) <= 2 * self._cadence
        ]

    def expected(self, frame: int, lost_frames: float) -> list[tuple[Track, Floats]]:
        """People seen in the last ``lost_frames`` and the boxes they should be in now."""
        return [
            (track, track.expected_box(frame, 2 * self._cadence))
            for track in self.in_shot()
            if track.since(frame) <= lost_frames
        ]

    def missing(self, frame: int, detections: Detections, bgr: U8) -> list[Track]:
        """People whom none of ``detections`` would continue."""
        colours = [torso_colours(bgr, xy) for xy in detections.xy_px]
        live, pairs = self._match(frame, detections, colours)
        matched = {a for a, _ in pairs}
        return [track for a, track in enumerate(live) if a not in matched and track.is_sure]

    def update(self, frame: int, detections: Detections, bgr: U8) -> None:
        """Continue, start and forget tracks with the people found in ``frame``, each once."""
        colours = [torso_colours(bgr, xy) for xy in detections.xy_px]
        live, pairs = self._match(frame, detections, colours)
        for a, b in pairs:
            live[a].add(frame, detections, b, colours[b])
            self._reconsider(live[a])
        taken = {b for _, b in pairs}
        for b, score in enumerate(detections.score):
            is_sure = bool(score >= self._min_confidence + _START_MARGIN)
            if b not in taken and (is_sure or self._is_apart(frame, detections, b)):
                track = Track(is_sure=is_sure, ticks=self._ticks)
                track.add(frame, detections, b, colours[b])
                self.tracks.append(track)

    def _reconsider(self, track: Track) -> None:
        if track.score[-1] >= self._min_confidence + _START_MARGIN:
            track.is_sure = True
        elif not track.is_sure and len(track.frames) >= _WANDERED_FOR:
            centres = np.array([_centre(box) for box in track.boxes_px])
            size = float((track.boxes_px[-1][2:] - track.boxes_px[-1][:2]).max())
            went = float(np.linalg.norm(centres - centres[0], axis=1).max())
            is_seen = np.mean(track.score) >= _WANDERED_SCORE * self._min_confidence
            track.is_sure = bool(is_seen and went > _WANDERED * size)

    def _is_apart(self, frame: int, d: Detections, i: int) -> bool:
        """A weak detection that is no part of anybody, and one of few such."""
        live = [t for t in self.in_shot() if t.since(frame) <= self._lost_frames]
        boxes = [*np.delete(d.boxes_px, i, axis=0)]
        boxes += [t.expected_box(frame, 2 * self._cadence) for t in live]
        return (
            d.score[i] >= _DOUBTFUL * self._min_confidence
            and len(self.doubtful(frame)) < _MOST_DOUBTFUL
            and all(shared_box(d.boxes_px[i], box) < TOUCHING for box in boxes)
        )

    def _match(
        self, frame: int, detections: Detections, colours: list[F32 | None]
    ) -> tuple[list[Track], list[tuple[int, int]]]:
        live = [t for t in self.in_shot() if t.since(frame) <= self._lost_frames]
        live += self.doubtful(frame)
        cost = np.full((len(live), len(detections.score)), _IMPOSSIBLE)
        for a, track in enumerate(live):
            for b, colour in enumerate(colours):
                cost[a, b] = self._cost(track, frame, detections, b, colour)
        return live, [(a, b) for a, b in assign(cost) if cost[a, b] <= _MAX_COST]

    def _cost(self, track: Track, frame: int, d: Detections, i: int, colours: F32 | None) -> float:
        gap = track.since(frame)
        # A lost person's speed is not to be trusted for long.
        shift = track.velocity_px * min(gap, 2 * self._cadence)
        box = track.expected_box(frame, 2 * self._cadence)
        found = d.boxes_px[i]
        area_ratio = _area(found) / max(_area(box), 1.0)
        if not 0.16 < area_ratio < 6.25:
            return _IMPOSSIBLE
        if gap <= _SOON * self._cadence and _is_other_way_up(track, d.xy_px[i], found):
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


def _is_other_way_up(track: Track, xy_px: F32, box: F32) -> bool:
    """Whether a detection's trunk is turned over against a track's last one, both shown well."""
    trunks: list[Floats] = []
    for pose, around in ((track.xy_px[-1], track.boxes_px[-1]), (xy_px, box)):
        trunk = pose[_SHOULDERS].mean(0) - pose[_HIPS].mean(0)
        length = float(np.linalg.norm(trunk))
        if length < _SHOWN * float((around[2:] - around[:2]).max()):
            return False
        trunks.append(trunk / length)
    return float(trunks[0] @ trunks[1]) < _TURNED_OVER


def _area(box: Floats) -> float:
    return float(np.prod(box[2:] - box[:2]))


def _centre(box: Floats) -> Floats:
    return (box[:2] + box[2:]) / 2
