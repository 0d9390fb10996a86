"""Everybody in a detection frame: the quick look, and closer ones where it isn't enough.

A closer look is an enlarged window. It is spent on people whom the quick look missed, on people so
near each other that the detector merges them, on crowds, which exceed what the network can report
at once, and now and then on the whole picture for people who are small. Where the detector is sure
of nobody, or doubts somebody, the picture is turned too, for people who lie or hang.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import U8, Floats
from ..data.types import CloseDetector, Detections, Detector
from .following.quiet import WindowDetector
from .near_heads import are_near, inside_near, look_from_afar
from .neighbours import TOUCHING, shared_box
from .quarter_turns import QUARTERS, look_turned
from .similarity import oks_nms
from .tracker import WEAK, Tracker

SEARCH_EVERY_S: Final = 6.0
"""Seconds between two searches of the whole picture for small people; by hand."""
SEARCH_SELDOM_S: Final = 12.0
"""The same in "fast", where a search costs as much as half a second of everything else."""
_SEARCH_EMPTY_EVERY_S: Final = 1.0
"""The same while nobody is there; by hand."""
_TURN_EVERY_S: Final = 1.0
"""Seconds between two looks at the turned picture; by hand."""
_AFAR_EVERY_S: Final = 0.5
"""The same between two for heads that are too near; by hand."""
_LARGE: Final = 0.33
"""Share of the picture's height from which somebody is large: a quick run looks for others who are
small once something moves away from them, or at the next search; by hand."""
_MISSED_FOR_S: Final = 1.0
"""Somebody missed for longer than this is looked for in the whole picture only."""
_MOST_WINDOWS: Final = 3
"""Closer looks a frame at most, the largest first, which bounds time; by hand."""
_MARGIN: Final = 0.2
"""Share of a box's longer side that its window is larger by; by hand."""
_CROWD: Final = 6
"""The network reports no more people than this at once."""
_CROWD_SHARE: Final = 0.45
"""Share of the picture's longer side that each part of a crowd covers; by hand."""
_CROWD_STARTS: Final = (0.0, 0.275, 0.55)
"""Where the parts begin, as shares; with that share they overlap and reach the end."""
_INSIDE: Final = 0.8
"""Share of a box within a window from which the window shows that person; by hand."""


class Finder:
    """Adds closer looks to what a detector found at first sight."""

    def __init__(
        self,
        detector: Detector,
        fps: float,
        min_confidence: float,
        *,
        is_still: bool,
        search_every_s: float = SEARCH_EVERY_S,
        is_quick: bool = False,
    ) -> None:
        self._quick = detector if is_quick and isinstance(detector, WindowDetector) else None
        self._brief, self._is_brief = self._quick, False
        self._search_every_s = search_every_s
        self._closer = detector if isinstance(detector, CloseDetector) else None
        self._fps, self._is_still = fps, is_still
        self._weak = min_confidence * WEAK
        self._sure = min_confidence
        self._next_search = 0
        self._next_turning = 0
        self._next_afar = 0

    def find(self, frame: int, bgr: U8, found: Detections, tracker: Tracker) -> Detections:
        """Return the people of ``frame``, without doubles."""
        found = distinct(found, self._weak)
        if self._closer is None:
            return found
        if frame >= self._next_search:
            searched = self._search(self._closer, bgr, found)
            found = joined([found, searched], self._weak)
            is_empty = not (found.score >= self._sure).any()
            wait_s = _SEARCH_EMPTY_EVERY_S if is_empty else self._search_every_s
            self._next_search = frame + max(1, round(wait_s * self._fps))
        found = self._turned(frame, bgr, found, tracker)
        found = self._from_afar(frame, bgr, found, tracker)
        if (found.score >= self._sure).sum() >= _CROWD:
            windows = [_part(bgr, start) for start in _CROWD_STARTS]
            looks = [_whole(self._closer.look_into(bgr, w), w, bgr) for w in windows]
            found = joined([found, *looks], self._weak)
        for window in self._windows(frame, bgr, found, tracker):
            look = distinct(_whole(self._closer.look_into(bgr, window), window, bgr), self._weak)
            found = self._replaced(found, look, window)
        return found

    def pass_over(self, frame: int) -> None:
        """Leave a frame out as if its search had shown people, so that later ones are searched
        when they would be without the gap."""
        if self._closer is not None and frame >= self._next_search:
            self._brief = None
            self._next_search = frame + max(1, round(self._search_every_s * self._fps))

    def _search(self, closer: CloseDetector, bgr: U8, found: Detections) -> Detections:
        """The people whom a search shows; a shot's first one may be brief."""
        brief, self._brief = self._brief, None
        height = found.boxes_px[:, 3] - found.boxes_px[:, 1]
        is_large = (found.score >= self._sure) & (height > _LARGE * bgr.shape[0])
        if brief is not None and is_large.any():
            self._is_brief = True
            return brief.search_briefly(bgr)
        self._is_brief = False
        return closer.search(bgr, is_still=self._is_still)

    def hasten(self, frame: int) -> None:
        """Something moves away from everybody known: if the latest search was brief, it is time for
        another."""
        if self._is_brief:
            self._next_search = min(self._next_search, frame)

    def is_due(self, frame: int) -> bool:
        """Whether the whole picture of ``frame`` is to be searched."""
        return self._closer is not None and frame >= self._next_search

    def end_shot(self) -> None:
        """A cut: search the next picture."""
        self._next_search = self._next_turning = self._next_afar = 0
        self._brief = self._quick

    def _turned(self, frame: int, bgr: U8, found: Detections, tracker: Tracker) -> Detections:
        """With the people whom the turned picture shows, at most once in a while."""
        is_clear = (found.score >= self._sure).any() and not tracker.doubtful(frame)
        if self._closer is None or frame < self._next_turning or (is_clear and not self._is_still):
            return found
        self._next_turning = frame + max(1, round(_TURN_EVERY_S * self._fps))
        looks = [look_turned(self._closer, bgr, quarter) for quarter in QUARTERS]
        return joined([found, *looks], self._weak)

    def _from_afar(self, frame: int, bgr: U8, found: Detections, tracker: Tracker) -> Detections:
        """With heads too near for a first look: where nobody is found, once in a while, and
        wherever somebody was who isn't found any more."""
        wide, tall = (found.boxes_px[:, 2:] - found.boxes_px[:, :2]).T
        # Of a near head mouth and chin pass for somebody who lies.
        if self._closer is None or ((found.score >= self._sure) & (tall > wide)).any():
            return found
        expected = tracker.expected(frame, _MISSED_FOR_S * self._fps)
        before = np.array([track.boxes_px[-1] for track, _ in expected]).reshape(-1, 4)
        before = before[are_near(before, bgr.shape[0])]
        if frame < self._next_afar and not len(before):
            return found
        self._next_afar = frame + max(1, round(_AFAR_EVERY_S * self._fps))
        near = distinct(look_from_afar(self._closer, bgr, 2), self._weak)
        if len(before) and not len(near.score):
            near = distinct(look_from_afar(self._closer, bgr, 3), self._weak)
        parts = inside_near(found.boxes_px, near.boxes_px)
        parts |= inside_near(found.boxes_px, before, is_past=True)
        return joined([near, pick(found, np.flatnonzero(~parts))], self._weak)

    def _windows(
        self, frame: int, bgr: U8, found: Detections, tracker: Tracker
    ) -> list[tuple[int, int, int, int]]:
        """Groups of people who touch, and people missed, largest first."""
        expected = tracker.expected(frame, _MISSED_FOR_S * self._fps)
        missing = tracker.missing(frame, found, bgr)
        groups: list[tuple[Floats, int, bool]] = []
        for track, box in expected:
            own = (box, 1, track in missing)
            apart: list[tuple[Floats, int, bool]] = []
            for other in groups:
                if shared_box(own[0], other[0]) > TOUCHING:
                    low = np.minimum(own[0][:2], other[0][:2])
                    high = np.maximum(own[0][2:], other[0][2:])
                    own = (np.concatenate([low, high]), own[1] + other[1], own[2] or other[2])
                else:
                    apart.append(other)
            groups = [*apart, own]
        wanted = [box for box, count, is_missing in groups if count > 1 or is_missing]
        wanted.sort(key=lambda box: -float(np.prod(box[2:] - box[:2])))
        windows = [_window_round(box, bgr) for box in wanted[:_MOST_WINDOWS]]
        return [w for w in windows if w[2] - w[0] > 8 and w[3] - w[1] > 8]

    def _replaced(
        self, found: Detections, look: Detections, window: tuple[int, int, int, int]
    ) -> Detections:
        """The closer look instead of the first one where it shows at least as many people."""
        area = np.prod(found.boxes_px[:, 2:] - found.boxes_px[:, :2], axis=1)
        low = np.maximum(found.boxes_px[:, :2], window[:2])
        high = np.minimum(found.boxes_px[:, 2:], window[2:])
        inside = np.prod(np.clip(high - low, 0, None), axis=1) > _INSIDE * area
        if len(look.score) >= inside.sum() and len(look.score):
            # The closer look names the people; what lies elsewhere stays.
            return joined([look, pick(found, np.flatnonzero(~inside))], self._weak)
        return joined([found, look], self._weak)


def joined(looks: list[Detections], min_score: float) -> Detections:
    """Several looks at one picture as one, without doubles."""
    return distinct(
        Detections(
            np.concatenate([look.xy_px for look in looks]),
            np.concatenate([look.keypoint_score for look in looks]),
            np.concatenate([look.boxes_px for look in looks]),
            np.concatenate([look.score for look in looks]),
        ),
        min_score,
    )


def distinct(found: Detections, min_score: float) -> Detections:
    """Everybody once."""
    return pick(found, np.array(oks_nms(found, min_score), int))


def pick(found: Detections, which: np.ndarray) -> Detections:
    """Some of the people found."""
    return Detections(
        found.xy_px[which],
        found.keypoint_score[which],
        found.boxes_px[which],
        found.score[which],
    )


def _whole(look: Detections, window: tuple[int, int, int, int], bgr: U8) -> Detections:
    """Leave out people whom the window's border cuts and the picture's doesn't."""
    height, width = bgr.shape[:2]
    border = 0.01 * max(window[2] - window[0], window[3] - window[1])
    low = np.array(
        [
            window[0] + border if window[0] > 0 else -np.inf,
            window[1] + border if window[1] > 0 else -np.inf,
        ]
    )
    high = np.array(
        [
            window[2] - border if window[2] < width else np.inf,
            window[3] - border if window[3] < height else np.inf,
        ]
    )
    whole = (look.boxes_px[:, :2] > low).all(1) & (look.boxes_px[:, 2:] < high).all(1)
    return pick(look, np.flatnonzero(whole))


def _part(bgr: U8, start: float) -> tuple[int, int, int, int]:
    """A part of the picture along its longer side."""
    height, width = bgr.shape[:2]
    if width >= height:
        return round(start * width), 0, round((start + _CROWD_SHARE) * width), height
    return 0, round(start * height), width, round((start + _CROWD_SHARE) * height)


def _window_round(box: Floats, bgr: U8) -> tuple[int, int, int, int]:
    margin = _MARGIN * float((box[2:] - box[:2]).max())
    height, width = bgr.shape[:2]
    x0, y0 = np.clip(np.floor(box[:2] - margin), 0, (width, height)).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(box[2:] + margin), 0, (width, height)).astype(int).tolist()
    return x0, y0, x1, y1
