"""The gallery's floor: a chequered carpet under the people that fades out round them."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.gallery.figures import TILE_M
from limn.core.gallery.room import Room, Tiles
from limn.core.geometry.camera import looking_at


@pytest.mark.parametrize("away_m", [4.0, 9.0, 60.0])
def test_tiles_reach_round_the_people_and_fade_towards_their_rim(away_m: float) -> None:
    camera = looking_at(np.array([1.0, -away_m, 1.6]), np.array([0, 0, 1.0]), (640, 360), 40.0)
    people = np.random.default_rng(0).uniform((-0.5, -0.3, 0), (0.5, 0.3, 1.7), (40, 3))
    room = Room.of(camera, people)
    tiles = Tiles.of(room)
    width = np.linalg.norm(room.corners[1] - room.corners[0])
    middle = tiles.corners.mean(1)
    away = np.linalg.norm((middle - room.in_view.mean(0))[:, :2], axis=-1)
    reach = 0.75 * width
    assert away.max() < 1.25 * reach
    assert away.max() > 1.0 * reach
    assert ((tiles.fade > 0) & (tiles.fade <= 1)).all()
    assert tiles.fade[away < 0.24 * reach].min() == 1
    assert np.corrcoef(away, tiles.fade)[0, 1] < -0.9
    side = np.linalg.norm(tiles.corners[:, 1] - tiles.corners[:, 0], axis=-1)
    np.testing.assert_allclose(side, side[0], rtol=1e-6)
    doublings = np.log2(side[0] / TILE_M)
    assert doublings == pytest.approx(round(doublings))
    assert len(tiles.fade) < 3000, "large rooms have large tiles"
    np.testing.assert_allclose(tiles.corners[..., 2], room.base[2])
    # Neighbours differ in colour, and what is before the wall is on the people's side.
    gap = np.linalg.norm(middle[:, None] - middle[None], axis=-1)
    beside = np.abs(gap - side[0]) < 0.01 * side[0]
    a, b = np.nonzero(beside)
    assert (tiles.is_dark[a] != tiles.is_dark[b]).all()
    depth = (middle - room.base) @ room.ahead
    np.testing.assert_array_equal(tiles.is_front, depth < 0)
    assert (np.diff(depth) < 1e-6).all(), "the farthest are drawn first"
