"""One floor for everybody of a shot, where that is plausible."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.solving.floor.ground import Ground
from limn.core.solving.shared_floor import share_floor
from solved_people import somebody

UP = np.array([0.0, -1.0, 0.0])


def floors(*offsets: float, measured: bool = True) -> list[Ground]:
    first, *others = offsets
    return [Ground(UP, first, True), *(Ground(UP, offset, measured) for offset in others)]


@pytest.mark.parametrize("share", [0.89, 0.95, 1.11])
def test_who_differs_like_adults_do_is_put_on_the_main_persons_floor(share: float) -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.5 / share)
    moved, shared = share_floor(people, grounds, (0, 0), Settings())
    assert shared == [grounds[0], grounds[0]]
    assert moved[0] is people[0]
    np.testing.assert_allclose(moved[1].X, share * people[1].X)
    np.testing.assert_allclose(moved[1].lengths, share)
    np.testing.assert_allclose(moved[1].evidence.xyz_m, share * people[1].evidence.xyz_m)
    xy = moved[1].X[..., :2] / moved[1].X[..., 2:]
    np.testing.assert_allclose(xy, people[1].evidence.xy, err_msg="the picture has changed")


@pytest.mark.parametrize("share", [0.5, 0.86, 1.14, 1.9, -1.0])
def test_who_would_have_to_be_a_giant_or_a_dwarf_stands_on_something_else(share: float) -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.5 / share)
    assert share_floor(people, grounds, (0, 0), Settings()) == (people, grounds)


def test_given_heights_other_shots_and_low_cameras_change_nobody() -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.6)
    assert share_floor(people, grounds, (0, 0), Settings(height_m=1.7)) == (people, grounds)
    assert share_floor(people, grounds, (0, 1), Settings()) == (people, grounds)
    low = floors(-0.28, -0.29)
    assert share_floor(people, low, (0, 0), Settings()) == (people, low)


def test_who_was_never_seen_standing_gets_the_floor_and_keeps_their_size() -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -3.0, measured=False)
    kept, shared = share_floor(people, grounds, (0, 0), Settings())
    assert kept == people
    assert shared == [grounds[0], grounds[0]]
