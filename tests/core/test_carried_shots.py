"""A clip that cuts between cameras that are carried: every shot has its own camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.types import Take
from limn.core.geometry.camera import cameras_at
from limn.core.geometry.rotations import nearest_rotation
from limn.core.pipeline.doubts import motion_doubts
from moving_room import MovingRoom, smooth
from synthetic import Actor, Clip, camera_at
from synthetic_motion import walking

COUNT = 75
SHOTS = (slice(0, COUNT), slice(COUNT, 2 * COUNT))


def two_shots() -> Clip:
    """Somebody walks beside a carried camera, then another one before a second, which is carried
    the other way, stands elsewhere and sees less of the room."""
    walk = walking(30.0, COUNT / 30)
    is_first = np.arange(2 * COUNT) < COUNT
    actors = (
        Actor(walk.moved(yaw_deg=80), is_first),
        Actor(walk.moved((0.5, 0.4), yaw_deg=-95), ~is_first),
    )
    u = np.linspace(0, 1, COUNT)
    first = np.stack([2.4 * u, 0 * u, 0.1 * u], -1) + smooth(COUNT, (0.02, 0.03, 0.02))
    second = np.stack([0.6 - 1.5 * u, 0.1 + 0 * u, -0.5 * u], -1) + smooth(COUNT, (0.02,) * 3, 3)
    turns = np.radians(np.concatenate([smooth(COUNT, (0.5, 1, 0.3), k) for k in (1, 2)]))
    turns[COUNT:, 1] += 0.12
    return Clip(
        actors,
        camera_at(),
        30.0,
        2 * COUNT,
        is_painted=True,
        backdrops=((20, 30, 40), (200, 180, 90)),
        cut_at=COUNT,
        path=np.concatenate([first, second]),
        turns=turns,
    )


@pytest.fixture(scope="module")
def clip() -> Clip:
    return two_shots()


@pytest.fixture(scope="module")
def take(clip: Clip) -> Take:
    return clip.estimate(background=MovingRoom([clip.camera_at(i) for i in range(2 * COUNT)]))


def test_each_shot_has_its_own_path(take: Take, clip: Clip) -> None:
    assert take.cuts.tolist() == [COUNT]
    assert clip.path is not None
    T = cameras_at(take, np.arange(2 * COUNT, dtype=np.int32))
    for shot in SHOTS:
        way = np.linalg.norm(np.diff(T[shot, :3, 3], axis=0), axis=1).sum()
        true = np.linalg.norm(np.diff(clip.path[shot], axis=0), axis=1).sum()
        assert way == pytest.approx(true, rel=0.1)
        own = T[shot, :3, 3] - T[shot, :3, 3].mean(0)
        path = clip.path[shot] - clip.path[shot].mean(0)
        turned = own @ nearest_rotation(path.T @ own).T
        assert np.linalg.norm(turned - path, axis=1).max() < 0.1


def test_who_walks_through_a_shot_walks_through_the_world(take: Take, clip: Clip) -> None:
    people = sorted(take.people, key=lambda person: int(person.frames[0]))
    assert [(int(one.frames[0]), int(one.frames[-1])) for one in people] == [
        (shot.start, shot.stop - 1) for shot in SHOTS
    ]
    for person, actor, shot in zip(people, clip.actors, SHOTS, strict=True):
        true = np.resize(actor.motion.landmarks(), (2 * COUNT, 33, 3))[shot, 23:25].mean(1)
        root = person.root_xyz_world.astype(np.float64)
        true, root = true - true.mean(0), root - root.mean(0)
        turned = root @ nearest_rotation(true.T @ root).T
        assert np.linalg.norm(turned - true, axis=1).mean() < 0.12


def test_what_moved_is_told_of_shots(take: Take) -> None:
    assert any("m in 2 of 2 shots" in warning for warning in take.warnings)
    lenses = np.repeat(np.array([1.0, 1.15], np.float32), COUNT)
    zooming = np.linspace(1.0, 1.4, 2 * COUNT).astype(np.float32)
    assert "zooms" not in motion_doubts(replace(take, zoom=lenses), wants_depth=False)[0]
    assert "zooms by 1.2" in motion_doubts(replace(take, zoom=zooming), wants_depth=False)[0]


def test_a_shot_whose_camera_stands_has_no_path_beside_one_that_is_carried(clip: Clip) -> None:
    assert clip.path is not None
    assert clip.turns is not None
    path, turns = clip.path.copy(), clip.turns.copy()
    path[COUNT:], turns[COUNT:] = path[COUNT], turns[COUNT]
    still = replace(clip, path=path, turns=turns)
    room = MovingRoom([still.camera_at(i) for i in range(2 * COUNT)], noise_px=0.02)
    take = still.estimate(background=room)
    T = cameras_at(take, np.arange(COUNT, 2 * COUNT, dtype=np.int32))
    assert np.ptp(T[:, :3, 3], axis=0).max() < 1e-9
    assert any("in 1 of 2 shots" in warning for warning in take.warnings)
