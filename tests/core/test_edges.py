"""Clips nobody planned for: one frame, strange rates, networks that answer nonsense, cuts."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.errors import NoPersonError
from limn.core.data.settings import Settings
from limn.core.data.types import Take
from limn.core.solving import person as person_solve
from recovery import recover
from synthetic import Actor, Clip, Flaws, camera_at, watch
from synthetic_motion import squatting, standing, turning, walking


def assert_sound(take: Take) -> None:
    for person in take.people:
        assert len(person.frames) > 0
        norm = np.linalg.norm(person.quat_parent_joint, axis=-1)
        assert norm == pytest.approx(np.ones_like(norm), abs=1e-4)
        for values in (person.confidence, person.contact, person.xy_score):
            assert values.min() >= 0
            assert values.max() <= 1
        assert np.isfinite(person.xy_px).all()
        turned = (person.quat_parent_joint[1:] * person.quat_parent_joint[:-1]).sum(-1)
        steady = np.diff(person.frames) == 1
        assert (turned[steady] > -1e-6).all(), "quaternions change sign between frames"


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("contacts", ["auto", "always", "off"])
def test_the_shortest_clips_are_solved(frames: int, contacts: str) -> None:
    take = replace(watch(squatting(30.0, 1.0)), frame_count=frames).estimate(
        Settings(contacts=contacts)
    )
    assert take.people[0].frames.tolist() == list(range(frames))
    assert_sound(take)


def test_a_photo_is_solved() -> None:
    clip = replace(watch(squatting(30.0, 1.0)), frame_count=1, is_still=True)
    take = clip.estimate()
    assert_sound(take)
    assert recover(clip, take).bone_deg.mean() < 5


@pytest.mark.parametrize("fps", [5.0, 12.0, 23.976, 120.0])
def test_every_frame_rate_gives_the_same_motion(fps: float) -> None:
    clip = watch(turning(fps, 1.5 if fps > 10 else 4.0))
    found = recover(clip, clip.estimate())
    assert found.bone_deg.mean() < 6, found.says()
    assert found.joint_mm.mean() < 35, found.says()


@pytest.mark.parametrize(
    "camera",
    [
        camera_at(distance_m=0.01, height_m=5.0, tilt_deg=89.9),
        camera_at(distance_m=1.0, height_m=-4.0, tilt_deg=-80.0),
        camera_at(roll_deg=90.0),
        camera_at(roll_deg=180.0),
        camera_at(distance_m=30.0, fov_deg=12.0),
    ],
    ids=["straight down", "from below", "on its side", "upside down", "far away"],
)
def test_strange_cameras_still_see_a_person(camera: object) -> None:
    clip = replace(watch(walking(30.0, 1.0)), camera=camera)
    take = clip.estimate()
    assert_sound(take)
    found = recover(clip, take)
    assert found.aligned_mm.mean() < 60, found.says()


def only(clip: Clip, visible: slice) -> Clip:
    shown = np.zeros(clip.frame_count, bool)
    shown[visible] = True
    return replace(clip, actors=(Actor(clip.actors[0].motion, shown),))


def test_someone_who_comes_in_at_the_end_is_kept_when_long_enough() -> None:
    clip = only(watch(standing(30.0, 2.0)), slice(40, 60))
    (person,) = clip.estimate().people
    assert person.frames[-1] == 59
    assert 38 <= person.frames[0] <= 44


def test_someone_seen_in_the_last_frame_only_is_no_track() -> None:
    with pytest.raises(NoPersonError):
        only(watch(standing(30.0, 1.0)), slice(29, 30)).estimate()


def test_landmarks_that_nobody_believes_give_nobody() -> None:
    with pytest.raises(NoPersonError):
        watch(standing(30.0, 1.0), flaws=Flaws(score=0.0)).estimate()
    with pytest.raises(NoPersonError):
        watch(standing(30.0, 1.0), flaws=Flaws(nan=frozenset(range(30)))).estimate()


def test_a_few_answers_of_nan_are_bridged() -> None:
    clip = watch(squatting(30.0, 1.5), flaws=Flaws(nan=frozenset(range(20, 24))))
    take = clip.estimate()
    assert_sound(take)
    assert np.flatnonzero(take.people[0].bridged).tolist() == [20, 21, 22, 23]
    clean = replace(clip, flaws=Flaws())
    assert (
        recover(clip, take).joint_mm.mean() < recover(clean, clean.estimate()).joint_mm.mean() + 3
    )


def test_an_unknown_camera_costs_no_shape() -> None:
    clip = watch(squatting(30.0, 1.5))
    known, guessed = (recover(clip, clip.estimate(camera_is_known=k)) for k in (True, False))
    assert guessed.aligned_mm.mean() < known.aligned_mm.mean() + 2, guessed.says()
    take = clip.estimate(Settings(fov_deg=50.0), camera_is_known=False)
    assert not take.camera.is_estimated
    assert take.report["horizontal_fov_deg"] == pytest.approx(50.0, abs=0.1)


def test_runs_repeat_bit_by_bit() -> None:
    clip = watch(turning(30.0, 1.0), flaws=Flaws(noise_m=0.01))
    one, two = clip.estimate(), clip.estimate()
    assert np.array_equal(one.people[0].quat_parent_joint, two.people[0].quat_parent_joint)


def test_a_cut_separates_people_and_nothing_is_smoothed_across() -> None:
    here, there = standing(30.0, 2.0).moved((-0.8, 0.0)), standing(30.0, 2.0).moved((0.8, 1.0))
    shown = np.arange(60) < 30
    clip = replace(
        watch(here), actors=(Actor(here, shown, (0, 0, 255)), Actor(there, ~shown, (255, 0, 0)))
    )
    clip = replace(clip, is_painted=True, backdrops=((20, 30, 40), (200, 180, 90)), cut_at=30)
    take = clip.estimate()
    assert take.cuts.tolist() == [30]
    assert sorted(tuple(p.frames[[0, -1]].tolist()) for p in take.people) == [(0, 29), (30, 59)]
    for person in take.people:
        assert np.ptp(person.root_xyz_world[:, :2], axis=0).max() < 0.05


def peak_mb(frames: int) -> float:
    clip = replace(watch(turning(30.0, 10.0)), frame_count=frames)
    gc.collect()
    tracemalloc.start()
    take = clip.estimate(Settings(quality="fast"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(take.people[0].frames) == frames
    return peak / 2**20


def test_memory_hardly_grows_with_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wanted: 100 MB for 18,000 frames, 6 MB a thousand. Held is the take; posing needs the rest.

    The solve is left out here: its windows are bounded, which test_solve_track.py shows.
    """

    def as_it_came(evidence: object, start: np.ndarray, *rest: object, **options: object) -> object:
        return start

    monkeypatch.setattr(person_solve, "solve_track", as_it_came)
    per_thousand = (peak_mb(600) - peak_mb(200)) / 0.4
    assert per_thousand < 12, f"{per_thousand:.1f} MB more for every 1,000 frames"
