"""Bodies drawn over footage lie where the camera sees them, and hide each other by depth."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.bodies.body_file import load_free_body
from limn.core.bodies.free_body import fit_body
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.data.types import Camera
from limn.core.geometry.camera import camera_from_fov, project
from limn.core.geometry.kinematics import R_WORLD_BODY_REST
from limn.media.drawing.body_overlay import PaintedBody, body_colours, draw_bodies

RED, BLUE = (0, 0, 255), (255, 0, 0)


def standing_at(x_m: float, depth_m: float) -> np.ndarray:
    """The body upright in camera coordinates, where y points down; the camera's is the world."""
    xyz = fit_body(load_free_body(), REST_XYZ_BODY).xyz @ R_WORLD_BODY_REST.T
    down = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    return (xyz @ down + [x_m, 0, depth_m]).astype(np.float32)


def camera() -> Camera:
    return camera_from_fov((320, 240), 60.0)


def drawn(*bodies: tuple[np.ndarray, tuple[int, int, int]]) -> np.ndarray:
    body = load_free_body()
    picture = np.zeros((240, 320, 3), np.uint8)
    painted = [PaintedBody(xyz, body.quads, body_colours(body, bgr)) for xyz, bgr in bodies]
    draw_bodies(picture, camera(), painted, 1.0)
    return picture


def test_silhouette_is_the_projected_mesh() -> None:
    xyz = standing_at(0.2, 4.0)
    rows, columns = np.nonzero(drawn((xyz, RED)).any(axis=2))
    xy_px = project(camera(), xyz.astype(np.float64))
    got = [columns.min(), rows.min(), columns.max(), rows.max()]
    want = [*xy_px.min(axis=0), *xy_px.max(axis=0)]
    np.testing.assert_allclose(got, want, atol=1.5)


@pytest.mark.parametrize("order", [1, -1])
def test_nearer_bodies_hide_farther_ones(order: int) -> None:
    near, far = (standing_at(0.0, 3.0), RED), (standing_at(0.0, 5.0), BLUE)
    picture = drawn(*[near, far][::order])
    chest = project(camera(), standing_at(0.0, 3.0)[None].mean(axis=1))[0].astype(int)
    blue, _, red = picture[chest[1], chest[0]].astype(int)
    assert red > blue


def test_what_is_behind_the_camera_is_left_out() -> None:
    assert not drawn((standing_at(0.0, -4.0), RED)).any()


def test_nobody_leaves_the_picture_alone() -> None:
    picture = np.full((8, 8, 3), 7, np.uint8)
    draw_bodies(picture, camera(), [])
    assert (picture == 7).all()
