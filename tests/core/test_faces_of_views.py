"""A face that several cameras saw: the best view of it is taken, and none takes over at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from face_mesh import mean_face, opened
from limn.core.data.arrays import F64
from limn.core.data.faces.mesh import FACE_SKELETON
from limn.core.data.faces.shapes import FACE_SHAPES, shape
from limn.core.data.observations import PassObservations
from limn.core.data.settings import Settings
from limn.core.data.views.part import PartView
from limn.core.faces.collecting import CLOSEUP, WORTH
from limn.core.faces.posing import FaceMotion
from limn.core.faces.several import best_face, face_at
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.films.scene import solve_films
from limn.tools.jobs import finished
from synthetic_motion import squatting
from together_views import filmed

FRAMES = 60
R_OTHER = exp_so3(np.array([0.3, 1.1, -0.2]))
"""From another camera's axes to the take's own."""
JAW = shape("jawOpen")


def _motion(jaw: float, trust: F64, head: F64) -> FaceMotion:
    weights = np.zeros((FRAMES, len(FACE_SHAPES)))
    weights[:, JAW] = jaw
    return FaceMotion(np.broadcast_to(head, (FRAMES, 3, 3)).copy(), weights, trust)


def _degrees(a: F64, b: F64) -> F64:
    return np.degrees(np.linalg.norm(log_so3(np.swapaxes(a, -1, -2) @ b), axis=-1))


def test_the_face_comes_from_the_view_that_sees_it_in_the_takes_own_axes() -> None:
    head = exp_so3(np.array([0.5, 0.2, 0.9]))
    own = _motion(0.1, np.full(FRAMES, 0.1), np.eye(3))
    other = _motion(0.8, np.ones(FRAMES), R_OTHER.T @ head)
    best = best_face(own, [PartView(other, R_OTHER)], 30.0)
    assert best is not None
    assert _degrees(best.R_camera_head, np.broadcast_to(head, (FRAMES, 3, 3))).max() < 0.1
    np.testing.assert_allclose(best.weights[:, JAW], 0.8, atol=0.001)
    assert best.trust.min() == 1


def test_one_view_takes_over_from_another_without_a_jump() -> None:
    early = (np.arange(FRAMES) < 30).astype(float)
    other = _motion(0.9, 1 - early, R_OTHER.T)
    best = best_face(_motion(0.0, early, np.eye(3)), [PartView(other, R_OTHER)], 30.0)
    assert best is not None
    jaw = best.weights[:, JAW]
    assert jaw[5] < 0.01
    assert jaw[-5] > 0.89
    assert np.abs(np.diff(jaw)).max() < 0.4


def test_a_face_that_one_view_looked_at_alone_stays_as_it_is() -> None:
    own = _motion(0.3, np.ones(FRAMES), np.eye(3))
    assert best_face(own, [], 30.0) is own
    assert best_face(None, [], 30.0) is None


def test_other_clocks_are_read_between_frames_and_not_beyond_them() -> None:
    turns = exp_so3(np.stack([np.linspace(0, 1, FRAMES), *np.zeros((2, FRAMES))], axis=-1))
    motion = replace(_motion(0.5, np.ones(FRAMES), np.eye(3)), R_camera_head=turns)
    time_s = np.arange(FRAMES) / 30
    wanted = np.array([0.25 / 30, 10.5 / 30, 70 / 30])
    read = face_at(motion, time_s, wanted, wanted < 2)
    turned = np.linalg.norm(log_so3(read.R_camera_head), axis=-1)
    np.testing.assert_allclose(
        turned, np.interp(wanted, time_s, np.linspace(0, 1, FRAMES)), atol=1e-6
    )
    assert read.trust.tolist() == [1, 1, 0]


def _looked_at(film: Film, presence: float) -> Film:
    """``film`` with a large face that talks to its camera, found with ``presence``."""
    (track,) = film.seen.tracks
    t = len(track.frames)
    share = (1 - np.cos(np.arange(t) / 5)) / 2
    xyz = np.stack([opened(mean_face(), s) for s in share])
    xyz = (xyz - xyz.mean((0, 1))) * 0.1 / np.ptp(mean_face()[:, 1])
    xy = np.array(film.info.size_px) / 2 + 900 * xyz[..., :2]
    there = np.full((t, len(FACE_SKELETON)), presence, np.float32)
    face = PassObservations(
        xy.astype(np.float32), there, xyz.astype(np.float32), there[:, 0], WORTH, FACE_SKELETON
    )
    seen = replace(film.seen, tracks=(replace(track, closeups={CLOSEUP: face}),))
    return replace(film, seen=seen)


def test_a_take_of_several_clips_has_the_face_that_only_another_clip_shows() -> None:
    motion = squatting(30.0)
    back, side = filmed(motion, 180.0, "back.mp4", 1), filmed(motion, 70.0, "side.mp4", 2)
    settings = Settings(face="on")
    films = [_looked_at(back, 0.0), _looked_at(side, 1.0)]
    (person,) = finished(solve_films(films, settings)).people
    share = (1 - np.cos(np.arange(len(person.frames)) / 5)) / 2
    assert len(person.face_weights) == len(person.frames)
    assert np.corrcoef(person.face_weights[:, JAW], share)[0, 1] > 0.9
