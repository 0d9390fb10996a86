"""Keypoints of several cameras with their calibration, and faces whose points lie in space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from face_mesh import mean_face, opened
from limn.core.data.arrays import F64
from limn.core.data.faces.ibug import FACE_68
from limn.core.data.faces.mesh import IBUG_68, KEPT, rows_of
from limn.core.data.faces.shapes import shape
from limn.core.data.skeletons import BLAZEPOSE_33, SMPLX_55, joint
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Person, Take
from limn.core.faces.collecting import EYE_CORNERS_M
from limn.core.formats.calibration.rig_file import read_calibration
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.sightings import KeypointMotion
from limn.core.importing.markers.faces import face_in_space
from limn.core.importing.markers.points import MarkerMotion
from limn.core.importing.opening import import_motion, read_motion
from limn.core.importing.readers.several_cameras import meeting_points
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.tools.jobs import finished

from .walking_source import walking

AS_IS = ImportSettings(is_as_it_is=True, fps=30.0)
FRAMES = 60
SIZE = EYE_CORNERS_M / float(
    np.linalg.norm(mean_face()[rows_of((33,))[0]] - mean_face()[rows_of((263,))[0]])
)
_SHARE = (1 - np.cos(np.arange(FRAMES) / 5)) / 2
_DIST = (-0.12, 0.03, 0.001, -0.002)


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking(FRAMES)


def _cameras() -> list[tuple[np.ndarray, np.ndarray]]:
    """Rotations and translations, world (z up) to camera, of three that stand about the walker."""
    out = []
    for angle, away, height in ((0.2, 5.0, 1.8), (1.2, 4.0, 2.6), (4.2, 6.5, 0.9)):
        place = np.array([away * np.cos(angle), away * np.sin(angle) - 0.5, height])
        z = np.array([0, -0.5, 0.9]) - place
        z /= np.linalg.norm(z)
        x = np.cross(z, [0, 0, 1.0])
        x /= np.linalg.norm(x)
        R = np.stack([x, np.cross(z, x), z])
        out.append((R, -R @ place))
    return out


def _write(folder: Path, cameras: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Anipose's TOML, millimetres, the world's axes those of the first camera."""
    R0, t0 = cameras[0]
    lines: list[str] = []
    for k, (R, t) in enumerate(cameras):
        turn = R @ R0.T
        shift = 1000 * (t - turn @ t0)
        lines += [
            f"[cam_{k}]", f'name = "cam_{k}"', "size = [1280, 720]",
            "matrix = [[900.0, 0.0, 640.0], [0.0, 900.0, 360.0], [0.0, 0.0, 1.0]]",
            f"distortions = {[*_DIST, 0.0]}",
            f"rotation = {log_so3(turn).tolist()}",
            f"translation = {shift.tolist()}",
        ]  # fmt: skip
    (folder / "one_camera_calibration.toml").write_text("\n".join(lines))


def _seen(xyz: np.ndarray, cameras: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    from limn.core.geometry.camera import distort

    out = np.zeros((len(cameras), *xyz.shape))
    for k, (R, t) in enumerate(cameras):
        Y = xyz @ R.T + t
        out[k, ..., :2] = 900 * distort(Y[..., :2] / Y[..., 2:], np.array(_DIST)) + [640, 360]
        out[k, ..., 2] = -50 * Y[..., 2]
    return out


def _points(person: Person) -> np.ndarray:
    """FreeMoCap's 553 points (t, 553, 3): of the face only that it is on the head."""
    xyz = person_joints_world(person).astype(np.float64)
    out = np.repeat(xyz[:, [joint("head")]], 553, axis=1)
    for k, name in enumerate(BLAZEPOSE_33):
        if name in SMPLX_55:
            out[:, k] = xyz[:, joint(name)]
    return out


def _file(tmp_path: Path, values: np.ndarray) -> Path:
    file = tmp_path / "output_data" / "raw_data" / "mediapipe_2dData_numCams.npy"
    file.parent.mkdir(parents=True)
    np.save(file, values)
    return file


def test_rays_of_several_cameras_meet(tmp_path: Path, walker: Person) -> None:
    """Two thirds of a knee's frames are hidden from one camera, which then tells nonsense."""
    cameras, xyz = _cameras(), _points(walker)
    values = _seen(xyz, cameras) + np.random.default_rng(0).normal(size=(3, *xyz.shape))
    values[1, :20, BLAZEPOSE_33.index("left_knee")] = np.nan
    values[1, 20:40, BLAZEPOSE_33.index("left_knee"), :2] += 200.0
    _write(tmp_path, cameras)
    file = _file(tmp_path, values)
    motion = read_motion(file)
    assert isinstance(motion, MarkerMotion)
    assert any("one_camera_calibration.toml" in note for note in motion.notes)
    limbs = [f"{s}_{p}" for s in ("left", "right") for p in ("knee", "ankle", "wrist", "hip")]
    got = motion.people[0].xyz[:, [motion.people[0].names.index(name) for name in limbs]]
    want = xyz[:, [BLAZEPOSE_33.index(name) for name in limbs]]
    assert aligned_error(got, want).mean() < 0.008, "1 px is 6 mm here"
    heights = [one[..., 2] - one[..., 2].mean() for one in (got, want)]
    assert np.abs(heights[0] - heights[1]).mean() < 0.05, "z is up, not as in the first camera"
    person = import_motion(file, ImportSettings(fps=30.0)).people[0]
    assert person.contact.max() == 1.0
    assert person.height_m == pytest.approx(1.69, abs=0.12)


def test_a_point_that_one_camera_sees_is_nowhere(tmp_path: Path, walker: Person) -> None:
    cameras, xyz = _cameras(), _points(walker)[:5, :33]
    _write(tmp_path, cameras)
    told = read_calibration(tmp_path / "one_camera_calibration.toml")
    values = _seen(xyz, cameras)
    values[:2, :, 3] = np.nan
    X, missed = meeting_points(values, told)
    assert np.isnan(X[:, 3]).all()
    assert np.isfinite(X[:, [11, 12, 23, 24]]).all()
    assert missed < 1e-3


def test_a_calibration_of_other_cameras_is_not_believed(tmp_path: Path, walker: Person) -> None:
    cameras = _cameras()
    _write(tmp_path, [cameras[k] for k in (1, 2, 0)])
    motion = read_motion(_file(tmp_path, _seen(_points(walker), cameras)))
    assert isinstance(motion, KeypointMotion)
    assert any("those of the first were taken" in note for note in motion.notes)


def _talking(faces: F64, walker: Person) -> F64:
    """Face points (t, n, 3) on the walker's head in millimetres, the head turning."""
    turn = exp_so3(np.stack([0.3 * np.sin(np.arange(FRAMES) / 9), 0 * _SHARE, 0 * _SHARE], -1))
    level = np.array([[0, 0, -1.0], [1, 0, 0], [0, -1.0, 0]])  # x, y down, z back to z up
    head = person_joints_world(walker)[:, [joint("head")]]
    return 1000 * (np.einsum("ab,tbc,tnc->tna", level, turn, faces * SIZE) + head)


@pytest.mark.parametrize("layout", ["mesh", "whole body"])
def test_faces_in_space_move_the_jaw(layout: str, tmp_path: Path, walker: Person) -> None:
    faces = np.stack([opened(mean_face(), share) for share in _SHARE])
    xyz = 1000 * _points(walker)
    if layout == "mesh":
        mesh = np.repeat(_talking(faces.mean(1, keepdims=True), walker), 478, axis=1)
        mesh[:, list(KEPT)] = _talking(faces, walker)
        xyz[:, 75:] = mesh
    else:
        body = [BLAZEPOSE_33.index(n) for n in ("nose", "left_eye", "right_eye", "left_ear",
                "right_ear", *(f"{s}_{p}" for p in ("shoulder", "elbow", "wrist", "hip", "knee",
                "ankle") for s in ("left", "right")))]  # fmt: skip
        rest = np.repeat(xyz[:, body[-1:]], 133 - 17, axis=1)
        xyz = np.concatenate([xyz[:, body], rest], axis=1)
        xyz[:, 23:91] = _talking(faces[:, rows_of(IBUG_68)], walker)
    xyz += np.random.default_rng(1).normal(scale=1.0, size=xyz.shape)
    np.save(tmp_path / "a.npy", xyz)
    take = import_motion(tmp_path / "a.npy", ImportSettings(fps=30.0))
    _opens(take)
    save_take(take, tmp_path / "a.take.npz")
    again = load_take(tmp_path / "a.take.npz")
    _opens(finished(solve_again(again, settings_of(again), None, None)))


def _opens(take: Take) -> None:
    person = take.people[0]
    jaw = person.face_weights[:, shape("jawOpen")]
    assert np.corrcoef(jaw, _SHARE)[0, 1] > 0.9
    assert jaw.max() > 0.3
    turned = 2 * np.arcsin(np.abs(person.quat_parent_joint[:, joint("jaw"), 1]))
    np.testing.assert_allclose(turned, 0.31 * jaw, atol=0.02)


def test_points_that_are_no_face_move_nothing() -> None:
    rng = np.random.default_rng(0)
    assert face_in_space(rng.normal(size=(9, len(FACE_68), 3)), 30.0) is None
    assert face_in_space(np.full((9, len(FACE_68), 3), np.nan), 30.0) is None
