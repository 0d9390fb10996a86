"""The shipped lifter on people in real pictures, through the real detectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import U8
from limn.core.data.skeletons import COCO_17
from limn.core.data.types import Region
from limn.core.geometry.camera import camera_from_fov, normalized_from_px
from limn.core.lifting.lifter import Lifted, LifterInput
from limn.models.networks.blazepose import BlazePose
from limn.models.networks.lifter import TemporalLifter, open_lifter
from limn.models.networks.multipose import MultiPose
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks
REGION = Region((120.0, 185.0), 270.0, 0.0, (20.0, 50.0, 210.0, 312.0))


@pytest.fixture(scope="module")
def lifter() -> TemporalLifter:
    return open_lifter()


@pytest.fixture(scope="module")
def view(picture: Callable[[str], U8], runners: dict[str, NetworkRunner]) -> LifterInput:
    """A walking woman as the detectors see her, for 40 frames of the same picture."""
    bgr = picture("portrait")
    camera = camera_from_fov((bgr.shape[1], bgr.shape[0]), None)
    found = MultiPose(runners["movenet_multipose"]).detect(bgr)
    best = int(found.score.argmax())
    seen = BlazePose("heavy", runners["blazepose_heavy"]).locate(bgr, REGION)
    limbs, pick = [COCO_17.index(n) for n in points.POINTS[: points.LIMBS]], points.FROM_BLAZEPOSE

    def still(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[None].astype(float), 40, axis=0)

    return LifterInput(
        xy=still(normalized_from_px(camera, seen.xy_px[pick].astype(float))),
        score=still(seen.score[pick]),
        detected_xy=still(normalized_from_px(camera, found.xy_px[best, limbs].astype(float))),
        detected_score=still(found.keypoint_score[best, limbs]),
        xyz_m=still(seen.xyz_m[pick]),
        fps=30.0,
        seen=np.ones(40, bool),
    )


@pytest.fixture(scope="module")
def lifted(lifter: TemporalLifter, view: LifterInput) -> Lifted:
    return lifter.lift(view)


def test_a_person_in_a_picture_becomes_a_body_that_looks_like_it(
    view: LifterInput, lifted: Lifted
) -> None:
    depth = np.exp(lifted.log_depth)
    hips = view.xy[:, 6:8].mean(1) * depth[:, None]
    xyz = lifted.xyz_m + np.concatenate([hips, depth[:, None]], axis=-1)[:, None]
    miss = np.linalg.norm(xyz[..., :2] / xyz[..., 2:] - view.xy, axis=-1)[:, : points.LIMBS]
    height = np.ptp(view.xy[0, :, 1])
    assert np.median(miss) < 0.05 * height


def test_the_body_has_the_proportions_of_one(lifted: Lifted) -> None:
    a, b = np.array(points.LIMB_BONES).T
    bones = np.linalg.norm(lifted.xyz_m[20, a] - lifted.xyz_m[20, b], axis=-1)
    assert bones.min() > 0.15
    assert bones.max() < 0.55
    assert np.abs(lifted.xyz_m[20, 12:15, 1].mean() + 0.65) < 0.2  # the head is over the hips


def test_uncertainty_grows_where_little_is_seen(
    lifter: TemporalLifter, view: LifterInput, lifted: Lifted
) -> None:
    leg = [j for j, name in enumerate(points.POINTS) if name.endswith(("knee", "ankle"))]
    score, detected_score = view.score.copy(), view.detected_score.copy()
    score[:, leg], detected_score[:, leg] = 0.05, 0.1
    blind = lifter.lift(replace(view, score=score, detected_score=detected_score))
    growth = blind.sigma_m.mean(0) / lifted.sigma_m.mean(0)
    assert growth[leg].min() > 1.2
    assert growth[:6].max() < growth[leg].min()
    assert lifted.sigma_m.min() > 0
    assert ((lifted.contact >= 0) & (lifted.contact <= 1)).all()


def test_of_who_is_cut_off_the_network_of_half_figures_tells_half(
    lifter: TemporalLifter, view: LifterInput, lifted: Lifted
) -> None:
    cut = np.linspace(0, 1, 40)
    shared = lifter.lift(replace(view, cut=cut))
    theirs = TemporalLifter(NetworkRunner.named("lifter_cut")).lift(view)
    share = 0.5 * cut
    assert np.abs(theirs.xyz_m - lifted.xyz_m).max() > 0.01
    for name in ("xyz_m", "sigma_m", "sigma_view_m", "contact", "log_depth"):
        own, other, told = (getattr(one, name) for one in (lifted, theirs, shared))
        part = share.reshape(-1, *[1] * (own.ndim - 1))
        assert np.allclose(told, (1 - part) * own + part * other, atol=1e-5)
    assert np.array_equal(lifter.lift(replace(view, cut=None)).xyz_m, lifted.xyz_m)


def test_a_long_track_is_the_same_as_a_short_one(lifter: TemporalLifter, view: LifterInput) -> None:
    def repeated(t: int) -> LifterInput:
        arrays = (view.xy, view.score, view.detected_xy, view.detected_score, view.xyz_m)
        return LifterInput(*(np.repeat(a[:1], t, axis=0) for a in arrays), 30.0, np.ones(t, bool))

    long, short = repeated(2000), repeated(100)
    lifted = lifter.lift(long)
    assert np.abs(lifted.xyz_m[1000] - lifter.lift(short).xyz_m[50]).max() < 1e-3
