"""Faces of networks that tell 68 landmarks beside the body's, without a close look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_mesh import mean_face, opened
from limn.core.data.arrays import F64
from limn.core.data.errors import ModelError
from limn.core.data.faces.mesh import FACE_SKELETON, IBUG_68, rows_of
from limn.core.data.faces.shapes import shape
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import COCO_SKELETON
from limn.core.decoding.schemes import WHOLE_BODY
from limn.core.faces.calming import calmed
from limn.core.faces.collecting import CLOSEUP, EYE_CORNERS_M, WORTH
from limn.core.faces.landmark_fit import fit_faces, load_face_model
from limn.core.faces.posing import FaceMotion, pose_face
from limn.core.faces.whole_body import tells_face, with_face
from limn.core.geometry.camera import camera_from_fov, project_camera
from limn.core.geometry.rotations import exp_so3, log_so3
from solved_people import somebody

FRAMES = 60
CAMERA = camera_from_fov((1280, 720), 60.0)
FIRST = WHOLE_BODY.names.index("face-0")
ROWS = rows_of(IBUG_68)
_HEAD_FROM_BODY = np.diag([1.0, -1.0, -1.0])
_SHARE = (1 - np.cos(np.arange(FRAMES) / 5)) / 2


def _turns() -> F64:
    t = np.arange(FRAMES)
    return exp_so3(np.stack([0.2 * np.sin(t / 9), 0.4 * np.sin(t / 13), 0.1 * np.cos(t / 7)], -1))


def _landmarks(noise: float = 0.0) -> F64:
    """68 landmarks (60, 68, 2) of somebody who talks and turns, 1 m off; ``noise`` in heights."""
    faces = np.stack([opened(mean_face(), s) for s in _SHARE])
    size = EYE_CORNERS_M / np.linalg.norm(faces[0, ROWS[36]] - faces[0, ROWS[45]])
    points = np.einsum("tab,tnb->tna", _turns(), faces * size)
    points[..., 2] += 1.0
    xy = project_camera(CAMERA, points[:, ROWS])
    height = float(np.ptp(xy[0, :, 1]))
    return xy + noise * height * np.random.default_rng(1).normal(size=xy.shape)


def _track(landmarks: F64, score: float = 0.9) -> TrackObservations:
    """A track whose only pass, a whole body's without depth, has these landmarks."""
    t, n = len(landmarks), len(WHOLE_BODY)
    xy, sure = np.zeros((t, n, 2), np.float32), np.zeros((t, n), np.float32)
    xy[:, FIRST : FIRST + 68], sure[:, FIRST : FIRST + 68] = landmarks, score
    seen = PassObservations(
        xy_px=xy,
        score=sure,
        xyz_m=np.zeros((t, n, 3), np.float32),
        presence=np.ones(t, np.float32),
        worth=PassWorth("rtmw-m", is_precise=True, has_3d=False),
        skeleton=WHOLE_BODY,
    )
    return replace(somebody(1, t).track, passes={"rtmw-m": seen}, closeups={})


def _posed(track: TrackObservations) -> FaceMotion:
    motion = pose_face(track, CAMERA, 30.0)
    assert motion is not None
    return motion


@pytest.mark.parametrize(("noise", "head_deg", "alike"), [(0.0, 4.0, 0.96), (0.02, 5.0, 0.93)])
def test_landmarks_tell_the_head_and_the_jaw(noise: float, head_deg: float, alike: float) -> None:
    motion = _posed(with_face(_track(_landmarks(noise))))
    R = motion.R_camera_head * np.diag(_HEAD_FROM_BODY)
    off = np.degrees(np.linalg.norm(log_so3(np.swapaxes(R, 1, 2) @ _turns()), axis=1))
    assert off.mean() < head_deg
    jaw = motion.weights[:, shape("jawOpen")]
    assert np.corrcoef(jaw, _SHARE)[0, 1] > alike
    assert jaw.max() > 0.3
    assert motion.weights[:, shape("eyeBlinkLeft")].max() < 0.3, "lids stay open"


def test_lids_that_close_in_the_landmarks_close() -> None:
    xy = _landmarks()
    blink = np.zeros(FRAMES)
    blink[20:26] = blink[40:46] = 1.0
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        gap = xy[:, lower] - xy[:, upper]
        xy[:, upper] += 0.8 * blink[:, None] * gap
    closed = _posed(with_face(_track(xy))).weights[:, shape("eyeBlinkRight")]
    assert np.corrcoef(closed, blink)[0, 1] > 0.7
    assert closed[22] > 3 * closed[32]


def test_noise_and_scores_lower_the_trust() -> None:
    plain = with_face(_track(_landmarks())).closeups[CLOSEUP].presence.mean()
    noisy = with_face(_track(_landmarks(0.03))).closeups[CLOSEUP].presence.mean()
    unsure = with_face(_track(_landmarks(), score=0.4)).closeups[CLOSEUP].presence.mean()
    assert plain > 0.85
    assert noisy < 0.8 * plain
    assert unsure == pytest.approx(plain * 4 / 9, rel=0.05)


def test_landmarks_that_make_no_face_are_nobodys() -> None:
    one_place = np.full((FRAMES, 68, 2), 300.0)
    assert CLOSEUP not in with_face(_track(one_place)).closeups
    half = _track(_landmarks())
    few = half.passes["rtmw-m"]
    score = few.score.copy()
    score[:10, FIRST + 17 : FIRST + 48] = 0.0
    xy = few.xy_px.copy()
    xy[10:20, FIRST:] = np.nan
    half = replace(half, passes={"rtmw-m": replace(few, score=score, xy_px=xy)})
    face = with_face(half).closeups[CLOSEUP]
    assert not face.presence[:20].any()
    assert face.presence[20:].min() > 0.8
    assert np.isfinite(face.xy_px).all()
    anything = np.random.default_rng(0).uniform(0, 700, (FRAMES, 68, 2))
    seen = with_face(_track(anything)).closeups.get(CLOSEUP)
    assert seen is None or seen.presence.mean() < 0.1


def test_a_mesh_that_was_looked_at_stays_and_a_lost_one_does_not() -> None:
    track = _track(_landmarks())
    told = with_face(track).closeups[CLOSEUP]
    own = replace(told, worth=WORTH)
    assert with_face(replace(track, closeups={CLOSEUP: own})).closeups[CLOSEUP] is own
    rare = np.where(np.arange(FRAMES) < 20, 0.9, 0.0).astype(np.float32)
    lost = replace(own, presence=rare)
    assert with_face(replace(track, closeups={CLOSEUP: lost})).closeups[CLOSEUP].worth != WORTH


def test_who_tells_a_face() -> None:
    assert tells_face(WHOLE_BODY)
    assert not tells_face(COCO_SKELETON)
    assert not tells_face(FACE_SKELETON)


def test_any_number_of_frames_and_any_size_are_fitted_alike() -> None:
    xy = np.concatenate([_landmarks()] * 6)
    weight = np.ones(xy.shape[:2])
    many, one = fit_faces(xy, weight), fit_faces(xy[:1], weight[:1])
    assert many.xyz[0] == pytest.approx(one.xyz[0], abs=1e-6)
    large = fit_faces(xy[:1] * 50, weight[:1])
    assert large.xyz / 50 == pytest.approx(one.xyz, abs=1e-3)
    assert fit_faces(xy[:0], weight[:0]).xyz.shape == (0, len(FACE_SKELETON), 3)


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        load_face_model(tmp_path / "none.npz")
    (tmp_path / "other.npz").write_bytes(b"no model")
    with pytest.raises(ModelError, match="sha256"):
        load_face_model(tmp_path / "other.npz")


def test_lids_of_noisy_landmarks_neither_hang_nor_flutter() -> None:
    """A reader takes noise for shapes that are never less than none: on the mean .15, up to .4."""
    still = np.repeat(_landmarks()[:1], FRAMES, axis=0)
    height = float(np.ptp(still[0, :, 1]))
    shaken = still + 0.02 * height * np.random.default_rng(2).normal(size=still.shape)
    weights = _posed(with_face(_track(shaken))).weights
    lids = weights[:, [shape("eyeBlinkLeft"), shape("eyeBlinkRight")]].mean(1)
    assert lids.mean() < 0.08
    assert np.percentile(lids, 95) < 0.2


def test_landmarks_without_noise_stay_what_they_are() -> None:
    xy, weight = _landmarks(), np.ones((FRAMES, 68))
    np.testing.assert_array_equal(calmed(xy, weight, np.arange(FRAMES, dtype=np.int32)), xy)
    shaken = _landmarks(0.02)
    gaps = np.arange(FRAMES, dtype=np.int32) * 2
    np.testing.assert_array_equal(calmed(shaken, weight, gaps), shaken, "no two frames are next")
    weight[10:20, 37] = 0.0
    shaken[10:20, 37] = 5000.0
    calm = calmed(shaken, weight, np.arange(FRAMES, dtype=np.int32))
    off, rest = (np.linalg.norm(one - xy, axis=-1)[np.r_[2:9, 21:58]] for one in (shaken, calm))
    assert rest.mean() < 0.75 * off.mean()
    assert rest[:, 37].max() < 20, "what nobody saw isn't mixed into what is seen"
