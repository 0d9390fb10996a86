"""What a mesh tells: the head's rotation, shapes, their mirror image, and when it is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_mesh import mean_face, opened
from limn.core.data.arrays import F64
from limn.core.data.errors import ModelError
from limn.core.data.faces.mesh import FACE_SKELETON
from limn.core.data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR, shape
from limn.core.data.observations import PassObservations, TrackObservations
from limn.core.data.types import Camera
from limn.core.faces.collecting import CLOSEUP, EYE_CORNERS_M, WORTH
from limn.core.faces.posing import FaceMotion, pose_face
from limn.core.faces.reader import load_face_reader
from limn.core.geometry.camera import camera_from_fov, project_camera, rotation_to_ray
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.solving.posing.heads import SeenHead
from solved_people import somebody

FRAMES = 60
CAMERA = camera_from_fov((1280, 720), 60.0)
HEAD_FROM_BODY = np.diag([1.0, -1.0, -1.0])
TWINS = list(FACE_SKELETON.mirror)
ACROSS = np.array([-1.0, 1.0, 1.0])


def _degrees(a: F64, b: F64) -> F64:
    return np.degrees(np.linalg.norm(log_so3(np.swapaxes(a, -1, -2) @ b), axis=-1))


def _turns() -> F64:
    t = np.arange(FRAMES)
    return exp_so3(np.stack([0.2 * np.sin(t / 9), 0.5 * np.sin(t / 13), 0.1 * np.cos(t / 7)], -1))


def _seen(
    faces: F64, distance_m: float = 1.0, aside_m: float = 0.0
) -> tuple[TrackObservations, F64]:
    """A track whose face a perfect network saw, and the head's true rotations."""
    R = _turns()
    size = EYE_CORNERS_M / np.linalg.norm(faces[0, TWINS] - faces[0], axis=-1).max() * 0.9
    points = np.einsum("tab,tnb->tna", R, faces * size)
    xy = project_camera(CAMERA, points + np.array([aside_m, 0, distance_m])).astype(np.float32)
    # A crop's depth is that along the ray to it.
    ray = rotation_to_ray(CAMERA, xy.mean(1))
    told = points @ ray
    n = len(FACE_SKELETON)
    one = np.ones((FRAMES, n), np.float32)
    seen = PassObservations(
        xy_px=xy,
        score=one,
        xyz_m=(told - told.mean(1, keepdims=True)).astype(np.float32),
        presence=one[:, 0],
        worth=WORTH,
        skeleton=FACE_SKELETON,
    )
    track = somebody(1, FRAMES).track
    return replace(track, closeups={CLOSEUP: seen}), R


def _still() -> F64:
    return np.repeat(mean_face()[None], FRAMES, axis=0)


def _talking() -> F64:
    share = (1 - np.cos(np.arange(FRAMES) / 5)) / 2
    return np.stack([opened(mean_face(), s) for s in share])


def _posed(track: TrackObservations, camera: Camera = CAMERA, *, every: bool = False) -> FaceMotion:
    motion = pose_face(track, camera, 30.0, every=every)
    assert motion is not None
    return motion


def test_the_head_turns_as_the_mesh_does() -> None:
    track, R = _seen(_still())
    motion = _posed(track)
    off = _degrees(motion.R_camera_head @ HEAD_FROM_BODY, R)
    assert off.mean() < 4
    assert motion.trust.min() > 0.9
    # Nothing moved.
    assert motion.weights.max() < 0.2


def test_a_head_at_the_side_of_the_picture_is_turned_by_the_ray() -> None:
    middle, aside = (_posed(_seen(_still(), aside_m=x)[0]) for x in (0.0, 0.45))
    assert _degrees(middle.R_camera_head, aside.R_camera_head).mean() < 4


def test_an_opening_mouth_opens_the_jaw() -> None:
    motion = _posed(_seen(_talking())[0])
    jaw = motion.weights[:, shape("jawOpen")]
    truth = (1 - np.cos(np.arange(FRAMES) / 5)) / 2
    assert np.corrcoef(jaw, truth)[0, 1] > 0.9
    assert jaw.max() > 0.25
    turned = log_so3(motion.jaw)
    np.testing.assert_allclose(turned[:, 1:], 0, atol=1e-9)
    assert np.corrcoef(turned[:, 0], truth)[0, 1] > 0.9


def test_a_mirrored_face_swaps_left_and_right() -> None:
    reader = load_face_reader()
    rng = np.random.default_rng(3)
    faces = _talking() + rng.normal(0, 0.03, (FRAMES, len(FACE_SKELETON), 3))
    points = np.einsum("tab,tnb->tna", _turns(), faces)
    mirrored = points[:, TWINS] * ACROSS
    M = np.diag(ACROSS)
    R, flipped = reader.rotations(points), reader.rotations(mirrored)
    np.testing.assert_allclose(M @ flipped @ M, R, atol=1e-6)
    neutral = mean_face()
    one = reader.shapes(reader.faces(points, R), neutral, R)
    other = reader.shapes(reader.faces(mirrored, flipped), neutral[TWINS] * ACROSS, flipped)
    np.testing.assert_allclose(other[:, list(SHAPE_MIRROR)], one, atol=1e-6)
    assert np.abs(one[:, shape("eyeBlinkLeft")] - one[:, shape("eyeBlinkRight")]).max() > 1e-3


def test_faces_are_believed_where_they_are_large_sure_and_seen_from_the_front() -> None:
    small = _posed(_seen(_talking(), distance_m=6.0)[0])
    assert small.trust.max() < 0.1
    assert small.weights.max() == 0
    assert _posed(_seen(_talking(), distance_m=6.0)[0], every=True).trust.min() > 0.9
    track, _ = _seen(_talking())
    seen = track.closeups[CLOSEUP]
    lost = seen.presence.copy()
    lost[30:] = 0
    xyz, xy = seen.xyz_m.copy(), seen.xy_px.copy()
    xyz[30:], xy[30:] = 0, 0
    gone = replace(seen, presence=lost, xyz_m=xyz, xy_px=xy, score=seen.score * lost[:, None])
    motion = _posed(replace(track, closeups={CLOSEUP: gone}))
    assert motion.trust[:28].min() > 0.9
    assert motion.trust[30:].max() == 0
    # Who is lost comes to rest, and doesn't jump there.
    assert motion.weights[45:].max() < 1e-3
    assert np.abs(np.diff(motion.weights, axis=0)).max() < 0.2


def test_nobody_looked_at_is_nobody_posed() -> None:
    track = _seen(_still())[0]
    assert pose_face(replace(track, closeups={}), CAMERA, 30.0) is None
    seen = track.closeups[CLOSEUP]
    empty = replace(seen, presence=np.zeros_like(seen.presence))
    assert pose_face(replace(track, closeups={CLOSEUP: empty}), CAMERA, 30.0) is None


def test_the_shapes_that_meshes_tell_are_told_of_both_sides() -> None:
    signal = load_face_reader().has_signal
    told = {name for name, on in zip(FACE_SHAPES, signal, strict=True) if on}
    assert {"jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft"} <= told
    np.testing.assert_array_equal(signal[list(SHAPE_MIRROR)], signal)


def test_another_file_is_no_face_reader(tmp_path: Path) -> None:
    path = tmp_path / "reader.npz"
    with pytest.raises(ModelError, match="is missing"):
        load_face_reader(path)
    path.write_bytes(b"something")
    with pytest.raises(ModelError, match="sha256 differs"):
        load_face_reader(path)


def test_a_face_turns_the_head_by_its_precision_unless_it_is_somebody_elses() -> None:
    body = exp_so3(np.zeros((3, 3)))
    angles = np.radians([10.0, 50.0, 120.0])
    face = exp_so3(np.stack([0 * angles, angles, 0 * angles], axis=-1))
    mixed = log_so3(SeenHead(face, np.ones(3)).with_body(body))[:, 1]
    assert 0.75 < mixed[0] / angles[0] < 0.9
    assert mixed[1] / angles[1] == pytest.approx(mixed[0] / angles[0])
    assert abs(mixed[2]) < 1e-9
    np.testing.assert_allclose(SeenHead(face, np.zeros(3)).with_body(body), body, atol=1e-12)
