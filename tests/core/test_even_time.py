"""Clips whose frames come unevenly: followed, solved and judged in real time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.types import Take
from limn.core.evaluation.quality import report_on
from limn.core.geometry.even_time import at_even_time, even_time_of
from limn.core.geometry.inbetween import curve_through, nearest, turned_through
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, quat_from_matrix
from synthetic import Flaws, watch
from synthetic_motion import jumping, walking

FPS = 30.0
NO_CUTS = np.zeros(0, np.int32)
DROPPED = frozenset({4, 9, 10, 17, 21, 22, 23, 24, 25, 33, 38, 39, 50, 51, 52, 61})


def test_even_clips_need_no_clock() -> None:
    even = np.arange(40) / FPS
    assert even_time_of(even, NO_CUTS) is None
    assert even_time_of(np.round(even, 3), NO_CUTS) is None
    assert even_time_of(even[:2], NO_CUTS) is None
    # Only what lies within shots counts: an hour may pass between two.
    later = np.concatenate([even[:20], even[20:] + 3600])
    assert even_time_of(later, np.array([20], np.int32)) is None


def test_frames_left_out_keep_the_others_on_ticks() -> None:
    kept = np.array([i for i in range(70) if i not in DROPPED])
    clock = even_time_of(np.round(kept / FPS, 3), NO_CUTS)
    assert clock is not None
    assert clock.fps == pytest.approx(FPS, rel=1e-3)
    np.testing.assert_array_equal(clock.at, kept)
    assert clock.count == kept[-1] + 1


def test_every_shot_begins_on_a_tick_of_its_own() -> None:
    times = np.array([0, 1, 3, 4, 5, 3600.5, 3601.5, 3603.5, 3604.5]) / FPS
    clock = even_time_of(times, np.array([5], np.int32))
    assert clock is not None
    np.testing.assert_array_equal(clock.at, [0, 1, 3, 4, 5, 6, 7, 9, 10])
    np.testing.assert_array_equal(clock.cuts, [6])


def test_rare_frames_amid_fast_ones_make_no_endless_clock() -> None:
    times = np.cumsum([0.0, *[0.001] * 40, *[1.0] * 60])
    clock = even_time_of(times, NO_CUTS)
    assert clock is not None
    assert clock.count <= 8 * len(times) + 1


def test_a_curve_goes_through_what_is_known_and_smoothly_between() -> None:
    at = np.array([0.0, 1.0, 1.5, 3.0, 4.0])
    values = np.stack([np.sin(at), np.cos(at)], axis=-1)
    np.testing.assert_allclose(curve_through(at, values, at), values, atol=1e-12)
    wanted = np.linspace(1, 3, 40)
    error = curve_through(at, values, wanted) - np.stack([np.sin(wanted), np.cos(wanted)], -1)
    assert np.abs(error).max() < 0.06
    np.testing.assert_array_equal(curve_through(at, values, np.array([-1.0, 9.0])), values[[0, -1]])
    np.testing.assert_array_equal(nearest(at, np.array([-2, 0.4, 1.3, 2.2, 9])), [0, 0, 2, 2, 4])


def test_rotations_between_are_turned_and_of_unit_length() -> None:
    at = np.array([0.0, 1.0, 2.0])
    quats = quat_from_matrix(exp_so3(np.array([[0, 0, 0.2], [0, 0, 0.6], [0, 0, 1.0]])))
    quats[1] *= -1  # the same rotation
    between = turned_through(at, quats, np.array([0.5, 1.5]))
    np.testing.assert_allclose(np.linalg.norm(between, axis=-1), 1)
    np.testing.assert_allclose(2 * np.arctan2(between[:, 3], between[:, 0]), [0.4, 0.8], atol=1e-3)


@pytest.fixture(scope="module")
def whole() -> Take:
    return watch(jumping(FPS), flaws=Flaws(noise_m=0.004)).estimate()


@pytest.fixture(scope="module")
def uneven() -> Take:
    return watch(jumping(FPS), flaws=Flaws(noise_m=0.004), dropped=DROPPED).estimate()


def _off_mm(a: Take, b: Take) -> np.ndarray:
    """(t,) mean distance of the first people's joints about the hips at equal times."""
    p, q = a.people[0], b.people[0]
    xyz = [person_joints_world(person)[:, :22].astype(np.float64) for person in (p, q)]
    about = [one - one[:, :1] for one in xyz]
    rows = nearest(a.time_s[p.frames], b.time_s[q.frames])
    assert np.abs(a.time_s[p.frames][rows] - b.time_s[q.frames]).max() < 1e-6
    return 1000 * np.linalg.norm(about[0][rows] - about[1], axis=-1).mean(-1)


def test_a_clip_with_frames_left_out_moves_as_the_whole_one(whole: Take, uneven: Take) -> None:
    assert len(uneven.time_s) == len(whole.time_s) - len(DROPPED)
    assert _off_mm(whole, uneven).mean() < 1.25
    speed = np.diff(uneven.people[0].root_xyz_world, axis=0) / np.diff(uneven.time_s)[:, None]
    true = np.diff(whole.people[0].root_xyz_world, axis=0) * FPS
    assert np.linalg.norm(speed, axis=-1).max() < 1.05 * np.linalg.norm(true, axis=-1).max()
    assert not uneven.people[0].bridged.any()
    assert uneven.warnings == whole.warnings


def test_quality_is_judged_in_real_time(whole: Take, uneven: Take) -> None:
    figures = []
    for take in (whole, uneven):
        report = report_on(take, floor_is_measured=True)
        checks = report["people"][0]["checks"]  # type: ignore[index]
        figures.append(
            (checks["jitter_10m_s3"]["value"], checks["foot_slide_mm_per_frame"]["value"])
        )
    (jitter, slide), (jitter_uneven, slide_uneven) = figures
    assert jitter_uneven < 1.05 * jitter
    assert slide_uneven < 1.1 * slide


def test_a_take_at_a_constant_rate_lasts_as_long_and_passes_through_its_frames() -> None:
    take = watch(walking(FPS, 2.5), dropped=DROPPED).estimate()
    even, _ = at_even_time(take)
    assert even.time_s[-1] == pytest.approx(take.time_s[-1])
    np.testing.assert_allclose(np.diff(even.time_s), 1 / FPS)
    rows = np.rint(take.time_s * FPS).astype(int)
    person = even.people[0]
    np.testing.assert_array_equal(person.frames, np.arange(len(even.time_s)))
    np.testing.assert_allclose(
        person.root_xyz_world[rows], take.people[0].root_xyz_world, atol=1e-6
    )
    assert at_even_time(even, [1, 2]) == (even, [1, 2])
    # Frames 4, 9 and 10 aren't there: the third is frame 5, the seventh frame 11.
    assert at_even_time(take, [2, 3, 4, 7, 9, 10])[1] == [2, 3, 4, 5, 8, 12, 13]


def test_who_was_away_is_not_made_up_at_a_constant_rate() -> None:
    take = watch(walking(FPS, 2.5), dropped=DROPPED).estimate()
    person = take.people[0]
    keep = (person.frames < 10) | (person.frames > 30)
    fields = ("frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact", "bridged")
    left = {name: getattr(person, name)[keep] for name in (*fields, "xy_px", "xy_score")}
    even, _ = at_even_time(replace(take, people=(replace(person, **left),)))
    there = even.people[0].frames
    at9, at31 = np.rint(take.time_s[[9, 31]] * FPS)
    assert not ((there > at9) & (there < at31)).any()
    assert {int(at9), int(at31)} <= set(there.tolist())
