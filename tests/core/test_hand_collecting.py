"""Where hands are looked for while a clip is read, what is kept of them, and what they move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hand_sightings import OPEN, PICTURE, FakeHands, body_of
from limn.core.data.arrays import F32
from limn.core.data.hand_points import HANDS_SKELETON
from limn.core.data.settings import Settings
from limn.core.data.skeletons import SMPLX_55
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Frame, Landmarks, Take
from limn.core.formats.table import export_take
from limn.core.hands.collecting import CLOSEUP, HandCollector
from limn.core.hands.model import finger_joints
from limn.core.hands.regions import region_from_body, region_from_points
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import solve_again
from limn.core.tracking.gating import cut
from limn.core.tracking.track_record import join_tracks
from limn.tools.jobs import finished
from synthetic import Source, watch
from synthetic_motion import walking


def _run(hands: FakeHands, frames: int, scale: float = 300.0, *, every: bool = False) -> list[F32]:
    collector = HandCollector(hands, every=every)
    told: list[F32] = []
    with ThreadPoolExecutor(1) as pool:
        for first in range(0, frames, 3):
            chunk = [Frame(first + k, (first + k) / 30, PICTURE) for k in range(3)]
            collector.read(pool, first, chunk, starts_shot=first == 0)
            people = [body_of(scale) for _ in chunk]
            for k, one in enumerate(people):
                collector.meet(pool, first + k, PICTURE, [one])
            told += [collector.tell(first + k, one, []) for k, one in enumerate(people)]
            collector.forget(first + 3)
    return told


class _NoLock:
    def __enter__(self) -> None:
        raise AssertionError("waits")

    def __exit__(self, *_: object) -> None:
        pass


def test_what_a_pool_cancels_at_its_end_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cancels while it holds a lock that whoever gives it work needs."""
    collector, landmarks = HandCollector(FakeHands()), Future[Landmarks]()
    landmarks.cancel()
    monkeypatch.setattr(collector, "_lock", _NoLock())
    collector._told(landmarks, 0)


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_regions_lie_round_the_hand_and_turn_with_it(turn: float) -> None:
    cos, sin = np.cos(turn), np.sin(turn)
    xy = OPEN @ np.array([[cos, sin], [-sin, cos]]) + [200, 100]
    for region in (region_from_points(xy), region_from_body(xy[0], xy[5], xy[17])):
        assert abs(np.angle(np.exp(1j * (region.rotation_rad - turn)))) < 0.15
        away = (xy - region.center_px) @ np.array([[cos, -sin], [sin, cos]])
        assert np.abs(away).max() < region.side_px / 2
        assert np.abs(away).max() > region.side_px / 5
    # Twice the hand's extent, the palm's without the fingers' ends.
    palm = OPEN[[0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]]
    extent = float(np.ptp(palm, axis=0).max())
    assert region_from_points(OPEN).side_px == pytest.approx(2 * extent, rel=0.02)


def test_a_hand_is_followed_and_the_body_asked_now_and_then() -> None:
    hands = FakeHands()
    # One look a frame and hand; in frames 5 and 10 one where the body has it as well; in the first
    # a second look at what that found.
    told = _run(hands, 12)
    assert len(told) == 12
    assert len(hands.asked) == 2 * (12 + 2 + 1)
    # Every other frame is looked at in a mirror.
    assert 0.4 < np.mean(hands.mirrors) < 0.6
    numbers = told[-1]
    n = len(HANDS_SKELETON)
    assert len(numbers) == HandCollector.numbers
    assert (numbers[2 * n : 3 * n] == np.float32(0.9)).all()


def test_a_lost_hand_is_looked_for_where_the_body_has_it() -> None:
    hands = FakeHands(presence=0.2)
    _run(hands, 6)
    assert len(hands.asked) == 6 * 2 * 2
    body = region_from_body(*[body_of(300.0).landmarks[0].result().xy_px[k] for k in (16, 20, 18)])
    assert any(np.allclose(region.center_px, body.center_px) for region in hands.asked)


def test_small_hands_are_left_alone_unless_all_are_wanted() -> None:
    hands = FakeHands()
    told = _run(hands, 6, scale=140.0)
    assert hands.asked == []
    assert not np.any(told)
    assert np.any(_run(hands, 6, scale=140.0, every=True))


def test_two_people_are_told_apart_and_the_last_frames_too() -> None:
    collector = HandCollector(FakeHands())
    with ThreadPoolExecutor(2) as pool:
        frames = [Frame(k, k / 30, PICTURE) for k in range(4)]
        collector.read(pool, 0, frames, starts_shot=True)
        people = [[body_of(300.0, 1), body_of(250.0, 2)] for _ in frames]
        for k, both in enumerate(people):
            collector.meet(pool, k, PICTURE, both)
        rows = [[collector.tell(k, one, []) for one in both] for k, both in enumerate(people)]
    first, second = (np.array([row[i] for row in rows]) for i in range(2))
    assert np.abs(np.diff(first[:, :84], axis=0)).max() < 30
    assert np.abs(first - second).max() > 5


def _estimated(hands: str, model: FakeHands) -> Take:
    clip = watch(walking(seconds=1.0))
    networks = Networks(clip.detector(), (clip.model(),), hands=model)
    return finished(estimate(clip.source(), networks, Settings(hands=hands)))


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up pictures are but a few pixels: hands lie outside them."""
    monkeypatch.setattr("limn.core.hands.collecting._touches", lambda *_: True)


@pytest.mark.usefixtures("everywhere")
def test_fingers_follow_only_where_hands_are_wanted_and_seen(tmp_path: Path) -> None:
    fingers = [j for side in ("left", "right") for j in finger_joints(side)]
    off = _estimated("off", FakeHands())
    assert not off.observed.tracks[0].closeups  # type: ignore[union-attr]
    rest = off.people[0].quat_parent_joint[:, fingers]
    assert np.ptp(rest, axis=0).max() < 1e-6, "relaxed, and still"
    model = FakeHands()
    take = _estimated("on", model)
    assert model.asked
    moved = take.people[0]
    assert np.abs(moved.quat_parent_joint[:, fingers, 1:]).max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(moved.quat_parent_joint, axis=-1), 1, atol=1e-4)
    # Feet and trunk hardly know of hands, which turn forearms.
    legs = [SMPLX_55.index(name) for name in ("pelvis", "left_knee", "right_ankle", "spine3")]
    np.testing.assert_allclose(
        moved.quat_parent_joint[:, legs], off.people[0].quat_parent_joint[:, legs], atol=0.03
    )
    save_take(take, tmp_path / "a.take.npz")
    again = load_take(tmp_path / "a.take.npz")
    solved = finished(solve_again(again, Settings(hands="on")))
    np.testing.assert_array_equal(solved.people[0].quat_parent_joint, moved.quat_parent_joint)
    without = finished(solve_again(again, Settings(hands="off")))
    np.testing.assert_allclose(without.people[0].quat_parent_joint[:, fingers], rest, atol=1e-6)


@pytest.mark.usefixtures("everywhere")
def test_closeups_are_cut_and_joined_with_their_track() -> None:
    take = _estimated("on", FakeHands())
    assert take.observed is not None
    track = take.observed.tracks[0]
    parts = cut(track, slice(0, 10)), cut(track, slice(10, None))
    assert len(parts[0].closeups[CLOSEUP].presence) == 10
    joined = join_tracks(*parts)
    np.testing.assert_array_equal(joined.closeups[CLOSEUP].xy_px, track.closeups[CLOSEUP].xy_px)


@pytest.mark.usefixtures("everywhere")
def test_keypoints_of_hands_go_into_coco_whole_bodys_fields(tmp_path: Path) -> None:
    take = _estimated("on", FakeHands())
    person = take.people[0]
    names = person.xy_skeleton.names
    assert names[-1] == "right_pinky_finger4"
    assert person.xy_skeleton.mirror[names.index("left_thumb3")] == names.index("right_thumb3")
    (path,) = export_take(take, tmp_path / "a.coco.json")
    entry = json.loads(path.read_text("utf-8"))["annotations"][3]
    hand = np.array(entry["righthand_kpts"]).reshape(21, 3)
    seen = take.observed.tracks[0].closeups[CLOSEUP]  # type: ignore[union-attr]
    np.testing.assert_allclose(hand[:, :2], seen.xy_px[3, 21:], atol=1e-3)
    assert (hand[:, 2] == 2).all()
    assert entry["righthand_valid"]
    assert not entry["face_valid"]
    assert len(entry["keypoints"]) == 17 * 3
    assert [len(entry[f"{part}_kpts"]) // 3 for part in ("foot", "face", "lefthand")] == [6, 68, 21]
    plain = export_take(_estimated("off", FakeHands()), tmp_path / "b.coco.json")[0]
    assert "foot_kpts" not in json.loads(plain.read_text("utf-8"))["annotations"][3]


@pytest.mark.usefixtures("everywhere")
def test_a_clip_of_uneven_frames_keeps_its_hands() -> None:
    clip = watch(walking(seconds=1.0))
    whole = clip.source()

    class Uneven(Source):
        def frames(self) -> Iterator[Frame]:
            return (frame for frame in whole.frames() if frame.index % 7 not in (3, 4))

    networks = Networks(clip.detector(), (clip.model(),), hands=FakeHands())
    take = finished(estimate(Uneven(clip), networks, Settings(hands="on")))
    person = take.people[0]
    assert person.xy_skeleton.names[-1] == "right_pinky_finger4"
    assert person.xy_px.shape[1] == len(person.xy_skeleton)
    fingers = list(finger_joints("right"))
    assert np.abs(person.quat_parent_joint[:, fingers, 1:]).max() > 0.1


def test_what_looks_like_the_other_hand_is_looked_at_again() -> None:
    sure, doubtful = FakeHands(right=0.5), FakeHands(right=0.1)
    _run(sure, 6)
    _run(doubtful, 6)
    # The right hand alone, twice more in every frame.
    assert len(doubtful.asked) == len(sure.asked) + 2 * 6
