"""Chunks in which a detector needs no more than the window in which everybody is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from limn.core.data.arrays import U8
from limn.core.data.types import Detections
from limn.core.tracking.detection import Finder
from limn.core.tracking.following.quiet import EVERY, QuietWatch, Window
from limn.core.tracking.tracker import Tracker

_CADENCE = 6
_WIDTH, _HEIGHT = 640, 360
_BODY = np.linspace([0.2, 0.1], [0.8, 0.9], 17)


def _room() -> U8:
    rng = np.random.default_rng(0)
    return rng.integers(90, 96, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)


class _Clip:
    """Chunk after chunk of people in boxes x0 y0 x1 y1, which the tracker is told afterwards."""

    def __init__(self) -> None:
        self.watch, self.tracker = QuietWatch(), Tracker(30.0, _CADENCE, 0.3)
        self._frame = -1

    def chunk(
        self, *boxes: tuple[float, ...], bgr: U8 | None = None, score: float = 0.6
    ) -> Window | None:
        before, self._frame = self._frame, self._frame + _CADENCE
        bgr = _room() if bgr is None else bgr
        self.watch.next_chunk(starts_shot=before < 0)
        window = self.watch.window(before, self._frame, bgr, self.tracker)
        found = np.array(boxes, np.float32).reshape(-1, 4)
        size = (found[:, 2:] - found[:, :2])[:, None]
        xy = (found[:, None, :2] + _BODY * size).astype(np.float32)
        scores = np.full(len(found), score, np.float32)
        seen = Detections(xy, np.tile(scores[:, None], 17), found, scores)
        self.tracker.update(self._frame, seen, bgr)
        return window


_ONE = (100.0, 100.0, 180.0, 300.0)


def test_a_known_persons_window_is_enough_until_the_next_whole_look() -> None:
    clip = _Clip()
    windows = [clip.chunk(_ONE) for _ in range(EVERY + 3)]
    whole = [k for k, window in enumerate(windows) if window is None]
    assert whole == [0, EVERY]
    for window in windows:
        if window is not None:
            x0, y0, x1, y1 = window
            assert (np.array([x0, y0]) <= _ONE[:2]).all()
            assert (np.array([x1, y1]) >= _ONE[2:]).all()
            assert (x1 - x0) * (y1 - y0) < 0.4 * _WIDTH * _HEIGHT
            assert min(x0, y0) >= 0
            assert (np.array([x1, y1]) <= [_WIDTH, _HEIGHT]).all()


def test_the_window_goes_along_with_people() -> None:
    clip = _Clip()
    boxes = [(100.0 + 25 * k, 100.0, 180.0 + 25 * k, 300.0) for k in range(5)]
    windows = [clip.chunk(box) for box in boxes]
    assert windows[4] is not None
    assert windows[4][0] <= boxes[4][0]
    assert windows[4][2] >= boxes[4][2]


def test_where_something_moves_all_of_the_picture_is_looked_at() -> None:
    clip = _Clip()
    clip.chunk(_ONE)
    near, far = _room(), _room()
    near[100:300, 225:260] += 60
    assert clip.chunk(_ONE, bgr=near) is None
    assert not clip.watch.stirs
    assert clip.chunk(_ONE, bgr=near) is not None
    far[100:300, 500:560] += 60
    assert clip.chunk(_ONE, bgr=far) is None
    assert clip.watch.stirs
    clip = _Clip()
    clip.chunk(_ONE)
    assert clip.chunk(_ONE, bgr=_room() + np.uint8(40)) is not None, "light moves nobody"


def test_nobody_two_people_and_doubtful_ones_want_the_whole_picture() -> None:
    for boxes in (
        [],
        [_ONE, (150.0, 100.0, 240.0, 300.0)],
        [_ONE, (300.0, 110.0, 370.0, 300.0)],
        [(10.0, 5.0, 630.0, 355.0)],
    ):
        clip = _Clip()
        assert [clip.chunk(*boxes) for _ in range(3)] == [None] * 3
    clip = _Clip()
    assert [clip.chunk(_ONE, score=0.28) for _ in range(3)] == [None] * 3
    clip = _Clip()
    clip.chunk(_ONE)
    clip.chunk()
    assert clip.chunk(_ONE) is None, "somebody was missed"


def test_whole_looks_do_not_depend_on_where_a_run_begins() -> None:
    early, late = _Clip(), _Clip()
    whole = [early.chunk(_ONE) is None for _ in range(2 * EVERY + 1)]
    late.watch.next_chunk(starts_shot=True)
    late._frame = 0
    again = [late.chunk(_ONE) is None for _ in range(2 * EVERY)]
    assert again[1:] == whole[2:]


def _found(height: float) -> Detections:
    """Somebody who is that tall, or with 0 nobody."""
    n = int(height > 0)
    box = np.array([[100, 10, 160, 10 + height]], np.float32)[:n]
    xy = np.full((n, 17, 2), 50, np.float32)
    return Detections(xy, np.full((n, 17), 0.9, np.float32), box, np.full(n, 0.9, np.float32))


@dataclass
class _Eye:
    """A detector that finds nobody and counts searches."""

    whole: int = 0
    brief: int = 0

    def detect(self, bgr: U8) -> Detections:
        return _found(0)

    def look_into(self, bgr: U8, window_px: Window) -> Detections:
        return _found(0)

    def detect_in(self, bgr: U8, window_px: Window) -> Detections:
        return _found(0)

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        self.whole += 1
        return _found(0)

    def search_briefly(self, bgr: U8) -> Detections:
        self.brief += 1
        return _found(0)


def _finder(eye: _Eye) -> tuple[Finder, Tracker]:
    finder = Finder(eye, 30.0, 0.3, is_still=False, is_quick=True)
    return finder, Tracker(30.0, _CADENCE, 0.3)


def test_beside_somebody_large_a_shots_first_search_is_brief() -> None:
    eye = _Eye()
    finder, tracker = _finder(eye)
    finder.find(0, _room(), _found(0.5 * _HEIGHT), tracker)
    assert (eye.brief, eye.whole) == (1, 0)
    finder.find(180, _room(), _found(0.5 * _HEIGHT), tracker)
    assert (eye.brief, eye.whole) == (1, 1), "later ones are whole"
    finder.end_shot()
    finder.find(200, _room(), _found(0.3 * _HEIGHT), tracker)
    assert (eye.brief, eye.whole) == (1, 2), "nobody is large"


def test_what_moves_elsewhere_ends_a_brief_searchs_peace() -> None:
    eye = _Eye()
    finder, tracker = _finder(eye)
    finder.find(0, _room(), _found(0.5 * _HEIGHT), tracker)
    assert not finder.is_due(6)
    finder.hasten(6)
    assert finder.is_due(6)
    finder.find(6, _room(), _found(0.5 * _HEIGHT), tracker)
    assert (eye.brief, eye.whole) == (1, 1)
    finder.hasten(12)
    assert not finder.is_due(12), "a whole search saw everybody"


def test_a_run_that_begins_later_has_no_brief_search() -> None:
    eye = _Eye()
    finder, tracker = _finder(eye)
    finder.pass_over(0)
    finder.find(180, _room(), _found(0.5 * _HEIGHT), tracker)
    assert (eye.brief, eye.whole) == (0, 1)
