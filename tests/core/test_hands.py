"""A hand's model, and its fit to points over time: both sides, mistakes, small and lost hands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F64
from limn.core.data.hand_points import HANDS_SKELETON, SIDES
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.data.types import Camera
from limn.core.geometry.camera import camera_from_fov, project_camera
from limn.core.geometry.rotations import exp_so3, matrix_from_quat
from limn.core.hands import fitting, posing
from limn.core.hands.collecting import CLOSEUP, HAND_M, WORTH
from limn.core.hands.fit import descent
from limn.core.hands.habits import LEAST, MOST, RELAXED
from limn.core.hands.model import (
    MIRROR,
    finger_joints,
    hand_at_rest,
    hand_of,
    local_turns,
    pose_hand,
)
from limn.core.hands.posing import HandMotion, pose_hands
from limn.core.solving.posing.forearms import turn_forearms
from limn.core.solving.posing.hands import set_fingers
from solved_people import somebody

FRAMES = 60
HAND = hand_of(hand_at_rest(REST_XYZ_BODY))
CAMERA = camera_from_fov((1280, 720), 60.0)
FACING = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""A left hand held up, its back to the camera."""


def _mirrored(R: F64) -> F64:
    return MIRROR[:, None] * R * MIRROR


def _motion() -> tuple[F64, F64]:
    """Angles (t, 5, 4) of fingers that close one after the other, and the palm's turn."""
    t = np.arange(FRAMES)
    angles = np.repeat(RELAXED[None], FRAMES, axis=0).copy()
    for finger in range(1, 5):
        share = (1 - np.cos(t / 12 + finger)) / 2
        angles[:, finger, 1] = 1.2 * share
        angles[:, finger, 2] = 1.4 * share
        angles[:, finger, 3] = 0.6 * angles[:, finger, 2]
    turn = exp_so3(np.outer(np.sin(t / 15), [0.2, 0.5, 0.1])) @ FACING
    return angles, turn


def _seen(distance_m: float = 1.0) -> tuple[TrackObservations, F64, F64, F64]:
    """A track of two hands that do the same in a mirror, as a perfect network sees them: with
    angles (t, 5, 4) and turns (t, 2, 3, 3) of the truth, and a rough guess of the latter."""
    angles, turn = _motion()
    points = pose_hand(HAND, angles).points @ turn.transpose(0, 2, 1)
    xy = np.zeros((FRAMES, 42, 2), np.float32)
    xyz = np.zeros((FRAMES, 42, 3), np.float32)
    for k in range(2):
        own = points if k == 0 else points * MIRROR
        placed = own + np.array([0.1 * distance_m * (1 - 2 * k), 0, distance_m])
        xy[:, 21 * k : 21 * k + 21] = project_camera(CAMERA, placed)
        xyz[:, 21 * k : 21 * k + 21] = own - own.mean(1, keepdims=True)
    one = np.ones((FRAMES, 42), np.float32)
    worth = PassWorth("a perfect network", is_precise=True, has_3d=True)
    hands = PassObservations(xy, one, xyz, one[:, 0], worth, HANDS_SKELETON)
    flat = np.zeros((FRAMES, 17, 2), np.float32)
    track = TrackObservations(
        np.arange(FRAMES, dtype=np.int32), flat, flat[..., 0], flat[:, :2].reshape(-1, 4),
        flat[:, 0], flat[:, 0, 0], {}, None, closeups={CLOSEUP: hands},
    )  # fmt: skip
    turns = np.stack([turn, _mirrored(turn)], axis=1)
    rough = exp_so3(np.array([0.4, -0.3, 0.5])) @ turns
    return track, angles, turns, rough


def _posed(track: TrackObservations, rough: F64, *, every: bool = False) -> HandMotion:
    motion = pose_hands(track, CAMERA, 30.0, rough, every=every)
    assert motion is not None
    return motion


def _degrees(a: F64, b: F64) -> F64:
    cosine = (np.einsum("...ab,...ab->...", a, b) - 1) / 2
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _with(track: TrackObservations, **fields: F64) -> TrackObservations:
    hands = replace(track.closeups[CLOSEUP], **fields)  # type: ignore[arg-type]
    return replace(track, closeups={CLOSEUP: hands})


def test_the_angles_at_rest_leave_the_hand_as_it_is() -> None:
    assert np.abs(pose_hand(HAND, HAND.at_rest[None]).points[0] - HAND.points).max() < 1e-9
    turns = local_turns(HAND, HAND.at_rest[None])
    assert np.abs(turns - np.eye(3)).max() < 1e-9


def test_slopes_are_the_derivatives_of_the_points() -> None:
    angles = np.random.default_rng(1).normal(0, 0.5, (3, 5, 4))
    posed = pose_hand(HAND, angles)
    for finger in range(5):
        for k in range(4):
            moved = angles.copy()
            moved[:, finger, k] += 1e-6
            change = (pose_hand(HAND, moved).points - posed.points) / 1e-6
            expected = np.zeros_like(change)
            expected[:, 2 + 4 * finger : 5 + 4 * finger] = posed.slopes[:, finger, k]
            assert np.abs(change - expected).max() < 1e-6


def test_bending_goes_to_the_palm_and_spreading_to_the_thumb() -> None:
    straight = np.zeros((1, 5, 4))
    flat = pose_hand(HAND, straight).points[0]
    bent, spread = straight.copy(), straight.copy()
    bent[0, 1:, 1], spread[0, 1:, 0] = 0.5, 0.3
    tips = [8, 12, 16, 20]
    # Of a left hand in the zero pose the palm looks down, the thumb lies to the front.
    assert (pose_hand(HAND, bent).points[0, tips, 1] < flat[tips, 1] - 0.01).all()
    assert (pose_hand(HAND, spread).points[0, tips, 2] > flat[tips, 2] + 0.01).all()


def test_both_hands_are_posed_as_they_were_seen() -> None:
    track, angles, turns, rough = _seen()
    motion = _posed(track, rough)
    expected = local_turns(HAND, angles)
    fingers = slice(3, None)  # the thumb's two axes at its base say little
    assert _degrees(motion.R_camera_palm, turns).max() < 8
    assert _degrees(motion.R_parent_joint[:, 0], expected)[:, fingers].mean() < 6
    assert _degrees(motion.R_parent_joint[:, 1], _mirrored(expected))[:, fingers].mean() < 6
    assert (motion.trust == 1).all()


@pytest.mark.parametrize("k", [0, 1])
def test_frames_in_which_a_hand_is_taken_for_the_other_are_bridged(k: int) -> None:
    track, _, turns, rough = _seen()
    own = slice(21 * k, 21 * k + 21)
    xyz = track.closeups[CLOSEUP].xyz_m.copy()
    wrong = np.isin(np.arange(FRAMES), [20, 21, 22, 31, 44])
    xyz[wrong, own] *= [1.0, 1.0, -1.0]
    motion = _posed(_with(track, xyz_m=xyz), rough)
    assert _degrees(motion.R_camera_palm, turns)[:, k].max() < 15
    assert motion.trust[:, k].min() > 0.5


def test_a_lost_hand_eases_to_a_relaxed_one_and_back() -> None:
    track, _, _, rough = _seen()
    score = track.closeups[CLOSEUP].score.copy()
    score[20:50, :21] = 0
    motion = _posed(_with(track, score=score), rough)
    relaxed = local_turns(HAND, RELAXED[None])[0]
    away = _degrees(motion.R_parent_joint[:, 0], relaxed).mean(1)
    assert away[30:40].max() < 1e-6
    assert motion.trust[30:40, 0].max() == 0
    assert np.abs(np.diff(motion.trust[:, 0])).max() < 0.5
    assert np.abs(np.diff(away)).max() < 10
    assert (motion.trust[:, 1] == 1).all()


def test_hands_too_small_to_be_read_are_relaxed_unless_all_are_wanted() -> None:
    track, angles, _, rough = _seen(distance_m=HAND_M * CAMERA.K[0, 0] / 14)
    relaxed = local_turns(HAND, RELAXED[None])[0]
    for motion in (_posed(track, rough), _posed(track, rough, every=True)):
        is_relaxed = np.abs(motion.R_parent_joint[:, 0] - relaxed).max() < 1e-9
        assert is_relaxed == (motion.trust.max() == 0)
    assert _posed(track, rough).trust.max() == 0
    motion = _posed(track, rough, every=True)
    assert motion.trust.min() == 1
    assert _degrees(motion.R_parent_joint[:, 0], local_turns(HAND, angles))[:, 3:].mean() < 10


def test_fingers_stay_within_what_they_can_do() -> None:
    track, _, _, rough = _seen()
    noisy = track.closeups[CLOSEUP].xyz_m + np.random.default_rng(3).normal(0, 0.03, (60, 42, 3))
    motion = _posed(_with(track, xyz_m=noisy.astype(np.float32)), rough)
    assert np.isfinite(motion.R_parent_joint).all()
    bends = _degrees(motion.R_parent_joint, np.eye(3)).reshape(FRAMES, 2, 5, 3)
    most = np.degrees(np.maximum(MOST - HAND.at_rest, HAND.at_rest - LEAST))
    assert (bends[..., 1:, 1] <= most[1:, 2] + 1e-6).all()
    assert (bends[..., 1:, 2] <= most[1:, 3] + 1e-6).all()


def test_nobody_looked_at_hands_and_none_are_posed() -> None:
    track, _, _, rough = _seen()
    camera: Camera = CAMERA
    assert pose_hands(replace(track, closeups={}), camera, 30.0, rough) is None
    assert len(SIDES) == 2


def test_fingers_that_nobody_saw_are_relaxed_on_both_sides_alike() -> None:
    quats = np.zeros((4, 55, 4))
    quats[..., 0] = 1.0
    set_fingers(quats, None)
    assert (quats[:, :25] == [1, 0, 0, 0]).all()
    left, right = (matrix_from_quat(quats[0, list(finger_joints(side))]) for side in SIDES)
    np.testing.assert_allclose(left, local_turns(HAND, RELAXED[None])[0], atol=1e-12)
    np.testing.assert_allclose(right, _mirrored(left), atol=1e-12)
    # They bend, and towards the palm: below the zero pose, whose palms look down.
    ends = pose_hand(HAND, RELAXED[None]).points[0]
    assert (ends[[8, 12, 16, 20], 1] < HAND.points[[8, 12, 16, 20], 1] - 0.015).all()


def test_a_forearm_turns_as_far_as_its_wrist_asks_and_no_farther() -> None:
    one = somebody(3, frames=4)
    elbow, wrist = points.POINTS.index("left_elbow"), points.POINTS.index("left_wrist")
    xyz = one.evidence.xyz_m.copy()
    xyz[:, wrist] = xyz[:, elbow] + [0.25, 0.0, 0.0]
    evidence = replace(one.evidence, xyz_m=xyz)

    def turned(palm_about: list[float], sure: float = 1.0) -> F64:
        palm = exp_so3(np.radians(np.array(palm_about)))
        R = np.broadcast_to(palm, (4, 2, 3, 3))
        rest = np.broadcast_to(np.eye(3), (4, 2, 15, 3, 3))
        motion = HandMotion(rest, R, np.ones((4, 2)), np.full((4, 2), sure))
        bone = turn_forearms(evidence, motion).xyz_m
        return bone[:, wrist] - bone[:, elbow]

    straight = [0.25, 0.0, 0.0]
    np.testing.assert_allclose(turned([0, 20, 0]), np.tile(straight, (4, 1)), atol=1e-9)
    np.testing.assert_allclose(turned([0, 60, 0], sure=0.0), np.tile(straight, (4, 1)), atol=1e-9)
    # A hand turned by 60 degrees to the side: its wrist does 35 of them at most.
    moved = turned([0, 60, 0])
    np.testing.assert_allclose(np.linalg.norm(moved, axis=-1), 0.25)
    angle = np.degrees(np.arccos(moved[:, 0] / 0.25))
    assert (angle > 15).all()
    assert (angle < 40).all()
    assert (moved[:, 2] < 0).all()
    # One that points back along the forearm is mistaken.
    np.testing.assert_allclose(turned([0, 170, 0]), np.tile(straight, (4, 1)), atol=1e-9)


def test_across_a_gap_a_palm_goes_the_way_that_the_body_has_it() -> None:
    track, _, turns, _ = _seen()
    # Half a turn and more between two sights of the hand: the shortest way is the other one.
    away = exp_so3(np.outer(np.linspace(0, 1, FRAMES), [0.0, 8.0, 0.0])) @ turns[:, :1]
    body = np.concatenate([away, turns[:, 1:]], axis=1)
    hands = track.closeups[CLOSEUP]
    xyz, score = hands.xyz_m.copy(), hands.score.copy()
    points = pose_hand(HAND, np.repeat(RELAXED[None], FRAMES, axis=0)).points
    own = points @ away[:, 0].transpose(0, 2, 1)
    xyz[:, :21] = own - own.mean(1, keepdims=True)
    xy = hands.xy_px.copy()
    xy[:, :21] = project_camera(CAMERA, own + np.array([0.1, 0, 1.0]))
    score[15:45, :21] = 0
    seen = _with(track, xyz_m=xyz.astype(np.float32), score=score, xy_px=xy.astype(np.float32))
    motion = _posed(seen, body)
    assert _degrees(motion.R_camera_palm[:, 0], away[:, 0]).max() < 40


def test_a_long_clip_is_fitted_a_stretch_at_a_time_and_as_in_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track, _, _, rough = _seen()
    whole = _posed(track, rough)
    at_once: list[int] = []
    equations = descent.normal_equations

    def watched(problem: descent.Problem, *here: object) -> tuple[F64, F64]:
        at_once.append(len(problem.target))
        return equations(problem, *here)  # type: ignore[arg-type]

    monkeypatch.setattr(descent, "normal_equations", watched)
    monkeypatch.setattr(descent, "_FRAMES_AT_ONCE", FRAMES // 2 - 1)
    monkeypatch.setattr(fitting, "_AT_ONCE", FRAMES // 2 - 1)
    monkeypatch.setattr(posing, "_LONG", FRAMES)
    parts = _posed(track, rough)
    assert max(at_once) < FRAMES // 2
    np.testing.assert_allclose(parts.R_camera_palm, whole.R_camera_palm, atol=1e-9)


def test_points_of_the_other_side_are_trusted_less(monkeypatch: pytest.MonkeyPatch) -> None:
    track, _, _, _ = _seen()
    hands = track.closeups[CLOSEUP]
    as_mediapipes = replace(hands, worth=WORTH)

    class Untaught:
        def read(self, xy: F64, xyz: F64) -> tuple[F64, F64]:
            return xy, xyz

    monkeypatch.setattr(posing, "load_hand_reader", Untaught)
    flipped = replace(as_mediapipes, xyz_m=hands.xyz_m * np.array([1, 1, -1], np.float32))
    right, wrong = (posing.points_of(track, one, CAMERA, 0)[0] for one in (as_mediapipes, flipped))
    assert right.score.mean() > 0.8
    assert wrong.score.max() < 0.5
    assert wrong.score.min() > 0.2
