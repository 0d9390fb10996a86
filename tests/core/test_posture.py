"""What is seen of a trunk's lean across the view tells of the lean along it."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.arrays import F64, Floats
from limn.core.solving.posture import SeenLean, likeliest_along

FPS = 30.0


def seen(
    turned_deg: Floats, across: Floats, along: Floats, walks: float = 0.0, trust: float = 1.0
) -> SeenLean:
    """A body that is ``turned_deg`` (t,) to its own right of facing the camera."""
    turned = np.radians(turned_deg)
    count = len(turned)
    return SeenLean(
        facing=np.cos(turned),
        left=np.sin(turned),
        across=np.broadcast_to(across, count).astype(np.float64),
        along=np.broadcast_to(along, count).astype(np.float64),
        walks=np.full(count, walks),
        trust=np.full(count, trust),
    )


def bowed(turned_deg: Floats, forward: float) -> tuple[F64, F64]:
    """(across, along) of who leans ``forward`` degrees, as ``SeenLean`` has them."""
    turned = np.radians(turned_deg)
    return -np.sin(turned) * forward, np.cos(turned) * forward


def test_who_is_seen_from_the_side_keeps_that_lean_when_they_turn() -> None:
    turned = np.repeat([0.0, 90.0], 90)
    across, true = bowed(turned, -4.0)
    told = true + np.where(turned == 0, 14.0, 0.0)
    alone = likeliest_along(seen(turned[:90], across[:90], told[:90]), FPS)
    both = likeliest_along(seen(turned, across, told), FPS)[:90]
    assert np.abs(both - true[:90]).mean() < 0.7 * np.abs(alone - true[:90]).mean()


@pytest.mark.parametrize("turned_deg", [45.0, 135.0, -45.0])
def test_a_lean_across_an_oblique_view_goes_along_it_too(turned_deg: float) -> None:
    turned = np.full(60, turned_deg)
    across, along = bowed(turned, 8.0)
    found = likeliest_along(seen(turned, across, np.zeros(60)), FPS)
    assert np.all(found * np.sign(along) > 0.3 * np.abs(along))


@pytest.mark.parametrize("turned_deg", [0.0, 90.0, 180.0])
def test_seen_straight_from_one_side_it_tells_nothing(turned_deg: float) -> None:
    found = likeliest_along(seen(np.full(60, turned_deg), np.full(60, 8.0), np.zeros(60)), FPS)
    np.testing.assert_allclose(found, 0.0, atol=1e-6)


def test_walkers_are_held_nearer_to_what_is_usual() -> None:
    ahead, across, along = np.zeros(60), np.zeros(60), np.full(60, 10.0)
    standing = likeliest_along(seen(ahead, across, along), FPS)
    walking = likeliest_along(seen(ahead, across, along, walks=1.0), FPS)
    assert 1.0 < walking.mean() < 0.6 * standing.mean() < 6.0


def test_what_is_unusual_is_believed() -> None:
    ahead, across, along = np.zeros(60), np.zeros(60), np.full(60, 30.0)
    usual = likeliest_along(seen(ahead, across, along), FPS)
    unusual = likeliest_along(seen(ahead, across, along, trust=0.1), FPS)
    assert unusual.min() > 0.9 * 30.0 > usual.max()


def test_long_tracks_are_solved_in_stretches_without_a_seam() -> None:
    """Five minutes of slow turns: what is found changes no faster than what is told."""
    time = np.arange(9000) / FPS
    turned = 40 * np.sin(time / 9)
    across, along = bowed(turned, 6.0)
    found = likeliest_along(seen(turned, across, along), FPS)
    assert np.abs(np.diff(found)).max() < 0.1
    assert np.abs(found - along).max() < 2.5


def test_a_stretch_knows_what_was_seen_just_before_it() -> None:
    """A minute from the side, then, in the next stretch, towards the camera."""
    turned = np.repeat([90.0, 0.0], [1800, 90])
    across, true = bowed(turned, -4.0)
    told = true + np.where(turned == 0, 14.0, 0.0)
    alone = likeliest_along(seen(turned[1800:], across[1800:], told[1800:]), FPS)
    both = likeliest_along(seen(turned, across, told), FPS)[1800:]
    assert np.abs(both - true[1800:]).mean() < 0.7 * np.abs(alone - true[1800:]).mean()


@pytest.mark.parametrize("frames", [1, 2, 16])
def test_of_few_frames_each_has_a_lean(frames: int) -> None:
    found = likeliest_along(seen(np.zeros(frames), np.zeros(frames), np.full(frames, 5.0)), FPS)
    assert found.shape == (frames,)
    assert np.all((found > 0) & (found < 5))
