"""Rotations that meet the solved points: hips, shoulders, elbows and ankles land on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3, matrix_from_quat
from limn.core.solving.posing.heads import looking_less_up, lowered_from_behind
from limn.core.solving.posing.posing import pose_from_points
from limn.core.solving.posing.proportions import rest_skeleton
from limn.core.solving.track.bone_lengths import bone_lengths, person_lengths
from posed_points import LIMBS, solved_points
from solved_people import somebody
from synthetic import camera_at

T = 6


def posed(turns_deg: dict[str, tuple[float, float, float]]) -> np.ndarray:
    """World joints (T, 55, 3) of the reference adult with these local rotation vectors."""
    R = np.tile(np.eye(3), (T, 55, 1, 1))
    for name, turn in turns_deg.items():
        R[:, joint(name)] = exp_so3(np.radians(np.array([turn])))
    R[:, 0] = R_WORLD_BODY_REST @ R[:, 0]
    return forward(REST_XYZ_BODY, np.zeros((T, 3)), R)[0]


@pytest.mark.parametrize(
    "turns_deg",
    [
        {"pelvis": (0, 0, 0)},
        {"pelvis": (0, 0, 12), "spine1": (0, 0, -6), "spine3": (0, 0, -6)},
        {"pelvis": (0, 30, 10), "spine2": (20, -20, -10), "left_hip": (-40, 0, 0)},
        {"pelvis": (10, -50, -8), "spine1": (10, 25, 8), "left_shoulder": (0, 0, -60)},
    ],
    ids=["standing", "on one leg", "bent and twisted", "turned"],
)
def test_hips_shoulders_and_limbs_land_on_their_points(
    turns_deg: dict[str, tuple[float, float, float]],
) -> None:
    xyz = posed(turns_deg)
    X = solved_points(xyz)
    hands = np.zeros((T, 2, 2, 3))
    hands[..., 0, 2], hands[..., 1, 0] = -1.0, 1.0
    pose = pose_from_points(X, np.ones((T, 19)), REST_XYZ_BODY, hands, np.zeros((T, 2)), 30.0)
    R = matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    found, _ = forward(REST_XYZ_BODY, pose.root_xyz, R)
    off_mm = 1000 * np.linalg.norm(found[:, LIMBS] - X[:, : points.LIMBS], axis=-1).mean(0)
    assert off_mm[6:8].max() < 1, f"hips {off_mm[6:8]}"
    assert off_mm.max() < 15, dict(zip(points.POINTS, off_mm.round(1), strict=False))


@pytest.mark.parametrize("slope_deg", [-13, 13])
def test_sloping_shoulders_stay_over_the_hips(slope_deg: float) -> None:
    """Collar bones point down: turned alike, both would carry their shoulder to one side."""
    X = solved_points(posed({"pelvis": (0, 0, 0)}))
    middle = X[:, :2].mean(1, keepdims=True)
    slope = exp_so3(np.radians(np.array([0.0, slope_deg, 0.0])))
    arms = slice(0, 6)
    X[:, arms] = (X[:, arms] - middle) @ slope.T + middle
    hands = np.zeros((T, 2, 2, 3))
    hands[..., 0, 2], hands[..., 1, 0] = -1.0, 1.0
    pose = pose_from_points(X, np.ones((T, 19)), REST_XYZ_BODY, hands, np.zeros((T, 2)), 30.0)
    R = matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    found, _ = forward(REST_XYZ_BODY, pose.root_xyz, R)
    aside_mm = 1000 * np.abs(found[:, LIMBS[:2]].mean(1) - X[:, :2].mean(1)).max()
    assert aside_mm < 2, f"both shoulders lie {aside_mm:.0f} mm aside"


@pytest.mark.parametrize(("yaw_deg", "nod_deg"), [(0, 0), (35, 0), (-25, 0), (0, 20), (20, -15)])
def test_the_head_looks_where_ears_and_nose_say(yaw_deg: float, nod_deg: float) -> None:
    xyz = posed({"pelvis": (0, 0, 0)})
    X = solved_points(xyz)
    turn = exp_so3(np.radians([0, yaw_deg, 0])) @ exp_so3(np.radians([nod_deg, 0, 0]))
    # Between the ears and the nose as networks see them: a little below.
    ahead = np.array([0.0, -0.11, 0.994])
    look = R_WORLD_BODY_REST @ turn
    head = xyz[:, joint("head")]
    X[:, 12] = head + 0.1 * look @ ahead
    X[:, 13], X[:, 14] = head + 0.07 * look[:, 0], head - 0.07 * look[:, 0]
    pose = pose_from_points(
        X, np.ones((T, 19)), REST_XYZ_BODY, np.ones((T, 2, 2, 3)), np.zeros((T, 2)), 30.0
    )
    R = forward(
        REST_XYZ_BODY, pose.root_xyz, matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    )[1]
    off = np.linalg.norm(R[:, joint("head")] - look, axis=(-2, -1)).max()
    assert np.degrees(2 * np.arcsin(off / np.sqrt(8))) < 2
    # The neck takes half of it.
    neck, chest = R[:, joint("neck")], R[:, joint("spine3")]
    np.testing.assert_allclose(neck @ chest.transpose(0, 2, 1) @ neck, R[:, 15], atol=1e-5)


def test_a_body_of_another_size_gets_a_skeleton_of_that_size() -> None:
    """With hanging arms: only shoulders and hips tell how long a trunk is."""
    hanging = posed({"left_shoulder": (0, 0, -70), "right_shoulder": (0, 0, 70)})
    rest = {}
    for size in (0.8, 1.0, 1.25):
        X = size * solved_points(hanging)
        rest[size] = rest_skeleton(X, bone_lengths(X))
    np.testing.assert_allclose(rest[1.0][:22], REST_XYZ_BODY[:22], atol=0.01)
    for size in (0.8, 1.25):
        np.testing.assert_allclose(rest[size], size * rest[1.0], atol=1e-4)


def _bent_arm(turns: bool, rng: np.random.Generator) -> np.ndarray:
    """Points (90, 19, 3) of an adult whose right forearm is a third too long for them."""
    X = np.repeat(solved_points(posed({"pelvis": (0, 0, 0)}))[:1], 90, axis=0)
    for side in ("left", "right"):
        elbow, wrist = (points.POINTS.index(f"{side}_{part}") for part in ("elbow", "wrist"))
        fore = 1.33 * (X[:, wrist] - X[:, elbow])
        if turns:
            angle = np.linspace(0, 2, 90)[:, None] * [0.0, 0.0, 1.0]
            fore = np.einsum("tab,tb->ta", exp_so3(angle), fore)
        X[:, wrist] = X[:, elbow] + fore
    return X + rng.normal(0, 1e-4, X.shape)


def test_a_bone_that_turned_is_believed_and_one_seen_from_one_side_leans_on_the_table() -> None:
    rng = np.random.default_rng(0)
    forearm = points.RIGID_BONES.index(
        tuple(points.POINTS.index(f"left_{part}") for part in ("elbow", "wrist"))
    )
    measured = bone_lengths(_bent_arm(False, rng))[forearm]
    turned, still = (person_lengths(_bent_arm(t, rng), 30.0)[forearm] for t in (True, False))
    assert turned == pytest.approx(measured, rel=0.02)
    assert still < 0.95 * measured
    trusted = person_lengths(_bent_arm(False, rng), 30.0, share=0.0)[forearm]
    assert trusted == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize(
    ("faces_deg", "up_deg", "lowered_deg"),
    [(0, 20, 0), (90, 20, 0), (180, 20, 8), (150, 20, 6.62), (110, 20, 0), (180, 70, 0)],
)
def test_heads_that_are_seen_from_behind_look_less_far_up(
    faces_deg: float, up_deg: float, lowered_deg: float
) -> None:
    look = exp_so3(np.radians([0.0, 0.0, faces_deg])) @ exp_so3(np.radians([-up_deg, 0.0, 0.0]))
    X = np.zeros((T, 19, 3))
    X[:, :, 2] = 1.5
    X[:, 12] += 0.1 * look @ [0.0, -1.0, 0.0]
    X[:, 13], X[:, 14] = X[:, 13] + 0.07 * look[:, 0], X[:, 14] - 0.07 * look[:, 0]
    eye = np.array([[0.0, -4.0, 1.0]])
    out = lowered_from_behind(X, eye, 30.0)
    before, after = (np.degrees(np.arcsin((x[:, 12, 2] - 1.5) / 0.1)) for x in (X, out))
    assert before == pytest.approx(up_deg)
    assert after == pytest.approx(before - lowered_deg, abs=0.1)
    others = np.delete(np.arange(19), 12)
    assert np.array_equal(out[:, others], X[:, others])


def test_heads_that_other_views_or_tools_tell_stay() -> None:
    solved, camera = somebody(0, T), camera_at(tilt_deg=0)
    X, evidence = solved.X, solved.evidence
    assert not np.array_equal(looking_less_up(X, evidence, camera), X)
    for told in (replace(evidence, placed=X), replace(evidence, shows_3d=False)):
        assert looking_less_up(X, told, camera) is X
