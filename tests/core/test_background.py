"""What is kept of the background: where a camera moves, seldom while it rests, else nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from limn.core.data.observations import Observed
from limn.core.data.types import Camera, ClipInfo, Frame
from limn.core.perspective.background import BackgroundCollector, Sight
from moving_room import MovingRoom, cameras, shake, sideways
from synthetic import camera_at


class Counted:
    """A room that tells which pictures it was shown."""

    def __init__(self, filmed: list[Camera]) -> None:
        self._room = MovingRoom(filmed)
        self.shown: list[int] = []
        self.starts: list[int] = []

    def follow(self, bgr: np.ndarray, boxes_px: np.ndarray, *, starts_shot: bool) -> Sight:
        self.shown.append(int(bgr[0, 0, 0]))
        if starts_shot:
            self.starts.append(self.shown[-1])
        return self._room.follow(bgr, boxes_px, starts_shot=starts_shot)


def collected(
    filmed: list[Camera], cuts: tuple[int, ...] = (), fps: float = 30.0
) -> tuple[Observed, Counted]:
    count = len(filmed)
    follower = Counted(filmed)
    collector = BackgroundCollector(follower, ClipInfo("a.mp4", camera_at().size_px, fps, count))
    with ThreadPoolExecutor(1) as pool:
        for first in range(0, count, 5):
            pictures = [np.full((2, 2, 3), i, np.uint8) for i in range(first, first + 5)]
            for picture in pictures:
                picture[..., 1] = 0
            chunk = [Frame(i, i / fps, p) for i, p in enumerate(pictures, first)]
            collector.read(pool, first, chunk, starts_shot=first in cuts)
            for frame in chunk:
                collector.meet(pool, frame.index, frame.bgr, [])
    seen = Observed(
        np.arange(count) / fps, np.arange(count, dtype=np.int32), (), np.array(cuts, np.int32)
    )
    return collector.finish(seen), follower


def at_rest(count: int) -> list[Camera]:
    return cameras(np.zeros((count, 3)), np.zeros((count, 3)))


def test_a_moving_cameras_points_are_kept_in_order() -> None:
    seen, follower = collected(cameras(sideways(), shake()))
    background = seen.background
    assert background is not None
    assert len(follower.shown) == 70
    assert (np.diff(background.frames) >= 0).all()
    assert set(background.frames.tolist()) == set(range(70))
    _, counts = np.unique(background.points, return_counts=True)
    assert counts.min() >= 6


def test_of_a_camera_at_rest_nothing_is_kept_and_little_looked_at() -> None:
    seen, follower = collected(at_rest(120))
    assert seen.background is None
    assert len(follower.shown) < 60


def test_a_camera_that_begins_to_move_is_noticed() -> None:
    count = 120
    path = np.zeros((count, 3))
    path[60:, 0] = np.linspace(0, 1.5, 60)
    seen, follower = collected(cameras(path, np.zeros((count, 3))))
    background = seen.background
    assert background is not None
    assert len([i for i in follower.shown if i > 70]) > 45
    at = np.unique(background.frames)
    # It was still at rest in a frame shortly before.
    assert ((at > 52) & (at <= 60)).any()
    assert len(at[at < 50]) < 20


def test_shots_have_points_of_their_own() -> None:
    moving = cameras(sideways(40), shake(40))
    seen, follower = collected([*at_rest(40), *moving], cuts=(40,))
    assert follower.starts == [0, 40]
    assert seen.background is not None
    assert seen.background.frames.min() == 40


@pytest.mark.parametrize(("fps", "most"), [(30.0, 70), (240.0, 20)])
def test_fast_clips_are_looked_at_less_often(fps: float, most: int) -> None:
    _, follower = collected(cameras(sideways(), shake()), fps=fps)
    assert most - 5 < len(follower.shown) <= most
