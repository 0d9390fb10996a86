"""Keypoints with hands, written and imported again: COCO-WholeBody's fields, MediaPipe's layout."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.hand_points import HANDS_SKELETON, hand_names
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, Skeleton
from limn.core.data.types import Person, Take
from limn.core.evaluation.closeups import hand_points_world
from limn.core.formats.table import export_take
from limn.core.geometry.camera import cameras_at
from limn.core.importing.keypoints.names import HOLISTIC
from limn.core.importing.keypoints.opening import read_json, values_of
from synthetic_take import some_take


def _with_hands(take: Take, skeleton: Skeleton) -> Take:
    """Everybody's keypoints somewhere in the picture, those of one hand not seen in one frame."""
    rng = np.random.default_rng(5)
    people: list[Person] = []
    for person in take.people:
        t, n = len(person.frames), len(skeleton)
        xy = rng.uniform(50, 400, (t, n, 2)).astype(np.float32)
        score = np.full((t, n), 0.9, np.float32)
        if skeleton is HOLISTIC:
            score[1, -21:] = 0
        people.append(replace(person, xy_px=xy, xy_score=score, xy_skeleton=skeleton))
    return replace(take, people=tuple(people))


@pytest.fixture(scope="module")
def take() -> Take:
    return _with_hands(some_take(2), HOLISTIC)


def _keypoints(person: Person, names: tuple[str, ...]) -> F64:
    return person.xy_skeleton.select(names).of(person.xy_px).astype(np.float64)


def test_mediapipes_layout_holds_bodies_and_hands(take: Take, tmp_path: Path) -> None:
    (path,) = export_take(take, tmp_path / "a.mediapipe.json")
    document = json.loads(path.read_text("utf-8"))
    width, height = take.clip.size_px
    assert (document["image_width"], document["image_height"]) == (width, height)
    assert len(document["frames"]) == len(take.time_s)
    person = take.people[0]
    at = int(person.frames[1])
    frame = document["frames"][at]
    assert frame["timestamp_ms"] == pytest.approx(1e3 * take.time_s[at], abs=1e-3)
    for key, names in (
        ("pose_landmarks", BLAZEPOSE_33),
        ("left_hand_landmarks", hand_names("left")),
        ("right_hand_landmarks", hand_names("right")),
    ):
        told = frame[key][0]
        assert len(told) == len(names)
        seen = np.array([[one["x"] * width, one["y"] * height] for one in told])
        sure = np.array([one["visibility"] for one in told])
        if key.startswith("right"):
            assert (sure == 0).all()
        else:
            np.testing.assert_allclose(seen, _keypoints(person, names)[1], atol=1e-2)
            np.testing.assert_allclose(sure, 0.9, atol=1e-4)


def test_depth_of_hands_is_that_of_the_solved_motion(take: Take, tmp_path: Path) -> None:
    (path,) = export_take(take, tmp_path / "a.mediapipe.json")
    person = take.people[0]
    T = cameras_at(take, person.frames[:1])[0]
    points = (hand_points_world(person, "left")[0] - T[:3, 3]) @ T[:3, :3]
    frame = json.loads(path.read_text("utf-8"))["frames"][int(person.frames[0])]
    z = np.array([one["z"] for one in frame["left_hand_landmarks"][0]])
    deep = points[:, 2] - points[0, 2]
    scale = float((z * deep).sum() / (deep**2).sum())
    assert scale > 0
    np.testing.assert_allclose(z, scale * deep, atol=2e-6)


@pytest.mark.parametrize("suffix", [".mediapipe.json", ".coco.json"])
def test_hands_come_back(take: Take, tmp_path: Path, suffix: str) -> None:
    (path,) = export_take(take, tmp_path / f"a{suffix}", take.people[0].name)
    motion = read_json(path, values_of(path))
    person = take.people[0]
    names = (*hand_names("left"), "right_elbow")
    pick = motion.skeleton.select(names)
    assert pick.known.all()
    seen = pick.of(motion.xy) * (take.clip.size_px if motion.is_relative else 1)
    np.testing.assert_allclose(seen, _keypoints(person, names), atol=1e-2)
    gone = motion.skeleton.select(hand_names("right")[1:])
    assert (gone.scores(motion.score)[1] == 0).all()


def test_without_hands_there_are_no_lists_of_them(take: Take, tmp_path: Path) -> None:
    assert len(HANDS_SKELETON) == 42
    plain = _with_hands(take, BLAZEPOSE_SKELETON)
    (path,) = export_take(plain, tmp_path / "a.mediapipe.json")
    frames = json.loads(path.read_text("utf-8"))["frames"]
    assert any("pose_landmarks" in frame for frame in frames)
    assert not any("left_hand_landmarks" in frame for frame in frames)
