"""What fitted fingers are usually off by: of whose network it is taken off, and how far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.hand_points import HANDS_SKELETON
from limn.core.data.observations import PassObservations, TrackObservations
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.geometry.camera import camera_from_fov, project_camera
from limn.core.geometry.rotations import log_so3
from limn.core.hands import posing
from limn.core.hands.collecting import CLOSEUP, WORTH
from limn.core.hands.fit.usual import corrected
from limn.core.hands.habits import LEAST, MOST, RELAXED
from limn.core.hands.model import hand_at_rest, hand_of, pose_hand
from limn.core.hands.posing import pose_hands

CAMERA = camera_from_fov((1280, 720), 60.0)


def test_fingers_bend_the_same_way_and_no_farther_than_fingers_do() -> None:
    share = np.linspace(0, 1, 50)[:, None, None]
    fitted = LEAST + share * (MOST - LEAST)
    moved = np.concatenate([corrected(one[None], 30.0) for one in fitted])
    assert (np.diff(moved, axis=0) >= 0).all()
    assert (moved >= LEAST).all()
    assert (moved <= MOST).all()
    # Spread, and the thumb's base and middle, are left.
    np.testing.assert_array_equal(moved[..., 0], fitted[..., 0])
    np.testing.assert_array_equal(moved[:, 0, :3], fitted[:, 0, :3])
    beyond = corrected(MOST[None] + 0.1, 30.0)
    assert (beyond <= MOST + 0.1 + 1e-12).all()
    half = np.degrees(corrected(np.full((1, 5, 4), np.pi / 4), 30.0) - np.pi / 4)[0]
    assert (half[1:, 1] > 3).all()  # knuckles are seen too straight
    assert half[1, 2] < -3  # an index is seen too bent


def test_what_trembles_trembles_no_more_than_before() -> None:
    rng = np.random.default_rng(2)
    fitted = np.pi / 4 + rng.normal(0, 0.05, (90, 5, 4))
    before, after = (
        np.abs(np.diff(a, n=2, axis=0)).mean((0, 1)) for a in (fitted, corrected(fitted, 30.0))
    )
    np.testing.assert_allclose(after, before, rtol=0.03)


def _bent(network: str) -> F64:
    """Radians (t, 3) by which the left hand's middle, ring and little finger bend at the knuckles,
    of a half closed hand that a ``network`` sees perfectly."""
    hand = hand_of(hand_at_rest(REST_XYZ_BODY))
    angles = np.repeat((RELAXED + 0.4 * (MOST - RELAXED))[None], 12, axis=0)
    angles[:, :, 0] = RELAXED[:, 0]
    facing = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    own = pose_hand(hand, angles).points @ facing.T
    xy, xyz = np.zeros((12, 42, 2), np.float32), np.zeros((12, 42, 3), np.float32)
    xy[:, :21] = project_camera(CAMERA, own + np.array([0.1, 0, 0.8]))
    xyz[:, :21] = own - own.mean(1, keepdims=True)
    score = np.repeat(np.arange(42)[None] < 21, 12, axis=0).astype(np.float32)
    worth = replace(WORTH, network=network)
    seen = PassObservations(xy, score, xyz, score[:, 0], worth, HANDS_SKELETON)
    flat = np.zeros((12, 17, 2), np.float32)
    track = TrackObservations(
        np.arange(12, dtype=np.int32), flat, flat[..., 0], flat[:, :2].reshape(-1, 4),
        flat[:, 0], flat[:, 0, 0], {}, None, closeups={CLOSEUP: seen},
    )  # fmt: skip
    motion = pose_hands(track, CAMERA, 30.0, np.tile(facing, (12, 2, 1, 1)))
    assert motion is not None
    assert motion.trust[:, 0].min() > 0.9
    return np.linalg.norm(log_so3(motion.R_parent_joint[:, 0, 6:15:3]), axis=-1)


def test_limns_own_network_is_corrected_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untaught:
        def read(self, xy: F64, xyz: F64) -> tuple[F64, F64]:
            return xy, xyz

    monkeypatch.setattr(posing, "load_hand_reader", Untaught)
    more = np.degrees(_bent(WORTH.network) - _bent("another one"))
    assert (more > 2).all()
    assert (more < 20).all()
