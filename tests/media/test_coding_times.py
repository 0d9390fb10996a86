"""Times of containers that list when pictures are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import pytest
from av.video.frame import PictureType
from limn.core.data.settings import CORES_VARIABLE
from limn.media.ffmpeg import decoding_threads
from limn.media.reading.coding_times import CodingOrder, CodingTimes
from limn.media.reading.containers import Container
from odd_footage import FPS, SIZE, add_stream, frame_of, picture

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


_ONWARD: Final = 40
"""Pictures before the first B-frame: more than tell the order of a stream by being decoded."""


def _late_b_frames(path: Path, count: int) -> Path:
    with av.open(str(path), "w") as out:
        how = {"x264-params": "b-adapt=0:bframes=2:keyint=250:scenecut=0"}
        stream = add_stream(out, "libx264", FPS, pix_fmt="yuv420p", options=how)
        stream.width, stream.height = SIZE
        for k in range(count):
            frame = frame_of(picture(0.3 * k), k, FPS)
            if k < _ONWARD:
                frame.pict_type = PictureType.P
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("suffix", "is_told"), [(".mp4", True), (".avi", False)])
def test_packets_tell_the_order_where_a_file_lists_both_times(
    tmp_path: Path, suffix: str, is_told: bool
) -> None:
    """Reading on decodes nothing and loses nothing. Of a file that lists one kind of time, which
    may jump back by damage, pictures tell."""
    count = _ONWARD + 20
    with Container(_late_b_frames(tmp_path / f"clip{suffix}", count)) as container:
        pictures = container.pictures()
        shown = [next(pictures)]
        assert container.coding_order is None
        container.look_ahead()
        assert (container.coding_order is not None) == is_told
        shown += pictures
    assert len(shown) == count
    if is_told:
        assert [one.time for one in shown] == pytest.approx([k / FPS for k in range(count)])


@pytest.mark.parametrize(
    ("cores", "size_px", "threads"),
    [(1, (1088, 1920), 1), (2, (1088, 1920), 1), (2, (3840, 2160), 2), (4, (1088, 1920), 4)],
)
def test_few_cores_decode_ordinary_pictures_on_one_thread(
    monkeypatch: pytest.MonkeyPatch, cores: int, size_px: tuple[int, int], threads: int
) -> None:
    monkeypatch.setenv(CORES_VARIABLE, str(cores))
    assert decoding_threads(size_px) == threads
