"""The quality report says what an animator would: good where it is, and where to look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.types import Take
from limn.core.evaluation import hand_checks
from limn.core.evaluation.quality import report_on
from limn.core.hands.model import finger_joints
from synthetic import Actor, Flaws, watch
from synthetic_motion import squatting, standing


@pytest.fixture(scope="module")
def good_take() -> Take:
    return watch(squatting(30.0, 2.0), flaws=Flaws(noise_m=0.003)).estimate()


def checks(take: Take) -> dict[str, Any]:
    report: Any = report_on(take, floor_is_measured=True)
    return report["people"][0]["checks"]


def spoilt(take: Take, **change: np.ndarray) -> dict[str, Any]:
    return checks(replace(take, people=(replace(take.people[0], **change),)))


def test_a_clean_clip_is_good_in_every_word(good_take: Take) -> None:
    words = {name: check["word"] for name, check in checks(good_take).items()}
    assert set(words.values()) == {"good"}, words
    assert good_take.report["floor"] == "measured"
    assert good_take.report["field_of_view"] == "given"
    assert good_take.warnings == ()


def test_a_guessed_field_of_view_is_told_with_its_doubt(good_take: Take) -> None:
    camera = replace(good_take.camera, focal_doubt=0.2)
    report: Any = report_on(replace(good_take, camera=camera), floor_is_measured=True)
    assert report["field_of_view"] == "guessed"
    low, high = report["distance_range"]
    assert low < high
    assert report["fov_range_deg"][0] < report["fov_range_deg"][1]
    assert "distance_range" not in good_take.report
    camera = replace(good_take.camera, focal_doubt=0.05)
    report = report_on(replace(good_take, camera=camera), floor_is_measured=True)
    assert report["field_of_view"] == "measured"


def test_a_shaking_root_is_told_as_jitter(good_take: Take) -> None:
    root = good_take.people[0].root_xyz_world.copy()
    root[20:40:2] += 0.02
    check = spoilt(good_take, root_xyz_world=root)["jitter_10m_s3"]
    assert check["word"] == "poor"
    assert all(15 <= frame <= 45 for frame in check["look_at"])


def test_a_foot_that_slides_while_planted_is_told_in_millimetres(good_take: Take) -> None:
    root = good_take.people[0].root_xyz_world.copy()
    root[:, 0] += 0.010 * np.arange(len(root))
    check = spoilt(good_take, root_xyz_world=root)["foot_slide_mm_per_frame"]
    assert check["value"] == pytest.approx(10, abs=0.6)
    assert check["word"] == "poor"


def test_feet_under_the_floor_are_told(good_take: Take) -> None:
    root = good_take.people[0].root_xyz_world - np.array([0, 0, 0.2], np.float32)
    check = spoilt(good_take, root_xyz_world=root)["floor_penetration_mm"]
    assert check["word"] == "poor"
    assert 120 < check["value"] < 210


def test_who_stands_in_a_pit_is_not_in_the_floor(good_take: Take) -> None:
    person = good_take.people[0]
    down = person.root_xyz_world - np.array([0, 0, 0.4], np.float32)
    pair = replace(good_take, people=(person, replace(person, root_xyz_world=down)))
    report: Any = report_on(pair, floor_is_measured=True)
    assert report["people"][1]["checks"]["floor_penetration_mm"]["word"] == "good"
    sunk = down.copy()
    sunk[40:, 2] -= 0.15
    pair = replace(pair, people=(person, replace(person, root_xyz_world=sunk)))
    report = report_on(pair, floor_is_measured=True)
    assert report["people"][1]["checks"]["floor_penetration_mm"]["word"] != "good"


def test_evidence_elsewhere_in_the_picture_is_told(good_take: Take) -> None:
    check = spoilt(good_take, xy_px=good_take.people[0].xy_px + np.float32(80))
    assert check["reprojection_share"]["word"] == "poor"


def test_bridged_stretches_and_holes_are_told_with_their_frames() -> None:
    motion = standing(30.0, 4.0)
    shown = np.ones(len(motion), bool)
    shown[30:54] = False
    shown[70:110] = False
    take = replace(watch(motion), actors=(Actor(motion, shown),)).estimate(Settings())
    told = checks(take)
    assert told["bridged_share"]["word"] == "poor" or told["bridged_share"]["value"] > 0.2
    assert all(28 <= frame <= 56 for frame in told["bridged_share"]["look_at"])
    assert told["missing_share"]["value"] == pytest.approx(1 / 3, abs=0.05)
    assert told["missing_share"]["word"] == "poor"
    assert len(told["missing_share"]["look_at"]) == 1, "the frame after the hole"
    assert 108 <= told["missing_share"]["look_at"][0] <= 112
    assert any("could not be seen" in warning for warning in take.warnings)


def test_the_report_holds_plain_json_values_only(good_take: Take) -> None:
    import json

    report: Any = good_take.report
    assert json.loads(json.dumps(report)) == report
    assert report["frames"] == 60
    assert report["people"][0]["first_frame"] == 0
    assert report["people"][0]["last_frame"] == 59


def test_look_at_names_frames_of_the_file(good_take: Take) -> None:
    root = good_take.people[0].root_xyz_world.copy()
    root[30] += 0.6
    late = replace(good_take, source_frame=good_take.source_frame + 1000)
    told = spoilt(late, root_xyz_world=root)["jitter_10m_s3"]["look_at"]
    assert told
    assert all(1020 <= frame <= 1040 for frame in told)


def test_hands_have_rows_where_fingers_move(
    good_take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = good_take.people[0]
    assert "hands_unread_share" not in spoilt(good_take)
    quats, sure = person.quat_parent_joint.copy(), person.confidence.copy()
    bend = 0.3 + 0.2 * np.sin(np.arange(len(quats)) / 9)
    left = list(finger_joints("left"))
    quats[:, left] = np.stack([np.cos(bend), np.sin(bend), 0 * bend, 0 * bend], axis=-1)[:, None]
    sure[:, 25:] = 1.0
    told = spoilt(good_take, quat_parent_joint=quats, confidence=sure)
    assert told["hands_unread_share"]["value"] == 0
    assert told["fingers_shake_deg"]["word"] == "good"
    sure[10:60, left] = 0.1
    bend[20:40:2] += 0.1
    quats[:, left] = np.stack([np.cos(bend), np.sin(bend), 0 * bend, 0 * bend], axis=-1)[:, None]
    quats[:, list(finger_joints("right"))] = quats[:, left]
    told = spoilt(good_take, quat_parent_joint=quats, confidence=sure)
    assert told["hands_unread_share"]["value"] == pytest.approx(25 / len(quats), abs=0.01)
    assert all(10 <= frame < 60 for frame in told["hands_unread_share"]["look_at"])
    assert told["fingers_shake_deg"]["word"] != "good"
    assert all(15 <= frame <= 45 for frame in told["fingers_shake_deg"]["look_at"])
    monkeypatch.setattr(hand_checks, "_AT_ONCE", 7)
    assert spoilt(good_take, quat_parent_joint=quats, confidence=sure) == told, "in parts"
