"""The measure of lean says what a figure that was leaned on purpose was leaned by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.skeletons import joint
from limn.core.evaluation.accuracy import LIMBS
from limn.core.evaluation.predictions import Prediction
from limn.core.evaluation.truth import Truth
from limn.core.geometry.camera import camera_from_world, project_camera
from limn.core.geometry.rotations import exp_so3
from limn.tools.evaluation.lean import leans_of
from synthetic import camera_at
from synthetic_motion import walking


@pytest.mark.parametrize("up_axis", ["z", "-y"])
def test_a_lean_of_six_degrees_towards_the_camera_is_told(up_axis: str) -> None:
    camera = camera_at(tilt_deg=12.0, height_m=2.0)
    motion = walking(30.0, 1.0).moved(yaw_deg=60)
    world = motion.joints()[:, [joint(name) for name in LIMBS]]
    xyz = camera_from_world(camera, world)
    R = camera.T_world_camera[:3, :3].T
    if up_axis == "-y":  # a world whose y points down
        R = R @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    t = len(xyz)
    truth = Truth(
        names=tuple(LIMBS),
        xyz_camera=xyz[:, None],
        valid=np.ones((t, 1, len(LIMBS)), bool),
        hidden=None,
        judged=np.ones((t, 1), bool),
        K=camera.K,
        dist=np.zeros(4),
        R_camera_world=np.repeat(R[None], t, axis=0),
        xyz_shift=np.zeros((t, 3)),
        fps=30.0,
        size_px=camera.size_px,
    )
    # Towards the camera is towards -Y; about X that is a turn back over.
    feet = world[:, -2:].mean(1, keepdims=True)
    leaned = (world - feet) @ exp_so3(np.array([np.radians(6.0), 0.0, 0.0])).T + feet
    seen = camera_from_world(camera, leaned)
    prediction = Prediction(
        tuple(LIMBS), seen[:, None], project_camera(camera, seen)[:, None], is_absolute=True
    )
    (found,) = leans_of("walk", truth, prediction)
    for size, signed in (found.trunk, found.legs):
        assert size == pytest.approx(6.0, abs=0.4)
        assert signed == pytest.approx(6.0, abs=0.4)
    (exact,) = leans_of("walk", truth, replace(prediction, xyz_camera=truth.xyz_camera))
    assert exact.trunk == pytest.approx((0, 0), abs=1e-9)
