"""A camera that turns while it films is followed; one that stands still isn't imagined to turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import Observed
from limn.core.data.settings import Settings
from limn.core.data.skeletons import joint
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Camera, ClipInfo, Frame, Take
from limn.core.editing.mirroring import mirror_take
from limn.core.editing.rigid_move import moved
from limn.core.editing.trimming import stretch
from limn.core.geometry.camera import camera_at as camera_of_frame
from limn.core.geometry.camera import camera_of_focal, project
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.perspective.camera_turns import Flow, TurnWatch, at_focal, turn_between
from limn.core.perspective.collecting import TurnCollector
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from recovery import recover
from room_lines import RoomScene, room_lines
from synthetic import Clip, camera_at, watch
from synthetic_motion import squatting, walking

SIZE = (1280, 720)
CAMERA = camera_of_focal(SIZE, 1271.85)  # the usual field of view


def swaying(count: int, fps: float = 30.0, size_deg: float = 4.0) -> np.ndarray:
    """Turns (t, 3) of a camera in somebody's hand that also pans."""
    t = np.arange(count) / fps
    sway = np.stack([np.sin(2.1 * t), np.sin(1.3 * t + 1) + 1.5 * t, 0.4 * np.sin(3.1 * t)], -1)
    return np.radians(size_deg) * (sway - sway[0])


def off_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between rotations (t, 3, 3) into axes that are turned to each other for good."""
    apart = a @ np.swapaxes(b, -1, -2)
    return np.degrees(np.linalg.norm(log_so3(apart[0].T @ apart), axis=-1))


def watched(
    scene: RoomScene, count: int, boxes: np.ndarray, every: int = 1, camera: Camera = CAMERA
) -> np.ndarray | None:
    watch_turns = TurnWatch(camera)
    picture = np.zeros((2, 2, 3), np.uint8)
    for position in range(count):
        flow = scene.follow(picture, starts_shot=position == 0)
        if position % every == 0:
            watch_turns.add(position, flow, boxes, starts_shot=position == 0)
    return watch_turns.turns(count)


def test_a_turn_is_found_among_points_that_move_by_themselves() -> None:
    turns = swaying(80)
    found = watched(RoomScene(CAMERA, turns=turns), 80, np.zeros((0, 4)))
    assert found is not None
    assert off_deg(exp_so3(found), exp_so3(turns)).max() < 0.15


def test_turns_are_as_large_as_the_lens_makes_them() -> None:
    long = camera_of_focal(SIZE, 2 * 1271.85)
    turns = swaying(40, size_deg=2.0)
    for known in (CAMERA, long):
        found = watched(RoomScene(long, turns=turns), 40, np.zeros((0, 4)), camera=known)
        assert found is not None
        assert off_deg(at_focal(found, long), exp_so3(turns)).max() < 0.15
        assert off_deg(at_focal(found, CAMERA), exp_so3(turns)).max() > 1.0


def test_a_camera_that_stands_still_never_turns() -> None:
    assert watched(RoomScene(CAMERA, noise_px=0.3), 60, np.zeros((0, 4))) is None
    rng = np.random.default_rng(0)
    before = rng.uniform([0, 0], SIZE, (50, 2))
    after = before.copy()
    after[:20] += [9.0, 2.0]
    turn = turn_between(before, after, CAMERA)
    assert turn is not None
    assert np.array_equal(turn, np.eye(3))


def test_points_at_people_are_left_out() -> None:
    rng = np.random.default_rng(0)
    wall = np.concatenate(
        [rng.uniform([0, 0], [500, 720], (20, 2)), rng.uniform([0, 0], SIZE, (4, 2))]
    )
    person = rng.uniform([700, 100], [1000, 700], (60, 2))
    before = np.concatenate([wall, person]).astype(np.float32)
    after = before + np.concatenate([np.zeros((24, 2)), np.full((60, 2), 8.0)]).astype(np.float32)
    none = np.zeros((0, 2), np.float32)
    for boxes, turned in (([np.array([700.0, 100, 1000, 700])], False), ([], True)):
        watch_turns = TurnWatch(CAMERA)
        watch_turns.add(0, Flow(none, none, is_key=True), boxes, starts_shot=True)
        watch_turns.add(1, Flow(before, after, is_key=False), boxes, starts_shot=False)
        assert (watch_turns.turns(2) is not None) == turned


@pytest.mark.parametrize("turns", [None, swaying(90)])
def test_a_camera_that_stands_still_is_looked_at_less_often(turns: np.ndarray | None) -> None:
    looks: list[int] = []

    class Counted(RoomScene):
        def follow(self, bgr: np.ndarray, *, starts_shot: bool) -> Flow:
            looks.append(int(bgr[0, 0, 0]))
            self._frame = looks[-1]
            return super().follow(bgr, starts_shot=starts_shot)

    info = ClipInfo("a.mp4", SIZE, 30.0, 90)
    scene = TurnCollector(Counted(CAMERA, turns=turns), info, CAMERA)
    with ThreadPoolExecutor(1) as pool:
        for first in range(0, 90, 5):
            pictures = [np.full((2, 2, 3), i, np.uint8) for i in range(first, first + 5)]
            chunk = [Frame(i, i / 30, p) for i, p in enumerate(pictures, first)]
            scene.read(pool, first, chunk, starts_shot=False)
            for frame in chunk:
                scene.meet(pool, frame.index, frame.bgr, [])
    assert len(looks) < 40 if turns is None else len(looks) == 90
    seen = scene.finish(Observed(np.arange(90) / 30, np.arange(90, dtype=np.int32), ()))
    assert (seen.turns is None) == (turns is None)


def test_where_nothing_can_be_followed_the_camera_keeps_its_look() -> None:
    turns = swaying(30)
    scene, watch_turns = RoomScene(CAMERA, turns=turns), TurnWatch(CAMERA)
    none = np.zeros((0, 2), np.float32)
    for position in range(30):
        flow = scene.follow(np.zeros((2, 2, 3), np.uint8), starts_shot=position == 0)
        lost = Flow(none, none, is_key=False)
        given = lost if position in (15, 16) else flow
        watch_turns.add(position, given, [], starts_shot=position == 0)
    found = watch_turns.turns(30)
    assert found is not None
    assert off_deg(exp_so3(found), exp_so3(turns))[[*range(15), *range(17, 30)]].max() < 0.2
    assert np.array_equal(found[15], found[14])


def test_frames_left_out_lie_between_and_shots_are_apart() -> None:
    turns = swaying(41)
    found = watched(RoomScene(CAMERA, turns=turns), 41, np.zeros((0, 4)), every=2)
    assert found is not None
    assert off_deg(exp_so3(found), exp_so3(turns)).max() < 0.3
    watch_turns, scene = TurnWatch(CAMERA), RoomScene(CAMERA, turns=turns)
    for position in range(41):
        flow = scene.follow(np.zeros((2, 2, 3), np.uint8), starts_shot=position in (0, 20))
        watch_turns.add(position, flow, [], starts_shot=position in (0, 20))
    apart = watch_turns.turns(41)
    assert apart is not None
    for shot in (slice(0, 20), slice(20, 41)):
        assert off_deg(exp_so3(apart[shot]), exp_so3(turns[shot])).max() < 0.2
        assert np.degrees(np.linalg.norm(apart[shot].mean(0))) < 0.1


def filmed(turns: np.ndarray, motion: str = "squat") -> Clip:
    count = len(turns)
    walk = walking(30.0, count / 30).moved(yaw_deg=70)
    moving = squatting(30.0, count / 30) if motion == "squat" else walk
    return watch(moving, camera=camera_at(), turns=turns)


def estimated(clip: Clip, *, follows: bool = True, **options: object) -> Take:
    scene = RoomScene(clip.camera, turns=clip.turns) if follows else None
    return clip.estimate(scene=scene, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("motion", ["squat", "walk"])
def test_people_are_as_exact_as_before_a_camera_that_stands_still(motion: str) -> None:
    clip = filmed(swaying(60), motion)
    take, loose = estimated(clip), estimated(clip, follows=False)
    still = filmed(np.zeros((60, 3)), motion)
    exact = recover(still, still.estimate())
    found = recover(clip, take)
    assert found.joint_mm.mean() < exact.joint_mm.mean() + 1.5, found.says()
    assert found.turn_deg.mean() < exact.turn_deg.mean() + 0.5
    ankle = joint("left_ankle")
    stands = clip.actors[0].motion.planted[take.people[0].frames][:, 0]
    both = stands[1:] & stands[:-1]
    slide = [
        1000 * np.linalg.norm(np.diff(person_joints_world(t.people[0])[:, ankle], axis=0), axis=-1)
        for t in (take, loose)
    ]
    assert slide[0][both].mean() < 1.5
    assert slide[1][both].mean() > 3 * slide[0][both].mean()
    assert any("camera turns by up to" in warning for warning in take.warnings)
    assert take.report["people"][0]["checks"]["reprojection_share"]["word"] == "good"  # type: ignore[index]


def test_each_frame_has_the_camera_that_saw_it(tmp_path: object) -> None:
    clip = filmed(swaying(45))
    take = estimated(clip)
    person = take.people[0]
    joints = person_joints_world(person)
    for frame in (0, 20, 44):
        px = project(camera_of_frame(take, frame), joints[frame, joint("left_wrist")])
        true = clip.xy_px[0, frame, 15]
        assert np.linalg.norm(px - true) < 4
    path = tmp_path / "a.take.npz"  # type: ignore[operator]
    save_take(take, path)
    back = load_take(path)
    assert np.array_equal(back.turns, take.turns)
    again = finished(solve_again(back, Settings()))
    assert np.allclose(again.turns, take.turns)
    wider = finished(solve_again(back, Settings(fov_deg=80.0)))
    assert np.abs(wider.turns).max() > np.abs(take.turns).max()


def test_a_baseline_knows_no_turns_and_lies_over_its_frames_all_the_same() -> None:
    clip = filmed(swaying(40))
    take = estimated(clip, settings=Settings(estimator="flat"))
    assert not len(take.turns)
    joints = person_joints_world(take.people[0])
    for frame in (0, 20, 39):
        px = project(camera_of_frame(take, frame), joints[frame, joint("left_knee")])
        assert np.linalg.norm(px - clip.xy_px[0, frame, 25]) < 25


def test_editing_keeps_people_over_their_footage() -> None:
    take = estimated(filmed(swaying(45)))
    before = {
        f: project(camera_of_frame(take, f), person_joints_world(take.people[0])[f, 15])
        for f in (10, 30)
    }
    away = np.eye(4)
    away[:3, :3], away[:3, 3] = exp_so3(np.array([0, 0, 1.1])), [1, 2, 0]
    far = moved(take, away)
    part = stretch(take, None, 10, 40)
    mirrored = mirror_take(take)
    width = take.camera.size_px[0]
    for frame, px in before.items():
        there = project(camera_of_frame(far, frame), person_joints_world(far.people[0])[frame, 15])
        assert np.abs(there - px).max() < 0.5
        cut = person_joints_world(part.people[0])[frame - 10, 15]
        assert np.abs(project(camera_of_frame(part, frame - 10), cut) - px).max() < 0.5
        twin = person_joints_world(mirrored.people[0])[frame, 15]
        flipped = project(camera_of_frame(mirrored, frame), twin)
        assert np.abs(flipped - [width - 1 - px[0], px[1]]).max() < 1.5


def test_lines_of_a_turning_camera_agree_on_up() -> None:
    camera = camera_at(tilt_deg=10)
    turns = swaying(300, size_deg=2.0)
    motion = squatting(30.0, 10.0)
    clip = watch(motion, camera=camera, turns=turns)
    world = np.array([[0, 0, 1.0], [0.8, 0.6, 0], [-0.6, 0.8, 0]])

    class Room(RoomScene):
        def lines(self, bgr: np.ndarray) -> np.ndarray:
            at = int(bgr[0, 0, 0]) | int(bgr[0, 0, 1]) << 8
            seen = clip.camera_at(at).T_world_camera[:3, :3]
            return room_lines(camera, world @ seen, seed=at).astype(np.float32)

    take = clip.estimate(scene=Room(camera, turns=turns))
    up = camera_of_frame(take, 0).T_world_camera[2, :3]
    true = clip.camera_at(0).T_world_camera[2, :3]
    assert np.degrees(np.arccos(np.clip(up @ true, -1, 1))) < 0.7


def test_a_take_whose_turns_dont_fit_is_refused() -> None:
    take = estimated(filmed(swaying(30)))
    with pytest.raises(ValueError, match="turns"):
        replace(take, turns=take.turns[:5])
