"""People who stand and walk lean as people do, and whoever does something else is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F64
from limn.core.geometry.camera import camera_from_world
from limn.core.geometry.rotations import exp_so3
from limn.core.solving.floor.ground import Ground
from limn.core.solving.person import Solved
from limn.core.solving.track.bone_lengths import bone_lengths, stature
from limn.core.solving.upright import lean_deg, level_axes, stand_upright
from solved_people import somebody
from synthetic import camera_at
from synthetic_motion import squatting, walking
from synthetic_skeleton import Motion

LEVEL = camera_at(tilt_deg=0.0, height_m=1.0)
UP = np.array([0.0, -1.0, 0.0])
FLOOR = Ground(UP, -1.0, is_measured=True)
HIPS, KNEES, ANKLES = [6, 7], [8, 9], [10, 11]


def filmed(motion: Motion, lean: float = 0.0) -> Solved:
    """``motion`` as a solve that leans everything towards the camera by so many degrees has it."""
    X = camera_from_world(LEVEL, motion.landmarks()[:, points.FROM_BLAZEPOSE])
    feet = X[:, ANKLES].mean(1, keepdims=True)
    tilt = exp_so3(np.array([np.radians(lean), 0.0, 0.0]))
    X = (X - feet) @ tilt.T + feet
    one = somebody(1, len(X))
    evidence = replace(one.evidence, xyz_m=X - X[:, HIPS].mean(1, keepdims=True))
    return replace(one, X=X, evidence=evidence, lengths=bone_lengths(X))


def leans(X: F64) -> tuple[float, float]:
    """Mean degrees by which trunk and legs lean towards the camera."""
    to_camera, _, _ = level_axes(X, UP)
    leg = X[:, HIPS].mean(1) - X[:, ANKLES].mean(1)
    legs = np.degrees(np.arctan2((leg * to_camera).sum(-1), leg @ UP))
    return float(lean_deg(X, to_camera, UP).mean()), float(legs.mean())


@pytest.mark.parametrize("lean", [9.0, -6.0])
def test_a_walker_seen_from_the_side_is_set_upright(lean: float) -> None:
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=90), lean)
    trunk, legs = leans(walker.X)
    assert trunk == pytest.approx(lean, abs=1.5)
    assert legs == pytest.approx(lean, abs=1.5)
    upright = stand_upright(walker, FLOOR)
    trunk, legs = leans(upright.X)
    assert abs(trunk) < 3.0
    assert abs(legs) < 4.5
    told = leans(upright.evidence.xyz_m + upright.X[:, HIPS].mean(1, keepdims=True))[0]
    # The next solve leaves a part of what it is moved by.
    assert 1.0 < (trunk - told) * np.sign(lean) < 6.0


@pytest.mark.parametrize(("hips_score", "beyond"), [(1.0, True), (0.0, False)])
def test_evidence_leans_beyond_what_is_wanted_where_hips_are_seen(
    hips_score: float, beyond: bool
) -> None:
    """Nobody knows the lean of a trunk whose hips are outside the picture."""
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=90), 9.0)
    score = walker.evidence.score.copy()
    score[:, HIPS] = hips_score
    walker = replace(walker, evidence=replace(walker.evidence, score=score))
    upright = stand_upright(walker, FLOOR)
    wanted = leans(upright.X)[0]
    told = leans(upright.evidence.xyz_m + upright.X[:, HIPS].mean(1, keepdims=True))[0]
    assert told == pytest.approx(wanted - 4.0 * beyond, abs=1.5)


def test_evidence_leans_as_the_solve_did_whatever_it_told() -> None:
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=90), 9.0)
    other = replace(walker, evidence=filmed(walking(30.0, 3.0).moved(yaw_deg=90), 2.0).evidence)
    upright, same = (stand_upright(one, FLOOR) for one in (walker, other))
    hips = upright.X[:, HIPS].mean(1, keepdims=True)
    told, others = (leans(one.evidence.xyz_m + hips)[0] for one in (upright, same))
    assert others == pytest.approx(told, abs=1.0)


def test_trunks_lean_less_towards_a_camera_that_looks_up_at_them() -> None:
    """Networks tell trunks as a level camera would see them, so from below they lean nearer."""
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=90))
    moved: list[float] = []
    for height_m in (-0.7, 0.8):
        # The same evidence, seen that far above the camera and below it.
        above = replace(walker, X=walker.X + height_m * UP)
        moved.append(leans(stand_upright(above, FLOOR).X - height_m * UP)[0])
    assert moved[0] - moved[1] > 0.5


def test_the_height_of_the_view_counts_for_who_bends_aside_too() -> None:
    """It is the networks' error, whatever somebody does; what is usual isn't asked of them."""
    one = filmed(walking(30.0, 2.0))
    X = np.repeat(one.X[24:25], len(one.X), axis=0)
    hips, upper = X[:, HIPS].mean(1, keepdims=True), [*range(6), 12, 13, 14]
    bent = exp_so3(np.array([0.0, 0.0, np.radians(30.0)]))
    X[:, upper] = ((X - hips) @ bent.T + hips)[:, upper]
    moved: list[float] = []
    for height_m in (-0.7, 0.8):
        above = replace(one, X=X + height_m * UP)
        moved.append(leans(stand_upright(above, FLOOR).X - height_m * UP)[0])
    assert moved[0] - moved[1] > 3.0


def test_the_picture_the_height_and_both_sides_alike_stay() -> None:
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=90), 8.0)
    upright = stand_upright(walker, FLOOR)
    before, after = (one.X[..., :2] / one.X[..., 2:] for one in (walker, upright))
    moved = np.linalg.norm(after - before, axis=-1)
    assert moved.max() < 1e-9, "somebody is elsewhere in the picture"
    assert stature(upright.lengths) == pytest.approx(stature(walker.lengths), abs=1e-6)
    by_bone = dict(zip(points.RIGID_BONES, upright.lengths, strict=True))
    for (a, b), length in by_bone.items():
        twin = int(points.MIRROR[a]), int(points.MIRROR[b])
        assert by_bone.get(twin, length) == pytest.approx(length, rel=0.02)


@pytest.mark.parametrize("yaw_deg", [0, 180])
def test_hips_that_lie_too_far_forward_are_known_from_the_front_and_from_behind(
    yaw_deg: float,
) -> None:
    """A trunk that looks plumb leans forward: towards the camera, or away from it."""
    walker = filmed(walking(30.0, 3.0).moved(yaw_deg=yaw_deg))
    forward = 1 if yaw_deg == 0 else -1
    before, after = (leans(one.X)[0] for one in (walker, stand_upright(walker, FLOOR)))
    assert 2.0 < forward * (after - before) < 7.0


def test_who_bows_or_squats_deeply_is_believed() -> None:
    bowing = filmed(walking(30.0, 2.0).moved(yaw_deg=90))
    X = bowing.X.copy()
    hips = X[:, HIPS].mean(1, keepdims=True)
    bent = exp_so3(np.array([np.radians(55.0), 0.0, 0.0]))
    upper = [*range(6), 12, 13, 14]
    X[:, upper] = ((X - hips) @ bent.T + hips)[:, upper]
    still = np.repeat(X[:1], len(X), axis=0)
    bow = replace(bowing, X=still)
    assert leans(bow.X)[0] > 45
    assert abs(leans(stand_upright(bow, FLOOR).X)[0] - leans(bow.X)[0]) < 3.5
    squat = filmed(squatting(30.0, 1.0, depth_m=0.55))
    low = replace(squat, X=np.repeat(squat.X[29:], 30, axis=0))
    np.testing.assert_allclose(stand_upright(low, FLOOR).X, low.X, atol=0.03)


def test_it_is_the_shanks_that_lean() -> None:
    """Thighs of whoever stands stay as they were."""
    one = filmed(walking(30.0, 2.0), 8.0)
    still = replace(one, X=np.repeat(one.X[24:25], len(one.X), axis=0))
    upright = stand_upright(still, FLOOR)
    assert leans(upright.X)[1] < leans(still.X)[1] - 3.0
    thighs = [
        (X[:, HIPS].mean(1) - X[:, KNEES].mean(1)) / stature(lengths)
        for X, lengths in ((still.X, still.lengths), (upright.X, upright.lengths))
    ]
    np.testing.assert_allclose(thighs[1], thighs[0], atol=0.012)


def test_whom_the_camera_sees_from_above_keeps_their_lean() -> None:
    walker = filmed(walking(30.0, 1.0), 8.0)
    above = Ground(np.array([0.0, 0.0, -1.0]), -1.0, is_measured=True)
    np.testing.assert_allclose(stand_upright(walker, above).X, walker.X, atol=1e-9)


@pytest.mark.parametrize("frames", [1, 2])
def test_a_photo_is_set_upright_too(frames: int) -> None:
    walker = filmed(walking(30.0, 1.0).moved(yaw_deg=90), 8.0)
    part = replace(
        somebody(1, frames), X=walker.X[:frames], lengths=bone_lengths(walker.X[:frames])
    )
    upright = stand_upright(part, FLOOR)
    assert np.isfinite(upright.X).all()
    assert leans(upright.X)[1] < leans(part.X)[1] - 1


def test_lines_of_sight_begin_where_a_carried_camera_is() -> None:
    walker = filmed(walking(30.0, 2.0).moved(yaw_deg=90), 8.0)
    path = np.linspace([0.0, 0.0, 0.0], [0.8, 0.0, 0.3], len(walker.X))
    carried = replace(
        walker, X=walker.X + path[:, None], evidence=replace(walker.evidence, origin=path)
    )
    still, moving = stand_upright(walker, FLOOR), stand_upright(carried, FLOOR)
    np.testing.assert_allclose(
        moving.X[:, HIPS] - moving.X[:, ANKLES], still.X[:, HIPS] - still.X[:, ANKLES], atol=0.03
    )
    before, after = (one.X - path[:, None] for one in (carried, moving))
    np.testing.assert_allclose(
        after[..., :2] / after[..., 2:], before[..., :2] / before[..., 2:], atol=1e-9
    )
