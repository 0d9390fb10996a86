"""The heads that read joints out of BlazePose's features, on real pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import U8
from limn.core.data.types import Region
from limn.models.networks.blazepose import BlazePose
from limn.models.networks.joint_head import open_joint_head
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks
REGION = Region((120.0, 185.0), 270.0, 0.0, (20.0, 50.0, 210.0, 312.0))
LIMBS = slice(0, points.LIMBS)


def joints_of(model: BlazePose, bgr: U8, region: Region = REGION) -> np.ndarray:
    return model.locate(bgr, region).xyz_m[points.FROM_BLAZEPOSE]


@pytest.mark.parametrize("variant", ["full", "heavy"])
def test_a_real_person_has_the_proportions_of_one(
    variant: str, picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    model = BlazePose(variant, runners[f"blazepose_{variant}"], open_joint_head(variant))
    xyz = joints_of(model, picture("portrait"))
    lengths = {(a, b): np.linalg.norm(xyz[a] - xyz[b]) for a, b in points.LIMB_BONES}
    assert 0.18 < min(lengths.values())
    assert max(lengths.values()) < 0.55
    assert abs(xyz[12:15, 1].mean() + 0.62) < 0.15  # the head is over the hips, y down
    assert xyz[[10, 11], 1].min() > 0.6  # the feet are under them


@pytest.mark.parametrize("variant", ["full", "heavy"])
def test_the_mirror_image_tells_nearly_the_same(
    variant: str, picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    runner, head = runners[f"blazepose_{variant}"], open_joint_head(variant)
    bgr = picture("portrait")
    one = joints_of(BlazePose(variant, runner, head), bgr)
    other = joints_of(BlazePose(variant, runner, head, mirrored=True), bgr)
    assert np.linalg.norm(one - other, axis=-1)[LIMBS].mean() < 0.08


@pytest.mark.parametrize("variant", ["full", "heavy"])
def test_the_picture_plane_agrees_with_blazepose_and_the_head_is_what_moved_it(
    variant: str, picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    runner = runners[f"blazepose_{variant}"]
    own = joints_of(BlazePose(variant, runner), picture("portrait"))
    read = joints_of(BlazePose(variant, runner, open_joint_head(variant)), picture("portrait"))
    off = np.abs(own - read)[LIMBS]
    assert off[:, :2].mean() < 0.08
    assert off.mean() > 0.002


def test_a_turned_crop_turns_the_joints_back(
    picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    model = BlazePose("heavy", runners["blazepose_heavy"], open_joint_head("heavy"))
    upright = joints_of(model, picture("portrait"))
    turned = joints_of(model, picture("portrait"), replace(REGION, rotation_rad=0.15))
    assert np.linalg.norm(upright - turned, axis=-1)[LIMBS].mean() < 0.1
