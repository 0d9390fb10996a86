"""Faces among a file's keypoints move the jaw and turn the head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import foreign_keypoints
import numpy as np
import pytest
from face_mesh import mean_face, opened, whole_mesh
from foreign_keypoints import SIZE_PX
from limn.core.data.faces.mesh import IBUG_68
from limn.core.data.faces.shapes import shape
from limn.core.faces.collecting import CLOSEUP
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.names import HOLISTIC_FACE
from limn.core.pipeline.foreign.importing import import_file
from limn.tools.jobs import finished
from synthetic import Clip, camera_at, watch
from synthetic_motion import standing

from .test_keypoints_alone import KnowingLifter

_FACE_PX = 60.0  # tall
_NOSE_TIP = 4


@pytest.fixture(scope="module")
def clip() -> Clip:
    return watch(standing(seconds=2.0), camera=camera_at(distance_m=2.2))


def _share(clip: Clip) -> np.ndarray:
    return (1 - np.cos(np.arange(clip.frame_count) / 5)) / 2


def _meshes(clip: Clip) -> np.ndarray:
    """The face mesh (t, 468, 2) in pixels about the body's nose, the mouth opening and closing."""
    rest = mean_face()
    meshes = np.stack([whole_mesh(opened(rest, s)) for s in _share(clip)])[..., :2]
    meshes = (meshes - meshes[:, [_NOSE_TIP]]) * (_FACE_PX / np.ptp(rest[:, 1]))
    return meshes + clip.xy_px[0, :, [0]].transpose(1, 0, 2)


def _openpose(folder: Path, clip: Clip) -> Path:
    face = _meshes(clip)[:, list(IBUG_68)]
    return foreign_keypoints.openpose(folder / "seen", clip.xy_px, face=face)


def _mediapipe(folder: Path, clip: Clip) -> Path:
    face = (_meshes(clip) + 0.5) / np.array(SIZE_PX)
    return foreign_keypoints.mediapipe(folder / "seen", clip.xy_px, face=face)


@pytest.mark.parametrize("write", [_openpose, _mediapipe])
def test_faces_of_a_file_open_the_mouth(
    tmp_path: Path, clip: Clip, write: Callable[[Path, Clip], Path]
) -> None:
    asked = ImportSettings(size_px=SIZE_PX, fps=30.0, fov_deg=60.0)
    take = finished(import_file(write(tmp_path, clip), asked, lifter=KnowingLifter(clip)))
    assert take.observed is not None
    assert (take.observed.tracks[0].closeups[CLOSEUP].presence > 0.5).all()
    person = take.people[0]
    jaw = person.face_weights[:, shape("jawOpen")]
    assert np.corrcoef(jaw, _share(clip)[person.frames])[0, 1] > 0.95
    assert np.ptp(jaw) > 0.3


def test_a_mesh_beside_a_body_keeps_the_bodys_own_points(tmp_path: Path, clip: Clip) -> None:
    asked = ImportSettings(size_px=SIZE_PX, fps=30.0, fov_deg=60.0)
    take = finished(import_file(_mediapipe(tmp_path, clip), asked, lifter=KnowingLifter(clip)))
    assert take.observed is not None
    seen = take.observed.tracks[0].passes["keypoints"]
    assert seen.skeleton.names == HOLISTIC_FACE.names
    assert "left_foot_index" in seen.skeleton.names


def test_the_face_of_somebody_else_is_not_taken(tmp_path: Path, clip: Clip) -> None:
    face = (_meshes(clip) + np.array([400.0, 0.0])) / np.array(SIZE_PX)
    file = foreign_keypoints.mediapipe(tmp_path / "seen", clip.xy_px, face=face)
    asked = ImportSettings(size_px=SIZE_PX, fps=30.0, fov_deg=60.0)
    take = finished(import_file(file, asked, lifter=KnowingLifter(clip)))
    assert take.observed is not None
    assert CLOSEUP not in take.observed.tracks[0].closeups
