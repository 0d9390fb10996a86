"""Carried cameras among several: everybody's motion and every camera's way, in one room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.geometry.camera import cameras_at
from limn.core.geometry.rotations import exp_so3
from limn.core.perspective.manhattan import ManhattanAxes
from limn.core.pipeline.estimate import observe_clip
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.films.scene import Scene, scene_of
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import solve_again
from limn.core.together.adjusting.equations import RATE, SHIFT, SIZE, Equations
from limn.core.together.mirroring import mirrored
from limn.tools.jobs import finished
from moving_room import MovingRoom, smooth
from synthetic import Clip, Flaws, watch
from together_views import error_m, film, jumping, part_of, round_about

MOTION = jumping(30.0)


def clip_of(yaw_deg: float, seed: int, start: int = 0, walks: bool = True) -> Clip:
    """The motion from frame ``start`` on, by a camera that somebody walks past it with."""
    motion = part_of(MOTION, start)
    flaws = Flaws(noise_m=0.01, seed=seed)
    if not walks:
        return watch(motion, camera=round_about(yaw_deg), flaws=flaws)
    t = len(motion.root_xyz)
    along = np.linspace(-0.8, 0.8, t)
    path = np.stack([along, 0 * along, 0.1 * along], -1) + smooth(t, (0.02, 0.03, 0.02))
    turns = np.radians(smooth(t, (0.5, 1.0, 0.3), seed=1))
    turns[:, 1] -= np.arctan(along / 4.5)
    return watch(motion, camera=round_about(yaw_deg), flaws=flaws, path=path, turns=turns)


def carried(clip: Clip, name: str) -> Film:
    """What networks see of it, its background too."""
    room = MovingRoom([clip.camera_at(i) for i in range(clip.frame_count)])
    networks = Networks(clip.detector(), (clip.model(),), background=lambda: room)
    seen, _ = finished(observe_clip(clip.source(), networks, Settings()))
    return Film(replace(clip.source().info, path=name), seen)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A phone that stands, and one that is carried past and starts 0.2 s later."""
    films = [film(clip_of(0.0, 1, walks=False), "front.mp4")]
    return finished(scene_of([*films, carried(clip_of(70.0, 2, 6), "side.mp4")], Settings()))


def ways_apart_m(take: Take, clip: Clip, others: Take, standing: Clip) -> float:
    """Mean distance of a carried camera from where it truly was, both beside one that stands."""
    found = cameras_at(take, np.arange(clip.frame_count, dtype=np.int32))[:, :3, 3]
    true = np.array([clip.camera_at(i).T_world_camera[:3, 3] for i in range(clip.frame_count)])
    own, other = others.camera.T_world_camera, standing.camera.T_world_camera
    back = other @ np.linalg.inv(own)
    found = found @ back[:3, :3].T + back[:3, 3]
    return float(np.linalg.norm(found - true, axis=1).mean())


def way_m(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def test_a_carried_phone_is_followed_among_several(scene: Scene) -> None:
    standing, walking = clip_of(0.0, 1, walks=False), clip_of(70.0, 2, 6)
    first, second = scene.takes()
    (view,), (other,) = first.views, second.views
    assert view.agreement.word == "good"
    assert view.starts_s == pytest.approx(0.2, abs=0.005)
    assert error_m(first, MOTION) < 0.013
    assert error_m(second, part_of(MOTION, 6)) < 0.016
    assert walking.path is not None
    for path in (view.part.path, second.path):
        assert way_m(path) == pytest.approx(way_m(walking.path), rel=0.04)
    assert len(other.part.path) == len(first.path) == 0
    assert ways_apart_m(view.part, walking, first, standing) < 0.12


def test_two_carried_phones_tell_one_motion_again_from_the_take(tmp_path: Path) -> None:
    clips = [clip_of(0.0, 1), clip_of(70.0, 2, 6)]
    films = [carried(clip, f"{k}.mp4") for k, clip in enumerate(clips)]
    take = finished(scene_of(films, Settings())).take()
    assert error_m(take, MOTION) < 0.014
    save_take(take, tmp_path / "a.take.npz")
    back = load_take(tmp_path / "a.take.npz")
    np.testing.assert_array_equal(back.views[0].part.path, take.views[0].part.path)
    again = finished(solve_again(back, Settings()))
    np.testing.assert_allclose(again.path, take.path, atol=1e-4)
    np.testing.assert_allclose(
        again.people[0].root_xyz_world, take.people[0].root_xyz_world, atol=1e-4
    )
    still = finished(solve_again(back, Settings(camera="still")))
    assert len(still.path) == len(still.views[0].part.path) == 0


def test_the_adjustment_knows_what_a_carried_camera_does(scene: Scene) -> None:
    """Its slopes are those of its cost: turn, place, clock, rate and the size of the path."""
    views = [one.viewpoint for one in scene.shown]
    start = scene.found.rig
    rig = replace(start, size=np.array([1.0, 0.9]), shift_s=start.shift_s + np.array([0, 0.03]))
    equations = Equations(views, scene.found.groups, rig, 20)
    guess = equations.start(rig)
    off = 0.05 * np.random.default_rng(0).normal(size=guess.points[0].shape)
    guess = replace(guess, points=[guess.points[0] + off])
    system = equations.at(guess)
    assert rig.size is not None
    for k in (0, 1, 2, 3, 4, 5, SHIFT, RATE, SIZE):
        cost: list[float] = []
        for h in (1e-5, -1e-5):
            step = np.zeros(10)
            step[k] = h
            R = np.stack([np.eye(3), exp_so3(step[:3]) @ rig.R[1]])
            moved = replace(
                rig,
                R=R,
                t=rig.t + np.stack([np.zeros(3), step[3:6]]),
                shift_s=rig.shift_s + np.array([0, step[SHIFT]]),
                rate=rig.rate + np.array([0, step[RATE]]),
                size=rig.size * [1, np.exp(step[SIZE])],
            )
            cost.append(equations.at(replace(guess, rig=moved)).cost)
        slope = (cost[0] - cost[1]) / 2e-5 / 2
        assert system.g[10 + k] == pytest.approx(slope, rel=0.05, abs=0.02 * abs(system.g).max()), k


def test_a_carried_film_may_be_mirrored(scene: Scene) -> None:
    view = scene.shown[1].viewpoint
    (one,), (twin,) = view.people, mirrored(view).people
    assert one.way is not None
    assert twin.way is not None
    flip = np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(
        twin.way.to_camera(one.X * flip), one.way.to_camera(one.X) * flip, atol=1e-9
    )
    np.testing.assert_allclose(mirrored(mirrored(view)).people[0].way.axes, one.way.axes)  # type: ignore[union-attr]


def test_lines_that_lie_in_one_film_tilt_nobody(scene: Scene) -> None:
    own = round_about(0.0).T_world_camera[:3, :3].T
    wrong = exp_so3(np.array([np.radians(12.0), 0, 0])) @ own
    right = scene.found.rig.R[1] @ own
    shown = tuple(
        replace(one, stage=replace(one.stage, uprights=[ManhattanAxes(axes.T, 0.0, 0.02)]))
        for one, axes in zip(scene.shown, (wrong, right), strict=True)
    )
    take = replace(scene, shown=shown).take()
    up = take.camera.T_world_camera[:3, :3].T[:, 2]
    assert np.degrees(np.arccos(up @ own[:, 2])) < 1.5
    # Nor do they turn the cameras: beyond some sigmas they have no say.
    views = [one.viewpoint for one in scene.shown]
    off = replace(views[1], up=exp_so3(np.array([0.5, 0, 0])) @ views[1].up)
    equations = [
        Equations(both, scene.found.groups, scene.found.rig, 20)
        for both in (views, [views[0], off])
    ]
    one, other = (each.at(each.start(scene.found.rig)).cost for each in equations)
    assert 5 < other - one < 9
