"""Landmarks lie off the joints as the table has it, whatever side one looks from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_SKELETON
from limn.core.pipeline.films.scene import scene_of
from limn.core.solving.track.bone_lengths import bone_lengths, stature
from limn.core.together.joint_solve import solve_jointly
from limn.core.together.landmarks import seen_from
from limn.core.together.landmarks.body_axes import MIRRORED, PARTS, body_axes
from limn.core.together.landmarks.seen_from import (
    directions,
    joint_rays,
    meant_points,
    offset_terms,
    trust,
)
from limn.core.together.landmarks.tables import OFFSET_MM, SPREAD
from limn.tools.jobs import finished
from limn.tools.landmark_offsets.fitting import Seen, far_off, fit_offsets, fit_spread, trunk_shares
from synthetic_motion import squatting
from together_views import filmed, round_about

SIDES = [45.0 * k for k in range(8)]


def body_from(yaw_deg: float) -> np.ndarray:
    """Somebody who squats, (t, 19, 3) in the axes of a camera on that side."""
    world = squatting(10.0).landmarks()[:, points.FROM_BLAZEPOSE]
    T = np.linalg.inv(round_about(yaw_deg).T_world_camera)
    return world @ T[:3, :3].T + T[:3, 3]


def height_of(X: np.ndarray) -> float:
    return stature(bone_lengths(X))


def landmarks_of(X: np.ndarray, table: dict[str, np.ndarray]) -> np.ndarray:
    """Where landmarks are seen that lie off joints by ``table`` in millimetres of 1.7 m."""
    axes = body_axes(X)
    told = np.array([table.get(part, np.zeros((3, 4))) for part in PARTS])
    mirror = np.stack([MIRRORED, np.ones(points.COUNT), np.ones(points.COUNT)], axis=-1)
    off = np.einsum("pkf,tpf->tpk", told, offset_terms(directions(X, axes))) * mirror
    at = X + np.einsum("tpba,tpb->tpa", axes, off * height_of(X) / 1.7 / 1000)
    return at[..., :2] / at[..., 2:]


@pytest.mark.parametrize("yaw_deg", SIDES)
def test_rays_go_from_landmarks_to_joints(yaw_deg: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_from, "_TAKEN", np.ones(points.COUNT))
    X = body_from(yaw_deg)
    table = {part: np.array(rows, float) for part, rows in OFFSET_MM.items()}
    rays = joint_rays(landmarks_of(X, table), X, height_of(X))
    np.testing.assert_allclose(rays, X[..., :2] / X[..., 2:], atol=1e-9)


@pytest.mark.parametrize("yaw_deg", SIDES)
def test_directions_are_those_of_the_points_that_rays_meet_in(yaw_deg: float) -> None:
    """Rays of which a share of the offset was taken go through the points that are moved by the
    rest: bones that end elsewhere would pull against them."""
    X = body_from(yaw_deg)
    table = {part: np.array(rows, float) for part, rows in OFFSET_MM.items()}
    height = height_of(X)
    meant = meant_points(X, X, height)
    np.testing.assert_allclose(
        joint_rays(landmarks_of(X, table), X, height), meant[..., :2] / meant[..., 2:], atol=2e-4
    )
    moved = np.linalg.norm(meant - X, axis=-1).mean(0)
    by_part = {part: moved[[i for i, p in enumerate(PARTS) if p == part]].mean() for part in PARTS}
    assert by_part["shoulder"] > by_part["hip"] > 0.01
    assert by_part["ankle"] == by_part["knee"] == by_part["nose"] == 0


def test_of_the_trunk_only_a_share_is_taken() -> None:
    X = body_from(0.0)
    at = X[..., :2] / X[..., 2:]
    moved = np.abs(joint_rays(at, X, height_of(X)) - at).max(-1).mean(0)
    by_part = {part: moved[[i for i, p in enumerate(PARTS) if p == part]].mean() for part in PARTS}
    assert by_part["shoulder"] == 0 < by_part["hip"] < 0.6 * by_part["ankle"]
    assert by_part["ankle"] > 0.004
    assert by_part["elbow"] == by_part["wrist"] == by_part["knee"] == 0


def test_a_mirrored_body_is_seen_mirrored() -> None:
    X = body_from(60.0)
    twin = X[:, points.MIRROR] * [-1.0, 1.0, 1.0]
    at, other = (one[..., :2] / one[..., 2:] for one in (X, twin))
    np.testing.assert_allclose(trust(twin), trust(X)[:, points.MIRROR])
    np.testing.assert_allclose(
        joint_rays(other, twin, 1.7), joint_rays(at, X, 1.7)[:, points.MIRROR] * [-1.0, 1.0]
    )


def test_shoulders_and_hips_are_trusted_from_in_front_and_behind() -> None:
    front, side, back = (trust(body_from(yaw)).mean(0) for yaw in (0.0, 90.0, 180.0))
    for part in ("shoulder", "hip"):
        at = [i for i, name in enumerate(PARTS) if name == part]
        assert side[at].mean() < 0.7 * min(front[at].mean(), back[at].mean())
    # The camera at 90 degrees sees the left side before the right one, or the other way round.
    both = [points.POINTS.index(f"{name}_shoulder") for name in ("left", "right")]
    nearer = int(np.argmin(body_from(90.0)[:, both, 2].mean(0)))
    assert side[both[nearer]] > 1.3 * side[both[1 - nearer]]


def test_the_tables_are_what_fitting_finds() -> None:
    """Landmarks that lie and spread as the table has it give the table again."""
    random = np.random.default_rng(3)
    bodies = np.concatenate([body_from(yaw) for yaw in np.arange(0.0, 360.0, 9.0)])
    table = {part: np.array(rows, float) for part, rows in OFFSET_MM.items()}
    size = stature(bone_lengths(bodies)) / 1.7
    noise = 0.015 * size * random.normal(size=(*bodies.shape[:2], 2)) / bodies[..., 2:]
    xy = landmarks_of(bodies, table) + noise
    shape = bodies.shape[:2]
    seen = Seen(xy, np.ones(shape), bodies, np.zeros(shape))
    found = far_off(fit_offsets(seen))
    assert set(found) == set(table)
    for part, rows in table.items():
        # Along the view nothing is seen; what depends on the direction leans on nothing.
        np.testing.assert_allclose(found[part][:, 0], rows[:, 0], atol=6.0)
    spread = fit_spread(seen, found)
    assert set(spread) == set(SPREAD)
    level = np.exp([rows[0] for rows in spread.values()])
    assert 10 < level.min() < level.max() < 26


def test_of_the_trunk_that_is_an_error_which_no_other_network_shares() -> None:
    own = {part: np.zeros((3, 4)) for part in ("shoulder", "hip")}
    own["shoulder"][:, 0], own["hip"][:, 0] = (0.0, 40.0, 0.0), (-10.0, 0.0, 30.0)
    others = {part: rows.copy() for part, rows in own.items()}
    others["hip"][:, 0] = (-10.0, 15.0, 10.0)
    assert trunk_shares(own, others) == pytest.approx({"shoulder": 0.0, "hip": 0.6})
    others["shoulder"][:, 0] = (0.0, -20.0, 0.0)
    assert trunk_shares(own, others)["shoulder"] == 1.0


def test_landmarks_that_are_guessed_teach_nothing() -> None:
    bodies = np.concatenate([body_from(yaw) for yaw in SIDES])
    xy = bodies[..., :2] / bodies[..., 2:]
    hidden = np.zeros(bodies.shape[:2])
    ankles = [i for i, part in enumerate(PARTS) if part == "ankle"]
    wrong = xy.copy()
    wrong[:, ankles] += 0.01
    hidden[:, ankles] = 3.0
    seen = Seen(wrong, np.ones(hidden.shape), bodies, hidden)
    assert np.abs(fit_offsets(seen)["ankle"]).max() < 0.5


def test_other_networks_landmarks_stay_where_they_are() -> None:
    film = filmed(squatting(30.0), 0.0, "front.mp4")
    other = filmed(squatting(30.0), 70.0, "side.mp4", 2)
    track = film.seen.tracks[0]
    pick = COCO_SKELETON.names
    passes = {
        name: replace(
            one,
            xy_px=one.skeleton.select(pick).of(one.xy_px),
            score=one.skeleton.select(pick).scores(one.score),
            xyz_m=np.zeros((len(one.presence), len(pick), 3), np.float32),
            skeleton=COCO_SKELETON,
            worth=replace(one.worth, has_3d=False),
        )
        for name, one in track.passes.items()
    }
    coco = replace(film, seen=replace(film.seen, tracks=(replace(track, passes=passes),)))
    ankle = points.POINTS.index("left_ankle")
    for own, moved in ((film, 0.002), (coco, -1.0)):
        scene = finished(scene_of([own, other], Settings()))
        one = scene.shown[0]
        sighting, evidence = one.viewpoint.people[0], one.solved[0].evidence
        away = np.abs(sighting.xy - evidence.xy)[:, ankle].max(-1).mean()
        assert away > moved
        assert (away == 0) == (moved < 0)
        assert (sighting.xyz_m == evidence.xyz_m).all() == (moved < 0)
        (jointly,) = solve_jointly(
            one.solved,
            [shown.viewpoint.people for shown in scene.shown],
            scene.found.groups,
            scene.found.lengths,
            scene.found.rig,
            0,
            Settings(),
        )
        np.testing.assert_allclose(thigh_of(jointly.evidence.xyz_m), thigh_of(sighting.xyz_m))


def thigh_of(xyz: np.ndarray) -> np.ndarray:
    """Unit vectors (t, 3) of the left one."""
    thigh = xyz[:, points.POINTS.index("left_knee")] - xyz[:, points.POINTS.index("left_hip")]
    return thigh / np.linalg.norm(thigh, axis=-1, keepdims=True)
