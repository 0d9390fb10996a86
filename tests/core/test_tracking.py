"""People keep their identity from the first detection to the last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.errors import ClipError, NoPersonError
from limn.core.data.settings import Settings
from limn.core.data.types import Frame, Take
from limn.core.geometry.camera import camera_from_world
from limn.core.pipeline.observe import detection_cadence, observe
from limn.core.tracking.similarity import box_iou, colour_distance, keypoint_similarity
from synthetic import Actor, Clip, Source, camera_at, watch
from synthetic_motion import standing, walking
from synthetic_skeleton import Motion

FPS = 30.0
SIZE_PX = (1280, 720)
RED, BLUE = (40, 40, 200), (200, 60, 40)


def followed(clip: Clip, take: Take, who: int) -> np.ndarray:
    """Which actor each pose of a person lies on, by the hips in the picture."""
    person = take.people[who]
    hips = person.xy_px[:, 23:25].mean(1)
    true = clip.xy_px[:, person.frames][:, :, 23:25].mean(2)
    return np.linalg.norm(true - hips, axis=-1).argmin(0)


def crossing(seconds: float = 3.0) -> tuple[Motion, Motion]:
    """Two people who walk past each other across the picture, one behind the other."""
    one = walking(FPS, seconds).moved((0.0, 0.0), yaw_deg=90)
    two = walking(FPS, seconds).moved((0.0, 0.9), yaw_deg=-90)
    return one, two


@pytest.mark.parametrize("hidden_frames", [0, 16])
def test_two_people_who_cross_keep_their_identity(hidden_frames: int) -> None:
    one, two = crossing()
    middle = len(one) // 2
    behind = np.ones(len(one), bool)
    behind[middle - hidden_frames // 2 : middle + hidden_frames // 2] = False
    clip = replace(
        watch(one, two), actors=(Actor(one, bgr=RED), Actor(two, behind, BLUE)), is_painted=True
    )
    take = clip.estimate()
    assert len(take.people) == 2
    for who in (0, 1):
        person = take.people[who]
        names = followed(clip, take, who)
        # While one is in front of the other, the nearest hips in the picture may be either's.
        apart = np.abs(person.frames - middle) > 12
        assert len(set(names[apart].tolist())) == 1, f"person {who} became the other: {names}"
        assert len(person.frames) == len(one)
        true = camera_from_world(clip.camera, clip.actors[names[0]].motion.root_xyz)
        out = camera_from_world(take.camera, person.root_xyz_world.astype(np.float64))
        astray = 1000 * np.abs(out[:, 0] - true[:, 0]).max()
        assert astray < 150, f"person {who} is drawn {astray:.0f} mm towards the other"


def test_a_couple_that_walks_abreast_stays_two_people_whoever_is_seen() -> None:
    """She steps in front of him after a moment and hides him for two thirds of a second."""
    he = walking(FPS, 3.0, speed_mps=0.55).moved((0.0, 0.4), yaw_deg=90)
    she = walking(FPS, 3.0).moved((0.3, 0.0), yaw_deg=90)
    frames = np.arange(len(he))
    his, hers = (frames < 8) | (frames >= 28), frames >= 8
    actors = (Actor(he, his, BLUE), Actor(she, hers, RED))
    clip = replace(watch(he, she), actors=actors, is_painted=True)
    take = clip.estimate()
    assert len(take.people) == 2
    for who, person in enumerate(take.people):
        names = followed(clip, take, who)
        clear = (person.frames < 4) | (person.frames > 36)
        assert len(set(names[clear].tolist())) == 1, f"person {who} became the other: {names}"


def test_a_missed_detection_is_bridged() -> None:
    motion = walking(FPS, 3.0).moved(yaw_deg=60)
    cadence = detection_cadence(FPS, "balanced", SIZE_PX)
    missed = frozenset((i, 0) for i in range(8 * cadence, 8 * cadence + 1))
    take = replace(watch(motion), missed=missed).estimate()
    assert len(take.people) == 1
    assert take.people[0].frames.tolist() == list(range(len(motion)))


def test_someone_detected_twice_is_one_person() -> None:
    motion = standing(FPS, 2.0)
    take = replace(watch(motion), doubled=frozenset(range(len(motion)))).estimate()
    assert len(take.people) == 1
    assert len(take.people[0].frames) == len(motion)


def unseen(t: int, start: int, stop: int) -> np.ndarray:
    visible = np.ones(t, bool)
    visible[start:stop] = False
    return visible


def test_a_track_broken_for_a_second_is_joined() -> None:
    motion = walking(FPS, 4.0).moved(yaw_deg=90)
    visible = unseen(len(motion), 45, 75)
    clip = replace(watch(motion), actors=(Actor(motion, visible),))
    take = clip.estimate(Settings(gaps="hold"))
    assert len(take.people) == 1
    person = take.people[0]
    assert person.frames[[0, -1]].tolist() == [0, len(motion) - 1]
    assert person.bridged[46:74].all()


@pytest.mark.parametrize("hidden_s", [1.2, 1.9])
def test_who_is_hidden_for_up_to_two_seconds_comes_back_as_themselves(hidden_s: float) -> None:
    """Behind somebody else, who stays: one track ends, another begins, and both are one person."""
    walker = walking(FPS, 5.0).moved((0.0, 0.9), yaw_deg=-90)
    other = standing(FPS, 5.0)
    start = 50
    there = unseen(len(walker), start, start + round(hidden_s * FPS))
    actors = (Actor(other, bgr=RED), Actor(walker, there, BLUE))
    clip = replace(watch(other, walker), actors=actors, is_painted=True)
    take = clip.estimate()
    assert len(take.people) == 2
    back = [person for person in take.people if not person.bridged.all()]
    spans = sorted((int(p.frames[0]), int(p.frames[-1])) for p in back)
    assert spans == [(0, len(walker) - 1)] * 2
    far = max(take.people, key=lambda p: float(np.ptp(p.root_xyz_world[:, 0])))
    assert len(set(followed(clip, take, take.people.index(far))[:start].tolist())) == 1


def test_people_who_only_pass_by_are_dropped_and_the_longest_and_largest_come_first() -> None:
    here, far = standing(FPS, 3.0), standing(FPS, 3.0).moved((1.5, 3.0))
    brief = standing(FPS, 3.0).moved((-1.2, 0.0))
    shown = unseen(len(here), 0, 90)
    shown[30:42] = True
    clip = replace(watch(here), actors=(Actor(far), Actor(brief, shown), Actor(here)))
    take = clip.estimate(Settings(min_track_s=0.8))
    assert len(take.people) == 2
    assert followed(clip, take, 0)[0] == 2, "the largest comes first"
    assert followed(clip, take, 1)[0] == 0
    take = clip.estimate(Settings(min_track_s=0.1))
    assert len(take.people) == 3
    assert len(clip.estimate(Settings(max_people=1)).people) == 1


def test_landmarks_that_jumped_to_the_neighbour_are_disbelieved() -> None:
    one, two = standing(FPS, 2.0).moved((-0.6, 0.0)), standing(FPS, 2.0).moved((0.6, 0.0))
    hijacked = frozenset((i, 0) for i in range(20, 35))
    clip = replace(watch(one, two), hijacked=hijacked)
    take = clip.estimate()
    assert len(take.people) == 2
    left = next(p for p in take.people if p.xy_px[0, 23, 0] < clip.camera.size_px[0] / 2)
    away = np.ptp(left.root_xyz_world[:, 0])
    assert away < 0.1, f"the hijack drags the person {away * 1000:.0f} mm aside"
    assert left.bridged[20:35].all()
    assert not left.bridged[:20].any()


def test_nobody_in_the_clip_is_said_in_one_sentence() -> None:
    motion = standing(FPS, 1.0)
    clip = replace(watch(motion), actors=(Actor(motion, np.zeros(len(motion), bool)),))
    with pytest.raises(NoPersonError, match=r"^No person found in synthetic.mp4\.$"):
        clip.estimate()


def test_a_clip_without_frames_is_a_clip_error() -> None:
    with pytest.raises(ClipError, match=r"No frame could be read"):
        replace(watch(standing(FPS, 1.0)), frame_count=0).estimate()


@pytest.mark.parametrize(
    ("fps", "quality", "wanted"),
    [
        (30, "fast", 6),
        (30, "balanced", 4),
        (30, "best", 3),
        (60, "best", 6),
        (60, "fast", 12),
        (240, "fast", 28),
        (5, "best", 1),
    ],
)
def test_people_are_detected_several_times_a_second(fps: int, quality: str, wanted: int) -> None:
    assert detection_cadence(fps, quality, SIZE_PX) == wanted


def test_huge_pictures_are_looked_at_more_often_than_they_could_be_held() -> None:
    assert detection_cadence(60, "fast", (1920, 1080)) == 12
    assert detection_cadence(60, "fast", (3840, 2160)) <= 4
    assert detection_cadence(60, "fast", (20000, 20000)) == 2


def test_detection_runs_at_its_cadence_on_the_first_and_the_last_frame() -> None:
    clip = watch(standing(FPS, 2.0))
    clip = replace(clip, frame_count=27)
    detector = clip.detector()
    for _ in observe(clip.source(), detector, [clip.model()], Settings()):
        pass
    cadence = detection_cadence(FPS, "balanced", SIZE_PX)
    expected = len({*range(0, 27, cadence), 26})
    assert detector.calls == expected


class CountingSource(Source):
    """Counts the pictures that are handed out."""

    read = 0

    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            self.read += 1
            yield frame


def test_closing_the_job_stops_reading() -> None:
    clip = watch(standing(FPS, 3.0))
    source = CountingSource(clip)
    job = observe(source, clip.detector(), [clip.model()], Settings())
    next(job)
    job.close()
    assert source.read < 20


def test_progress_never_runs_backwards_and_ends_complete() -> None:
    clip = watch(standing(FPS, 2.0))
    job = observe(clip.source(), clip.detector(), [clip.model()], Settings())
    steps = list(job)
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[-1].done == steps[-1].total == clip.frame_count


def test_an_error_in_a_network_ends_the_run_with_that_error() -> None:
    clip = watch(standing(FPS, 1.0))

    class Broken:
        name = "full"
        skeleton, worth = clip.model().skeleton, clip.model().worth

        def locate(self, bgr: object, region: object) -> None:
            raise RuntimeError("no more memory")

    with pytest.raises(RuntimeError, match="no more memory"):
        list(observe(clip.source(), clip.detector(), [Broken()], Settings()))  # type: ignore[list-item]


def test_likeness_is_one_for_the_same_and_zero_for_the_far() -> None:
    box = np.array([10.0, 20.0, 50.0, 120.0])
    assert box_iou(box, box) == pytest.approx(1)
    assert box_iou(box, box + 1000) == 0
    assert box_iou(box, box + np.array([20, 0, 20, 0])) == pytest.approx(1 / 3)
    xy, score = np.random.default_rng(0).uniform(10, 100, (17, 2)), np.ones(17)
    assert keypoint_similarity(xy, score, xy, score, box) == pytest.approx(1)
    assert keypoint_similarity(xy, score, xy + 500, score, box) < 1e-3
    one = np.array([0.5, 0.5, 0.0], np.float32)
    assert colour_distance(one, one) == pytest.approx(0)
    assert colour_distance(one, one[::-1].copy()) == pytest.approx(0.5)
    assert colour_distance(None, one) == 0


def test_frames_of_a_camera_that_looks_elsewhere_are_no_trouble() -> None:
    """Everybody is outside the picture: whatever the networks say must not crash the run."""
    motion = standing(FPS, 1.0).moved((40.0, 0.0))
    take = watch(motion, camera=camera_at(fov_deg=40)).estimate()
    assert np.isfinite(take.people[0].root_xyz_world).all()


def test_whoever_changes_clothes_and_stays_in_place_is_one_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sun and shade: nobody else fits, so it is the same person."""
    motion = walking(FPS, 3.0).moved(yaw_deg=60)
    paint = Source._paint

    def in_sun_or_shade(source: Source, bgr: np.ndarray, i: int) -> None:
        paint(source, bgr, i)
        bgr[bgr.any(-1)] = RED if i // 20 % 2 else BLUE

    monkeypatch.setattr(Source, "_paint", in_sun_or_shade)
    (person,) = replace(watch(motion), is_painted=True).estimate().people
    assert person.frames.tolist() == list(range(len(motion)))
