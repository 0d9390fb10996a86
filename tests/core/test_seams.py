"""Who was followed as two for a moment is one person; two who stand beside each other aren't."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.tracking.following.seams import as_one

SIDE, FPS = 200.0, 30.0


def track(frames: range, aside_px: float = 0.0, hue: int = 0) -> TrackObservations:
    n = len(frames)
    ways = np.array(frames, np.float32)[:, None, None]
    xy = np.random.default_rng(1).uniform(0, 150, (1, 33, 2)).astype(np.float32) + 3 * ways
    xy[..., 0] += aside_px
    seen = PassObservations(
        xy,
        np.ones((n, 33), np.float32),
        np.zeros((n, 33, 3), np.float32),
        np.ones(n, np.float32),
        PassWorth("eye", is_precise=True, has_3d=True),
    )
    colours = np.zeros(8, np.float32)
    colours[hue] = 1.0
    boxes = np.concatenate([xy.min(1), xy.max(1)], axis=1)
    pose = xy[:, :17], np.ones((n, 17), np.float32), boxes, xy.mean(1)
    return TrackObservations(
        np.array(frames, np.int32), *pose, np.full(n, SIDE, np.float32), {"eye": seen}, colours
    )


@pytest.mark.parametrize("aside_px", [0.0, 30.0])
def test_a_track_that_begins_on_the_body_of_one_that_ends_goes_on(aside_px: float) -> None:
    late = track(range(16, 40), aside_px)
    (one,) = as_one([late, track(range(20))], np.zeros(0, np.int32), FPS)
    assert one.frames.tolist() == list(range(40))
    np.testing.assert_array_equal(one.passes["eye"].xy_px[16:], late.passes["eye"].xy_px)


@pytest.mark.parametrize(
    ("late", "cuts"),
    [
        (track(range(16, 40), 80.0), []),
        (track(range(16, 40), hue=1), []),
        (track(range(2, 40)), []),
        (track(range(19, 40)), []),
        (track(range(16, 19)), []),
        (track(range(16, 40)), [18]),
    ],
    ids=["beside", "other colours", "long together", "one frame", "ends sooner", "a cut"],
)
def test_others_stay_two(late: TrackObservations, cuts: list[int]) -> None:
    assert len(as_one([track(range(20)), late], np.array(cuts, np.int32), FPS)) == 2


@pytest.mark.filterwarnings("error")
def test_nothing_is_said_of_those_whom_only_a_detector_saw() -> None:
    seen = [replace(track(frames), passes={}) for frames in (range(20), range(16, 40))]
    assert len(as_one(seen, np.zeros(0, np.int32), FPS)) == 2


def test_three_in_a_row_become_one() -> None:
    some = [track(range(20)), track(range(16, 40)), replace(track(range(37, 60)))]
    (one,) = as_one(some, np.zeros(0, np.int32), FPS)
    assert one.frames.tolist() == list(range(60))
