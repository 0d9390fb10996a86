"""Who is who where one person hides another: what they wear decides, and only for good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from limn.core.data.types import Region
from limn.core.tracking.identity import part_strangers, undo_takeovers
from limn.core.tracking.track_record import TrackRecord
from limn.core.tracking.tracker import Track

STEP = 4
WHITE, GREEN, GREY = 0, 1, 2
REGION = Region((150.0, 250.0), 300.0, 0.0, (100.0, 100.0, 200.0, 400.0))
HERE, THERE = np.array([100.0, 100, 200, 400]), np.array([600.0, 100, 700, 400])


def colours_of(name: int, share: float = 1.0, other: int = GREY) -> np.ndarray:
    """A histogram (64,) of one colour, or of two."""
    out = np.zeros(64, np.float32)
    out[name] += share
    out[other] += 1 - share
    return out


def somebody(
    first: int, seen: Sequence[np.ndarray], box: np.ndarray = HERE, alone: Sequence[bool] = ()
) -> tuple[Track, TrackRecord]:
    """Detected every ``STEP`` frames from ``first`` on, in these colours; recorded in all."""
    sights = [(first + STEP * k, colours) for k, colours in enumerate(seen)]
    lonely = alone or [True] * len(seen)
    looks = [sight for sight, is_alone in zip(sights, lonely, strict=True) if is_alone]
    track, record = Track(colours=seen[0], looks=looks, glimpses=sights), TrackRecord()
    pose = np.zeros((17, 2), np.float32), np.ones(17, np.float32), box.astype(np.float32)
    for frame in range(first, sights[-1][0] + 1):
        record.add(frame, pose, REGION, [])
    return track, record


def spans(people: Sequence[tuple[Track, TrackRecord]]) -> list[tuple[int, int]]:
    return [(record.frames[0], record.frames[-1]) for _, record in people]


def test_a_track_that_is_one_person_and_then_another_is_parted() -> None:
    mixed = somebody(0, [colours_of(WHITE)] * 4 + [colours_of(GREEN)] * 4)
    parts = part_strangers([mixed])
    assert spans(parts) == [(0, 15), (16, 28)]
    assert parts[0][0].colours is not None
    assert np.array_equal(parts[0][0].colours, colours_of(WHITE))
    assert np.array_equal(np.asarray(parts[1][0].colours), colours_of(GREEN))


def test_two_changes_make_three_parts() -> None:
    seen = [colours_of(c) for c in (WHITE, WHITE, GREEN, GREEN, GREEN, WHITE, WHITE)]
    assert spans(part_strangers([somebody(0, seen)])) == [(0, 7), (8, 19), (20, 24)]


@pytest.mark.parametrize(
    "seen",
    [
        [colours_of(WHITE)] * 4 + [colours_of(GREEN)] + [colours_of(WHITE)] * 4,
        [colours_of(WHITE, share, GREEN) for share in np.linspace(1, 0, 16)],
        [colours_of(WHITE, 0.5)] * 4 + [colours_of(GREEN, 0.5)] * 4,
    ],
    ids=["one odd look", "somebody turns slowly", "light and shade"],
)
def test_one_person_stays_one(seen: list[np.ndarray]) -> None:
    one = somebody(0, seen)
    assert part_strangers([one]) == [one]


def test_who_was_taken_for_the_one_that_came_up_gets_their_frames_back() -> None:
    contact = [True] * 4 + [False] * 4
    one = somebody(0, [colours_of(WHITE)] * 4 + [colours_of(GREEN)] * 4, alone=contact)
    came_up = somebody(16, [colours_of(WHITE)] * 6, HERE + 20, [False] * 6)
    undo_takeovers([one, came_up])
    assert spans([one, came_up]) == [(0, 36), (16, 28)]
    assert {int(colours.argmax()) for _, colours in one[0].glimpses} == {WHITE}
    assert {int(colours.argmax()) for _, colours in came_up[0].glimpses} == {GREEN}


def test_who_was_lost_goes_on_where_the_other_took_their_place() -> None:
    lost = somebody(0, [colours_of(WHITE)] * 5)
    other = somebody(0, [colours_of(GREEN)] * 5 + [colours_of(WHITE)] * 4, HERE + 20)
    undo_takeovers([lost, other])
    assert spans([lost, other]) == [(0, 32), (0, 16)]


@pytest.mark.parametrize("box", [HERE + 20, THERE], ids=["near", "elsewhere"])
def test_who_comes_up_in_clothes_of_their_own_changes_nothing(box: np.ndarray) -> None:
    one = somebody(0, [colours_of(WHITE)] * 8)
    came_up = somebody(16, [colours_of(GREEN)] * 4, box)
    undo_takeovers([one, came_up])
    assert spans([one, came_up]) == [(0, 28), (16, 28)]


def test_far_away_nobody_is_taken_for_anybody() -> None:
    one = somebody(0, [colours_of(WHITE)] * 4 + [colours_of(GREEN)] * 4)
    elsewhere = somebody(16, [colours_of(WHITE)] * 4, THERE)
    undo_takeovers([one, elsewhere])
    assert spans([one, elsewhere]) == [(0, 28), (16, 28)]
