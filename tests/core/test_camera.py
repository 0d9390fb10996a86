"""Cameras: what is projected comes back, also through a bent lens."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.types import Camera
from limn.core.geometry.camera import (
    camera_from_fov,
    camera_from_world,
    camera_of_focal,
    distort,
    fov_doubt,
    normalized_from_px,
    project,
    project_camera,
    rotation_to_ray,
    undistort,
    world_from_camera,
)
from synthetic import camera_at

LENSES = {
    "none": (0.0, 0.0, 0.0, 0.0),
    "bench": (-0.0467, 0.1376, -0.0005, -0.0005),
    "action": (-0.28, 0.09, 0.0006, -0.0004),
    "pincushion": (0.12, -0.04, -0.0005, 0.0008),
}


def pixels(camera: Camera) -> np.ndarray:
    width, height = camera.size_px
    x, y = np.meshgrid(np.linspace(0, width - 1, 17), np.linspace(0, height - 1, 11))
    return np.stack([x, y], axis=-1)


@pytest.mark.parametrize("lens", LENSES)
def test_pixels_survive_the_way_through_the_lens_and_back(lens: str) -> None:
    camera = camera_at(fov_deg=70, dist=LENSES[lens])
    xy = pixels(camera)
    ray = np.concatenate([normalized_from_px(camera, xy), np.ones((*xy.shape[:2], 1))], axis=-1)
    error = np.linalg.norm(project_camera(camera, 3.7 * ray) - xy, axis=-1).max()
    assert error < 0.25, f"{error:.3f} px off in the worst corner of the picture"


@pytest.mark.parametrize("lens", LENSES)
def test_undistorting_undoes_distorting(lens: str) -> None:
    xy = np.random.default_rng(0).uniform(-0.5, 0.5, (200, 2))
    dist = np.array(LENSES[lens])
    assert np.abs(undistort(distort(xy, dist), dist) - xy).max() < 2e-5


def test_without_distortion_nothing_bends() -> None:
    xy = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    assert np.array_equal(distort(xy, np.zeros(4)), xy)


@pytest.mark.parametrize("fov_deg", [20.0, 60.0, 120.0])
@pytest.mark.parametrize("size_px", [(1920, 1080), (1080, 1920), (500, 500)])
def test_the_field_of_view_spans_the_longer_side(fov_deg: float, size_px: tuple[int, int]) -> None:
    camera = camera_from_fov(size_px, fov_deg)
    half = np.tan(np.radians(fov_deg) / 2)
    wide = size_px[0] >= size_px[1]
    edge = np.array([half, 0, 1.0]) if wide else np.array([0, half, 1.0])
    middle = project_camera(camera, np.array([0, 0, 1.0]))
    reached = project_camera(camera, edge) - middle
    assert middle == pytest.approx([(size_px[0] - 1) / 2, (size_px[1] - 1) / 2])
    assert reached.max() == pytest.approx(max(size_px) / 2)
    assert not camera.is_estimated


def test_an_unknown_field_of_view_is_marked_as_a_guess() -> None:
    camera = camera_from_fov((1920, 1080), None)
    corner = np.hypot(1920, 1080) / 2 / camera.K[0, 0]
    assert camera.is_estimated
    assert np.degrees(2 * np.arctan(corner)) == pytest.approx(60)


@pytest.mark.parametrize("size_px", [(1920, 1080), (1080, 1920)])
def test_the_doubt_about_a_guessed_field_of_view_is_told(size_px: tuple[int, int]) -> None:
    doubt = fov_doubt(camera_from_fov(size_px, None))
    assert doubt is not None
    assert doubt.range_deg[0] < doubt.fov_deg < doubt.range_deg[1]
    for deg, factor in zip(doubt.range_deg, reversed(doubt.distance), strict=True):
        known = camera_from_fov(size_px, deg).K[0, 0]
        assert known / camera_from_fov(size_px, None).K[0, 0] == pytest.approx(factor)
    assert (
        "is a guess, 40 to 70 are likely: people may be 28% nearer or 39% farther" in doubt.says()
    )
    assert fov_doubt(camera_from_fov(size_px, 60.0)) is None
    read = fov_doubt(camera_of_focal(size_px, 1700.0, 0.04))
    assert read is not None
    assert "was read from the picture's straight lines" in read.says()
    turned = fov_doubt(camera_of_focal(size_px, 1700.0, 0.04), moves=True)
    assert turned is not None
    assert "was read from how the camera moves" in turned.says()
    assert read.distance == pytest.approx((0.942, 1.062), abs=1e-3)


def test_world_and_camera_space_are_inverse() -> None:
    camera = camera_at(tilt_deg=12, roll_deg=-5)
    xyz = np.random.default_rng(0).normal(size=(7, 5, 3))
    assert np.abs(world_from_camera(camera, camera_from_world(camera, xyz)) - xyz).max() < 1e-12


def test_higher_points_are_higher_in_the_picture_and_right_is_right() -> None:
    camera = camera_at(tilt_deg=0, height_m=1.0)
    low, high, right = project(camera, np.array([[0, 0, 0.5], [0, 0, 1.5], [0.5, 0, 0.5]]))
    assert high[1] < low[1]
    assert right[0] > low[0]


def test_points_behind_the_lens_stay_finite() -> None:
    xy = project_camera(camera_at(), np.array([[0.1, 0.1, -1.0], [0.0, 0.0, 0.0]]))
    assert np.isfinite(xy).all()


@pytest.mark.parametrize("lens", LENSES)
def test_the_axis_turned_to_a_pixel_projects_onto_it(lens: str) -> None:
    camera = camera_at(fov_deg=70, dist=LENSES[lens])
    xy = pixels(camera)
    R = rotation_to_ray(camera, xy)
    assert np.abs(project_camera(camera, 5 * R[..., :, 2]) - xy).max() < 0.25
    # The smallest such turn: its axis lies in the picture plane.
    assert np.abs(R[..., 1, 0] - R[..., 0, 1]).max() < 1e-9
