"""One floor for everybody of a shot, where that is plausible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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


def heights(grounds: list[Ground]) -> list[list[Any]]:
    """The heights of everybody's floors, from the camera."""
    return [
        [pytest.approx(ground.offset + level, abs=1e-5) for level in ground.levels()]
        for ground in grounds
    ]


@pytest.mark.parametrize("share", [0.89, 0.95, 1.11])
def test_who_differs_like_adults_do_is_put_on_the_main_persons_floor(share: float) -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.5 / share)
    moved, shared = share_floor(people, grounds, (0, 0), Settings())
    assert heights(shared) == [[-1.5], [-1.5]]
    assert moved[0] is people[0]
    np.testing.assert_allclose(moved[1].X, share * people[1].X)
    np.testing.assert_allclose(moved[1].lengths, share)
    np.testing.assert_allclose(moved[1].evidence.xyz_m, share * people[1].evidence.xyz_m)
    xy = moved[1].X[..., :2] / moved[1].X[..., 2:]
    np.testing.assert_allclose(xy, people[1].evidence.xy, err_msg="the picture has changed")


@pytest.mark.parametrize("share", [0.5, 0.86, 1.14, 1.9, -1.0])
def test_who_would_have_to_be_a_giant_or_a_dwarf_stands_on_something_else(share: float) -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.5 / share)
    kept, apart = share_floor(people, grounds, (0, 0), Settings())
    assert kept == people
    assert heights(apart) == [[-1.5], [-1.5 / share]]
    assert {ground.offset for ground in apart} == {min(-1.5, -1.5 / share)}


def test_given_heights_other_shots_and_low_cameras_change_nobody() -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.6)
    for shots, settings in (((0, 0), Settings(height_m=1.7)), ((0, 1), Settings())):
        kept, apart = share_floor(people, grounds, shots, settings)
        assert kept == people
        assert heights(apart) == [[-1.5], [-1.6]]
        assert apart[0].offset == -1.5
    kept, apart = share_floor(people, floors(-0.28, -0.29), (0, 0), Settings())
    assert kept == people
    assert heights(apart) == [[-0.28], [-0.29]]


def test_a_floor_a_hand_lower_than_the_main_persons_does_not_lift_them_off_the_grid() -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -1.6)
    _, near = share_floor(people, grounds, (0, 0), Settings(height_m=1.7))
    assert near[0].offset == near[1].offset == -1.5
    _, far = share_floor(people, floors(-1.5, -1.9), (0, 0), Settings(height_m=1.7))
    assert far[0].offset == far[1].offset == -1.9
    assert far[0].levels() == [pytest.approx(0.4)]


def test_of_two_floors_the_one_that_is_shared_tells_the_size() -> None:
    """A roof 0.4 m over the camera tells nothing; that both are on the same lawn later does."""
    rise = np.array([[1.9, 1.9], [0.0, 0.0], [0.0, 0.0]])
    leaper = replace(floors(-1.5)[0], rise=rise)
    people = [somebody(1), somebody(2)]
    moved, shared = share_floor(people, [leaper, *floors(-1.6)], (0, 0), Settings())
    np.testing.assert_allclose(moved[1].X, people[1].X * 1.5 / 1.6)
    assert heights(shared) == [[-1.5, 0.4], [-1.5]]


def test_who_was_never_seen_standing_gets_the_floor_and_keeps_their_size() -> None:
    people, grounds = [somebody(1), somebody(2)], floors(-1.5, -3.0, measured=False)
    kept, shared = share_floor(people, grounds, (0, 0), Settings())
    assert kept == people
    assert heights(shared) == [[-1.5], [-1.5]]
    assert shared[1].is_measured


def test_who_is_seen_far_below_a_roof_is_not_put_on_it() -> None:
    """The camera looks up at the roof, and nobody saw her feet stand."""
    people, grounds = [somebody(1), somebody(2)], floors(0.3, -1.6, measured=False)
    kept, shared = share_floor(people, grounds, (0, 0), Settings())
    assert kept == people
    assert heights(shared) == [[0.3], [-1.6]]
    assert [ground.offset for ground in shared] == [-1.6, -1.6]
    near = floors(0.3, -0.2, measured=False)
    _, shared = share_floor(people, near, (0, 0), Settings())
    assert heights(shared) == [[0.3], [0.3]]
