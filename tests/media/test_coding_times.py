"""Times of containers that list when pictures are decoded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from limn.media.reading.coding_times import CodingOrder, CodingTimes

_GROUP = (0, 4, 2, 1, 3)
"""Decoded after a key picture: one four later, then what lies between (B-frames in two layers)."""
_REORDERING = 2


def _shown(places: list[int]) -> Iterator[tuple[int, int, int]]:
    """(place in the file, place when shown, packets read until then) in the order of showing."""
    when = {place: k for k, place in enumerate(places)}
    for k in range(len(places)):
        yield when[k], k, max(when[j] for j in range(k + 1)) + _REORDERING


def _places(groups: int) -> list[int]:
    return [0] + [4 * group + place for group in range(groups) for place in _GROUP[1:]]


def _times(lost: set[int], failed: set[int], keys: set[int]) -> list[int]:
    """How many pictures early (below 0) each shown one is, packets in ``lost`` giving none."""
    places = _places(10)
    times, read, off = CodingTimes(_REORDERING), 0, []
    for place, shown, until in _shown(places):
        while read < min(until + 1, len(places)):
            times.packet(read)
            if read in failed:
                times.failed(read)
            read += 1
        if place not in lost:
            got = times.shown_at(place, is_key=place in keys)
            assert got is not None
            off.append(got - shown)
    return off


def test_times_of_decoding_become_those_of_showing() -> None:
    assert set(_times(set(), set(), {0})) == {0}


@pytest.mark.parametrize("lost", [{6}, {9, 10, 11}, {5, 6, 7, 8, 9}, {7, 15, 23}])
def test_lost_pictures_leave_no_time_to_others(lost: set[int]) -> None:
    off = _times(lost, set(), {0})
    assert sum(one != 0 for one in off) <= 4 * len(lost)
    assert set(off[-8:]) == {0}


def test_what_is_known_to_have_failed_is_made_up_for_sooner() -> None:
    lost = {7, 15, 23}
    told, untold = (_times(lost, failed, {0}) for failed in (lost, set()))
    assert sum(map(abs, told)) < sum(map(abs, untold))


def test_nothing_before_a_key_picture_is_still_to_come() -> None:
    # All that is shown between two pictures is lost; of the second as a usual one, two of those
    # decoded before it might follow.
    key, lost = 9, {6, 7, 8, 10, 11, 12}
    at = 12 - len(lost)
    assert _times(lost, set(), {0, key})[at] - _times(lost, set(), {0})[at] == _REORDERING


@pytest.mark.parametrize("packets", [[*range(1000, 1020), *range(20)], [*range(20)] * 2, [5] * 20])
def test_times_that_jump_back_or_repeat_are_given_all_the_same(packets: list[int]) -> None:
    times, given = CodingTimes(_REORDERING), list[int | None]()
    for place, pts in enumerate(packets):
        times.packet(pts)
        if place >= _REORDERING:
            given.append(times.shown_at(packets[place - _REORDERING], is_key=place % 7 == 0))
    assert set(given) <= set(packets)


def test_the_order_is_told_by_packets_and_pictures() -> None:
    order = CodingOrder()
    places = _places(6)
    for place in range(len(places)):
        order.packet(place)
    for place, _, _ in _shown(places):
        assert not order.is_told(may_reorder=True) or order.lists_coding_times
        order.picture(place)
    assert order.lists_coding_times
    assert order.reordering == _REORDERING


def test_times_of_showing_are_left_alone() -> None:
    order = CodingOrder()
    for pts in _places(6):
        order.packet(pts)
    order.picture(0)
    assert order.is_told(may_reorder=True)
    assert not order.lists_coding_times
