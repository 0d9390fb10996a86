"""Posters on a wall, told from people who stand still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.data.settings import Settings
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17
from limn.core.tracking.poster_filter import without_pictures
from limn.core.tracking.track_merging import settle_tracks
from numpy.typing import NDArray

FPS = 30.0
NO_CUTS = np.zeros(0, np.int32)


def track(xy_px: NDArray[np.float64]) -> TrackObservations:
    """Somebody whose landmarks (t, 33, 2) are seen well; 300 px tall."""
    t = len(xy_px)
    xy = xy_px.astype(np.float32)
    low, high = xy.min(1), xy.max(1)
    ones = np.ones((t, 33), np.float32)
    worth = PassWorth("full", is_precise=False, has_3d=True)
    flat = np.zeros((t, 33, 3), np.float32)
    one = PassObservations(xy, ones, flat, np.ones(t, np.float32), worth)
    return TrackObservations(
        np.arange(t, dtype=np.int32),
        xy[:, [BLAZEPOSE_33.index(name) for name in COCO_17]],
        ones[:, :17],
        np.concatenate([low, high], axis=1),
        (low + high) / 2,
        np.full(t, 400, np.float32),
        {"full": one},
        None,
    )


def body(t: int, sway_px: float, seed: int, noise_px: float = 0.25) -> NDArray[np.float64]:
    """A body whose parts sway by themselves, seen with the noise that networks have on a print."""
    rng = np.random.default_rng(seed)
    pose = rng.uniform((100, 100), (250, 400), (33, 2))
    turn = np.sin(np.arange(t)[:, None, None] / FPS * 2 + rng.uniform(0, 6, (33, 2)))
    return pose + sway_px * turn + rng.normal(0, noise_px, (t, 33, 2))


def panned(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """As a camera sees it that pans, rolls and zooms by hand."""
    s = np.arange(len(xy)) / FPS
    factor = (1 + 0.1 * s) * np.exp(0.05j * np.sin(s))
    pan = 60 * s + 20j * np.sin(3 * s)
    moved = (xy[..., 0] + 1j * xy[..., 1]) * factor[:, None] + pan[:, None]
    return np.stack([moved.real, moved.imag], -1)


@pytest.mark.parametrize("camera", [lambda xy: xy, panned], ids=["tripod", "hand-held"])
def test_a_poster_is_nobody_and_who_stands_still_is_somebody(camera) -> None:  # noqa: ANN001
    seen = [track(camera(body(90, sway, i))) for i, sway in enumerate((30, 2, 0))]
    walker, watcher, print_ = seen
    assert without_pictures([print_, *seen], FPS) == [walker, watcher]


def test_only_a_long_look_beside_somebody_who_moves_tells() -> None:
    walker, print_ = track(body(90, 30, 1)), track(body(90, 0, 2))
    briefly = track(body(50, 0, 3))
    assert without_pictures([walker, briefly], FPS) == [walker, briefly]
    assert without_pictures([print_], FPS) == [print_], "a clip of one statue keeps its statue"
    assert len(settle_tracks((walker, print_), NO_CUTS, FPS, False, Settings()).tracks) == 1
    assert len(settle_tracks((walker, print_), NO_CUTS, FPS, True, Settings()).tracks) == 2


def test_a_small_person_in_the_distance_who_sways_is_no_picture() -> None:
    """Far off, swaying is as little in pixels as a print's noise: then the body's size decides."""
    walker, distant = track(body(90, 30, 1)), body(90, 2, 4, noise_px=0.02)
    small = track(distant / 10)
    small = replace(small, side_px=small.side_px / 10)
    assert without_pictures([walker, small], FPS) == [walker, small]
    print_ = replace(track(body(90, 0, 4, noise_px=0.2) / 10), side_px=small.side_px)
    assert without_pictures([walker, print_], FPS) == [walker]
