"""Hands that are looked at in one frame of several."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hand_sightings import PICTURE, FakeHands, body_of
from limn.core.data.arrays import F32
from limn.core.data.collector import Sighting
from limn.core.data.hand_points import HANDS_SKELETON
from limn.core.data.types import Frame, Landmarks
from limn.core.hands.collecting import HandCollector, both_led


def _sparsely(hands: FakeHands, frames: int, step: int) -> tuple[list[F32], F32]:
    """What is told of frames of which one in ``step`` is looked at, and what is kept of it."""
    collector = HandCollector(hands, step=step, is_brief=step > 1)
    with ThreadPoolExecutor(1) as pool:
        collector.read(pool, 0, [Frame(0, 0.0, PICTURE)], starts_shot=True)
        people = [body_of(300.0 + 3 * k) for k in range(frames)]
        for k, one in enumerate(people):
            collector.meet(pool, k, PICTURE, [one])
        told = [collector.tell(k, one, []) for k, one in enumerate(people)]
    return told, both_led(np.stack(told), np.arange(frames, dtype=np.int32), step)


def test_sparse_looks_are_few_and_lie_on_the_way_in_between() -> None:
    all_hands, few_hands = FakeHands(), FakeHands()
    _sparsely(all_hands, 12, 1)
    told, kept = _sparsely(few_hands, 12, 3)
    assert len(few_hands.asked) < 0.6 * len(all_hands.asked)
    assert set(few_hands.mirrors) == {False, True}, "looks still take turns"
    n = len(HANDS_SKELETON)
    score = kept[:, 2 * n : 3 * n]
    np.testing.assert_allclose(score, 0.9, atol=1e-6)
    np.testing.assert_array_equal(kept[3], told[3])
    np.testing.assert_allclose(kept[4], (2 * told[3] + told[6]) / 3, atol=1e-3)
    # Past the last look, in frame 9, the hand stays where it was.
    np.testing.assert_array_equal(kept[11, : 2 * n], kept[9, : 2 * n])


def test_between_a_hand_and_none_lies_nothing() -> None:
    numbers = HandCollector.numbers
    rows = np.stack([np.ones(numbers), np.full(numbers, np.nan), np.zeros(numbers)])
    rows = rows.astype(np.float32)
    assert not both_led(rows, np.arange(3, dtype=np.int32), 2)[1].any()
    far = both_led(rows, np.array([0, 9, 20], np.int32), 2)
    assert not far[1].any(), "looks at other times tell nothing"
    alone = both_led(rows[:2], np.array([0, 2], np.int32), 2)
    assert (alone[1] == 1).all()


def test_a_lost_hand_is_looked_for_half_as_often_by_sparse_looks() -> None:
    hands = FakeHands(presence=0.2)
    _sparsely(hands, 12, 3)
    # Four looks, two of them left out; two hands, and a second look at what the first one found.
    assert len(hands.asked) == 2 * 2 * 2


def test_a_sparse_look_goes_where_the_body_took_the_hand() -> None:
    quick, steady = FakeHands(), FakeHands()
    for hands, is_brief in ((quick, True), (steady, False)):
        collector = HandCollector(hands, step=1, is_brief=is_brief)
        with ThreadPoolExecutor(1) as pool:
            collector.read(pool, 0, [Frame(0, 0.0, PICTURE)], starts_shot=True)
            people = [body_of(300.0), body_of(360.0)]
            for k, one in enumerate(people):
                collector.meet(pool, k, PICTURE, [one])
            for k, one in enumerate(people):
                collector.tell(k, one, [])
    wrist, index, pinky = 15, 19, 17  # of the left hand, which is looked at first
    arms = [one.landmarks[0].result().xy_px[[wrist, index, pinky]] for one in people]
    moved = (arms[1] - arms[0]).mean(0)
    assert np.abs(moved).max() > 5
    # In the first frame each hand is looked at twice.
    ahead = np.subtract(quick.asked[4].center_px, steady.asked[4].center_px)
    np.testing.assert_allclose(ahead, moved, atol=1e-3)


def _waiting(frames: int) -> tuple[list[Future[Landmarks]], list[Sighting]]:
    """Bodies whose landmarks are under way."""
    there = [body_of(300.0 + 3 * k) for k in range(frames)]
    under_way: list[Future[Landmarks]] = [Future() for _ in there]
    people = [replace(one, landmarks=[f]) for one, f in zip(there, under_way, strict=True)]
    return under_way, people


def test_a_chunk_is_looked_at_as_soon_as_its_landmarks_are_there() -> None:
    """Before the next chunk is read, whose pictures would be held beside it; not a moment earlier,
    as threads would wait for them."""
    hands, told = FakeHands(), body_of(300.0).landmarks[0].result()
    collector = HandCollector(hands)
    under_way, people = _waiting(3)
    with ThreadPoolExecutor(1) as pool:
        collector.read(pool, 0, [Frame(k, k / 30, PICTURE) for k in range(3)], starts_shot=True)
        for k, one in enumerate(people):
            collector.meet(pool, k, PICTURE, [one])
        for future in under_way[1:]:
            future.set_result(told)
        assert not pool.submit(lambda: len(hands.asked)).result()
        under_way[0].set_result(told)
        assert pool.submit(lambda: len(hands.asked)).result()


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_run_that_ends_begins_with_nothing_more(
    is_cancelled: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong in a future's callback would be printed beside our own sentence."""
    hands, told = FakeHands(), body_of(300.0).landmarks[0].result()
    collector = HandCollector(hands)
    under_way, people = _waiting(1)
    pool = ThreadPoolExecutor(1)
    collector.read(pool, 0, [Frame(0, 0.0, PICTURE)], starts_shot=True)
    collector.meet(pool, 0, PICTURE, people)
    pool.shutdown(wait=True)
    if is_cancelled:
        assert under_way[0].cancel()
    else:
        under_way[0].set_result(told)
    assert not hands.asked
    assert not caplog.records
