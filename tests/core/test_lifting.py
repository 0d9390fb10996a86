"""Lifting: the network's form obeys the laws of cameras; what it says comes back unharmed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F32, Floats
from limn.core.lifting import lifter as lifting
from limn.core.lifting.features import (
    CANONICAL_M,
    CONTEXT,
    FEATURES,
    body_size,
    encode,
    look_at,
    mirror_features,
    without_3d,
)
from limn.core.lifting.lifter import Answer, LifterInput, lift_with

STANDING = np.array(
    [
        (0.18, -0.5, 0), (-0.18, -0.5, 0), (0.25, -0.22, 0.02), (-0.25, -0.22, 0.02),
        (0.27, 0.02, -0.05), (-0.27, 0.02, -0.05), (0.1, 0, 0), (-0.1, 0, 0),
        (0.11, 0.42, -0.02), (-0.11, 0.42, -0.02), (0.12, 0.84, 0.03), (-0.12, 0.84, 0.03),
        (0, -0.68, -0.1), (0.07, -0.7, 0), (-0.07, -0.7, 0), (0.12, 0.9, 0.06),
        (-0.12, 0.9, 0.06), (0.13, 0.9, -0.12), (-0.13, 0.9, -0.12),
    ]
)  # fmt: skip
"""A person of 1.7 m facing the camera, camera axes, origin between the hips."""


def waving(t: int, fps: float = 30.0) -> Floats:
    """The person (t, 19, 3) who walks slowly across the view and moves their arms at 0.7 Hz."""
    time_s = np.arange(t) / fps
    body = np.repeat(STANDING[None], t, axis=0)
    swing = 0.25 * np.sin(2 * np.pi * 0.7 * time_s)
    body[:, 4:6, 2] += swing[:, None]
    body[:, 4, 1] -= 0.2 * np.cos(2 * np.pi * 0.7 * time_s)
    place = np.stack([0.4 + 0.2 * time_s, 0.1 * np.cos(time_s), 4 - 0.1 * time_s], axis=-1)
    return body + place[:, None]


def watch(xyz: Floats, fps: float = 30.0, scale: float = 1.0) -> LifterInput:
    """A perfect view of bodies in camera space; the 3D at ``scale`` and somewhere else."""
    t = len(xyz)
    xy = xyz[..., :2] / xyz[..., 2:]
    return LifterInput(
        xy=xy,
        score=np.full((t, 19), 0.9),
        detected_xy=xy[:, :12],
        detected_score=np.full((t, 12), 0.7),
        xyz_m=scale * (xyz + np.array([7.0, 0.0, 1.0])),
        fps=fps,
        seen=np.ones(t, bool),
    )


def encoded(view: LifterInput) -> F32:
    return encode(view.xy, view.score, view.detected_xy, view.detected_score, view.xyz_m).features


def echo(features: F32) -> Answer:
    """Says that the networks' 3D is right, everywhere equally sure, at one depth."""
    b, t = features.shape[:2]
    joints = features[..., 93:150].reshape(b, t, 19, 3)
    sigma = np.full((b, t, 19, 2), 0.03, np.float32)
    return joints, sigma, np.zeros((b, t), np.float32), np.full((b, t, 4), 0.5, np.float32)


def from_hips(xyz: Floats) -> Floats:
    return xyz - xyz[:, 6:8].mean(1, keepdims=True)


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        ("xy", (5, 17, 2)),
        ("score", (4, 19)),
        ("detected_xy", (5, 17, 2)),
        ("detected_score", (5, 19)),
        ("xyz_m", (5, 19, 2)),
    ],
)
def test_an_input_of_the_wrong_shape_is_refused(field: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"LifterInput\.{field} has shape"):
        replace(watch(waving(5)), **{field: np.zeros(shape)})


def test_an_input_without_numbers_frames_or_rate_is_refused() -> None:
    view = watch(waving(5))
    with pytest.raises(ValueError, match="not finite"):
        replace(view, xyz_m=np.full((5, 19, 3), np.nan))
    with pytest.raises(ValueError, match="needs frames"):
        watch(waving(0))
    with pytest.raises(ValueError, match="needs frames"):
        replace(view, fps=0.0)


def test_the_virtual_camera_looks_at_the_person() -> None:
    xy = np.random.default_rng(0).normal(size=(50, 2))
    R = look_at(xy)
    rays = np.concatenate([xy, np.ones((50, 1))], axis=-1)
    turned = np.einsum("tab,tb->ta", R, rays)
    assert np.abs(turned[:, :2]).max() < 1e-5
    assert turned[:, 2].min() > 0
    assert np.abs(R @ R.swapaxes(1, 2) - np.eye(3)).max() < 1e-5


def test_distance_and_scale_are_taken_out() -> None:
    near = encoded(watch(STANDING[None] + [0, 0, 20.0]))
    far = encoded(watch(STANDING[None] + [0, 0, 40.0], scale=1.7))
    assert near.shape == (1, FEATURES)
    change = np.abs(near - far)
    assert np.delete(change, 152).max() < 0.06  # perspective is all that's left
    assert change[0, 152] == pytest.approx(np.log(2), abs=0.02)  # the apparent size


def test_features_hold_the_body_at_one_size_whatever_its_origin() -> None:
    body = encoded(watch(waving(20), scale=0.6))[:, 93:150].reshape(20, 19, 3)
    assert np.median(body_size(body)) == pytest.approx(CANONICAL_M, rel=1e-5)
    assert np.abs(body[:, 6:8].mean(1)).max() < 1e-6


def test_points_without_score_say_nothing() -> None:
    view = watch(waving(20))
    score = view.score.copy()
    score[:, 4] = 0
    elsewhere = view.xy.copy()
    elsewhere[:, 4] += 3.0
    a = encoded(replace(view, score=score))
    b = encoded(replace(view, score=score, xy=elsewhere))
    assert np.abs(a - b).max() < 1e-3


def test_hidden_3d_looks_as_if_there_were_none() -> None:
    view = watch(waving(20))
    args = (view.xy, view.score, view.detected_xy, view.detected_score, view.xyz_m)
    assert np.array_equal(encode(*args, False).features, without_3d(encode(*args).features))


def test_3d_that_is_not_shown_only_gives_the_scale() -> None:
    def blind(features: F32) -> Answer:
        assert not features[..., 93:151].any()
        joints, *rest = echo(features)
        return joints + np.float32(1), *rest

    xyz = waving(30)
    small, large = (
        lift_with(blind, replace(watch(xyz, scale=scale), shows_3d=False)) for scale in (1.0, 2.0)
    )
    assert np.abs(2 * small.xyz_m - large.xyz_m).max() < 1e-5
    assert np.abs(2 * small.sigma_m - large.sigma_m).max() < 1e-6


def test_a_mirrored_person_has_mirrored_features() -> None:
    view = watch(waving(20))
    mirror, flip = points.MIRROR, np.array([-1.0, 1.0])
    other = LifterInput(
        view.xy[:, mirror] * flip,
        view.score,
        view.detected_xy[:, mirror[:12]] * flip,
        view.detected_score,
        view.xyz_m[:, mirror] * [-1, 1, 1],
        view.fps,
        view.seen,
    )
    assert np.abs(mirror_features(encoded(view)) - encoded(other)).max() < 1e-5


@pytest.mark.parametrize("t", [1, 2, 28, 29, 451, 1300])
@pytest.mark.parametrize("scale", [1.0, 0.7])
def test_what_the_network_says_comes_back_in_camera_axes_and_scale(t: int, scale: float) -> None:
    xyz = waving(t, fps=300.0)  # few seconds, many frames
    lifted = lift_with(echo, watch(xyz, fps=30.0, scale=scale))
    assert np.abs(lifted.xyz_m - scale * from_hips(xyz)).max() < 1e-4
    ratio = np.median(body_size(xyz)) * scale / CANONICAL_M
    assert lifted.sigma_m == pytest.approx(0.03 * ratio, rel=1e-4)


@pytest.mark.parametrize("fps", [6.0, 12.0, 25.0, 50.0, 60.0, 120.0])
def test_other_frame_rates_go_through_thirty_a_second_and_back(fps: float) -> None:
    t = round(3 * fps)
    asked: list[int] = []

    def listening(features: F32) -> Answer:
        asked.append(features.shape[1])
        return echo(features)

    xyz = waving(t, fps)
    lifted = lift_with(listening, watch(xyz, fps))
    assert 60 <= sum(asked) <= 110
    assert lifted.xyz_m.shape == (t, 19, 3)
    assert np.abs(lifted.xyz_m - from_hips(xyz)).max() < 0.025


def test_depth_comes_back_along_the_real_cameras_axis() -> None:
    xyz = waving(60)
    view = watch(xyz)
    form = encode(view.xy, view.score, view.detected_xy, view.detected_score, view.xyz_m)
    hips = xyz[:, 6:8].mean(1)
    along = np.einsum("tb,tb->t", form.R_virtual_camera[:, 2], hips) / float(form.scale_m)
    truth = np.log(along * form.size).astype(np.float32)

    def knowing(features: F32) -> Answer:
        joints, sigma, _, contact = echo(features)
        return joints, sigma, np.broadcast_to(truth, features.shape[:2]), contact

    assert np.abs(lift_with(knowing, view).log_depth - np.log(hips[:, 2])).max() < 1e-4


def test_windows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = np.random.default_rng(0).normal(size=2 * CONTEXT + 1)

    def over_time(features: F32) -> Answer:
        joints, sigma, depth, contact = echo(features)
        flat = joints.reshape(*joints.shape[:2], -1)
        mixed = np.apply_along_axis(lambda row: np.convolve(row, kernel), 1, flat)
        mixed = mixed[:, CONTEXT:-CONTEXT]
        return mixed.reshape(joints.shape).astype(np.float32), sigma, depth, contact

    view = watch(waving(200))
    whole = lift_with(over_time, view).xyz_m
    monkeypatch.setattr(lifting, "_WINDOW", 33)
    assert np.abs(lift_with(over_time, view).xyz_m - whole).max() < 1e-6


def test_left_and_right_are_treated_alike() -> None:
    rng = np.random.default_rng(1)
    lopsided = rng.normal(size=(FEATURES, 57)).astype(np.float32)

    def network(features: F32) -> Answer:
        _, sigma, depth, contact = echo(features)
        joints = np.tanh(features @ lopsided).reshape(*features.shape[:2], 19, 3)
        return joints, sigma * np.arange(1, 20)[:, None], depth, contact * [1, 2, 3, 4]

    xyz = waving(40)
    mirrored = xyz[:, points.MIRROR] * [-1, 1, 1]
    a, b = lift_with(network, watch(xyz)), lift_with(network, watch(mirrored))
    # The origin of the 3D differs, which must not matter either.
    assert np.abs(a.xyz_m[:, points.MIRROR] * [-1, 1, 1] - b.xyz_m).max() < 1e-3
    assert np.abs(a.sigma_m[:, points.MIRROR] - b.sigma_m).max() < 1e-6
    assert np.abs(a.contact[:, [2, 3, 0, 1]] - b.contact).max() < 1e-6


def test_a_gap_leaves_finite_answers_and_no_3d_of_its_own() -> None:
    view = watch(waving(90))
    seen = np.ones(90, bool)
    seen[30:60] = False
    hidden: list[F32] = []

    def listening(features: F32) -> Answer:
        hidden.append(features[0, 30:60, 93:151])
        return echo(features)

    lifted = lift_with(listening, replace(view, seen=seen))
    assert not hidden[0].any()
    for name in ("xyz_m", "sigma_m", "contact", "log_depth"):
        assert np.isfinite(getattr(lifted, name)).all()


def test_a_track_that_was_never_seen_is_still_answered() -> None:
    view = replace(watch(waving(40)), seen=np.zeros(40, bool))
    assert np.isfinite(lift_with(echo, view).xyz_m).all()
