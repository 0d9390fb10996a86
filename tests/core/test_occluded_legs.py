"""Legs that nobody sees stand under the body; legs that somebody sees are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.geometry.rotations import exp_so3, normalize
from limn.core.solving.evidence.occluded_legs import flat_body, leg_scores, settle_hidden_legs

FPS = 30.0
T = 20
AT = {name: i for i, name in enumerate(points.POINTS)}
LEGS = [AT[f"{s}_{p}"] for s in ("left", "right") for p in ("knee", "ankle", "heel", "foot_index")]


def facing_camera(rng: np.random.Generator) -> np.ndarray:
    """Points (t, 19, 3) of somebody upright who faces the camera, with legs of any shape."""
    xyz = rng.normal(0, 0.2, (T, points.COUNT, 3))
    for side, x in (("left", 0.1), ("right", -0.1)):
        xyz[:, AT[f"{side}_shoulder"]] = (2 * x, -0.5, 0)
        xyz[:, AT[f"{side}_hip"]] = (x, 0, 0)
    return xyz


def scores(legs: float) -> np.ndarray:
    out = np.ones((T, points.COUNT))
    out[:, LEGS] = legs
    return out


def lengths(xyz: np.ndarray) -> np.ndarray:
    pairs = [(AT[f"{s}_hip"], AT[f"{s}_knee"]) for s in ("left", "right")]
    pairs += [(AT[f"{s}_knee"], AT[f"{s}_ankle"]) for s in ("left", "right")]
    return np.stack([np.linalg.norm(xyz[:, b] - xyz[:, a], axis=-1) for a, b in pairs], axis=-1)


def test_hidden_legs_hang_and_point_where_the_pelvis_faces() -> None:
    xyz = facing_camera(np.random.default_rng(0))
    out = settle_hidden_legs(xyz, scores(0.0), FPS)
    np.testing.assert_allclose(lengths(out), lengths(xyz))
    for side in ("left", "right"):
        hip, knee, ankle, heel, toe = (
            out[:, AT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle", "heel", "foot_index")
        )
        for bone in (knee - hip, ankle - knee):
            np.testing.assert_allclose(normalize(bone), np.tile([0, 1, 0], (T, 1)), atol=1e-9)
        foot = np.linalg.norm(
            xyz[:, AT[f"{side}_foot_index"]] - xyz[:, AT[f"{side}_heel"]], axis=-1
        )
        np.testing.assert_allclose((toe - heel)[:, 2], -foot)
        np.testing.assert_allclose((ankle - heel)[:, 2], -0.3 * foot)
        np.testing.assert_allclose(toe[:, 1], heel[:, 1])
        assert (toe[:, 1] > ankle[:, 1]).all()


def test_down_is_between_the_trunks_and_the_cameras_for_the_whole_track() -> None:
    upright = facing_camera(np.random.default_rng(1))
    leaning = upright @ exp_so3(np.array([np.radians(60), 0, 0])).T
    bowing = upright.copy()
    bowing[: T // 4] = leaning[: T // 4]
    for xyz, trunk in ((leaning, leaning[0]), (bowing, upright[0])):
        out = settle_hidden_legs(xyz, scores(0.0), FPS)
        hips, shoulders = ([AT[f"{s}_{p}"] for s in ("left", "right")] for p in ("hip", "shoulder"))
        along = normalize(trunk[hips].mean(0) - trunk[shoulders].mean(0))
        down = normalize(np.add(along, (0, 0.5, 0)))
        thigh = normalize(out[:, AT["left_knee"]] - out[:, AT["left_hip"]])
        np.testing.assert_allclose(thigh, np.tile(down, (T, 1)), atol=1e-9)


def test_legs_that_are_seen_stay_and_between_they_fade() -> None:
    xyz = facing_camera(np.random.default_rng(2))
    np.testing.assert_allclose(settle_hidden_legs(xyz, scores(0.3), FPS), xyz, atol=1e-12)
    half = settle_hidden_legs(xyz, scores(0.175), FPS)
    hidden = settle_hidden_legs(xyz, scores(0.05), FPS)
    knee = AT["right_knee"]
    np.testing.assert_allclose(half[:, knee], (xyz[:, knee] + hidden[:, knee]) / 2, atol=1e-12)
    others = np.setdiff1d(np.arange(points.COUNT), LEGS)
    np.testing.assert_array_equal(hidden[:, others], xyz[:, others])


def test_a_frame_without_legs_among_frames_with_them_changes_nothing() -> None:
    """They are hidden by the time, not by the frame."""
    xyz, score = facing_camera(np.random.default_rng(5)), scores(0.8)
    score[T // 2, LEGS] = 0.0
    np.testing.assert_allclose(settle_hidden_legs(xyz, score, FPS), xyz, atol=1e-12)
    score[T // 2 - 6 : T // 2 + 6, LEGS] = 0.0
    assert np.abs(settle_hidden_legs(xyz, score, FPS) - xyz)[T // 2].max() > 0.1


def test_a_body_without_depth_is_the_pictures_shape_in_metres() -> None:
    xy = np.random.default_rng(3).normal(0, 0.1, (T, points.COUNT, 2))
    out = flat_body(xy, np.full(T, 0.19))
    limbs = np.arange(points.LIMBS)
    hips = xy[:, [AT["left_hip"], AT["right_hip"]]].mean(1, keepdims=True)
    np.testing.assert_allclose(out[:, limbs, :2], 5 * (xy - hips)[:, limbs])
    np.testing.assert_array_equal(out[:, limbs, 2], 0)
    for side in ("left", "right"):
        ankle = out[:, AT[f"{side}_ankle"]]
        assert (out[:, AT[f"{side}_foot_index"], 2] < ankle[:, 2]).all(), "toes are before it"
        assert (out[:, AT[f"{side}_heel"], 2] > ankle[:, 2]).all()
        assert (out[:, AT[f"{side}_heel"], 1] > ankle[:, 1]).all(), "and both below"


@pytest.mark.parametrize("known", [True, False])
def test_feet_that_no_network_names_are_as_sure_as_their_ankles(known: bool) -> None:
    score = np.random.default_rng(4).uniform(0.2, 1, (T, points.COUNT))
    feet = [AT[f"{s}_{p}"] for s in ("left", "right") for p in ("heel", "foot_index")]
    if not known:
        score[:, feet] = 0
    before, out = score.copy(), leg_scores(score)
    np.testing.assert_array_equal(score, before)
    for side in ("left", "right"):
        for part in ("heel", "foot_index"):
            wanted = before[:, AT[f"{side}_{part if known else 'ankle'}"]]
            np.testing.assert_array_equal(out[:, AT[f"{side}_{part}"]], wanted)


def test_who_sits_with_thighs_in_view_sits_and_shanks_hang() -> None:
    xyz = facing_camera(np.random.default_rng(4))
    for side in ("left", "right"):
        ahead = np.array([0.0, 0.1, -0.4])
        xyz[:, AT[f"{side}_knee"]] = xyz[:, AT[f"{side}_hip"]] + ahead
    score = scores(0.0)
    score[:, [AT["left_knee"], AT["right_knee"]]] = 0.4
    out = settle_hidden_legs(xyz, score, FPS)
    for side in ("left", "right"):
        knee, ankle = out[:, AT[f"{side}_knee"]], out[:, AT[f"{side}_ankle"]]
        np.testing.assert_allclose(knee, xyz[:, AT[f"{side}_knee"]])
        np.testing.assert_allclose(normalize(ankle - knee), np.tile([0, 1, 0], (T, 1)), atol=1e-9)
