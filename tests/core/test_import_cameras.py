"""The camera that another tool tells of: it moves as it did, and people stay where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import foreign_motion
import numpy as np
import pytest
from limn.core.data.types import ClipInfo, Person, Take
from limn.core.geometry.camera import cameras_at
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import log_so3
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.filming import filmed
from limn.core.importing.motion import ImportedCamera
from limn.core.importing.opening import import_motion

from .walking_source import walking

AS_IS = ImportSettings(is_as_it_is=True)
FRAMES = 90
MOVING = {
    "gvhmr": ("a.pt", foreign_motion.gvhmr),
    "wham": ("a.pkl", foreign_motion.wham),
    "tram": ("hps/a.npy", foreign_motion.tram),
    "prompthmr": ("a.pkl", foreign_motion.prompthmr),
}


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking(FRAMES)


def _file(tmp_path: Path, layout: str, person: Person) -> Path:
    name, write = MOVING[layout]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    write(tmp_path / name, person)
    return tmp_path / name


def _cameras(take: Take) -> np.ndarray:
    return cameras_at(take, np.arange(len(take.time_s), dtype=np.int32))


@pytest.mark.parametrize("layout", MOVING)
def test_the_camera_goes_its_way(layout: str, tmp_path: Path, walker: Person) -> None:
    take = import_motion(_file(tmp_path, layout, walker), AS_IS)
    assert take.path.shape == take.turns.shape == (FRAMES, 3)
    R, place = foreign_motion.camera_path(FRAMES)
    T, person = _cameras(take), take.people[0]
    # Seen from the person: where the file's world lies in Limn's is its own business.
    told = T[:, :3, 3] - person.root_xyz_world
    truth = place - walker.root_xyz_world
    (x, y), (x2, y2) = truth[0, :2], told[0, :2]
    turn = x * x2 + y * y2, x * y2 - y * x2
    c, s = np.array(turn) / np.hypot(*turn)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(told, truth @ about_z.T, atol=0.01)
    away = log_so3(np.swapaxes(about_z @ R, 1, 2) @ T[:, :3, :3])
    assert np.abs(away).max() < 0.01


@pytest.mark.parametrize("layout", MOVING)
def test_people_walk_through_the_world_all_the_same(
    layout: str, tmp_path: Path, walker: Person
) -> None:
    take = import_motion(_file(tmp_path, layout, walker), AS_IS)
    way = take.people[0].root_xyz_world
    length = np.linalg.norm(way[-1] - way[0])
    assert length == pytest.approx(
        np.linalg.norm(walker.root_xyz_world[-1] - walker.root_xyz_world[0]), abs=0.01
    )


def test_the_camera_sees_cleaned_people_where_it_saw_them(tmp_path: Path, walker: Person) -> None:
    """A way that drifts is mended, and the camera that was told from it comes along."""
    drift = np.zeros((FRAMES, 3))
    drift[:, 0] = 0.25 * np.arange(FRAMES) / 30.0
    drifting = replace(walker, root_xyz_world=(walker.root_xyz_world + drift).astype(np.float32))

    def seen(take: Take) -> np.ndarray:
        T = _cameras(take)
        xyz = person_joints_world(take.people[0])[:, 0].astype(np.float64)
        return np.einsum("tba,tb->ta", T[:, :3, :3], xyz - T[:, :3, 3])

    file = _file(tmp_path, "gvhmr", drifting)
    raw, clean = import_motion(file, AS_IS), import_motion(file)
    moved = np.ptp(clean.people[0].root_xyz_world[:, 0] - raw.people[0].root_xyz_world[:, 0])
    assert moved > 0.3, "the way was mended"
    assert np.abs(seen(clean) - seen(raw)).max() < 0.06


def test_a_camera_that_trembles_in_its_place_stands_still() -> None:
    rng = np.random.default_rng(0)
    T = np.tile(np.eye(4), (50, 1, 1))
    T[:, :3, 3] = np.array([0.0, -4.0, 1.5]) + rng.normal(0, 0.004, (50, 3))
    clip = ClipInfo("a.mp4", (1280, 720), 30.0, 50)
    shift = np.tile([0.3, 0.0, -0.2], (50, 1))
    camera = filmed(ImportedCamera(T_file_camera=T), clip, 30.0, shift, is_as_it_is=False)
    assert not len(camera.path)
    assert not len(camera.turns)
    place = camera.camera.T_world_camera[:3, 3]
    np.testing.assert_allclose(place, [0.0, -4.0, 1.3], atol=0.003)


def test_a_camera_told_by_noisy_bodies_is_steadied() -> None:
    rng = np.random.default_rng(0)
    way = np.stack([0.02 * np.arange(120), np.zeros(120), np.ones(120)], axis=-1)
    T = np.tile(np.eye(4), (120, 1, 1))
    T[:, :3, 3] = way + rng.normal(0, 0.02, (120, 3))
    clip = ClipInfo("a.mp4", (1280, 720), 30.0, 120)
    still = np.zeros((120, 3))

    def roughness(is_as_it_is: bool) -> float:
        told = ImportedCamera(T_file_camera=T)
        path = filmed(told, clip, 30.0, still, is_as_it_is=is_as_it_is).path
        return float(np.abs(np.diff(path, n=2, axis=0)).mean())

    assert roughness(False) < 0.1 * roughness(True)
    smooth = np.tile(np.eye(4), (120, 1, 1))
    smooth[:, :3, 3] = way
    told = ImportedCamera(T_file_camera=smooth)
    path = filmed(told, clip, 30.0, still, is_as_it_is=False).path
    np.testing.assert_allclose(path, way - way[0], atol=1e-5)


def test_a_larger_clips_lens_is_the_same(tmp_path: Path, walker: Person) -> None:
    file = _file(tmp_path, "prompthmr", walker)
    clip = ClipInfo("dance.mp4", (2560, 1440), 30.0, FRAMES)
    take = import_motion(file, AS_IS, clip=clip)
    np.testing.assert_allclose(take.camera.K[:2], 2 * foreign_motion.K[:2])
    assert take.camera.size_px == (2560, 1440)


def test_a_file_of_wham_with_values_of_the_world_alone_tells_no_camera(
    tmp_path: Path, walker: Person
) -> None:
    from foreign_pickles import save_pickle

    R, root = foreign_motion.turned(walker, foreign_motion.TO_WORLD["y"].T)
    poses = log_so3(foreign_motion.with_hands(R)).reshape(len(R), -1)
    one = {"pose": poses, "trans": root, "pose_world": poses, "trans_world": root,
           "betas": np.zeros((len(R), 10)), "frame_ids": walker.frames}  # fmt: skip
    save_pickle(tmp_path / "a.pkl", {0: one})
    take = import_motion(tmp_path / "a.pkl", AS_IS)
    assert not len(take.path)
    assert any("the camera was left out" in warning for warning in take.warnings)
