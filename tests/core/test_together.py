"""Several clips of one scene: clocks, cameras, who is who, and one motion of them all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.cli.clips.together import shifts_of
from limn.core.data.errors import ClipError, NoPersonError, SettingsError
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.data.views.view import GivenOfView
from limn.core.pipeline.estimate import estimate, estimate_together
from limn.core.pipeline.films.film import Film, KnownFilm, views_without
from limn.core.pipeline.films.scene import scene_of, solve_films
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.core.solving.track import track
from limn.tools.jobs import finished
from synthetic import Flaws, watch
from synthetic_motion import jumping, squatting, turning, walking
from together_views import error_m, film, filmed, part_of, round_about

MOTION = jumping(60.0)
"""At 60 frames a second, of which clips take some."""


def turn_deg(R: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(R) - 1) / 2, -1, 1))))


@pytest.fixture(scope="module")
def two() -> list[Film]:
    """Front at 30 frames a second from the start, side at 60 from 0.25 s on."""
    front = filmed(part_of(MOTION, 0, None, 2), 0.0, "front.mp4", 1)
    return [front, filmed(part_of(MOTION, 15), 70.0, "side.mp4", 2)]


@pytest.fixture(scope="module")
def take(two: list[Film]) -> Take:
    return finished(solve_films(two, Settings()))


def test_clocks_and_cameras_come_from_the_people_alone(take: Take) -> None:
    (view,) = take.views
    assert view.starts_s == pytest.approx(0.25, abs=0.008)
    assert view.agreement.word == "good"
    assert view.agreement.angle_deg == pytest.approx(70.0, abs=12.0)  # of a guessed focal length
    own, theirs = (c.T_world_camera[:3, :3] for c in (take.camera, view.part.camera))
    true = [round_about(yaw).T_world_camera[:3, :3] for yaw in (0.0, 70.0)]
    assert turn_deg((own.T @ theirs) @ (true[0].T @ true[1]).T) < 2.0
    assert not take.warnings


def test_an_even_walk_that_may_be_a_stride_off_is_told_and_a_given_offset_believed() -> None:
    walk = walking(30.0, seconds=6.0)
    films = [filmed(walk, 0.0, "a.mp4", 1), filmed(part_of(walk, 45, 120), 60.0, "b.mp4", 2)]
    take = finished(solve_films(films, Settings()))
    (view,) = take.views
    assert view.agreement.word == "check"
    (told,) = [text for text in take.warnings if "nearly as well if it began" in text]
    assert told.startswith("b.mp4 would fit a.mp4")
    given = replace(films[1], given=replace(films[1].given, shift_s=view.starts_s))
    again = finished(solve_films([films[0], given], Settings()))
    assert not [text for text in again.warnings if "nearly as well" in text]


def test_two_views_tell_depth_that_one_does_not() -> None:
    # Depth that a network tells wrong by the same amount in every frame is a pose that is wrong.
    motion = part_of(MOTION, 0, None, 2)
    offset = np.zeros((33, 3))
    offset[[13, 15], 2], offset[[26, 28], 2] = 0.25, -0.25
    films = [
        film(
            watch(motion, camera=round_about(yaw), flaws=Flaws(0.005, offset_m=offset, seed=k)),
            f"{yaw}.mp4",
        )
        for k, yaw in enumerate((0.0, 80.0))
    ]
    alone = finished(solve_films_or_one(films[:1]))
    both = finished(solve_films(films, Settings()))
    assert error_m(both, motion) < 0.6 * error_m(alone, motion)


def solve_films_or_one(films: list[Film]):  # noqa: ANN201 - a generator
    from limn.core.pipeline.estimate import solve

    return solve(films[0].info, films[0].seen, Settings())


def test_where_one_view_is_alone_it_is_as_good_as_by_itself() -> None:
    motion = part_of(MOTION, 0, None, 2)
    half = len(motion) // 2
    front = filmed(motion, 0.0, "front.mp4", 1)
    side = filmed(part_of(motion, 0, half), 70.0, "side.mp4", 2)
    alone = finished(solve_films_or_one([front]))
    both = finished(solve_films([front, side], Settings()))
    later = slice(half + 6, None)
    assert error_m(both, motion, later) < error_m(alone, motion, later) + 0.004


def test_people_are_told_apart_and_matched_whatever_their_order() -> None:
    left, right = squatting(30.0).moved((-0.8, 0.0)), jumping(30.0).moved((0.8, 0.0))
    flaws = Flaws(noise_m=0.01)
    first = film(watch(left, right, camera=round_about(0.0), flaws=flaws), "front.mp4")
    other = film(watch(right, left, camera=round_about(60.0), flaws=flaws), "side.mp4")
    swapped = replace(other, seen=replace(other.seen, tracks=other.seen.tracks[::-1]))
    for second in (other, swapped):
        scene = finished(scene_of([first, second], Settings()))
        assert len(scene.found.groups) == 2
        up = [
            [np.ptp(one.X[:, 0] @ shown.viewpoint.up) for one in shown.viewpoint.people]
            for shown in scene.shown
        ]
        for i, j in scene.found.groups:
            assert i is not None
            assert j is not None
            assert np.argsort(up[0])[i] == np.argsort(up[1])[j]


def test_three_views_of_which_two_never_overlap() -> None:
    early = filmed(part_of(MOTION, 0, 85), 0.0, "a.mp4", 1)
    whole = filmed(part_of(MOTION, 0, None, 2), 60.0, "b.mp4", 2)
    late = filmed(part_of(MOTION, 88), 120.0, "c.mp4", 3)
    take = finished(solve_films([early, whole, late], Settings()))
    assert [view.starts_s for view in take.views] == pytest.approx([0.0, 88 / 60], abs=0.012)


def test_a_mirrored_film_is_refused() -> None:
    front, side = (filmed(turning(30.0), yaw, f"{name}.mp4", 1)
                   for yaw, name in ((0.0, "front"), (70.0, "side")))  # fmt: skip
    width = side.info.size_px[0]
    tracks = tuple(
        replace(
            track,
            detected_xy_px=(track.detected_xy_px * [-1, 1] + [width - 1, 0]).astype(np.float32)[
                :, track.detected_skeleton.mirror
            ],
            center_px=(track.center_px * [-1, 1] + [width - 1, 0]).astype(np.float32),
            passes={
                name: replace(
                    one,
                    xy_px=(one.xy_px * [-1, 1] + [width - 1, 0]).astype(np.float32)[
                        :, one.skeleton.mirror
                    ],
                    xyz_m=(one.xyz_m * [-1, 1, 1]).astype(np.float32)[:, one.skeleton.mirror],
                )
                for name, one in track.passes.items()
            },
        )
        for track in side.seen.tracks
    )
    selfie = replace(side, seen=replace(side.seen, tracks=tracks))
    with pytest.raises(ClipError, match=r"side\.mp4 seems to be mirrored"):
        finished(solve_films([front, selfie], Settings()))


def test_a_clip_of_somebody_else_is_refused(two: list[Film]) -> None:
    other = filmed(walking(30.0), 40.0, "walk.mp4")
    with pytest.raises(ClipError, match=r"walk\.mp4 shows other people than front\.mp4"):
        finished(solve_films([two[0], other], Settings()))


def test_clips_that_hardly_overlap_are_refused() -> None:
    short = filmed(part_of(MOTION, 0, 30), 50.0, "short.mp4")
    with pytest.raises(ClipError, match="never show the same people at once for long enough"):
        finished(solve_films([filmed(MOTION, 0.0, "front.mp4"), short], Settings()))


def test_views_from_one_place_are_doubted() -> None:
    films = [filmed(part_of(MOTION, 0, None, 2), yaw, f"{yaw}.mp4", k)
             for k, yaw in enumerate((0.0, 4.0))]  # fmt: skip
    take = finished(solve_films(films, Settings()))
    assert any("nearly the same place" in text for text in take.warnings)
    assert take.views[0].agreement.word != "good"


def test_a_shift_that_is_given_is_kept_near(two: list[Film]) -> None:
    given = replace(two[1], given=GivenOfView(shift_s=-0.25))
    take = finished(solve_films([two[0], given], Settings()))
    assert take.views[0].starts_s == pytest.approx(0.25, abs=0.008)


def test_the_distance_of_cameras_gives_the_scene_its_size(two: list[Film]) -> None:
    given = replace(two[1], given=GivenOfView(distance_m=10.0))
    take = finished(solve_films([two[0], given], Settings()))
    own, theirs = take.camera.T_world_camera, take.views[0].part.camera.T_world_camera
    assert np.linalg.norm(own[:3, 3] - theirs[:3, 3]) == pytest.approx(10.0)
    assert take.people[0].height_m > 2.5


def test_a_known_height_gives_the_scene_its_size(two: list[Film]) -> None:
    take = finished(solve_films(two, Settings(height_m=1.5)))
    assert take.people[0].height_m == pytest.approx(1.5, abs=0.01)


def test_every_film_can_be_the_one_that_gives_times(two: list[Film]) -> None:
    front, side = finished(scene_of(two, Settings())).takes()
    assert len(side.time_s) == len(two[1].seen.time_s)
    assert side.views[0].starts_s == pytest.approx(-front.views[0].starts_s)
    assert side.views[0].part.clip.path == "front.mp4"


def test_a_take_of_several_views_is_solved_again_from_its_file(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "a.take.npz"
    save_take(take, path)
    loaded = load_take(path)
    assert [view.given for view in loaded.views] == [view.given for view in take.views]
    assert loaded.views[0].agreement == take.views[0].agreement
    again = finished(solve_again(loaded, settings_of(loaded)))
    np.testing.assert_array_equal(again.people[0].root_xyz_world, take.people[0].root_xyz_world)
    np.testing.assert_allclose(
        again.views[0].part.camera.T_world_camera, take.views[0].part.camera.T_world_camera
    )


def test_a_view_that_is_off_is_not_asked_and_stays(take: Take, two: list[Film]) -> None:
    off = replace(take, views=(replace(take.views[0], is_used=False),))
    again = finished(solve_again(off, settings_of(take)))
    alone = finished(solve_films_or_one(two[:1]))
    np.testing.assert_array_equal(again.people[0].root_xyz_world, alone.people[0].root_xyz_world)
    assert not again.views[0].is_used
    was, now = (
        np.linalg.inv(one.camera.T_world_camera) @ one.views[0].part.camera.T_world_camera
        for one in (take, again)
    )
    np.testing.assert_allclose(now, was, atol=1e-9, err_msg="the camera went elsewhere")


def test_one_clip_alone_is_the_take_that_it_was() -> None:
    clip = watch(part_of(MOTION, 0, None, 2), flaws=Flaws(noise_m=0.01))
    networks = Networks(clip.detector(), (clip.model(),))
    one = finished(estimate(clip.source(), networks, Settings()))
    job = estimate_together([clip.source()], networks, Settings(), [KnownFilm()])
    together = finished(job)
    assert not together.views
    for a, b in zip(one.people, together.people, strict=True):
        np.testing.assert_array_equal(a.quat_parent_joint, b.quat_parent_joint)
        np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)


def test_films_with_cuts_or_nobody_and_other_estimators_are_refused(two: list[Film]) -> None:
    front, side = two
    cut = replace(side, seen=replace(side.seen, cuts=np.array([20], np.int32)))
    with pytest.raises(ClipError, match=r"side\.mp4 has 2 shots"):
        finished(solve_films([front, cut], Settings()))
    empty = replace(side, seen=replace(side.seen, tracks=()))
    with pytest.raises(NoPersonError, match=r"No person found in side\.mp4"):
        finished(solve_films([front, empty], Settings()))
    with pytest.raises(SettingsError, match="a calibration tells"):
        finished(solve_films(two, Settings(camera="given")))
    with pytest.raises(SettingsError, match="takes one clip"):
        finished(solve_films(two, Settings(estimator="flat")))


def test_views_are_left_out_by_number_or_name(take: Take) -> None:
    assert not views_without(take.views, ["1"])[0].is_used
    assert not views_without(take.views, ["side.mp4"])[0].is_used
    assert views_without(views_without(take.views, ["1"]), ["none"])[0].is_used
    with pytest.raises(SettingsError, match=r"no further view 2; it has side\.mp4"):
        views_without(take.views, ["2"])


@pytest.mark.parametrize(
    ("given", "starts"),
    [([], [None, None]), (["side.mp4=0.5"], [None, 0.5]), (["2=-1"], [None, -1.0])],
)
def test_starts_are_told_by_name_or_number(given: list[str], starts: list[float | None]) -> None:
    assert shifts_of(given, [Path("a/front.mp4"), Path("a/side.mp4")]) == starts


@pytest.mark.parametrize("given", ["side.mp4", "3=1", "2=x", "2=nan", "1=2"])
def test_starts_of_no_further_clip_are_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="--shift"):
        shifts_of([given], [Path("front.mp4"), Path("side.mp4")])


def test_frames_that_several_see_are_smoothed_more_and_not_along_the_view(two: list[Film]) -> None:
    one = finished(scene_of(two, Settings())).shown[0].solved[0]
    t = len(one.evidence)
    halves = np.where(np.arange(t) < t // 2, 1.0, 0.0)
    shared = replace(one.evidence, shared=halves)
    alone, both = (
        track._smoothness(one.X, evidence, one.sigmas, False, None).reshape(t - 2, -1, 3)
        for evidence in (one.evidence, shared)
    )
    early, late, hip = slice(0, t // 2 - 2), slice(t // 2, None), 6
    np.testing.assert_array_equal(both[late], alone[late])
    np.testing.assert_allclose(both[early, 0], 4 * alone[early, 0])
    np.testing.assert_allclose(both[early, hip, 2], both[early, hip, 0])
    assert (alone[:, hip, 2] > alone[:, hip, 0]).all()
