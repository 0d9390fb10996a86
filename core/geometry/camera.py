"""Pinhole cameras with OpenCV's distortion: projecting, undistorting, fields of view."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, I32, Floats
from ..data.types import FOCAL_DOUBT, Camera, Take
from .rotations import exp_so3, normalize, swing_between

DEFAULT_DIAGONAL_FOV_DEG: Final = 60.0
"""Between a phone's main lens (about 75) and its portrait lens (about 45)."""
_LIKELY: Final = 1.5
"""Standard deviations between which a value is called likely."""
_MEASURED: Final = 0.1
"""A focal length with less doubt than this isn't called a guess."""


def focal_of_diagonal(size_px: tuple[int, int], fov_deg: float) -> float:
    """The focal length in pixels at which a picture's diagonal spans ``fov_deg``."""
    return math.hypot(*size_px) / 2 / math.tan(math.radians(fov_deg) / 2)


def camera_of_focal(size_px: tuple[int, int], focal_px: float, doubt: float = 0.0) -> Camera:
    """A camera looking through the middle of the picture, ``doubt`` as ``Camera.focal_doubt``."""
    width, height = size_px
    K = np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1.0]])
    return Camera(K=K, size_px=size_px, focal_doubt=doubt)


def camera_from_fov(size_px: tuple[int, int], fov_deg: float | None) -> Camera:
    """A camera looking through the middle of the picture.

    ``fov_deg`` is the angle over the longer side; None takes 60 degrees over the diagonal, with
    the doubt that goes with such a guess.
    """
    if fov_deg is None:
        focal = focal_of_diagonal(size_px, DEFAULT_DIAGONAL_FOV_DEG)
        return camera_of_focal(size_px, focal, FOCAL_DOUBT)
    return camera_of_focal(size_px, max(size_px) / 2 / math.tan(math.radians(fov_deg) / 2))


@dataclass(frozen=True, slots=True)
class FovDoubt:
    """What it means that nobody gave a field of view.

    ``fov_deg`` the estimate and ``range_deg`` what it may be, over the longer side; people's true
    distances from the camera lie between the factors ``distance`` of the estimated ones.
    ``is_measured`` tells that the picture's straight lines showed it, or, where the camera
    ``moves``, how it does.
    """

    fov_deg: float
    range_deg: tuple[float, float]
    distance: tuple[float, float]
    is_measured: bool
    moves: bool = False

    def says(self) -> str:
        """One sentence for people."""
        nearer, farther = 1 - self.distance[0], self.distance[1] - 1
        low, high = self.range_deg
        how = "is a guess"
        if self.is_measured:
            of = "how the camera moves" if self.moves else "the picture's straight lines"
            how = f"was read from {of}"
        return (
            f"The field of view of {self.fov_deg:.0f} degrees {how}, {low:.0f} to "
            f"{high:.0f} are likely: people may be {nearer:.0%} nearer or "
            f"{farther:.0%} farther. Give it if you know it."
        )


def fov_doubt(camera: Camera, *, moves: bool = False) -> FovDoubt | None:
    """How wrong an estimated field of view may be; None when it was given. ``moves``: the camera
    turns, zooms or is carried."""
    if not camera.is_estimated:
        return None
    own = float(camera.K[0, 0])
    factor = math.exp(_LIKELY * camera.focal_doubt)

    def fov_deg(focal: float) -> float:
        return math.degrees(2 * math.atan(max(camera.size_px) / 2 / focal))

    return FovDoubt(
        fov_deg(own),
        (fov_deg(own * factor), fov_deg(own / factor)),
        (1 / factor, factor),
        camera.focal_doubt < _MEASURED,
        moves,
    )


def distort(xy: Floats, dist: F64) -> Floats:
    """Normalised picture coordinates (..., 2) through the lens: Brown-Conrady k1 k2 p1 p2."""
    k1, k2, p1, p2 = dist
    x, y = xy[..., 0], xy[..., 1]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2 * r2
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def undistort(xy: Floats, dist: F64, rounds: int = 8) -> Floats:
    """Inverse of ``distort`` by fixed-point iteration, as OpenCV's undistortPoints does it."""
    if not dist.any():
        return xy
    guess = xy
    for _ in range(rounds):
        guess = guess + (xy - distort(guess, dist))
    return guess


def project_camera(camera: Camera, xyz_camera: Floats) -> Floats:
    """Camera-space points (..., 3) in metres to pixels (..., 2).

    Points less than a centimetre in front of the lens count as a centimetre away.
    """
    depth = np.maximum(xyz_camera[..., 2:], 0.01)
    xy = distort(xyz_camera[..., :2] / depth, camera.dist)
    K = camera.K
    return np.stack(
        [xy[..., 0] * K[0, 0] + xy[..., 1] * K[0, 1] + K[0, 2], xy[..., 1] * K[1, 1] + K[1, 2]],
        axis=-1,
    )


def project(camera: Camera, xyz_world: Floats) -> Floats:
    """World points (..., 3) in metres to pixels (..., 2)."""
    return project_camera(camera, camera_from_world(camera, xyz_world))


def project_seen(take: Take, positions: I32, xyz_camera: Floats) -> Floats:
    """Points (t, j, 3) in the axes of the cameras of the frames ``positions`` (t,) to pixels."""
    px = project_camera(take.camera, xyz_camera)
    if not len(take.zoom):
        return px
    middle = take.camera.K[:2, 2]
    return middle + (px - middle) * take.zoom[positions].astype(np.float64)[:, None, None]


def camera_from_world(camera: Camera, xyz_world: Floats) -> Floats:
    """World points (..., 3) to camera space."""
    T = camera.T_world_camera
    return (xyz_world - T[:3, 3]) @ T[:3, :3]


def world_from_camera(camera: Camera, xyz_camera: Floats) -> Floats:
    """Camera-space points (..., 3) to world."""
    T = camera.T_world_camera
    return xyz_camera @ T[:3, :3].T + T[:3, 3]


def seen_in(take: Take, positions: I32, xyz_world: Floats) -> F64:
    """World points (t, j, 3) in the axes of the cameras that saw the frames ``positions`` (t,)."""
    T = cameras_at(take, positions)
    return (xyz_world - T[:, None, :3, 3]) @ T[:, :3, :3]


def normalized_from_px(camera: Camera, xy_px: Floats) -> Floats:
    """Pixels (..., 2) to undistorted coordinates x/z, y/z (..., 2)."""
    K = camera.K
    y = (xy_px[..., 1] - K[1, 2]) / K[1, 1]
    x = (xy_px[..., 0] - K[0, 2] - K[0, 1] * y) / K[0, 0]
    return undistort(np.stack([x, y], axis=-1), camera.dist)


def rays_from_px(camera: Camera, xy_px: Floats) -> Floats:
    """Unit rays (..., 3) in camera axes through pixels (..., 2)."""
    xy = normalized_from_px(camera, xy_px)
    return normalize(np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1))


def rotation_to_ray(camera: Camera, xy_px: Floats) -> Floats:
    """Rotations (..., 3, 3) that turn the optical axis onto the rays through pixels (..., 2).

    A network that sees a crop reports directions as if the camera looked straight at it; these
    rotations bring them into camera axes.
    """
    ray = rays_from_px(camera, xy_px)
    return swing_between(np.broadcast_to([0.0, 0.0, 1.0], ray.shape), ray)


def looking_at(
    eye_world: Floats, target_world: Floats, size_px: tuple[int, int], fov_deg: float
) -> Camera:
    """An upright camera at ``eye_world`` that sees ``target_world`` in its middle.

    ``fov_deg`` is the angle over the shorter side.
    """
    ahead = normalize(np.asarray(target_world - eye_world, float))
    right = normalize(np.cross(ahead, [0.0, 0.0, 1.0]))
    T = np.eye(4)
    T[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=-1)
    T[:3, 3] = eye_world
    focal = min(size_px) / 2 / math.tan(math.radians(fov_deg) / 2)
    return replace(camera_of_focal(size_px, focal), T_world_camera=T)


def camera_at(take: Take, position: int) -> Camera:
    """The camera that saw frame ``position`` of a take: that of its shot, turned as it was then."""
    T = cameras_at(take, np.array([position], np.int32))[0]
    return replace(zoomed(take, position), T_world_camera=T)


def zoomed(take: Take, position: int) -> Camera:
    """``take.camera`` with the focal length that it had in frame ``position``."""
    if not len(take.zoom):
        return take.camera
    K: F64 = take.camera.K.copy()
    K[:2, :2] *= float(take.zoom[position])
    return replace(take.camera, K=K)


def cameras_at(take: Take, positions: I32) -> F64:
    """``T_world_camera`` (n, 4, 4) of the cameras that saw the frames ``positions`` (n,)."""
    shots = np.searchsorted(take.cuts, positions, side="right")
    T = np.concatenate([take.camera.T_world_camera[None], take.T_world_shots])[shots]
    if len(take.path):
        T[:, :3, 3] += np.einsum("nab,nb->na", T[:, :3, :3], take.path[positions].astype(float))
    if len(take.turns):
        T[:, :3, :3] = T[:, :3, :3] @ exp_so3(take.turns[positions].astype(np.float64))
    return T
