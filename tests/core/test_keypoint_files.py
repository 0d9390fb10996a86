"""Keypoints that other tools found in pictures: every layout, people followed, lifted, solved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import foreign_keypoints
import numpy as np
import pytest
from foreign_keypoints import LAYOUTS, SIZE_PX
from limn.core.data import solver_points as points
from limn.core.data.errors import SettingsError
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_17
from limn.core.data.types import ClipInfo, Take
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.sightings import KeypointMotion
from limn.core.importing.keypoints.tracks import NAME, noise_px
from limn.core.importing.opening import read_motion
from limn.core.pipeline.foreign.importing import import_file
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from recovery import recover
from synthetic import Clip, watch
from synthetic_motion import stepping

from .test_keypoints_alone import KnowingLifter

FPS = 30.0


@pytest.fixture(scope="module")
def clip() -> Clip:
    """Two people who walk past each other."""
    right = stepping(
        lambda s: np.stack([-0.9 + 0.9 * s, 0 * s], axis=-1), lambda s: 0 * s, FPS, 2.0
    )
    left = stepping(
        lambda s: np.stack([0.9 - 0.9 * s, 1.0 + 0 * s], axis=-1), lambda s: 0 * s, FPS, 2.0
    )
    both = watch(right, left)
    assert both.camera.size_px == SIZE_PX
    return both


def _import(file: Path, asked: ImportSettings | None = None, **options: object) -> Take:
    given = asked or ImportSettings(size_px=SIZE_PX, fps=FPS)
    return finished(import_file(file, given, **options))  # type: ignore[arg-type]


def _limbs(motion: KeypointMotion) -> np.ndarray:
    rows = [motion.skeleton.names.index(name) for name in COCO_17[5:]]
    return motion.xy[:, rows]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_told_by_its_content(layout: str, tmp_path: Path, clip: Clip) -> None:
    write, people = LAYOUTS[layout]
    file = write(tmp_path / "seen", clip.xy_px[:people])
    motion = read_motion(file)
    assert isinstance(motion, KeypointMotion)
    assert motion.frame_count == clip.frame_count
    assert len(motion.frames) == people * clip.frame_count
    assert (np.bincount(motion.frames) == people).all()


def test_seventeen_points_that_a_file_names_are_not_taken_for_cocos(
    tmp_path: Path, clip: Clip
) -> None:
    """Human3.6M's names, as MMPose's demo writes them beside what a network taught on it saw."""
    names = (
        *("root", "right_hip", "right_knee", "right_foot", "left_hip", "left_knee", "left_foot"),
        *("spine", "thorax", "neck_base", "head", "left_shoulder", "left_elbow", "left_wrist"),
        *("right_shoulder", "right_elbow", "right_wrist"),
    )
    file = foreign_keypoints.mmpose_named(tmp_path / "seen", clip.xy_px[:1], names)
    motion = read_motion(file)
    assert isinstance(motion, KeypointMotion)
    known = foreign_keypoints.keypoints(clip.xy_px[0][3], COCO_17)[5:, :2]
    np.testing.assert_allclose(_limbs(motion)[3], known)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_people_are_followed_where_they_were(layout: str, tmp_path: Path, clip: Clip) -> None:
    write, people = LAYOUTS[layout]
    file = write(tmp_path / "seen", clip.xy_px[:people])
    take = _import(file)
    assert len(take.people) == people
    assert take.observed is not None
    rows = [clip_row(name) for name in COCO_17[5:]]
    for track in take.observed.tracks:
        assert track.frames.tolist() == list(range(clip.frame_count))
        off = np.linalg.norm(
            track.detected_xy_px[None, :, 5:] - clip.xy_px[:people][:, :, rows], axis=-1
        )
        assert off.mean((1, 2)).min() < 0.01, "one of them, from the first frame to the last"
    assert take.clip.fps == pytest.approx(FPS)


def clip_row(name: str) -> int:
    from limn.core.data.skeletons import BLAZEPOSE_33

    return BLAZEPOSE_33.index(name)


def test_keypoints_are_lifted_and_solved(tmp_path: Path, clip: Clip) -> None:
    file = foreign_keypoints.coco_results(tmp_path / "seen", clip.xy_px[:1])
    focal = clip.camera.K[0, 0]
    fov = float(np.degrees(2 * np.arctan(max(SIZE_PX) / 2 / focal)))
    asked = ImportSettings(size_px=SIZE_PX, fps=FPS, fov_deg=fov)
    take = _import(file, asked, lifter=KnowingLifter(clip))
    found = recover(clip, take)
    assert found.aligned_mm.mean() < 25
    again = finished(solve_again(take, Settings(height_m=1.9, fov_deg=fov, camera="still")))
    assert again.people[0].height_m == pytest.approx(1.9, abs=0.01), "it can be solved again"


def test_metres_of_mediapipe_are_a_networks(tmp_path: Path, clip: Clip) -> None:
    xyz = clip.xyz_camera[0] - clip.xyz_camera[0][:, [23, 24]].mean(1, keepdims=True)
    file = foreign_keypoints.mediapipe(tmp_path / "seen", clip.xy_px[:1], xyz)
    take = _import(file)
    assert take.observed is not None
    one = take.observed.tracks[0].passes[NAME]
    assert one.worth.has_3d
    np.testing.assert_allclose(one.xyz_m[:, :33], xyz, atol=1e-5)
    assert recover(clip, take).aligned_mm.mean() < 25


def test_trust_follows_how_keypoints_shake(tmp_path: Path, clip: Clip) -> None:
    def sigma(noise: float, stated: float | None = None) -> float:
        shaken = clip.xy_px[:1] + np.random.default_rng(0).normal(0, noise, clip.xy_px[:1].shape)
        file = foreign_keypoints.coco_results(tmp_path / "seen", shaken)
        take = _import(file, ImportSettings(size_px=SIZE_PX, fps=FPS, sigma_px=stated))
        assert take.observed is not None
        return take.observed.tracks[0].passes[NAME].worth.sigma_2d

    steady, shaky = sigma(0.1), sigma(8.0)
    assert steady == pytest.approx(0.02, abs=0.002)
    assert shaky > 1.5 * steady
    assert sigma(0.1, 20.0) > shaky, "what is stated counts"
    white = np.random.default_rng(1).normal(0, 5.0, (200, 17, 2))
    told = noise_px(white, np.ones((200, 17)), np.arange(200, dtype=np.int32))
    assert told == pytest.approx(5.0, rel=0.1)


def test_less_trust_makes_a_smoother_motion(tmp_path: Path, clip: Clip) -> None:
    shaken = clip.xy_px[:1] + np.random.default_rng(0).normal(0, 4.0, clip.xy_px[:1].shape)
    file = foreign_keypoints.coco_results(tmp_path / "seen", shaken)

    def roughness(sigma_px: float) -> float:
        asked = ImportSettings(size_px=SIZE_PX, fps=FPS, sigma_px=sigma_px)
        person = _import(file, asked, lifter=KnowingLifter(clip)).people[0]
        return float(np.abs(np.diff(person.root_xyz_world, n=3, axis=0)).mean())

    assert roughness(60.0) < 0.8 * roughness(1.0)


def test_limns_own_keypoints_come_back(tmp_path: Path, clip: Clip) -> None:
    from limn.core.formats.table import export_take

    take = clip.estimate()
    export_take(take, tmp_path / "a.coco.json")
    back = _import(tmp_path / "a.coco.json", ImportSettings())
    assert back.clip.size_px == SIZE_PX
    assert back.clip.fps == pytest.approx(FPS, rel=1e-3)
    assert len(back.people) == 2
    want = [person.xy_skeleton.select(COCO_17).of(person.xy_px) for person in take.people]
    got = [person.xy_skeleton.select(COCO_17).of(person.xy_px) for person in back.people]
    for one in got:
        assert min(float(np.abs(one - other).max()) for other in want) < 0.01


def test_hands_of_mediapipe_are_looked_at_closely(tmp_path: Path, clip: Clip) -> None:
    rng = np.random.default_rng(3)
    hands = 0.5 + rng.uniform(-0.03, 0.03, (clip.frame_count, 2, 21, 3))
    file = foreign_keypoints.mediapipe(tmp_path / "seen", clip.xy_px[:1], hands=hands)
    take = _import(file)
    assert take.observed is not None
    (track,) = take.observed.tracks
    assert not track.passes[NAME].worth.has_3d, "hands alone tell nothing of the body's depth"
    close = track.closeups["hands"]
    assert (close.score == 1).all()
    shape = close.xyz_m.reshape(clip.frame_count, 2, 21, 3)
    knuckles = np.linalg.norm(shape[:, :, [5, 9, 13, 17]] - shape[:, :, :1], axis=-1).mean(-1)
    np.testing.assert_allclose(knuckles, 0.085, atol=1e-6)


def test_one_frames_file_stands_for_its_folder(tmp_path: Path, clip: Clip) -> None:
    folder = foreign_keypoints.openpose(tmp_path / "seen", clip.xy_px)
    (folder / "other_000000000000_keypoints.json").write_text('{"people": []}')
    motion = read_motion(folder / "clip_000000000003_keypoints.json")
    assert isinstance(motion, KeypointMotion)
    assert motion.frame_count == clip.frame_count
    pictures = foreign_keypoints.sapiens(tmp_path / "pictures", clip.xy_px)
    motion = read_motion(pictures / "000004.json")
    assert isinstance(motion, KeypointMotion)
    assert motion.frame_count == clip.frame_count


def test_numbers_that_follow_nobody_are_not_believed(tmp_path: Path, clip: Clip) -> None:
    xy = clip.xy_px.copy()
    xy[:, 1::2] = xy[::-1, 1::2]  # the file's two numbers change bodies all the time
    take = _import(foreign_keypoints.alphapose(tmp_path / "seen", xy))
    assert len(take.people) == 2
    assert take.observed is not None
    for track in take.observed.tracks:
        steps = np.linalg.norm(np.diff(track.detected_xy_px[:, 5:], axis=0), axis=-1)
        assert steps.max() < 60


def test_a_smaller_copys_keypoints_fit_the_clip(tmp_path: Path, clip: Clip) -> None:
    half = (clip.xy_px[:1] + 0.5) / 2 - 0.5
    file = foreign_keypoints.coco_results(tmp_path / "seen", half)
    footage = ClipInfo("dance.mp4", SIZE_PX, FPS, clip.frame_count)
    asked = ImportSettings(size_px=(640, 360))
    take = _import(file, asked, clip=footage)
    assert take.observed is not None
    got = take.observed.tracks[0].detected_xy_px[:, 5:]
    rows = [clip_row(name) for name in COCO_17[5:]]
    np.testing.assert_allclose(got, clip.xy_px[0][:, rows], atol=0.01)
    with pytest.raises(SettingsError, match="another"):
        _import(file, ImportSettings(size_px=(640, 640)), clip=footage)


def test_holes_and_the_unseen_are_no_evidence(tmp_path: Path, clip: Clip) -> None:
    file = foreign_keypoints.coco_results(tmp_path / "seen", clip.xy_px[:1])
    people = json.loads(file.read_text())
    del people[20:24]
    for person in people:
        person["keypoints"][3 * 9 : 3 * 9 + 3] = [0, 0, 0]  # the left wrist, never seen
    file.write_text(json.dumps(people))
    take = _import(file, lifter=KnowingLifter(clip))
    (person,) = take.people
    assert person.bridged[20:24].all()
    assert not person.bridged[:20].any()
    assert take.observed is not None
    track = take.observed.tracks[0]
    assert (track.passes[NAME].score[:, 9] == 0).all()
    inside = (track.detected_xy_px[:, 9] > track.boxes_px[:, :2] - 1).all(1)
    assert inside.all(), "nobody's hand is in the picture's corner"


def test_the_solvers_points_are_all_in_a_whole_body_file(tmp_path: Path, clip: Clip) -> None:
    take = _import(foreign_keypoints.coco_whole_body(tmp_path / "seen", clip.xy_px[:1]))
    assert take.observed is not None
    skeleton = take.observed.tracks[0].passes[NAME].skeleton
    assert skeleton.select(points.POINTS).known.all()


def test_the_pass_is_kept_in_a_take_file(tmp_path: Path, clip: Clip) -> None:
    from limn.core.data.take_file import load_take, save_take

    take = _import(foreign_keypoints.coco_results(tmp_path / "seen", clip.xy_px[:1]))
    save_take(replace(take, warnings=()), tmp_path / "a.take.npz")
    back = load_take(tmp_path / "a.take.npz")
    assert take.observed is not None
    assert back.observed is not None
    worth = take.observed.tracks[0].passes[NAME].worth
    assert worth.sigma_2d > 0
    assert back.observed.tracks[0].passes[NAME].worth == worth
