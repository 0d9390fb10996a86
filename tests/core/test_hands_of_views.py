"""Hands that several cameras saw: the best view of each is taken, and none takes over at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from limn.core.data.arrays import F64
from limn.core.data.hand_points import HANDS_SKELETON
from limn.core.data.observations import PassObservations, PassWorth
from limn.core.data.settings import Settings
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.data.views.part import PartView
from limn.core.geometry.rotations import exp_so3
from limn.core.hands.collecting import CLOSEUP
from limn.core.hands.habits import RELAXED
from limn.core.hands.model import MIRROR, finger_joints, hand_at_rest, hand_of, pose_hand
from limn.core.hands.posing import HandMotion
from limn.core.hands.several import best_motion, motion_at
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.films.scene import solve_films
from limn.tools.jobs import finished
from synthetic_motion import jumping
from together_views import filmed

FRAMES = 60
R_OTHER = exp_so3(np.array([0.3, 1.1, -0.2]))
"""From another camera's axes to the take's own."""


def _motion(bend: float, trust: F64, palm: F64) -> HandMotion:
    """Both hands with all finger joints bent alike."""
    turns = np.broadcast_to(exp_so3(np.array([0.0, 0.0, bend])), (FRAMES, 2, 15, 3, 3)).copy()
    palms = np.broadcast_to(palm, (FRAMES, 2, 3, 3)).copy()
    return HandMotion(turns, palms, trust, trust.copy())


def _degrees(a: F64, b: F64) -> F64:
    cosine = (np.einsum("...ab,...ab->...", a, b) - 1) / 2
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _trust(left: float, right: float) -> F64:
    return np.tile([left, right], (FRAMES, 1)).astype(float)


def test_each_hand_comes_from_the_view_that_sees_it() -> None:
    own_palm, true_palm = np.eye(3), exp_so3(np.array([0.5, 0.2, 0.9]))
    own = _motion(0.1, _trust(1.0, 0.0), own_palm)
    other = _motion(0.8, _trust(0.0, 1.0), R_OTHER.T @ true_palm)
    best = best_motion(own, [PartView(other, R_OTHER)], 30.0)
    assert best is not None
    assert _degrees(best.R_parent_joint[:, 0], own.R_parent_joint[:, 0]).max() < 0.1
    assert _degrees(best.R_parent_joint[:, 1], other.R_parent_joint[:, 1]).max() < 0.1
    assert _degrees(best.R_camera_palm[:, 0], own_palm).max() < 0.1
    # In the axes of the take's own camera.
    assert _degrees(best.R_camera_palm[:, 1], true_palm).max() < 0.1
    assert best.trust.min() == 1


def test_one_view_takes_over_from_another_without_a_jump() -> None:
    early = np.repeat((np.arange(FRAMES) < 30)[:, None], 2, axis=1).astype(float)
    own = _motion(0.0, early, np.eye(3))
    other = _motion(0.9, 1 - early, R_OTHER.T)
    best = best_motion(own, [PartView(other, R_OTHER)], 30.0)
    assert best is not None
    bend = _degrees(best.R_parent_joint[:, 0, 0], np.eye(3))
    assert bend[5] < 1
    assert bend[-5] > 50
    assert np.abs(np.diff(bend)).max() < 25


def test_without_a_view_that_looked_there_are_none() -> None:
    assert best_motion(None, [], 30.0) is None
    only = best_motion(None, [PartView(_motion(0.4, _trust(1, 1), np.eye(3)), R_OTHER)], 30.0)
    assert only is not None
    assert _degrees(only.R_camera_palm, R_OTHER).max() < 0.1


def test_other_clocks_are_read_between_frames_and_not_beyond_them() -> None:
    motion = _motion(0.0, _trust(1, 1), np.eye(3))
    bend = np.linspace(0, 1, FRAMES)
    turns = exp_so3(np.stack([0 * bend, 0 * bend, bend], axis=-1))
    motion = replace(
        motion, R_parent_joint=np.broadcast_to(turns[:, None, None], (60, 2, 15, 3, 3))
    )
    time_s = np.arange(FRAMES) / 30
    wanted = np.array([0.25 / 30, 10.5 / 30, 70 / 30])
    read = motion_at(motion, time_s, wanted, wanted < 2)
    expected = np.degrees(np.interp(wanted, time_s, bend))
    assert np.abs(_degrees(read.R_parent_joint[:, 0, 0], np.eye(3)) - expected).max() < 0.05
    assert read.trust[:, 0].tolist() == [1, 1, 0]


def _looked_at(film: Film, score: float) -> Film:
    """``film`` with hands of 80 pixels that were looked at closely, as surely as ``score``."""
    (track,) = film.seen.tracks
    t = len(track.frames)
    hand = pose_hand(hand_of(hand_at_rest(REST_XYZ_BODY)), RELAXED[None]).points[0]
    both = np.concatenate([hand, hand * MIRROR])
    xyz = np.repeat(both[None], t, axis=0).astype(np.float32)
    middle = np.array(film.info.size_px) / 2
    one = np.full((t, len(HANDS_SKELETON)), score, np.float32)
    xy = (middle + 500 * xyz[..., :2]).astype(np.float32)
    worth = PassWorth("a network", is_precise=True, has_3d=True)
    hands = PassObservations(xy, one, xyz, one[:, 0], worth, HANDS_SKELETON)
    seen = replace(film.seen, tracks=(replace(track, closeups={CLOSEUP: hands}),))
    return replace(film, seen=seen)


def test_a_take_of_several_clips_has_hands_that_only_another_clip_shows() -> None:
    motion = jumping(30.0)
    front, side = filmed(motion, 0.0, "front.mp4", 1), filmed(motion, 70.0, "side.mp4", 2)
    fingers = [*finger_joints("left"), *finger_joints("right")]
    confidence = {}
    for score in (0.0, 1.0):
        films = [_looked_at(front, 0.0), _looked_at(side, score)]
        (person,) = finished(solve_films(films, Settings())).people
        confidence[score] = float(person.confidence[:, fingers].min())
    assert confidence[0.0] == 0
    assert confidence[1.0] > 0.4
